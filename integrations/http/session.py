"""The one session by which the product asks others anything over HTTP."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterable
from contextvars import ContextVar
from typing import TypeAlias

import aiohttp
from aiohttp.abc import AbstractResolver

from integrations.http.addresses import (
    Address,
    AddressRefused,
    is_allowed,
    read_address,
    read_networks,
    spelled,
)
from integrations.http.errors import TimedOut, TooLarge, TooManyRedirects, translated
from integrations.http.redirects import CODES, redirected
from integrations.http.request import Answer, Request

AGENT = "Tocsin"
_CHUNK = 64 * 1024
_AddressInfo: TypeAlias = tuple[
    int, int, int, str, tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]
]


class _ForbiddenError(OSError):
    """Says to aiohttp that an address cannot be connected to."""


_refused: ContextVar[list[Address]] = ContextVar("refused")
"""Addresses refused to the request at hand. The tasks in which aiohttp tries several addresses
side by side share the list; of their errors it hands on only a text."""


class HttpSession:
    """Sends requests to public addresses, and to networks that the operator has allowed.

    Each resolved address is looked at just before it is connected to, so neither another
    spelling of an address, nor a name, nor what a name resolves to the second time, nor a
    redirect gets by. The environment's proxies are not heeded, and no cookies are kept.
    """

    def __init__(
        self,
        allowed_networks: Iterable[str] = (),
        *,
        tls: ssl.SSLContext | None = None,
        resolver: AbstractResolver | None = None,
    ) -> None:
        """Get ready; nothing is opened before the first request.

        Args:
            allowed_networks: CIDR notations of networks that are not public and may be
                asked all the same.
            tls: How the other side must prove who it is; None takes the machine's authorities.
            resolver: Finds addresses of names; None takes the machine's own.

        Raises:
            BadInput: One of the networks is none.
        """
        self._allowed = read_networks(allowed_networks)
        self._tls = tls
        self._resolver = resolver
        self._session: aiohttp.ClientSession | None = None

    async def send(self, request: Request) -> Answer:
        """Send a request, follow its redirects, and read the whole answer.

        Any status is an answer.

        Raises:
            AddressRefused: It, or a redirect, leads to an address that is not allowed.
            TooLarge: The body exceeds its limit.
            TimedOut: There was no whole answer in time.
            TooManyRedirects: There were more than are to be followed.
            Unreachable: There was no whole answer.
        """
        try:
            async with asyncio.timeout(request.timeout):
                return await self._follow(request)
        except TimeoutError:
            raise TimedOut(str(request.url.host), request.timeout or 0) from None

    async def _follow(self, first: Request) -> Answer:
        request = first
        while True:
            answer = await self._once(request)
            location = answer.header("Location")
            if answer.status not in CODES or not location or first.redirects is None:
                return answer
            request = redirected(request, answer.status, location)
            if (request.redirects or 0) < 0:
                raise TooManyRedirects(str(first.url.host), first.redirects)

    async def _once(self, request: Request) -> Answer:
        refused: list[Address] = []
        token = _refused.set(refused)
        try:
            return await self._ask(request)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            if refused:
                raise AddressRefused(str(request.url.host), refused[0]) from None
            other = spelled(str(request.url.host)) if isinstance(error, ValueError) else None
            if other is not None and not is_allowed(other, self._allowed):
                raise AddressRefused(str(request.url.host), other) from None
            raise translated(error, request.url) from error
        finally:
            _refused.reset(token)

    async def _ask(self, request: Request) -> Answer:
        async with self._opened().request(
            request.method,
            request.url,
            headers=request.headers,
            data=request.body,
            allow_redirects=False,
            ssl=request.verify,
        ) as response:
            headers: dict[str, str] = {}
            for name, value in response.headers.items():
                headers[name] = f"{headers[name]}, {value}" if name in headers else value
            # Of an answer that only sends us elsewhere nothing is read.
            leads_on = response.status in CODES and request.redirects is not None
            return Answer(
                response.status,
                response.reason or "",
                headers,
                b"" if leads_on and "Location" in headers else await _body(response, request),
                request.url,
            )

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    socket_factory=self._socket,
                    resolver=self._resolver,
                    ssl=self._tls if self._tls is not None else True,
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": AGENT},
                # `send` watches the time.
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
                trust_env=False,
            )
        return self._session

    def _socket(self, info: _AddressInfo) -> socket.socket:
        """A socket for one resolved address, if it may be connected to."""
        family, kind, proto, _, where = info
        address = read_address(str(where[0]))
        if not is_allowed(address, self._allowed):
            _refused.get([]).append(address)
            raise _ForbiddenError(f"{address} is not allowed")
        return socket.socket(family, kind, proto)

    async def close(self) -> None:
        """Close every connection that is kept; the next request opens new ones."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()


async def _body(response: aiohttp.ClientResponse, request: Request) -> bytes:
    """All of the body.

    Raises:
        TooLarge: It is longer than the request wants; the rest is not read.
    """
    parts: list[bytes] = []
    size = 0
    async for part in response.content.iter_chunked(_CHUNK):
        size += len(part)
        if size > request.size_limit:
            response.close()
            raise TooLarge(str(request.url.host), request.size_limit)
        parts.append(part)
    return b"".join(parts)
