"""A whole bot in a Discord server, and what people do there."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chat.clock import SystemClock
from chat.payload import part
from tests.adapters.discord.rules import walk
from tests.adapters.discord.shown import lines
from tests.adapters.discord.standin import StandIn, standing_in
from tests.adapters.discord.world import Interaction, Json
from tests.bench import Bench, eventually, on_the_bench


class Server:
    """A bot on the bench with Discord, real SDK and all, besides its own chat."""

    def __init__(self, bench: Bench, standin: StandIn, general: str = "") -> None:
        self.bench = bench
        self.standin = standin
        self.world = standin.world
        self.people: dict[str, str] = {}
        self.general = general or self.world.new_channel("general")["id"]

    async def typed(self, who: str, channel: str, text: str) -> Interaction:
        """Type a command as Discord's client sends it; what comes of it is done."""
        words = text.removeprefix("/").split(" ")
        command = next(one for one in self.world.commands if one["name"] == words[0])
        data: Json = {"id": "1", "type": 1, "name": words.pop(0)}
        options: list[Json] = command.get("options", [])
        into = data
        while words:
            known = {one["name"]: one for one in options if one["type"] in (1, 2)}
            further: list[Json] = part(known, "more").get("options", [])
            if words[0] not in known and words[0] in [one["name"] for one in further]:
                words.insert(0, "more")
            found = known.get(words[0])
            if found is None:
                break
            inner: Json = {"type": found["type"], "name": words.pop(0), "options": []}
            into["options"] = [inner]
            into, options = inner, found.get("options", [])
        if words:
            assert any(one["name"] == "options" for one in options), (text, options)
            into["options"] = [{"type": 3, "name": "options", "value": " ".join(words)}]
        # Whoever is mentioned in a command comes with it.
        named = [user for user in self.world.members if f"<@{user}>" in text]
        data["resolved"] = {
            "users": {user: self.world.users[user] for user in named},
            "members": {user: self.world.members[user] for user in named},
        }
        return await self.interacted(2, who, channel, data)

    async def interacted(
        self, kind: int, who: str, channel: str, data: Json, message: Json | None = None
    ) -> Interaction:
        """Begin an interaction, and wait for what comes of it."""
        made = await self.standin.interact(kind, self.people[who], channel, data, message)
        await eventually(lambda: made.answer is not None)
        # It is acknowledged before it is worked on.
        await eventually(self._idle)
        await self.bench.settle()
        return made

    async def _idle(self) -> bool:
        house = self.bench.house
        later = house.clock.now() + timedelta(days=1)
        return not await house.acts.read(lambda to: to.journal.unfinished(later, 1))

    async def press(self, who: str, message: Json, label: str) -> Interaction:
        """Press a button by its label, or choose the first entry of a menu that it has become."""
        shown = {**message, "author": self.world.users[self.world.bot]}
        for each in walk(message["components"]):
            if each["type"] == 2 and each["label"] == label:
                data: Json = {"custom_id": each["custom_id"], "component_type": 2}
                return await self.interacted(3, who, message["channel_id"], data, shown)
            if each["type"] == 3 and each["placeholder"].startswith(f"{label} …"):
                entry = each["options"][0]["value"]
                data = {"custom_id": each["custom_id"], "component_type": 3, "values": [entry]}
                return await self.interacted(3, who, message["channel_id"], data, shown)
        raise AssertionError(f"no {label} in {lines(message)}")

    async def fill(self, who: str, channel: str, **values: str) -> Interaction:
        """Fill in the modal shown last."""
        user, modal = self.world.modals[-1]
        assert user == self.people[who]
        parts: list[Json] = []
        for label in modal["components"]:
            if label["type"] != 18:
                continue
            held = label["component"]
            chosen = [one["value"] for one in held.get("options", []) if one.get("default")]
            usual = held.get("value", chosen[0] if chosen else "")
            given = values.get(held["custom_id"], usual)
            answer = {"value": given} if held["type"] == 4 else {"values": [given] if given else []}
            inner = {"type": held["type"], "custom_id": held["custom_id"], **answer}
            parts.append({"type": 18, "component": inner})
        data = {"custom_id": modal["custom_id"], "components": parts}
        return await self.interacted(5, who, channel, data)

    def texts(self, channel: str) -> list[str]:
        """What everybody reads in a channel."""
        return ["\n".join(lines(one)) for one in self.world.messages[channel]]

    def panel(self, channel: str) -> Json:
        """The pinned message of a channel; there must be exactly one."""
        pinned = [one for one in self.world.messages[channel] if one["pinned"]]
        assert len(pinned) == 1, self.texts(channel)
        return pinned[0]


@asynccontextmanager
async def server(
    database_url: str, home: Path, monkeypatch: pytest.MonkeyPatch, **more: Any
) -> AsyncGenerator[Server]:
    """A bot that is set up for a stand-in, as an administrator does it."""
    async with standing_in(SystemClock()) as standin:
        wanted = {
            "TOKEN": standin.world.token,
            "GUILD": standin.world.guild,
            "API_URL": standin.api_url,
            "MESSAGE_CONTENT": "true",
        }
        for name, value in {**wanted, **more}.items():
            monkeypatch.setenv(f"TOCSIN_DISCORD_{name}", value)
        async with on_the_bench(database_url, home) as bench:
            made = Server(bench, standin)
            await eventually(standin.identified.is_set)
            yield made
