"""What the API says about itself: its document, its docs page, its health, its numbers."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping

from aiohttp import web

from api.docs import STYLE, docs_page
from api.metrics import CONTENT_TYPE, Metrics
from api.openapi import Document, document
from api.routing import AnyRoute, Call, Entry, Media, Route
from api.shapes import NoQuery, Nothing, Out
from chat.errors import TocsinError

Check = Callable[[], Awaitable[str]]
"""Looks whether a part works; empty when it does, otherwise a sentence."""

_STEADY = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
_PAGE_POLICY = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'"


class Health(Out):
    """Whether the process runs.

    Attributes:
        installation: Tells installations apart; means nothing else.
    """

    status: str
    installation: str


class Readiness(Out):
    """Whether it can serve.

    Attributes:
        checks: Each part to `ok`, or to what is wrong with it.
    """

    status: str
    checks: dict[str, str]


class Meta:
    """Health, numbers, and the documentation of a whole table."""

    def __init__(
        self, metrics: Metrics, checks: Mapping[str, Check], version: str, installation: str
    ) -> None:
        self._metrics = metrics
        self._checks = dict(checks)
        self._version = version
        self._installation = installation
        self._table: tuple[AnyRoute, ...] = ()

    def routes(self) -> tuple[AnyRoute, ...]:
        """Its rows; all of them open to anybody."""
        get = "GET"
        everybody = Entry.OPEN
        return (
            Route(get, "/healthz", self.health, everybody, "Whether the process runs", Health),
            Route(get, "/readyz", self.ready, everybody, "Whether it can serve", Readiness),
            Route(
                get,
                "/metrics",
                self.metrics,
                everybody,
                "Its numbers, for Prometheus",
                Media("text/plain", "Prometheus text format."),
            ),
            Route(
                get,
                "/api/openapi.json",
                self.openapi,
                everybody,
                "This document",
                Media("application/json", "OpenAPI 3.1."),
            ),
            Route(
                get,
                "/api/docs/",
                self.docs,
                everybody,
                "The API for people to read",
                Media("text/html", "A page."),
            ),
            Route(
                get,
                "/api/docs/style.css",
                self.style,
                everybody,
                "The page's style",
                Media("text/css", "A style sheet."),
            ),
        )

    def describe(self, table: Iterable[AnyRoute]) -> Document:
        """Write the document and the page of a whole table; asked for once, at start."""
        self._table = tuple(table)
        found = document(self._table, self._version)
        self._document = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
        self._page = docs_page(self._table, self._version)
        return found

    async def health(self, _call: Call[NoQuery, Nothing]) -> Out:
        """It runs, since it answers."""
        return Health(status="ok", installation=self._installation)

    async def ready(self, _call: Call[NoQuery, Nothing]) -> web.Response:
        """Ask every part."""
        found = {name: await _outcome(check) for name, check in self._checks.items()}
        fine = all(outcome == "ok" for outcome in found.values())
        body = Readiness(status="ready" if fine else "not ready", checks=found)
        return web.Response(
            status=200 if fine else 503,
            text=body.model_dump_json(),
            content_type="application/json",
            headers={"Cache-Control": "no-store"} if fine else {"Retry-After": "2"},
        )

    async def metrics(self, _call: Call[NoQuery, Nothing]) -> web.Response:
        """Prometheus' text."""
        return web.Response(
            body=self._metrics.text().encode(), headers={"Content-Type": CONTENT_TYPE}
        )

    async def openapi(self, _call: Call[NoQuery, Nothing]) -> web.Response:
        """The document."""
        return web.Response(text=self._document, content_type="application/json", headers=_STEADY)

    async def docs(self, _call: Call[NoQuery, Nothing]) -> web.Response:
        """The page; it loads nothing from elsewhere and runs no script."""
        headers = {**_STEADY, "Content-Security-Policy": _PAGE_POLICY}
        return web.Response(text=self._page, content_type="text/html", headers=headers)

    async def style(self, _call: Call[NoQuery, Nothing]) -> web.Response:
        """The page's own style."""
        return web.Response(text=STYLE, content_type="text/css", headers=_STEADY)


async def _outcome(check: Check) -> str:
    """`ok`, or what is wrong."""
    try:
        return await check() or "ok"
    except TocsinError as wrong:
        return wrong.message
