"""Between the server and the handlers: who is asking, may this be ours, what went wrong."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeAlias, TypeVar
from urllib.parse import quote

from aiohttp import web

from chat.errors import (
    BadInput,
    Denied,
    NotFound,
    NotSignedIn,
    Refused,
    Stale,
    TocsinError,
    Unavailable,
)
from security import csrf
from security.proof import SESSION_COOKIE
from web.ask import Ask, Handler
from web.desks import Desks
from web.pages import Pages
from web.visitor import TEAM_COOKIE, visitor

_log = logging.getLogger(__name__)

R = TypeVar("R", bound=web.StreamResponse)
RawHandler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]

_STATUS: tuple[tuple[type[TocsinError], HTTPStatus], ...] = (
    (NotFound, HTTPStatus.NOT_FOUND),
    (Denied, HTTPStatus.FORBIDDEN),
    (BadInput, HTTPStatus.UNPROCESSABLE_ENTITY),
    (Refused, HTTPStatus.CONFLICT),
    (Stale, HTTPStatus.CONFLICT),
    (Unavailable, HTTPStatus.SERVICE_UNAVAILABLE),
)
_TITLES: Mapping[int, str] = {
    HTTPStatus.NOT_FOUND: "Nothing here",
    HTTPStatus.FORBIDDEN: "This is not open to you",
    HTTPStatus.UNPROCESSABLE_ENTITY: "That does not fit",
    HTTPStatus.CONFLICT: "That cannot be done now",
    HTTPStatus.SERVICE_UNAVAILABLE: "Not available right now",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something went wrong on our side",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong, for people."""

    status: int
    title: str
    message: str


class Guard:
    """Wraps handlers, so that each is given somebody it may trust and no error leaks."""

    def __init__(self, desks: Desks, pages: Pages) -> None:
        self._desks = desks
        self._pages = pages

    def signed_in(self, handler: Handler) -> RawHandler:
        """For pages that need to know who is asking; others are sent to sign in."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            try:
                ask = await self.ask(request)
            except NotSignedIn:
                return _kept_back(_to_sign_in(request))
            except Denied as error:
                return self._bare_problem(_problem(error))
            return _kept_back(await self._answer(ask, handler))

        return guarded

    def open(self, handler: Callable[[web.Request], Awaitable[web.Response]]) -> RawHandler:
        """For the few pages that anybody may see."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            try:
                return _kept_back(await handler(request))
            except TocsinError as error:
                return self._bare_problem(_problem(error))

        return guarded

    async def ask(self, request: web.Request) -> Ask:
        """The request with who sent it.

        Raises:
            NotSignedIn: Nobody we know.
            Denied: Another site made a signed-in browser send it.
        """
        cookie = request.cookies.get(SESSION_COOKIE)
        actor = await self._desks.doors.http(None, cookie)
        if not csrf.safe(request.method, request.headers, public_url=self._desks.public_url):
            raise Denied("This request did not come from a page of ours. Load the page again.")
        who = await visitor(self._desks.acts, actor, request.cookies.get(TEAM_COOKIE))
        return Ask(request, self._desks, self._pages, who)

    async def _answer(self, ask: Ask, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(ask)
        except TocsinError as error:
            return await _explained(ask, _problem(error))
        except (web.HTTPException, ConnectionError):
            raise
        except Exception:  # noqa: BLE001 - whatever it is, the visitor gets a page
            problem = _unexpected(ask.request)
            return await _explained(ask, problem)

    def _bare_problem(self, problem: Problem) -> web.Response:
        """The problem on a page without a sidebar, for who is not signed in."""
        text = self._pages.render("bare_error.html", {"problem": problem, "theme": ""})
        return _kept_back(web.Response(text=text, status=problem.status, content_type="text/html"))


def _to_sign_in(request: web.Request) -> web.Response:
    if "HX-Request" in request.headers:
        return web.Response(status=HTTPStatus.UNAUTHORIZED, headers={"HX-Redirect": "/sign-in"})
    if request.method != "GET" or request.path == "/live":
        return web.Response(status=HTTPStatus.UNAUTHORIZED, text="Sign in first.")
    to = "/sign-in" if request.path == "/" else f"/sign-in?next={quote(request.path_qs, safe='')}"
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": to})


def _problem(error: TocsinError) -> Problem:
    status = next(
        (status for kind, status in _STATUS if isinstance(error, kind)), HTTPStatus.BAD_REQUEST
    )
    return Problem(status, _TITLES.get(status, "That did not work"), error.message)


def _unexpected(request: web.Request) -> Problem:
    reference = secrets.token_hex(4)
    _log.exception("%s %s failed (reference %s)", request.method, request.path, reference)
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    return Problem(
        status,
        _TITLES[status],
        f"It has been logged under the reference {reference}. Try again; if it happens again, "
        "tell an administrator that reference.",
    )


async def _explained(ask: Ask, problem: Problem) -> web.Response:
    """A note at the edge of an open page, or a page of its own."""
    if not ask.by_htmx:
        return await ask.page("error.html", status=problem.status, problem=problem)
    return ask.part(
        "parts/toast.html",
        status=problem.status,
        message=problem.message,
        tone="bad",
        headers={"HX-Retarget": "#toasts", "HX-Reswap": "beforeend"},
    )


def _kept_back(response: R) -> R:
    """The response, not to be kept by browsers unless it says otherwise."""
    if not response.prepared:
        response.headers.setdefault("Cache-Control", "no-store")
    return response
