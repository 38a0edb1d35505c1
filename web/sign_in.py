"""Coming in and going out."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web

from chat.errors import Denied, NotSignedIn, UserError
from security import csrf
from security.proof import SESSION_COOKIE, SESSION_LONGEST
from web.ask import Ask, theme_of
from web.desks import Desks
from web.pages import Pages
from web.replies import gone_to
from web.visitor import TEAM_COOKIE

_YEAR = 31_536_000


class SignIn:
    """The pages that people see before we know them."""

    def __init__(self, desks: Desks, pages: Pages) -> None:
        self._desks = desks
        self._pages = pages

    async def show(self, request: web.Request) -> web.Response:
        """How to come in."""
        return self._page(request)

    async def link(self, request: web.Request) -> web.Response:
        """What a sign-in link opens: a button, since whatever opens links would spend it."""
        return self._page(request, secret=request.match_info["secret"])

    async def spend(self, request: web.Request) -> web.Response:
        """Spend a sign-in link."""
        self._ours(request)
        try:
            return await self._begin(request, request.match_info["secret"])
        except NotSignedIn as error:
            return self._page(request, mistake=error.message)

    async def by_token(self, request: web.Request) -> web.Response:
        """Come in with an API token, which must carry all that its owner may do."""
        self._ours(request)
        token = str((await request.post()).get("token", "")).strip()
        try:
            actor = await self._desks.doors.http(f"Token {token}", None)
            secret = await self._desks.doors.sign_in_link(actor, "me")
            return await self._begin(request, secret)
        except Denied:
            mistake = "This token is limited, so it cannot stand for you here. Use another."
            return self._page(request, mistake=mistake)
        except UserError as error:
            return self._page(request, mistake=error.message)

    def _ours(self, request: web.Request) -> None:
        """Let the request pass if a page of ours sent it.

        Raises:
            Denied: Another site made the browser send it.
        """
        if not csrf.safe(request.method, request.headers, public_url=self._desks.public_url):
            raise Denied("This request did not come from a page of ours. Load the page again.")

    async def _begin(self, request: web.Request, secret: str) -> web.Response:
        old = request.cookies.get(SESSION_COOKIE)
        cookie = await self._desks.doors.sign_in(secret, replacing=old)
        response = web.Response(
            status=HTTPStatus.SEE_OTHER, headers={"Location": _inside(request.query.get("next"))}
        )
        public = self._desks.public_url
        response.set_cookie(
            SESSION_COOKIE,
            cookie,
            max_age=int(SESSION_LONGEST.total_seconds()),
            path="/",
            httponly=True,
            samesite="Lax",
            secure=request.secure or (public is not None and public.startswith("https:")),
        )
        return response

    def _page(self, request: web.Request, *, secret: str = "", mistake: str = "") -> web.Response:
        values = {
            "secret": secret,
            "mistake": mistake,
            "next": _inside(request.query.get("next")),
            "theme": theme_of(request),
        }
        return web.Response(
            text=self._pages.render("sign_in.html", values),
            content_type="text/html",
            status=HTTPStatus.UNAUTHORIZED if mistake else HTTPStatus.OK,
            # The address of a link is a secret: no page opened from here may learn it.
            headers={"Referrer-Policy": "no-referrer"},
        )


def _inside(url: str | None) -> str:
    """Where to go after signing in: one of our own pages, and never another site."""
    if url is None or not url.startswith("/") or url.startswith(("//", "/\\")):
        return "/"
    return url if url.isprintable() else "/"


async def sign_out(ask: Ask) -> web.Response:
    """End this browser's session."""
    await ask.desks.doors.sign_out(ask.request.cookies.get(SESSION_COOKIE, ""))
    response = gone_to(ask, "/sign-in")
    response.del_cookie(SESSION_COOKIE, path="/")
    return response


async def choose_team(ask: Ask) -> web.Response:
    """Look at another team from now on."""
    wanted = (await ask.form()).get("team", "")
    response = gone_to(ask, "/")
    if any(team.name == wanted for team in ask.visitor.teams):
        response.set_cookie(TEAM_COOKIE, wanted, max_age=_YEAR, samesite="Lax", httponly=True)
    return response
