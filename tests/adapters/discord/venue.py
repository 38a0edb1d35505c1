"""Discord as a journey meets it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from copy import deepcopy
from typing import Any

import pytest

from adapters.discord.custom_ids import read
from chat.clock import Clock
from chat.payload import part
from chat.person import Person
from tests.adapters.discord.rules import walk
from tests.adapters.discord.server import Server
from tests.adapters.discord.shown import lines
from tests.adapters.discord.standin import StandIn, standing_in
from tests.adapters.discord.world import SEND, Json
from tests.adapters.local_venue import Starting
from tests.adapters.venue import Shown, Venue
from tests.bench import Bench, eventually


class DiscordVenue(Venue):
    """Implements `tests.adapters.venue.Venue`."""

    platform = "discord"

    def __init__(self, standin: StandIn, starting: Starting, *, threads: bool) -> None:
        super().__init__()
        self.nests = not threads
        self.standin, self.world = standin, standin.world
        self._starting = starting
        self.square = self.world.new_channel("general")["id"]
        self._side = self.world.new_channel(self.side)["id"]

    @asynccontextmanager
    async def bot(self) -> AsyncGenerator[Bench]:
        self.standin.identified.clear()
        async with self._starting() as bench:
            await eventually(self.standin.identified.is_set)
            await eventually(lambda: bool(self.world.commands))
            self._server = Server(bench, self.standin, self.square)
            self._server.people = self.people
            yield bench

    async def quiet(self) -> None:
        # What is wrong with a form is said once the work on it is over.
        adapter: Any = self.bench.house.adapters["discord"]
        await super().quiet()
        await eventually(lambda: not adapter._interactions._watching)

    async def enter(self, name: str) -> Person:
        user = self.world.person(name)["id"]
        return Person("discord", self.world.guild, user, name, name.title())

    async def type(self, who: str, channel: str, line: str) -> None:
        await self._server.typed(who, channel, self.typed(line, "<@{}>", "<#{}>"))

    def channel_named(self, name: str) -> str:
        found = (one for one in self.world.channels.values() if one.get("name") == name)
        return next((one["id"] for one in found), "")

    async def talk(self, who: str, channel: str, words: str, below: Shown | None = None) -> Shown:
        if below is not None and self.nests:
            root = below.thread or below.id
            if root not in self.world.channels:
                await self._begin_thread(channel, root)
            channel = root
        posted = self.world.new_message(channel, self.people[who], {"content": words})
        posted["member"] = self.world.members[self.people[who]]
        await self.standin.dispatch("MESSAGE_CREATE", posted)
        await self.quiet()
        return self._shown(posted)

    async def _begin_thread(self, channel: str, root: str) -> None:
        made = self.world.new_thread(channel, "thread", 11, root)
        await self.standin.dispatch("THREAD_CREATE", made)

    async def push(self, who: str, message: Shown, label: str) -> None:
        before = len(self.world.ephemeral)
        await self._server.press(who, message.raw, label)
        asked = [one for one in self.world.ephemeral[before:] if "Yes" in lines(one)]
        if asked:
            await self._server.press(who, asked[0], "Yes")

    async def menu(self, who: str, message: Shown) -> None:
        chosen = message.raw
        data: Json = {
            "type": 3, "name": "Start incident", "id": "1", "target_id": chosen["id"],
            "resolved": {"messages": {chosen["id"]: chosen}},
        }  # fmt: skip
        await self._server.interacted(2, who, message.channel, data)

    async def form(self, who: str) -> str:
        if not self._modal(who):
            await self._open_form(who)
        found = self._modal(who)
        return found["title"] if found else ""

    def _modal(self, who: str) -> Json | None:
        mine = [data for user, data in self.world.modals if user == self.people[who]]
        return mine[-1] if mine else None

    async def _open_form(self, who: str) -> None:
        """Press what opens a form that could not open by itself, or that is to be mended."""
        for shown in reversed(await self.private(who)):
            for each in walk(shown.raw["components"]):
                pressed = read(each.get("custom_id", ""))
                if pressed is not None and pressed.action == "form.open":
                    await self._server.press(who, shown.raw, each["label"])
                    return

    async def fill(self, who: str, **values: str) -> str:
        modal = self._modal(who)
        assert modal is not None
        given = {name: self.people.get(value, value) for name, value in values.items()}
        before = {one.id for one in await self.private(who)}
        self.world.modals[:] = [(self.people[who], modal)]
        await self._server.fill(who, self.square, **given)
        await self.quiet()
        self.world.modals.clear()
        told = [one for one in await self.private(who) if one.id not in before]
        return "\n".join(one.text for one in told if "form.open" in repr(one.raw["components"]))

    async def read(self, who: str, channel: str) -> list[Shown]:
        if not self.world.sees(self.people[who], channel):
            return []
        below = [
            thread for thread in self.world.channels.values() if thread.get("parent_id") == channel
        ]
        found = [
            one
            for place in (channel, *(thread["id"] for thread in below))
            for one in self.world.messages[place]
            if one["type"] == 0
        ]
        return [self._shown(one) for one in sorted(found, key=lambda one: int(one["id"]))]

    async def private(self, who: str) -> list[Shown]:
        user = self.people[who]
        told = [one for one in self.world.ephemeral if one["to"] == user]
        direct = self.world.messages[self.world.direct(user)["id"]]
        return [
            self._shown(one) for one in sorted([*told, *direct], key=lambda one: int(one["id"]))
        ]

    async def panel(self, channel: str) -> Shown:
        return self._shown(self._server.panel(channel))

    async def inside(self, who: str, channel: str) -> bool:
        user, found = self.people[who], self.world.channels[channel]
        if found["type"] in (11, 12):
            return user in self.world.thread_members[channel]
        return any(row["id"] == user for row in found["permission_overwrites"])

    async def topic(self, channel: str) -> str:
        return str(self.world.channels[channel]["topic"])

    async def archived(self, channel: str) -> bool:
        found = self.world.channels[channel]
        if found["type"] in (11, 12):
            return bool(found["thread_metadata"]["locked"])
        rows = found["permission_overwrites"]
        return any(row["id"] == self.world.guild and int(row["deny"]) & SEND for row in rows)

    async def content(self, who: str, message: Shown, file: str) -> bytes:
        assert file in message.files
        return next(body for name, body in self.world.files if name == file).encode("latin-1")

    def pings(self, message: Shown) -> set[str]:
        allowed = part(message.raw, "allowed")
        assert not allowed.get("parse"), "whatever is typed would notify"
        users: list[str] = allowed.get("users") or []
        return {name for name, user in self.people.items() if user in users}

    def _shown(self, message: Json) -> Shown:
        place = message["channel_id"]
        parent = str(self.world.channels[place].get("parent_id") or "")
        thread = place if parent and place in [m["id"] for m in self.world.messages[parent]] else ""
        files = tuple(one["filename"] for one in message.get("attachments", []))
        channel = parent if thread else place
        ours = message["author"]["id"] == self.world.bot
        return Shown(
            message["id"],
            channel,
            "\n".join(lines(message)),
            files,
            thread,
            ours,
            deepcopy(message),
        )  # fmt: skip


@asynccontextmanager
async def opened(
    starting: Starting, clock: Clock, *, threads: bool = False
) -> AsyncGenerator[Venue]:
    """A server, and a bot whose settings name it; rooms are `threads` where that is wanted."""
    async with standing_in(clock) as standin:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in {
                "TOKEN": standin.world.token, "GUILD": standin.world.guild,
                "API_URL": standin.api_url, "MESSAGE_CONTENT": "true",
            }.items():  # fmt: skip
                patch.setenv(f"TOCSIN_DISCORD_{name}", value)
            if threads:
                patch.setenv("TOCSIN_DISCORD_ROOMS", "threads")
                home = standin.world.new_channel("incidents")
                patch.setenv("TOCSIN_DISCORD_CHANNEL", home["id"])
            venue = DiscordVenue(standin, starting, threads=threads)
            await venue.begin()
            try:
                yield venue
            finally:
                await venue.end()
