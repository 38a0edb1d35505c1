"""An event of the chat, as what it changes on one page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from chat.errors import NotFound
from chat.rooms import LocalEvent, LocalForm, LocalMessage
from web.ask import Ask
from web.messages import Line


@dataclass(frozen=True, slots=True)
class Frame:
    """One event as it goes over the wire.

    Attributes:
        id: None leaves the browser's last id as it is.

    Source: HTML Living Standard, section 9.2 (server-sent events).
    """

    event: str
    data: str
    id: int | None = None

    def encode(self) -> bytes:
        """The frame's bytes."""
        head = f"event: {self.event}\n" + (f"id: {self.id}\n" if self.id is not None else "")
        body = "".join(f"data: {line}\n" for line in self.data.splitlines() or [""])
        return f"{head}{body}\n".encode()


async def frames(ask: Ask, event: LocalEvent) -> tuple[Frame, ...]:
    """What one event shows on the page that asked; the last frame carries its id."""
    here = event.channel == ask.query("channel")
    found = [Frame("pass", "", event.id)]
    match event.kind:
        case "message" if event.message is not None:
            if here:
                found = [Frame("show", await _message(ask, event.message), event.id)]
            found = [*_noticed(ask, event.message, here=here), *found]
        case "edited" if event.message is not None and here:
            found = [Frame("show", _edited(ask, event.message), event.id)]
        case "form" if event.form is not None:
            found = [_form(ask, event.form, event.id)]
        case "channel" | "reload":
            found = [Frame(event.kind, event.channel, event.id)]
        case _:
            pass
    return tuple(found)


def _form(ask: Ask, form: LocalForm, event: int) -> Frame:
    """A form to open, or word that one is over; refused answers are told to who gave them."""
    if not form.open:
        return Frame("form-over", form.id, event)
    if form.attempt:
        return Frame("pass", "", event)
    return Frame("form", ask.pages.render("live/form.html", _values(ask, form=form)), event)


async def _message(ask: Ask, message: LocalMessage) -> str:
    """A new message for the list, or for its thread and the thread's first message."""
    root = None
    if message.thread is not None:
        try:
            root = await ask.desks.rooms.message(ask.person, message.thread)
        except NotFound:
            root = None
    values = _values(ask, line=Line(message), root=root)
    return ask.pages.render("live/message.html", values)


def _edited(ask: Ask, message: LocalMessage) -> str:
    """A changed message wherever it is shown: the list, a thread, the panel."""
    return ask.pages.render("live/edited.html", _values(ask, message=message))


def _noticed(ask: Ask, message: LocalMessage, *, here: bool) -> Iterator[Frame]:
    """Who should look up: counts in the sidebar and the title, and a word for screen readers."""
    me = ask.person.id
    if message.author.id == me or message.system:
        return
    mentioned = any(person.id == me for person in message.mentions)
    note = {
        "channel": message.channel,
        "message": message.id,
        "here": here,
        "mentioned": mentioned,
        "author": message.author.display or message.author.name,
    }
    yield Frame("notice", json.dumps(note))


def _values(ask: Ask, **values: object) -> dict[str, object]:
    return {"reader": ask.reader, **values}
