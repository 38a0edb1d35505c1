"""What the contract suite of the chat port needs of a platform besides its adapter."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Protocol, runtime_checkable

from adapters.local.adapter import LocalAdapter
from adapters.local.rooms import LocalRooms
from chat.address import Address
from chat.errors import NotFound
from chat.form import Form
from chat.person import Person
from chat.port import ChatAdapter
from chat.rooms import LocalEvent, LocalMessage
from security.actor import SYSTEM
from security.people import PeopleDesk
from tests.adapters.listener import Listener


class Platform(Protocol):
    """A platform with people on it, seen from outside.

    Attributes:
        listener: Where the adapter's events go.
    """

    adapter: ChatAdapter
    listener: Listener
    workspace: str

    async def someone(self, name: str) -> Person:
        """Somebody new."""
        ...

    async def dismissed(self, name: str) -> Person:
        """Somebody who was here and is no more."""
        ...

    async def read(self, who: Person, channel: Address) -> list[str]:
        """The texts that `who` sees in the channel, oldest first; nothing where they may not."""
        ...

    async def forms(self, who: Person) -> list[Form]:
        """The forms that wait for `who`."""
        ...

    async def say(self, who: Person, channel: Address, text: str, key: str) -> Address:
        """Have `who` post; `key` again is the same message delivered again."""
        ...

    async def enter(self, who: Person, channel: Address) -> None:
        """Have `who` enter a public channel."""
        ...

    async def leave(self, who: Person, channel: Address) -> None:
        """Have `who` leave it."""
        ...


@runtime_checkable
class Ticketed(Protocol):
    """A platform that shows something to one person only in answer to what they did."""

    async def ticket(self, who: Person, channel: Address) -> str:
        """Have `who` do something there; the ticket that answers it."""
        ...


class LocalPlatform:
    """The platform of our own."""

    workspace = "main"

    def __init__(
        self, adapter: LocalAdapter, rooms: LocalRooms, listener: Listener, people: PeopleDesk
    ) -> None:
        self.adapter: ChatAdapter = adapter
        self.listener = listener
        self.rooms = rooms
        self._people = people

    async def someone(self, name: str, team: str = "main") -> Person:
        """An account with a role in the team."""
        account = await self._people.create(
            SYSTEM, name, display=name.title(), email=f"{name}@example.org", team=team
        )
        return Person("local", team, account.id, name, name.title(), f"{name}@example.org")

    async def dismissed(self, name: str) -> Person:
        """An account that is no longer active."""
        person = await self.someone(name)
        await self._people.edit(SYSTEM, name, active=False)
        return person

    async def read(self, who: Person, channel: Address) -> list[str]:
        """What their channel page shows."""
        try:
            messages = await self.rooms.messages(who, channel.channel, limit=200)
        except NotFound:
            return []
        return [message.text for message in messages]

    async def messages(self, who: Person, channel: str) -> list[LocalMessage]:
        """What their channel page shows, in full."""
        return list(await self.rooms.messages(who, channel, limit=200))

    async def forms(self, who: Person) -> list[Form]:
        """Forms that events told of."""
        last = await self.rooms.latest(who)
        events = [event async for event in self.replay(who, 0, last)]
        shown = {e.form.id: e.form.form for e in events if e.form is not None and e.form.open}
        return list(shown.values())

    async def replay(self, who: Person, after: int, last: int) -> AsyncGenerator[LocalEvent]:
        """The events that they are shown, up to the one numbered `last`."""
        async with aclosing(self.rooms.events(who, after)) as events:
            async for event in events:
                yield event
                if event.id >= last:
                    break

    async def say(self, who: Person, channel: Address, text: str, key: str) -> Address:
        """Through the rooms, as a page does."""
        said = await self.rooms.say(who, channel.channel, text, key=key)
        assert said.message is not None
        return channel.at(str(said.message.id))

    async def enter(self, who: Person, channel: Address) -> None:
        """Join."""
        await self.rooms.join(who, channel.channel)

    async def leave(self, who: Person, channel: Address) -> None:
        """Leave."""
        await self.rooms.leave(who, channel.channel)
