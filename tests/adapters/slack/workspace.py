"""A whole bot in a Slack workspace: people type and press there, and see what the bot does."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from chat.clock import SystemClock
from chat.person import Person
from security.actor import SYSTEM
from tests.adapters.slack.platform import seen
from tests.adapters.slack.standin import SECRET, Slack, serving
from tests.adapters.slack.world import APP_TOKEN, TEAM, TOKEN, Channel, Json
from tests.bench import Bench, eventually, on_the_bench


class Workspace:
    """People of one workspace, and a bot that is set up as an operator sets it up.

    Attributes:
        http: Whether Slack calls the bot's door, instead of using its socket.
    """

    def __init__(self, bench: Bench, slack: Slack, *, http: bool) -> None:
        self.bench = bench
        self.slack = slack
        self.world = slack.world
        self.http = http
        self.people: dict[str, str] = {}

    async def hire(self, name: str, role: str) -> str:
        """Somebody with an account, linked to a Slack user who is in #general; their id."""
        user = f"U{self.world.number():08d}"
        self.world.add_user(user, name)
        self.world.join(self.world.named("general"), user)
        await self.bench.hire(name, role)
        await self.bench.house.desks.people.link(SYSTEM, name, Person("slack", TEAM, user, name))
        self.people[name] = user
        return user

    async def deliver(self, payload: Json) -> Any:
        """Hand a payload to the bot; what it is acknowledged with."""
        if self.http:
            status, answer = await self.slack.call(payload)
            assert status == 200, answer
            return answer
        answer = await self.slack.send(payload)
        assert answer is not None, "no acknowledgement"
        return answer

    async def quiet(self) -> None:
        """Wait until everything that was asked for is done."""
        router = self.bench.house.router
        await eventually(lambda: not router._working)  # pyright: ignore[reportPrivateUsage]
        await self.bench.settle()

    async def say(self, who: str, channel: Channel, line: str) -> list[str]:
        """Type a slash command; what only they were shown of it."""
        before = len(self.world.ephemeral)
        await self.deliver(self.slack.slash(self.people[who], channel.id, line))
        await self.quiet()
        told = self.world.ephemeral[before:]
        return [seen(shown) for _, user, shown in told if user == self.people[who]]

    async def press(
        self, who: str, channel: Channel, message: Json, label: str, **chosen: Any
    ) -> None:
        """Press the first control with that label."""
        control = control_of(message, label)
        payload = self.slack.press(self.people[who], channel.id, message["ts"], control, **chosen)
        await self.deliver(payload)
        await self.quiet()

    async def fill(self, who: str, **values: str) -> Any:
        """Fill in the form in front of somebody; what the bot answers at once."""
        view = next(view for user, view in reversed(self.world.views) if user == self.people[who])
        answer = await self.deliver(self.slack.filled(self.people[who], view, values))
        await self.quiet()
        return answer

    async def room(self) -> Channel:
        """The newest incident channel, once it is complete."""
        await eventually(lambda: any(one.name.startswith("inc-") and one.pins for one in self.all))
        await self.quiet()
        return next(one for one in reversed(self.all) if one.name.startswith("inc-"))

    @property
    def all(self) -> list[Channel]:
        """Every channel."""
        return list(self.world.channels.values())

    def panel(self, channel: Channel) -> Json:
        """The pinned panel."""
        (stamp,) = channel.pins
        return self.world.message(channel, stamp)

    def texts(self, channel: Channel) -> list[str]:
        """What everybody reads in a channel."""
        return [seen(one) for one in channel.messages]


def control_of(message: Json, label: str) -> Json:
    """A control of a message by what it says."""
    for block in message["blocks"]:
        if block["type"] == "actions":
            for control in block["elements"]:
                if control.get("text", control.get("placeholder"))["text"] == label:
                    return control
    raise AssertionError(f"nothing says {label}: {seen(message)}")


def set_up(monkeypatch: pytest.MonkeyPatch, slack: Slack, *, http: bool = False) -> None:
    """Name the workspace in the environment, as an operator does."""
    monkeypatch.setenv("TOCSIN_SLACK_BOT_TOKEN", TOKEN)
    monkeypatch.setenv("TOCSIN_SLACK_API_URL", f"{slack.world.url}api/")
    if http:
        monkeypatch.setenv("TOCSIN_SLACK_SIGNING_SECRET", SECRET)
    else:
        monkeypatch.setenv("TOCSIN_SLACK_APP_TOKEN", APP_TOKEN)


@asynccontextmanager
async def workspace(
    database_url: str, home: Path, monkeypatch: pytest.MonkeyPatch, *, http: bool = False
) -> AsyncGenerator[Workspace]:
    """A bot whose environment names a Slack workspace."""
    async with serving(SystemClock()) as slack:
        set_up(monkeypatch, slack, http=http)
        async with on_the_bench(database_url, home) as bench:
            if http:
                slack.bot_url = await bench.serve()
            else:
                await slack.connected()
            yield Workspace(bench, slack, http=http)
