"""Rooms without Graph: each is a thread in one channel that everybody of the team reads."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

from adapters.teams import ids
from adapters.teams.activities import carrying
from adapters.teams.connector import Connector
from adapters.teams.options import Options
from adapters.teams.outbound import Look, render
from adapters.teams.registry import Kept, Registry
from chat.address import Address
from chat.card import Card, Footer, Text
from chat.errors import Refused
from chat.message import PostedMessage
from chat.once import Once
from chat.person import Person
from chat.port import ChannelFacts, NewChannel


class ThreadRooms:
    """Implements `adapters.teams.rooms.Rooms` with what every bot may do."""

    def __init__(
        self, options: Options, connector: Connector, registry: Registry, once: Once, look: Look
    ) -> None:
        self._options = options
        self._connector = connector
        self._registry = registry
        self._once = once
        self._look = look

    async def create(self, wanted: NewChannel) -> Address:
        """Post the message that the thread hangs on.

        Raises:
            Refused: It is to be private.
        """
        if wanted.private:
            raise Refused(
                "Everybody of the team reads its threads. Private rooms need Graph: docs/teams.md."
            )

        async def make() -> Address:
            name = await self._registry.claim(wanted.name, wanted.key)
            sections = (Text((wanted.topic,)),) if wanted.topic else ()
            note = Footer(("Everything about it is said in this thread.",))
            content = render(Card(f"#{name}", (*sections, note)), self._look)
            within = wanted.within.channel if wanted.within else self._options.channel
            channel, _ = await self._connector.post_root(within, carrying(content, f"#{name}"))
            await self._registry.keep(channel, Kept(name, wanted.topic), wanted.key)
            return ids.place(self._options.tenant, channel)

        return await self._once.made(wanted.key, make)

    async def facts(self, where: Address) -> ChannelFacts | None:
        """Name and who was asked in; the platform does not tell how much was said."""
        kept = await self._registry.room(where.channel)
        if kept is None:
            return None
        return ChannelFacts(where.room, kept.name, kept.private, kept.people, None)

    async def find(self, name: str) -> str | None:
        """By the name that the room got."""
        return await self._registry.named(name)

    async def invite(self, channel: Address, people: tuple[Person, ...]) -> tuple[Person, ...]:
        """All of the team are in already, so those who are meant have to be told."""
        return await self._registry.ask_in(channel.channel, people)

    async def archive(self, channel: Address, *, archived: bool) -> None:
        """A thread cannot be archived."""

    async def set_topic(self, channel: Address, topic: str) -> None:
        """A thread has no topic; its panel says how it stands."""

    def head(self, channel: Address) -> Address | None:
        """The thread's first message."""
        first = ids.root(channel.channel)
        return channel.room.at(first) if first else None

    async def history(self, channel: Address) -> AsyncIterator[PostedMessage]:
        """Nothing: a bot may not read what was said."""
        del channel
        for message in ():
            yield message

    async def message(self, at: Address) -> PostedMessage | None:
        """Nothing, for the same reason."""
        del at
        return None

    async def sent(self, to: Address, mark: str, since: datetime) -> Address | None:
        """Nothing, for the same reason."""
        del to, mark, since
        return None
