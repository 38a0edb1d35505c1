"""What stands around every request: its id, headers against attacks, a deadline for its body."""

from __future__ import annotations

import asyncio
import logging
import re

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.logs import request_id
from chat.clock import new_id

_log = logging.getLogger("tocsin.http")

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""Content-Security-Policy: nothing from elsewhere, nothing inline, in nobody's frame."""

_HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_YEAR = 31_536_000
_BODY_DEADLINE = 30.0
_SENT_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_LATE = web.RequestKey("late", bool)


def guard(app: web.Application, *, https: bool, body_deadline: float = _BODY_DEADLINE) -> None:
    """Put the guards around everything `app` serves.

    Args:
        app: Before it is started.
        https: Whether people reach us by HTTPS, so that browsers may insist on it.
        body_deadline: Seconds within which a request's body must be there: aiohttp itself
            waits for ever for one that trickles in.
    """
    headers = dict(_HEADERS)
    if https:
        headers["Strict-Transport-Security"] = f"max-age={_YEAR}"

    async def prepare(request: web.Request, response: web.StreamResponse) -> None:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        response.headers["X-Request-Id"] = request_id.get()
        response.headers["Server"] = "Tocsin"
        if request.get(_LATE, False):
            response.force_close()

    app.on_response_prepare.append(prepare)
    # The first middleware is the outermost one.
    app.middlewares.insert(0, _named(body_deadline))


def _named(body_deadline: float) -> Middleware:
    @web.middleware
    async def named(request: web.Request, handler: Handler) -> web.StreamResponse:
        sent = request.headers.get("X-Request-Id", "")
        request_id.set(sent if _SENT_ID.fullmatch(sent) else new_id())
        timer = None
        if request.can_read_body:
            loop = asyncio.get_running_loop()
            timer = loop.call_later(body_deadline, _give_up_reading, request)
        try:
            return await handler(request)
        finally:
            if timer is not None:
                timer.cancel()

    return named


def _give_up_reading(request: web.Request) -> None:
    """Have whoever reads the body fail, unless it has all arrived."""
    if request.content.is_eof():
        return
    request[_LATE] = True
    _log.info("the body of %s %s came too slowly", request.method, request.path)
    request.content.set_exception(web.HTTPRequestTimeout(text="The request came too slowly."))
