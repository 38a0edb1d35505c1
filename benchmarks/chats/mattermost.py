"""Mattermost, over HTTP."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from aiohttp import ClientSession

from adapters.mattermost.markup import Links
from adapters.mattermost.outbound import Drawing, post
from adapters.mattermost.seal import Seal
from benchmarks.chats.platform import Platform, Way
from chat.card import Card, Control
from chat.clock import SystemClock
from tests.adapters.mattermost.acting import People
from tests.adapters.mattermost.standin import TOKEN, Json, Standin

_SITE = "https://tocsin.example.org"
_SEAL = Seal(b"m" * 32)


class _MattermostChat:
    """Somebody who types slash commands."""

    def __init__(self, server: Standin, session: ClientSession) -> None:
        self._server = server
        self._session = session
        self._people = People(server)
        self._square = next(iter(server.channels))
        self._user: str = server.user("ana")["id"]
        for each in (server.bot["id"], self._user):
            server.enter(each, self._square)

    def settings(self, port: int) -> dict[str, str]:
        """A token, and where the server finds the bot."""
        callback = f"http://127.0.0.1:{port}"
        given = {"URL": self._server.url, "TOKEN": TOKEN, "TEAM": "main", "CALLBACK_URL": callback}
        return {f"TOCSIN_MATTERMOST_{name}": value for name, value in given.items()}

    async def ready(self) -> bool:
        """Whether it has registered its commands."""
        return self._incident() is not None

    async def deliver(self, number: int) -> None:
        """A slash command."""
        del number
        registered = self._incident()
        assert registered is not None
        form, headers = self._people.command_request(self._user, self._square, registered, "list")
        async with self._session.post(registered["url"], data=form, headers=headers) as answer:
            told = await answer.text()
            if answer.status != 200 or told != "{}":
                raise RuntimeError(f"answered {answer.status}: {told}")

    def _incident(self) -> Json | None:
        those = self._server.commands.values()
        return next((each for each in those if each["trigger"] == "incident"), None)


@asynccontextmanager
async def _opened() -> AsyncGenerator[_MattermostChat]:
    server = Standin(SystemClock())
    await server.start()
    try:
        async with ClientSession() as session:
            yield _MattermostChat(server, session)
    finally:
        await server.stop()


def _seal(control: Control) -> str:
    return _SEAL.put("action", {"action": control.action, "channel": "c" * 26})


def _draw(card: Card) -> object:
    links = Links(_SITE, "https://chat.example.org/main")
    return post(card, Drawing(links, f"{_SITE}/api/chat/mattermost/action", _seal))


MATTERMOST = Platform(
    "mattermost",
    "Mattermost",
    "adapters.mattermost.adapter",
    _draw,
    (Way("Mattermost", "mattermost", _opened),),
)
