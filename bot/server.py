"""The HTTP server: the API and the pages, guarded, started and stopped."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Callable, Iterable

from aiohttp import web

from bot.guards import guard
from chat.errors import Refused

Install = Callable[[web.Application], None]
"""Adds one door's routes and middlewares to the application."""

_KEEP_ALIVE = 30.0
_LARGEST_BODY = 16 * 1024 * 1024
_SHUTDOWN = 5.0


class Server:
    """Listens at one address and serves what was installed."""

    def __init__(self, installs: Iterable[Install], *, https: bool = False) -> None:
        """Put the application together.

        Args:
            installs: The doors.
            https: Whether people reach us by HTTPS (a proxy speaks it for us).
        """
        self.app = web.Application(client_max_size=_LARGEST_BODY)
        for install in installs:
            install(self.app)
        guard(self.app, https=https)
        self._runner: web.AppRunner | None = None

    async def start(self, listening: socket.socket) -> None:
        """Serve whoever comes to a socket of `listen`."""
        # Also closes connections whose headers trickle in; the runner's own default is an hour.
        self._runner = web.AppRunner(
            self.app, access_log=None, keepalive_timeout=_KEEP_ALIVE, shutdown_timeout=_SHUTDOWN
        )
        await self._runner.setup()
        await web.SockSite(self._runner, listening).start()

    async def stop(self) -> None:
        """Take no more requests, end event streams, and finish what is being answered."""
        if self._runner is not None:
            runner, self._runner = self._runner, None
            await asyncio.shield(runner.cleanup())


def listen(host: str, port: int) -> socket.socket:
    """Take an address; a port of 0 takes any free one. Nobody is answered yet.

    Raises:
        Refused: Somebody listens there already, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host.replace("*", ""), port), family=family)
    except OSError as error:
        raise _refused(host, port, error) from error


def _refused(host: str, port: int, error: OSError) -> Refused:
    if error.errno == errno.EADDRINUSE:
        return Refused(
            f"Something listens at {host}:{port} already: perhaps another Tocsin. "
            "Stop it, or choose another port with TOCSIN_PORT.",
            code="ADDRESS_IN_USE",
        )
    return Refused(
        f"Tocsin cannot listen at {host}:{port}: {error.strerror or error}. "
        "Choose another address with TOCSIN_HOST and TOCSIN_PORT.",
        code="CANNOT_LISTEN",
    )
