"""What people do in a channel: say, join, leave, make one."""

from __future__ import annotations

from aiohttp import web

from chat.rooms import Answered, ChannelKind
from web.ask import Ask
from web.dialogs import form_dialog
from web.files import posted
from web.pages import channel_url
from web.replies import gone_to, nothing, told


def answered(ask: Ask, came: Answered) -> web.Response:
    """What came of it: a form opens at once; everything else arrives as an event."""
    return form_dialog(ask, came.form) if came.form is not None else nothing()


async def say(ask: Ask) -> web.Response:
    """Post a message or run a command."""
    form = await posted(ask.request)
    thread = form.fields.get("thread", "")
    came = await ask.desks.rooms.say(
        ask.person,
        ask.path("channel"),
        form.fields.get("text", ""),
        thread=int(thread) if thread.isascii() and thread.isdigit() else None,
        files=form.files,
        key=form.fields.get("key") or None,
    )
    return answered(ask, came)


async def seen(ask: Ask) -> web.Response:
    """They have read up to a message."""
    message = (await ask.form()).get("message", "")
    if message.isascii() and message.isdigit():
        await ask.desks.rooms.seen(ask.person, ask.path("channel"), int(message))
    return nothing()


async def join(ask: Ask) -> web.Response:
    """Enter a public channel."""
    channel = await ask.desks.rooms.join(ask.person, ask.path("channel"))
    return gone_to(ask, channel_url(channel))


async def leave(ask: Ask) -> web.Response:
    """Leave a channel."""
    await ask.desks.rooms.leave(ask.person, ask.path("channel"))
    return gone_to(ask, "/")


async def add(ask: Ask) -> web.Response:
    """Bring people in."""
    names = _names((await ask.form()).get("people", ""))
    channel = await ask.desks.rooms.add(ask.person, ask.path("channel"), names)
    return told(ask, f"{_listed(names)} added to {channel.title}.")


async def browse(ask: Ask) -> web.Response:
    """Every channel there is to see, as a dialog."""
    channels = await ask.desks.rooms.channels(ask.person)
    return ask.part("dialogs/browse.html", channels=channels)


async def new(ask: Ask) -> web.Response:
    """The dialog for a new channel, or, with `?kind=direct`, for a conversation."""
    return ask.part("dialogs/new_channel.html", direct=ask.query("kind") == "direct")


async def create(ask: Ask) -> web.Response:
    """Make a channel, or find the conversation with the same people again."""
    form = await ask.form()
    kinds = {kind.value: kind for kind in ChannelKind}
    kind = kinds.get(form.get("kind", ""), ChannelKind.PUBLIC)
    channel = await ask.desks.rooms.create(
        ask.person, form.get("name", "").strip(), kind, _names(form.get("people", ""))
    )
    return gone_to(ask, channel_url(channel))


def _names(text: str) -> tuple[str, ...]:
    """Handles as people type them: `@ana, bo`."""
    words = text.replace(",", " ").split()
    return tuple(dict.fromkeys(word.removeprefix("@") for word in words if word != "@"))


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"@{name}" for name in names)
