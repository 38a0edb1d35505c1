"""Slack as a journey meets it, over Socket Mode."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from copy import deepcopy
from typing import Any

import pytest

from chat.clock import Clock
from chat.person import Person
from tests.adapters.local_venue import Starting
from tests.adapters.slack.platform import seen
from tests.adapters.slack.standin import Slack, serving
from tests.adapters.slack.workspace import control_of, set_up
from tests.adapters.slack.world import BOT, OWNER, TEAM, USER_TOKEN, Channel, Json
from tests.adapters.venue import Shown, Venue
from tests.bench import Bench


class SlackVenue(Venue):
    """Implements `tests.adapters.venue.Venue`."""

    platform = "slack"

    def __init__(self, slack: Slack, starting: Starting) -> None:
        super().__init__()
        self.slack, self.world = slack, slack.world
        self._starting = starting
        self.square = self.world.named("general").id
        self.world.add_channel(self.side, creator=OWNER)

    @asynccontextmanager
    async def bot(self) -> AsyncGenerator[Bench]:
        async with self._starting() as bench:
            await self.slack.connected()
            yield bench

    async def enter(self, name: str) -> Person:
        user = f"U{self.world.number():08d}"
        self.world.add_user(user, name)
        for channel in ("general", self.side):
            self.world.join(self.world.named(channel), user)
        return Person("slack", TEAM, user, name, name.title())

    async def _deliver(self, payload: Json) -> Any:
        answer = await self.slack.send(payload)
        assert answer is not None, "no acknowledgement"
        await self.quiet()
        return answer

    async def type(self, who: str, channel: str, line: str) -> None:
        written = self.typed(line, "<@{}|{name}>", "<#{}|{name}>")
        await self._deliver(self.slack.slash(self.people[who], channel, written))

    def channel_named(self, name: str) -> str:
        return next((one.id for one in self.world.channels.values() if one.name == name), "")

    async def talk(self, who: str, channel: str, words: str, below: Shown | None = None) -> Shown:
        message: Json = {"type": "message", "user": self.people[who], "text": words}
        if below is not None:
            message["thread_ts"] = below.thread or below.id
        posted = self.world.add_message(self.world.channels[channel], message)
        await self._deliver(self.slack.event({**posted, "channel": channel}))
        return _shown(channel, posted)

    async def push(self, who: str, message: Shown, label: str) -> None:
        control = control_of(message.raw, label)
        await self._deliver(
            self.slack.press(self.people[who], message.channel, message.id, control)
        )

    async def menu(self, who: str, message: Shown) -> None:
        await self._deliver(self.slack.chosen(self.people[who], message.channel, message.raw))

    def _view(self, who: str) -> Json | None:
        mine = [view for user, view in self.world.views if user == self.people[who]]
        return mine[-1] if mine else None

    async def form(self, who: str) -> str:
        view = self._view(who)
        return view["title"]["text"] if view else ""

    async def fill(self, who: str, **values: str) -> str:
        view = self._view(who)
        assert view is not None
        given = {name: self.people.get(value, value) for name, value in values.items()}
        answer = await self._deliver(self.slack.filled(self.people[who], view, given))
        if answer.get("response_action") == "errors":
            return "\n".join(answer["errors"].values())
        self.world.views.remove((self.people[who], view))
        return ""

    async def read(self, who: str, channel: str) -> list[Shown]:
        found = self.world.channels[channel]
        if (found.private or found.im) and self.people[who] not in found.members:
            return []
        return [_shown(channel, one) for one in found.messages]

    async def private(self, who: str) -> list[Shown]:
        user = self.people[who]
        found = [_shown(there, one) for there, to, one in self.world.ephemeral if to == user]
        direct = self.world.direct(user)
        return sorted(
            [*found, *(_shown(direct.id, one) for one in direct.messages)],
            key=lambda one: tuple(map(int, one.id.split("."))),
        )

    async def panel(self, channel: str) -> Shown:
        (stamp,) = self._channel(channel).pins
        return _shown(channel, self.world.message(self._channel(channel), stamp))

    async def inside(self, who: str, channel: str) -> bool:
        return self.people[who] in self._channel(channel).members

    async def topic(self, channel: str) -> str:
        return self._channel(channel).topic

    async def archived(self, channel: str) -> bool:
        return self._channel(channel).archived

    async def content(self, who: str, message: Shown, file: str) -> bytes:
        number = next(one["id"] for one in message.raw["files"] if one["name"] == file)
        return self.world.contents[number]

    def pings(self, message: Shown) -> set[str]:
        return {name for name, user in self.people.items() if f"<@{user}>" in message.text}

    def _channel(self, channel: str) -> Channel:
        return self.world.channels[channel]


def _shown(channel: str, message: Json) -> Shown:
    files = tuple(one["name"] for one in message.get("files", []))
    root = message.get("thread_ts", message["ts"])
    thread = root if root != message["ts"] else ""
    ours = message.get("user", BOT) == BOT
    return Shown(message["ts"], channel, seen(message), files, thread, ours, deepcopy(message))


@asynccontextmanager
async def opened(starting: Starting, clock: Clock) -> AsyncGenerator[Venue]:
    """A workspace, and a bot whose settings name it."""
    with pytest.MonkeyPatch.context() as patch:
        async with serving(clock) as slack:
            set_up(patch, slack)
            patch.setenv("TOCSIN_SLACK_USER_TOKEN", USER_TOKEN)
            venue = SlackVenue(slack, starting)
            await venue.begin()
            try:
                yield venue
            finally:
                await asyncio.shield(venue.end())
