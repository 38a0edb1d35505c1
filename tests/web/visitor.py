"""Somebody with a browser: a cookie, and the headers that browsers send."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientSession, CookieJar, FormData

from security.proof import SESSION_COOKIE
from tests.bench import TEAM, Bench
from tests.web.page import Page

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
HTMX = {"HX-Request": "true"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: str
    cookies: Mapping[str, str]

    @property
    def page(self) -> Page:
        """The body as a page."""
        return Page(self.body)


class Visitor:
    """A browser's requests, redirects not followed."""

    def __init__(self, session: ClientSession) -> None:
        self.session = session

    async def get(self, path: str, *, htmx: bool = False, **params: str) -> Answer:
        """Open a page, or, with `htmx`, ask for a part of one."""
        headers = HTMX if htmx else {}
        return await self._ask("GET", path, params=params, headers=headers)

    async def post(
        self, path: str, fields: Any = None, *, htmx: bool = True, **headers: str
    ) -> Answer:
        """Send a form from one of our pages."""
        sent = {**SAME_ORIGIN, **(HTMX if htmx else {}), **headers}
        return await self._ask("POST", path, data=fields or {}, headers=sent)

    async def say(self, channel: str, text: str, **fields: str) -> Answer:
        """Write in a channel as the composer does."""
        form = FormData(default_to_multipart=True)
        form.add_field("text", text)
        for name, value in fields.items():
            form.add_field(name, value)
        return await self.post(f"/channels/{channel}/messages", form)

    async def _ask(self, method: str, path: str, **more: Any) -> Answer:
        async with self.session.request(method, path, allow_redirects=False, **more) as response:
            cookies = {name: morsel.value for name, morsel in response.cookies.items()}
            body = await response.text()
            return Answer(response.status, response.headers.copy(), body, cookies)


@asynccontextmanager
async def visiting(bench: Bench, who: str, team: str = TEAM) -> AsyncGenerator[Visitor]:
    """A signed-in browser of somebody's, who is hired as a responder when unknown."""
    await bench.person(who, team)
    url = await bench.serve()
    doors = bench.house.desks.doors
    cookie = await doors.sign_in(await doors.sign_in_link(await doors.account(who, "cli"), "me"))
    # A jar keeps no cookies of an address that is a number unless it is told to.
    jar = CookieJar(unsafe=True)
    async with ClientSession(url, cookies={SESSION_COOKIE: cookie}, cookie_jar=jar) as session:
        yield Visitor(session)
