"""What is done with an event whose sender is known: it is written down, and answered at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from adapters.teams import ids
from adapters.teams.cures.invoke_reply import Answer
from adapters.teams.files import FILE, Files
from adapters.teams.forms import Asked, Filled, dialog, said, values
from adapters.teams.inbound import Reader, conversation_of
from adapters.teams.people import People
from adapters.teams.registry import Registry
from adapters.teams.seal import Seal
from adapters.teams.words import mentioned_ids
from chat.address import Address
from chat.card import Card
from chat.errors import Unavailable
from chat.form import Form
from chat.inbound import Inbound
from chat.payload import Json, part
from chat.person import Person
from chat.port import Host
from chat.reply import FormErrors, Private, Reply, not_accepted

_PATIENCE = 4.0
"""Seconds; the platform gives a dialog five."""
_AGAIN = 5.0
_SLOW = "This takes a moment. The answer comes into our chat."
_OLD = "This form is from an older version of Tocsin, or of somewhere else. Ask for it again."
_START = "startIncident"
"""The message extension's command in the app's manifest."""


class Sends(Protocol):
    """What is sent here besides answers."""

    async def send_file(self, person: Person, token: object, *, key: str) -> None:
        """Offer somebody a file that is kept, once for a key."""
        ...

    async def put_file(
        self, person: Person, place: Address, value: dict[str, Any], *, key: str
    ) -> None:
        """Put a file that somebody agreed to take, once for a key."""
        ...

    async def close_notice(self, asked: Asked) -> None:
        """Show that a form was filled in."""
        ...

    async def tell(self, person: Person, card: Card, *, key: str) -> None:
        """Tell somebody something in their chat, once for a key."""
        ...


@dataclass(slots=True)
class _Waiting:
    """A dialog that is about to be opened."""

    form: asyncio.Future[Asked]
    count: int = 1


class Receiving:
    """Takes events; `form_for` is called meanwhile by whoever opens a form in answer."""

    def __init__(
        self,
        reader: Reader,
        registry: Registry,
        people: People,
        files: Files,
        seal: Seal,
        sends: Sends,
    ) -> None:
        self._reader = reader
        self._registry = registry
        self._people = people
        self._files = files
        self._seal = seal
        self._sends = sends
        self._waiting: dict[str, _Waiting] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """Finish what was begun."""
        if self._tasks:
            await asyncio.wait(tuple(self._tasks), timeout=5)

    def form_for(self, asked: Asked, ticket: str) -> bool:
        """Give a form to the dialog that waits for it; False when none does."""
        waiting = self._waiting.get(ticket)
        if waiting is None or waiting.form.done():
            return False
        waiting.form.set_result(asked)
        return True

    async def answer(self, activity: dict[str, Any], host: Host) -> Answer:
        """What the platform is told."""
        try:
            await self._meet(activity)
            match activity.get("type"):
                case "message":
                    return await self._message(activity, host)
                case "conversationUpdate":
                    self._people.forget()
                    for inbound in self._reader.moves(activity):
                        await host.receive(inbound)
                    return Answer()
                case "invoke":
                    return await self._invoke(activity, host)
                case _:
                    return Answer()
        except Unavailable:
            # Nothing is written down, so the platform has to bring it again.
            return Answer(503, again_after=_AGAIN)

    async def _meet(self, activity: dict[str, Any]) -> None:
        """Learn whether its thread is a room, where that is not plain already."""
        conversation = conversation_of(activity)
        begins_it = ids.root(conversation) == str(activity.get("id") or "")
        if ids.base(conversation) != self._reader.rooms and not begins_it:
            await self._registry.meet(conversation)

    async def _message(self, activity: dict[str, Any], host: Host) -> Answer:
        for ref in mentioned_ids(activity):
            await self._people.meet(ref)
        inbound = self._reader.message(activity, await self._files.typed(activity))
        if inbound is not None:
            await host.receive(inbound)
        return Answer()

    async def _invoke(self, activity: dict[str, Any], host: Host) -> Answer:
        handlers: dict[str, Callable[[dict[str, Any], Host], Awaitable[Json | None]]] = {
            "adaptiveCard/action": self._pressed,
            "task/fetch": self._opened,
            "task/submit": self._submitted,
            "composeExtension/fetchTask": self._chosen,
            "composeExtension/submitAction": self._submitted,
            "fileConsent/invoke": self._consented,
        }
        handler = handlers.get(str(activity.get("name")))
        if handler is None:
            return Answer(501)
        return Answer(200, await handler(activity, host))

    async def _pressed(self, activity: dict[str, Any], host: Host) -> Json | None:
        action = part(part(activity, "value"), "action")
        data = part(action, "data")
        if self._seal.open(FILE, data.get("t")) is not None:
            person = self._reader.author(activity["from"])
            key = self._reader.key(activity)
            self._begin(self._sends.send_file(person, data["t"], key=key))
            return _told("I send it into our chat.")
        await host.receive(self._reader.click(activity))
        return _told("Got it.")

    async def _opened(self, activity: dict[str, Any], host: Host) -> Json | None:
        """Open a dialog: a form that was asked for before, or what a button leads to."""
        data = part(part(activity, "value"), "data")
        asked = Asked.opened(self._seal, data.get("t"))
        if asked is None:
            return await self._dialog(self._reader.click(activity), host)
        if self._reader.author(activity["from"]).id != asked.person:
            return said(f"This form is for {asked.name}.")
        notice = str(activity.get("replyToId") or "")
        return dialog(replace(asked, notice=notice), self._seal)

    async def _chosen(self, activity: dict[str, Any], host: Host) -> Json | None:
        if part(activity, "value").get("commandId") != _START:
            return said("That is an entry of an older version of Tocsin's app.")
        return await self._dialog(self._reader.menu(activity, "incident.start"), host)

    async def _submitted(self, activity: dict[str, Any], host: Host) -> Json | None:
        data = part(part(activity, "value"), "data")
        asked = Asked.opened(self._seal, data.get("t"))
        if asked is None:
            return said(_OLD)
        if self._reader.author(activity["from"]).id != asked.person:
            return said(f"This form is for {asked.name}.")
        inbound = self._reader.submitted(activity, asked, data)
        form, reply, late = await self._wait(inbound, host)
        if late is not None:
            self._begin(self._afterwards(asked, inbound, late))
            return said(_SLOW)
        if isinstance(reply, FormErrors):
            filled = Filled(values(asked.form, data), reply.errors)
            return dialog(asked, self._seal, filled)
        if asked.notice:
            self._begin(self._sends.close_notice(asked))
        if form is not None:
            return dialog(form, self._seal)
        wrong = reply.card.title if isinstance(reply, Private) and reply.code else ""
        # Nothing at all closes the dialog.
        return said(wrong) if wrong else None

    async def _afterwards(
        self, asked: Asked, inbound: Inbound, late: asyncio.Future[Reply | None]
    ) -> None:
        """Do what follows a form when its dialog is closed already."""
        reply = await late
        if isinstance(reply, FormErrors):
            wrong = not_accepted(reply.errors)
            await self._sends.tell(inbound.person, wrong, key=f"late:{inbound.dedupe_key}")
        elif asked.notice:
            await self._sends.close_notice(asked)

    async def _consented(self, activity: dict[str, Any], host: Host) -> Json | None:
        del host
        person = self._reader.author(activity["from"])
        place = self._reader.place(activity)
        key = self._reader.key(activity)
        self._begin(self._sends.put_file(person, place, part(activity, "value"), key=key))

    async def _dialog(self, inbound: Inbound, host: Host) -> Json:
        """What is shown in a dialog in answer to an event."""
        form, reply, late = await self._wait(inbound, host)
        if form is not None:
            return dialog(form, self._seal)
        if late is not None:
            return said(_SLOW)
        return said(reply.card.title if isinstance(reply, Private) else "Done.")

    async def _wait(
        self, inbound: Inbound, host: Host
    ) -> tuple[Asked | None, Reply | None, asyncio.Future[Reply | None] | None]:
        """Hand an event in and wait briefly: for a form, or the reply, or in vain.

        Returns:
            The form, the reply, and where neither came in time what the reply comes in.
        """
        ticket = inbound.ticket
        waiting = self._waiting.get(ticket)
        if waiting is None:
            future: asyncio.Future[Asked] = asyncio.get_running_loop().create_future()
            waiting = self._waiting[ticket] = _Waiting(future, 0)
        waiting.count += 1
        loop = asyncio.get_running_loop()
        # What the journal takes counts too.
        until = loop.time() + _PATIENCE
        try:
            receipt = await host.receive(inbound)
            reply = asyncio.ensure_future(receipt.reply)
            left = max(until - loop.time(), 0.0)
            await asyncio.wait(
                {reply, waiting.form}, timeout=left, return_when=asyncio.FIRST_COMPLETED
            )
            if waiting.form.done():
                return waiting.form.result(), None, None
            return (None, reply.result(), None) if reply.done() else (None, None, reply)
        finally:
            waiting.count -= 1
            if waiting.count == 0:
                del self._waiting[ticket]

    def _begin(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def asked_of(form: Form, to: Address, person: Person) -> Asked:
    """A form for somebody."""
    return Asked(form, replace(to, message=None), person.id, person.display or person.name)


def _told(text: str) -> Json:
    """The reply to a button, which the client shows for a moment."""
    kind = "application/vnd.microsoft.activity.message"
    return {"statusCode": 200, "type": kind, "value": text}
