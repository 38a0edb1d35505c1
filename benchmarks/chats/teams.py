"""Teams, over HTTP, each event with a signed token."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from aiohttp import ClientSession

from adapters.teams.outbound import Look, render
from adapters.teams.route import PATH
from adapters.teams.seal import Seal
from benchmarks.chats.platform import Platform, Way, listening
from chat.clock import SystemClock
from tests.adapters.teams.certificate import Certificate, make_certificate
from tests.adapters.teams.standin import ROOMS, Standin

_LOOK = Look(Seal(b"t" * 32), "https://tocsin.example.org")


class _TeamsChat:
    """Somebody who mentions the bot."""

    def __init__(self, vendor: Standin, session: ClientSession, certificate: Certificate) -> None:
        self._vendor = vendor
        self._session = session
        self._certificate = certificate
        self._port = 0
        self._user = vendor.hire("ana")
        # Teams uses a token for many events.
        self._headers = {"Authorization": f"Bearer {vendor.token()}"}

    def settings(self, port: int) -> dict[str, str]:
        """The app, and whom to trust."""
        self._port = port
        given = self._vendor.options()
        named = {f"TOCSIN_TEAMS_{name.upper()}": value for name, value in given.items()}
        return {**named, "REQUESTS_CA_BUNDLE": str(self._certificate.path)}

    async def ready(self) -> bool:
        """Whether its door is open."""
        return await listening(self._port)

    async def deliver(self, number: int) -> None:
        """A message that mentions the bot."""
        del number
        event = self._vendor.to_bot(self._user, ROOMS, "incident list")
        url = f"http://127.0.0.1:{self._port}{PATH}"
        async with self._session.post(url, json=event, headers=self._headers) as answer:
            if not answer.ok:
                raise RuntimeError(f"answered {answer.status}: {await answer.text()}")
            await answer.read()


@asynccontextmanager
async def _opened() -> AsyncGenerator[_TeamsChat]:
    vendor = Standin(SystemClock().now)
    with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as folder:
        certificate = make_certificate(Path(folder))
        await vendor.start(certificate)
        try:
            async with ClientSession() as session:
                yield _TeamsChat(vendor, session, certificate)
        finally:
            await vendor.stop()


TEAMS = Platform(
    "teams",
    "Teams",
    "adapters.teams.adapter",
    partial(render, look=_LOOK),
    (Way("Teams", "teams", _opened),),
)
