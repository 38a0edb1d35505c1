"""What happens, as it happens: one stream of events for each open page.

A page says which channel it shows and behind which event it was read. Events carry the
HTML of what changed, each piece with the id of what it replaces, so that the browser
needs no code for it. Event ids are the chat's own: a browser that comes back says the
last one it has seen, and gets what it missed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus

from aiohttp import web

from chat.errors import NotSignedIn, TocsinError
from chat.rooms import LocalEvent
from security.proof import SESSION_COOKIE
from web.ask import Ask
from web.frames import Frame, frames

PING = 15.0
"""Seconds between signs of life, so that proxies keep the stream and we notice who left."""
MOST = 30
"""Streams of one account at a time; further tabs wait until one is closed."""
_ASK_AGAIN = 4
"""Pings after which we make sure that the session is still good."""


class Live:
    """Serves the streams, and ends them when the server stops."""

    def __init__(self) -> None:
        self._open: dict[asyncio.Task[None], str] = {}

    def close(self) -> None:
        """End every stream; browsers come back by themselves."""
        for stream in tuple(self._open):
            stream.cancel()

    async def serve(self, ask: Ask) -> web.StreamResponse:
        """One page's stream; `?channel=` is what it shows, `?after=` what it has seen."""
        mine = sum(person == ask.person.id for person in self._open.values())
        if mine >= MOST:
            return web.Response(status=HTTPStatus.TOO_MANY_REQUESTS, text="Too many open pages.")
        resumed = ask.request.headers.get("Last-Event-ID", "")
        after = int(resumed) if resumed.isascii() and resumed.isdigit() else None
        if after is None:
            after = ask.query_number("after")
        response = web.StreamResponse(
            headers={
                "Content-Type": "text/event-stream; charset=utf-8",
                "Cache-Control": "no-store",
                "X-Accel-Buffering": "no",
            }
        )
        await response.prepare(ask.request)
        stream = asyncio.create_task(self._stream(ask, response, after))
        self._open[stream] = ask.person.id
        try:
            await asyncio.wait({stream})
        finally:
            stream.cancel()
            del self._open[stream]
        return response

    async def _stream(self, ask: Ask, response: web.StreamResponse, after: int | None) -> None:
        """Write what happens until the browser goes, or may no longer listen."""
        events = ask.desks.rooms.events(ask.person, after)
        waiting = asyncio.ensure_future(anext(events))
        pings = 0
        try:
            await response.write(b"retry: 1000\n\n")
            while True:
                done, _ = await asyncio.wait({waiting}, timeout=PING)
                if done:
                    for frame in await frames(ask, waiting.result()):
                        await response.write(frame.encode())
                    waiting = asyncio.ensure_future(anext(events))
                    continue
                pings += 1
                if pings % _ASK_AGAIN == 0 and not await _still_good(ask):
                    await response.write(Frame("reload", "signed out").encode())
                    return
                await response.write(b": ping\n\n")
        except (StopAsyncIteration, ConnectionError):
            return
        finally:
            waiting.cancel()
            await asyncio.wait({waiting})
            await _closed(events)


async def _still_good(ask: Ask) -> bool:
    try:
        await ask.desks.doors.http(None, ask.request.cookies.get(SESSION_COOKIE))
    except NotSignedIn:
        return False
    except TocsinError:
        return True  # the database rests; the session is asked about again later
    return True


async def _closed(events: AsyncIterator[LocalEvent]) -> None:
    """Let a generator give back what it holds."""
    close = getattr(events, "aclose", None)
    if close is not None:
        await close()
