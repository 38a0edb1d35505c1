"""Slack, over HTTP and in Socket Mode."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from time import time

from aiohttp import ClientSession

from adapters.slack.manifest import PATH
from adapters.slack.outbound import message
from adapters.slack.rich import Scene
from benchmarks.chats.platform import Platform, Way, listening
from chat.clock import SystemClock
from tests.adapters.slack.standin import SECRET, Slack, encoded, serving, signed
from tests.adapters.slack.world import APP_TOKEN, TEAM, TOKEN

_SCENE = Scene(TEAM, "https://example.slack.com/", "https://tocsin.example.org")


class _SlackChat:
    """Somebody who types slash commands."""

    def __init__(self, slack: Slack, session: ClientSession, *, http: bool) -> None:
        self._slack = slack
        self._session = session
        self._http = http
        self._port = 0
        self._user = "U0ANA"
        slack.world.add_user(self._user, "ana")
        self._channel = slack.world.named("general")
        slack.world.join(self._channel, self._user)

    def settings(self, port: int) -> dict[str, str]:
        """A token, and what proves Slack's requests or opens its socket."""
        self._port = port
        proof = {"SIGNING_SECRET": SECRET} if self._http else {"APP_TOKEN": APP_TOKEN}
        given = {"BOT_TOKEN": TOKEN, "API_URL": f"{self._slack.world.url}api/", **proof}
        return {f"TOCSIN_SLACK_{name}": value for name, value in given.items()}

    async def ready(self) -> bool:
        """Whether its door is open, or it holds the socket."""
        return await listening(self._port) if self._http else bool(self._slack.sockets)

    async def deliver(self, number: int) -> None:
        """A slash command."""
        del number
        payload = self._slack.slash(self._user, self._channel.id, "/incident list")
        if not self._http:
            if await self._slack.send(payload) is None:
                raise RuntimeError("no acknowledgement")
            return
        body = encoded(payload)
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        headers = {**kind, **signed(SECRET, str(int(time())), body)}
        url = f"http://127.0.0.1:{self._port}{PATH}"
        async with self._session.post(url, data=body.encode(), headers=headers) as answer:
            if answer.status != 200:
                raise RuntimeError(f"answered {answer.status}: {await answer.text()}")
            await answer.read()


@asynccontextmanager
async def _opened(*, http: bool) -> AsyncGenerator[_SlackChat]:
    async with serving(SystemClock()) as slack, ClientSession() as session:
        yield _SlackChat(slack, session, http=http)


SLACK = Platform(
    "slack",
    "Slack",
    "adapters.slack.adapter",
    partial(message, scene=_SCENE),
    (
        Way("Slack over HTTP", "slack-http", partial(_opened, http=True)),
        Way("Slack in Socket Mode", "slack-socket", partial(_opened, http=False)),
    ),
)
