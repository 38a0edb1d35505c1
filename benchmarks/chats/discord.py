"""Discord, over the gateway."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from adapters.discord.outbound import message
from benchmarks.chats.platform import Platform, Way
from chat.card import Card
from chat.clock import SystemClock
from tests.adapters.discord.standin import StandIn, standing_in
from tests.adapters.discord.world import Json


class _DiscordChat:
    """Somebody who types slash commands."""

    def __init__(self, standin: StandIn) -> None:
        self._standin = standin
        self._channel: str = standin.world.new_channel("general")["id"]
        self._user: str = standin.world.person("ana")["id"]

    def settings(self, port: int) -> dict[str, str]:
        """A token, and where Discord is; it calls nobody's door."""
        del port
        world = self._standin.world
        given = {"TOKEN": world.token, "GUILD": world.guild, "API_URL": self._standin.api_url}
        return {f"TOCSIN_DISCORD_{name}": value for name, value in given.items()}

    async def ready(self) -> bool:
        """Whether it has the gateway open."""
        return self._standin.identified.is_set()

    async def deliver(self, number: int) -> None:
        """A slash command, until its first answer."""
        del number
        options: list[Json] = [{"type": 1, "name": "list", "options": []}]
        data: Json = {"id": "1", "type": 1, "name": "incident", "options": options}
        made = await self._standin.interact(2, self._user, self._channel, data)
        await made.answered.wait()


@asynccontextmanager
async def _opened() -> AsyncGenerator[_DiscordChat]:
    async with standing_in(SystemClock()) as standin:
        yield _DiscordChat(standin)


def _draw(card: Card) -> object:
    return message(card, "https://tocsin.example.org").payload


DISCORD = Platform(
    "discord",
    "Discord",
    "adapters.discord.adapter",
    _draw,
    (Way("Discord's gateway", "discord", _opened),),
)
