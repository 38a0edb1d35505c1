"""The chats between the bot and one person each."""

from __future__ import annotations

from adapters.teams import ids
from adapters.teams.connector import Connector
from adapters.teams.people import People
from chat.address import Address
from chat.memory import MemoryActs, MemoryStores
from chat.person import Person


class Chats:
    """Remembers whose chat is which: Teams tells a chat's id when it is made, and never whose."""

    def __init__(self, acts: MemoryActs, connector: Connector, people: People, tenant: str) -> None:
        self._acts = acts
        self._connector = connector
        self._people = people
        self._tenant = tenant

    async def of(self, person: Person) -> Address:
        """The chat with somebody, made when there is none yet."""
        name = f"teams:chat:{person.id}"
        known = await self._acts.read(lambda to: to.settings.get(name))
        if not known:
            known = await self._connector.chat_with(self._people.contact(person.id))
            chat = known

            def act(to: MemoryStores) -> None:
                to.settings.put(name, chat)
                to.settings.put(f"teams:chat-with:{chat}", person.id)

            await self._acts.run(act)
        return ids.place(self._tenant, known)

    async def whom(self, chat: str) -> Person | None:
        """Whom a chat is with; None for what is no such chat."""
        who = await self._acts.read(lambda to: to.settings.get(f"teams:chat-with:{chat}"))
        return await self._people.meet(who) if who else None
