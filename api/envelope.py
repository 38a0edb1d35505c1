"""The one shape of every error: `{error, code, details, timestamp}`.

Whatever goes wrong under the API's paths leaves through here: errors of the house,
bodies that do not fit, and what aiohttp's own router raises (404, 405).

Source: the error response format of the Automation & Orchestration API document.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import Field

from api.shapes import Out
from api.wording import for_programs
from chat.clock import Clock, new_id
from chat.errors import (
    BadInput,
    Denied,
    NotFound,
    NotSignedIn,
    Refused,
    Stale,
    TocsinError,
    Unavailable,
    UserError,
)

_LOG = logging.getLogger(__name__)

OUR_PATHS: tuple[str, ...] = ("/api", "/healthz", "/readyz", "/metrics")
RETRY_AFTER = 2
"""Seconds to wait before trying again, where the outside system named no time."""

_STATUS: Mapping[type[TocsinError], int] = {
    BadInput: 400,
    NotSignedIn: 401,
    Denied: 403,
    NotFound: 404,
    Refused: 409,
    Stale: 412,
    Unavailable: 503,
    UserError: 400,
}


class Unreadable(UserError):
    """The request itself cannot be taken, whatever it says.

    Attributes:
        status: 413 or 415.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message, code=code)
        self.status = status


class Envelope(Out):
    """An error."""

    error: str = Field(description="One or two sentences for a person.")
    code: str = Field(description="Upper-case word for programs, stable between releases.")
    details: dict[str, str] = Field(
        description="Name of a field or subject to what is wrong with it; may be empty."
    )
    timestamp: datetime


def ours(path: str) -> bool:
    """Whether errors under `path` are the API's to answer."""
    return any(path == own or path.startswith(f"{own}/") for own in OUR_PATHS)


def status_of(error: TocsinError) -> int:
    """The HTTP status that fits an error of the house."""
    if isinstance(error, Unreadable):
        return error.status
    return next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), 500)


def answer(
    status: int,
    message: str,
    code: str,
    details: Mapping[str, str],
    now: datetime,
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """An error as a response."""
    body = Envelope(
        error=message, code=code, details=dict(details), timestamp=now.astimezone(UTC)
    ).model_dump_json()
    plain = {"Cache-Control": "no-store", **(headers or {})}
    return web.Response(status=status, text=body, content_type="application/json", headers=plain)


def _from_house(request: web.Request, error: TocsinError, now: datetime) -> web.Response:
    """An error that was raised on purpose."""
    headers: dict[str, str] = {}
    if isinstance(error, NotSignedIn):
        headers["WWW-Authenticate"] = 'Bearer realm="tocsin", Token realm="tocsin"'
    if isinstance(error, Unavailable):
        wait = getattr(error, "retry_after", None) or RETRY_AFTER
        headers["Retry-After"] = str(max(1, round(wait)))
    if isinstance(error, Unreadable):
        # What is left of a body that was not read cannot be told from the next request.
        headers["Connection"] = "close"
    # Whoever speaks in the chat over HTTP speaks in commands.
    chatting = request.path.startswith("/api/chat/")
    ref = request.match_info.get("ref")
    message = error.message if chatting else for_programs(error.message, ref)
    return answer(status_of(error), message, error.code, error.details, now, headers)


def _from_router(request: web.Request, error: web.HTTPException, now: datetime) -> web.Response:
    """What aiohttp itself answers when no route fits, or the request is too large."""
    path = request.path
    if isinstance(error, web.HTTPMethodNotAllowed):
        allowed = ", ".join(sorted(error.allowed_methods))
        message = f"{request.method} is not possible at {path}. Possible: {allowed}."
        code, details = "METHOD_NOT_ALLOWED", {"allowed": allowed}
        return answer(405, message, code, details, now, {"Allow": allowed})
    if error.status == web.HTTPNotFound.status_code:
        hint = "" if path.endswith("/") else f" Paths end with a slash: try {path}/."
        message = f"There is nothing at {path[:200]}.{hint} See /api/docs/ for what there is."
        return answer(404, message, "NOT_FOUND", {}, now)
    if error.status == web.HTTPRequestTimeout.status_code:
        message = "The body of the request came too slowly. Send it again."
        return answer(408, message, "REQUEST_TIMEOUT", {}, now, {"Connection": "close"})
    code = error.reason.upper().replace(" ", "_")
    return answer(error.status, f"{error.reason}.", code, {}, now)


def _from_bug(request: web.Request, now: datetime) -> web.Response:
    """What nobody expected: the log has all of it, the answer only where to find it."""
    ref = new_id()
    _LOG.exception("unexpected error %s at %s %s", ref, request.method, request.path)
    message = f"Something went wrong on our side. Its number in our log is {ref}."
    return answer(500, message, "INTERNAL_ERROR", {"ref": ref}, now)


async def enveloped(request: web.Request, handler: Handler, clock: Clock) -> web.StreamResponse:
    """What `handler` answers, its errors in the envelope."""
    try:
        return await handler(request)
    except TocsinError as error:
        return _from_house(request, error, clock.now())
    except web.HTTPException as error:
        return _from_router(request, error, clock.now())
    except ConnectionError:
        raise
    except Exception:  # noqa: BLE001 - the last door: nothing may leave without the envelope
        return _from_bug(request, clock.now())
