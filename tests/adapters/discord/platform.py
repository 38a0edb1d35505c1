"""Discord for the contract suite: the adapter, the real discord.py, and a stand-in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from adapters.discord.adapter import DiscordAdapter
from adapters.discord.custom_ids import read
from adapters.discord.modals import token_of
from adapters.discord.settings import DiscordSettings
from chat.address import Address
from chat.form import Form
from chat.inbound import Inbound
from chat.person import Person
from chat.port import Receipt
from storage.database import Database
from tests.adapters.between import PAGES, told
from tests.adapters.discord.rules import walk
from tests.adapters.discord.shown import lines
from tests.adapters.discord.standin import StandIn, standing_in
from tests.adapters.discord.world import VIEW, Json
from tests.adapters.listener import Listener, listening
from tests.bench import eventually
from tests.clock import SetClock


class Hearing(Listener):
    """A listener that counts what is handed in, duplicates too."""

    handed = 0

    async def receive(self, inbound: Inbound) -> Receipt:
        receipt = await super().receive(inbound)
        self.handed += 1
        return receipt


class DiscordPlatform:
    """One Discord server, seen from outside."""

    def __init__(self, standin: StandIn, adapter: DiscordAdapter, listener: Hearing) -> None:
        self.standin = standin
        self.adapter = adapter
        self.listener = listener
        self.world = standin.world
        self.workspace = standin.world.guild
        self._said: dict[str, Json] = {}
        self.between = standin.between
        self.troubles = {
            **PAGES,
            "the token refused": told(401, message="401: Unauthorized", code=0),
        }

    async def someone(self, name: str) -> Person:
        """A member of the server."""
        return self._person(self.world.person(name))

    async def dismissed(self, name: str) -> Person:
        """Somebody who left the server."""
        return self._person(self.world.person(name, member=False))

    def _person(self, user: Json) -> Person:
        return Person("discord", self.workspace, user["id"], user["username"], user["global_name"])

    async def read(self, who: Person, channel: Address) -> list[str]:
        """What their client shows there, small print left out."""
        place = channel.thread or channel.channel
        if not self.world.sees(who.id, place):
            return []
        mine = [
            one
            for one in self.world.ephemeral
            if one["to"] == who.id and one["channel_id"] == place
        ]
        held = sorted([*self.world.messages[place], *mine], key=lambda one: int(one["id"]))
        return ["\n".join(lines(one)) for one in held if one["type"] in (0, 20)]

    async def ticket(self, who: Person, channel: Address) -> str:
        """What they get by pressing something."""
        made = await self.standin.interact(
            2, who.id, channel.channel, {"type": 1, "name": "approvals", "id": "1"}
        )
        await eventually(lambda: made.answer is not None)
        return f"o:{made.id}:{made.token}"

    async def forms(self, who: Person) -> list[Form]:
        """The forms on their screen; those that a button opens are opened by it."""
        for message in [*self.world.ephemeral, *self._direct(who)]:
            for part in walk(message["components"]):
                pressed = read(part.get("custom_id", ""))
                if pressed is not None and pressed.action == "form.open":
                    made = await self.standin.press(
                        who.id, message["channel_id"], message, part["custom_id"]
                    )
                    await eventually(lambda made=made: made.answer is not None)
        tokens = [token_of(data["custom_id"]) for user, data in self.world.modals if user == who.id]
        shown = [await self.adapter.remembering.shown(token or "") for token in tokens]
        return [one.form for one in shown if one is not None]

    def _direct(self, who: Person) -> list[Json]:
        return self.world.messages[self.world.direct(who.id)["id"]]

    async def say(self, who: Person, channel: Address, text: str, key: str) -> Address:
        """Have them write; the same key is delivered again, as after a reconnect."""
        before = self.listener.handed
        message = self._said.get(key)
        if message is None:
            message = self.world.new_message(channel.channel, who.id, {"content": text})
            message["member"] = self.world.members[who.id]
            self._said[key] = message
            await self.standin.dispatch("MESSAGE_CREATE", message)
        else:
            await self.standin.again()
        await eventually(lambda: self.listener.handed > before)
        return channel.at(message["id"])

    async def enter(self, who: Person, channel: Address) -> None:
        """Somebody lets them in by name."""
        await self._overwrite(who, channel, inside=True)

    async def leave(self, who: Person, channel: Address) -> None:
        """Somebody takes that back."""
        await self._overwrite(who, channel, inside=False)

    async def _overwrite(self, who: Person, channel: Address, *, inside: bool) -> None:
        found = self.world.channels[channel.channel]
        rows = [row for row in found["permission_overwrites"] if row["id"] != who.id]
        before, moved = self.listener.handed, self._inside(who, found) is not inside
        if inside:
            rows.append({"id": who.id, "type": 1, "allow": str(VIEW), "deny": "0"})
        found["permission_overwrites"] = rows
        await self.standin.dispatch("CHANNEL_UPDATE", found)
        if moved:
            await eventually(lambda: self.listener.handed > before)

    def _inside(self, who: Person, channel: Json) -> bool:
        return any(row["id"] == who.id for row in channel["permission_overwrites"])


def settings(standin: StandIn, **more: Any) -> DiscordSettings:
    """What points the adapter at the stand-in."""
    wanted: dict[str, Any] = {
        "token": standin.world.token,
        "guild": standin.world.guild,
        "api_url": standin.api_url,
        "message_content": True,
    }
    return DiscordSettings(**{**wanted, **more})


@asynccontextmanager
async def opened(
    database: Database, clock: SetClock, **more: Any
) -> AsyncGenerator[DiscordPlatform]:
    """The adapter, connected to a stand-in of its own."""
    async with standing_in(clock) as standin, connected(standin, database, clock, **more) as made:
        yield made


@asynccontextmanager
async def connected(
    standin: StandIn, database: Database, clock: SetClock, **more: Any
) -> AsyncGenerator[DiscordPlatform]:
    """The adapter, as one process of the bot has it."""
    adapter = DiscordAdapter(
        settings(standin, **more), database.acts, clock, "https://tocsin.example"
    )
    listener = Hearing(database.acts, clock, adapter)
    await adapter.start(listener)
    standin.identified.clear()
    try:
        async with listening(adapter) as held:
            waiting = asyncio.create_task(standin.identified.wait())
            await asyncio.wait((held, waiting), return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
            if held.done():
                await held
            yield DiscordPlatform(standin, adapter, listener)
            await listener.done()
    finally:
        await adapter.stop()
