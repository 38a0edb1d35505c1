"""A site on this machine that answers as it is told and writes down what it was asked."""

from __future__ import annotations

import asyncio
import inspect
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

from aiohttp import web

Answering: TypeAlias = Callable[
    [web.BaseRequest], web.StreamResponse | Awaitable[web.StreamResponse]
]
HOME = "127.0.0.2"
"""Where sites stand unless said; all of 127.0.0.0/8 is this machine."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A request as it came."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Site:
    """One site.

    Attributes:
        answers: How a path is answered; any other one with `hello`.
        heard: In order.
    """

    port: int = 0
    scheme: str = "http"
    host: str = HOME
    answers: dict[str, Answering] = field(default_factory=dict[str, Answering])
    heard: list[Heard] = field(default_factory=list[Heard])
    left: asyncio.Event = field(default_factory=asyncio.Event)

    def url(self, path: str = "/", *, host: str | None = None) -> str:
        """Of a path, under another name of this machine perhaps."""
        return f"{self.scheme}://{host or self.host}:{self.port}{path}"

    def redirects(self, path: str, to: str, status: int = 302) -> str:
        """The URL of a path that leads elsewhere."""
        self.answers[path] = lambda _: web.Response(status=status, headers={"Location": to})
        return self.url(path)

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Whatever it was told."""
        body = await request.read()
        self.heard.append(Heard(request.method, request.raw_path, request.headers, body))
        told = self.answers.get(request.path, lambda _: web.Response(text="hello"))
        try:
            given = told(request)
            return await given if inspect.isawaitable(given) else given
        except asyncio.CancelledError:
            self.left.set()
            raise


@asynccontextmanager
async def site(
    host: str = HOME, *, port: int = 0, tls: ssl.SSLContext | None = None
) -> AsyncGenerator[Site]:
    """A site at a port, any free one unless said."""
    running = Site(host=host, scheme="https" if tls is not None else "http")
    runner = web.ServerRunner(
        web.Server(running.answer, handler_cancellation=True), shutdown_timeout=0.5
    )
    await runner.setup()
    await web.TCPSite(runner, host, port, ssl_context=tls, reuse_address=True).start()
    running.port = int(runner.addresses[0][1])
    try:
        yield running
    finally:
        await runner.cleanup()
