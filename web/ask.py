"""One request, with everything a handler needs to answer it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeAlias

from aiohttp import web

from chat.errors import BadInput
from chat.person import Person
from chat.rooms import LocalChannel
from security.actor import Actor
from security.permissions import Permission
from web.desks import Desks
from web.pages import Pages
from web.spans import Reader
from web.visitor import Visitor

THEME_COOKIE = "tocsin_theme"
"""`light` or `dark` when somebody chose; no secret."""
_THEMES = frozenset({"light", "dark"})


@dataclass(frozen=True, slots=True)
class Ask:
    """A request of somebody signed in."""

    request: web.Request
    desks: Desks
    pages: Pages
    visitor: Visitor

    @property
    def actor(self) -> Actor:
        """Who acts, in the team at hand."""
        return self.visitor.actor

    @property
    def person(self) -> Person:
        """Who speaks in the local chat.

        Raises:
            Denied: They may not use it.
        """
        return self.visitor.speaker()

    @property
    def reader(self) -> Reader:
        """Whose eyes HTML is made for."""
        who = self.visitor.person
        name = who.name if who else self.actor.name
        return Reader(who.id if who else "", name, self.desks.clock.now())

    @property
    def by_htmx(self) -> bool:
        """Whether a part of a page is asked for, and not a whole one."""
        headers = self.request.headers
        return "HX-Request" in headers and "HX-History-Restore-Request" not in headers

    def path(self, name: str) -> str:
        """A part of the path that the route names."""
        return self.request.match_info[name]

    def number(self, name: str) -> int:
        """A part of the path that the route allows digits for only."""
        return int(self.request.match_info[name])

    def query(self, name: str) -> str:
        """A query parameter, trimmed; empty when it is not there."""
        return self.request.query.get(name, "").strip()

    def query_number(self, name: str) -> int | None:
        """A query parameter that is a number; None when it is not there or none."""
        text = self.query(name)
        return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None  # noqa: PLR2004

    async def form(self) -> Mapping[str, str]:
        """The fields of a posted form without files; the last one of a name counts.

        Raises:
            BadInput: It cannot be read.
        """
        return dict(await self.fields())

    async def fields(self) -> list[tuple[str, str]]:
        """The fields of a posted form without files, in the order they stand in the page.

        Raises:
            BadInput: It cannot be read.
        """
        try:
            posted = await self.request.post()
        except (ValueError, web.HTTPException) as error:
            raise BadInput("This form could not be read. Load the page again.") from error
        return [(name, value) for name, value in posted.items() if isinstance(value, str)]

    def part(
        self,
        template: str,
        *,
        status: int = HTTPStatus.OK,
        headers: Mapping[str, str] | None = None,
        **values: object,
    ) -> web.Response:
        """A part of a page."""
        return self._html(template, status, headers, values)

    def _html(
        self,
        template: str,
        status: int,
        headers: Mapping[str, str] | None,
        values: Mapping[str, object],
    ) -> web.Response:
        always = {"reader": self.reader, "may": self.visitor.may, "P": Permission}
        return web.Response(
            text=self.pages.render(template, {**always, **values}),
            content_type="text/html",
            status=status,
            headers=headers,
        )

    async def page(
        self, template: str, *, status: int = HTTPStatus.OK, **values: object
    ) -> web.Response:
        """A whole page with its sidebar."""
        channels: tuple[LocalChannel, ...] = ()
        if self.visitor.person is not None:
            channels = await self.desks.rooms.channels(self.visitor.person)
        shell: dict[str, object] = {
            "visitor": self.visitor,
            "theme": theme_of(self.request),
            "sidebar": channels,
            "current": "",
            "here": self.request.path,
        }
        context: dict[str, object] = {**shell, **values}
        return self._html(template, status, None, context)


Handler: TypeAlias = Callable[[Ask], Awaitable[web.StreamResponse]]


def theme_of(request: web.Request) -> str:
    """The colours somebody chose: `light`, `dark`, or empty for the system's."""
    theme = request.cookies.get(THEME_COOKIE, "")
    return theme if theme in _THEMES else ""
