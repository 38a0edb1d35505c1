"""The chat: a channel with its messages, its threads, and what stands at its right."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from chat.address import Address
from chat.errors import NotFound
from chat.rooms import LocalChannel, LocalMessage
from incidents.incident import Incident
from security.permissions import Permission
from web.ask import Ask
from web.messages import lines
from web.pages import channel_url
from web.replies import gone_to

LAST_COOKIE = "tocsin_channel"
"""The channel somebody looked at last, to come back to; no secret."""
_FIRST = "general"
_SHOWN = 50


async def home(ask: Ask) -> web.Response:
    """The channel looked at last, or the one everybody is in."""
    if ask.visitor.person is None:
        return gone_to(ask, "/incidents")
    for name in (ask.request.cookies.get(LAST_COOKIE), _FIRST):
        if name is None:
            continue
        try:
            channel = await ask.desks.rooms.channel(ask.person, name)
        except NotFound:
            continue
        return gone_to(ask, channel_url(channel))
    channels = await ask.desks.rooms.channels(ask.person)
    return gone_to(ask, channel_url(channels[0]) if channels else "/incidents")


async def show(ask: Ask) -> web.Response:
    """A channel; `?message=` shows it around one message, `?thread=` with a thread open."""
    rooms, who = ask.desks.rooms, ask.person
    # Asked first: what happens while the rest is read comes again as events.
    position = await rooms.latest(who)
    channel = await rooms.channel(who, ask.path("channel"))
    wanted = ask.query_number("message")
    found = await _around(ask, channel, wanted)
    thread = ask.query_number("thread")
    if thread is None and wanted is not None:
        thread = (await rooms.message(who, wanted)).thread
    response = await ask.page(
        "channel.html",
        channel=channel,
        current=channel.id,
        position=position,
        members=await rooms.members(who, channel.id),
        lines=tuple(lines(found, who.id, channel.unread)),
        earlier=len(found) >= _SHOWN,
        wanted=wanted,
        panel=await _panel(ask, channel),
        thread=await _thread(ask, channel, thread),
    )
    response.set_cookie(LAST_COOKIE, channel.id, max_age=31_536_000, samesite="Lax", httponly=True)
    return response


async def _around(ask: Ask, channel: LocalChannel, wanted: int | None) -> tuple[LocalMessage, ...]:
    """The newest messages, or, when one is wanted that is older, those from before it on."""
    rooms, who = ask.desks.rooms, ask.person
    newest = await rooms.messages(who, channel.id, limit=_SHOWN)
    if wanted is None or not newest or wanted >= newest[0].id:
        return newest
    message = await rooms.message(who, wanted)
    root = message.thread or message.id
    before = await rooms.messages(who, channel.id, before=root, limit=_SHOWN // 2)
    found = list(before)
    after = root - 1
    # The page goes on to the newest message, so that what arrives live has its place.
    while part := await rooms.messages(who, channel.id, after=after, limit=200):
        found.extend(part)
        after = part[-1].id
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Panel:
    """What stands at the right of an incident's channel.

    Attributes:
        incident: None when it is not for the visitor's eyes.
    """

    message: LocalMessage
    incident: Incident | None


async def _panel(ask: Ask, channel: LocalChannel) -> Panel | None:
    if channel.pinned is None:
        return None
    message = await ask.desks.rooms.message(ask.person, channel.pinned)
    incident = None
    if ask.visitor.may(Permission.INCIDENT_VIEW):
        where = Address("local", channel.team, channel.id)
        incident = await ask.desks.incidents.in_channel(ask.actor, where)
    return Panel(message, incident)


async def _thread(ask: Ask, channel: LocalChannel, thread: int | None) -> tuple[LocalMessage, ...]:
    """A thread's first message and its replies; empty without one."""
    if thread is None:
        return ()
    return await ask.desks.rooms.messages(ask.person, channel.id, thread=thread, limit=200)


async def earlier(ask: Ask) -> web.Response:
    """The messages before one, put above it when somebody scrolls there."""
    rooms, who = ask.desks.rooms, ask.person
    channel = await rooms.channel(who, ask.path("channel"))
    before = ask.query_number("before")
    found = await rooms.messages(who, channel.id, before=before, limit=_SHOWN)
    return ask.part(
        "parts/earlier.html",
        channel=channel,
        lines=tuple(lines(found, who.id, 0)),
        earlier=len(found) >= _SHOWN,
    )


async def thread(ask: Ask) -> web.Response:
    """One thread, at the right of the page; a whole page when it is asked for by its address."""
    root = ask.number("message")
    if not ask.by_htmx:
        return gone_to(ask, f"/channels/{ask.path('channel')}?thread={root}")
    channel = await ask.desks.rooms.channel(ask.person, ask.path("channel"))
    found = await _thread(ask, channel, root)
    if not found:
        raise NotFound("There is no such thread. It may have been in another channel.")
    return ask.part("parts/thread.html", channel=channel, thread=found)


async def panel(ask: Ask) -> web.Response:
    """The incident panel at the right, after the channel got one."""
    channel = await ask.desks.rooms.channel(ask.person, ask.path("channel"))
    return ask.part("parts/panel.html", channel=channel, panel=await _panel(ask, channel))


async def faces(ask: Ask) -> web.Response:
    """Who is in the channel, in short, after somebody came or went."""
    channel = await ask.desks.rooms.channel(ask.person, ask.path("channel"))
    people = await ask.desks.rooms.members(ask.person, channel.id)
    return ask.part("parts/faces.html", members=people)


async def sidebar(ask: Ask) -> web.Response:
    """The list of channels, after it changed."""
    return ask.part(
        "parts/channels.html",
        sidebar=await ask.desks.rooms.channels(ask.person),
        current=ask.query("current"),
    )


async def members(ask: Ask) -> web.Response:
    """Who is in the channel, as a dialog."""
    rooms, who = ask.desks.rooms, ask.person
    channel = await rooms.channel(who, ask.path("channel"))
    people = await rooms.members(who, channel.id)
    return ask.part("dialogs/members.html", channel=channel, members=people)


async def complete(ask: Ask) -> web.Response:
    """Completions of what stands in the composer."""
    text = ask.request.query.get("text", "")[:2000]
    found = await ask.desks.rooms.complete(ask.person, ask.path("channel"), text)
    return web.json_response([{"text": one.text, "hint": one.hint} for one in found])
