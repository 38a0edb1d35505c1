"""`/api/chat/local/events/`: what happens in the local chat, as it happens.

Source: the event stream format, https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator

from aiohttp import web

from api.chat_answers import ChannelNames
from api.chat_requests import EventsQuery
from api.chat_shapes import FormOut, MessageOut
from api.routing import EVENT_STREAM, AnyRoute, Call, Identify, Media, Route
from api.shapes import Nothing, Out
from api.speaker import Speakers
from chat.errors import BadInput, TocsinError
from chat.person import Person
from chat.rooms import LocalEvent, Rooms
from security.permissions import Permission

_LOG = logging.getLogger(__name__)
PING_SECONDS = 15.0
"""Proxies close what is silent for longer, and we notice who hung up."""
_RETRY_MS = 2000


class EventOut(Out):
    """Something that happened.

    Attributes:
        kind: `message`, `edited`, `channel`, `form` or `reload`.
    """

    id: int
    kind: str
    channel: str
    message: MessageOut | None
    form: FormOut | None


class ChatEvents:
    """Open event streams."""

    def __init__(self, rooms: Rooms, speakers: Speakers, identify: Identify) -> None:
        self._rooms = rooms
        self._speakers = speakers
        self._identify = identify
        self._closed = asyncio.Event()

    def routes(self) -> tuple[AnyRoute, ...]:
        """Its one row."""
        stream = Media(EVENT_STREAM, "Events; a reader that reconnects misses none.")
        path = "/api/chat/local/events/"
        chat = Permission.CHAT_USE
        summary = "Follow what happens, as server-sent events"
        return (Route("GET", path, self.follow, chat, summary, stream, query=EventsQuery),)

    def close(self) -> None:
        """End every stream; their readers come again."""
        self._closed.set()

    async def follow(self, call: Call[EventsQuery, Nothing]) -> web.StreamResponse:
        """Send what happens until the reader hangs up, we stop, or they may not read any more."""
        who = await self._speakers.of(call.actor, call.query.team)
        after = _last_seen(call.request)
        events = self._rooms.events(who, call.query.after if after is None else after)
        response = web.StreamResponse(
            headers={
                "Content-Type": EVENT_STREAM,
                "Cache-Control": "no-store",
                # nginx would otherwise keep events back until its buffer is full.
                "X-Accel-Buffering": "no",
            }
        )
        await response.prepare(call.request)
        with contextlib.suppress(ConnectionError):
            await response.write(f"retry: {_RETRY_MS}\n\n".encode())
            await self._send(call, who, events, response)
        return response

    async def _send(
        self,
        call: Call[EventsQuery, Nothing],
        who: Person,
        events: AsyncIterator[LocalEvent],
        response: web.StreamResponse,
    ) -> None:
        names = ChannelNames(self._rooms, who)
        closed = asyncio.ensure_future(self._closed.wait())
        coming = asyncio.ensure_future(_next(events))
        try:
            while not self._closed.is_set():
                done, _ = await asyncio.wait(
                    {coming, closed}, timeout=PING_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                if coming in done:
                    event = coming.result()
                    if event is None:
                        return
                    await response.write(await _written(names, event))
                    coming = asyncio.ensure_future(_next(events))
                elif not done:
                    # Rights may have changed since, and a token may have been revoked.
                    await self._speakers.of(await self._identify(call.request), call.query.team)
                    await response.write(b": ping\n\n")
        except TocsinError as error:
            _LOG.info("an event stream of %s ends: %s", who.name, error.message)
        finally:
            closed.cancel()
            coming.cancel()
            await asyncio.gather(closed, coming, return_exceptions=True)
            if isinstance(events, AsyncGenerator):
                await events.aclose()


async def _next(events: AsyncIterator[LocalEvent]) -> LocalEvent | None:
    """The next event; None when there will be no more."""
    return await anext(events, None)


async def _written(names: ChannelNames, event: LocalEvent) -> bytes:
    """An event in the format of the stream."""
    out = EventOut(
        id=event.id,
        kind=event.kind,
        channel=await names.of(event.channel) if event.channel else "",
        message=await names.message(event.message) if event.message else None,
        form=await names.form(event.form) if event.form else None,
    )
    return f"id: {event.id}\nevent: {event.kind}\ndata: {out.model_dump_json()}\n\n".encode()


def _last_seen(request: web.Request) -> int | None:
    """What `Last-Event-ID` says; None without it.

    Raises:
        BadInput: It is not a number.
    """
    given = request.headers.get("Last-Event-ID", "").strip()
    if not given:
        return None
    if not (given.isascii() and given.isdigit() and len(given) <= 15):  # noqa: PLR2004 - fits 2**53
        raise BadInput(
            "The header `Last-Event-ID` is to be the id of an event, a whole number.",
            details={"Last-Event-ID": "a whole number"},
        )
    return int(given)
