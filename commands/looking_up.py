"""Finding what people name: the incident they mean, somebody, a channel, a message."""

from __future__ import annotations

from dataclasses import dataclass, replace

from chat.address import Address
from chat.errors import BadInput, NotFound, Refused
from chat.message import PostedMessage
from chat.person import Person
from chat.port import ChannelFacts, ChatAdapter
from chat.readers import facts_for
from commands.command import Ask
from commands.desks import Desks
from commands.vocabulary import handle
from incidents.incident import Incident
from security.account import Account


@dataclass(frozen=True, slots=True)
class Lookup:
    """Turns words into the things they name."""

    desks: Desks

    async def incident(self, ask: Ask, key: str | None) -> Incident:
        """The incident with `key`, or with None the one whose channel this is.

        Raises:
            NotFound: There is none with that key for their eyes.
            Refused: No key was given, and this is no incident's channel.
        """
        if key:
            return await self.desks.incidents.find(ask.actor, key)
        found = await self.desks.incidents.in_channel(ask.actor, ask.address)
        if found is None:
            raise Refused(
                "This is not the channel of an incident that you can see. Type it in the "
                "incident's channel, or name the incident, such as INC-00042. "
                "/incident list --ongoing shows the keys.",
                code="NO_INCIDENT_HERE",
            )
        return found

    async def at_home(self, ask: Ask) -> bool:
        """Whether it is asked in the channel of an incident that the asker sees."""
        return await self.desks.incidents.in_channel(ask.actor, ask.address) is not None

    async def account(self, ask: Ask, word: str) -> Account:
        """Somebody by `@name`, id or e-mail; `me` is who asks.

        Raises:
            NotFound: There is nobody like that; the nearest name is offered.
        """
        name = handle(word)
        mentioned = next((p for p in ask.mentioned if p.name.casefold() == name.casefold()), None)
        if mentioned is not None and mentioned.platform != "local":
            return await self.of_person(ask, mentioned)
        return await self.desks.people.find(ask.actor, name)

    async def chosen(self, ask: Ask, person_id: str) -> Account:
        """Somebody chosen from the platform's own list of people."""
        person = replace(ask.person, id=person_id, name=person_id, display="", email=None)
        return await self.of_person(ask, person)

    async def of_person(self, ask: Ask, person: Person) -> Account:
        """The account of a platform's user.

        Raises:
            NotFound: They are linked to none.
        """
        await self.desks.linking.meet(person)
        known = await self.desks.doors.person(person)
        if known.account_id is None:
            raise NotFound(
                f"@{person.name} has no account in Tocsin yet. "
                "An administrator can make one and link it."
            )
        return await self.desks.people.find(ask.actor, known.account_id)

    async def channel(self, ask: Ask, word: str) -> ChannelFacts | None:
        """A channel by name, `#` or `~` allowed; None when there is none.

        Whether the asker may know of it is for the domain to say.
        """
        adapter = self.adapter(ask)
        found = await adapter.find_channel(ask.address.workspace, word.strip().rstrip(",;"))
        return await facts_for(adapter, found, (ask.person,)) if found is not None else None

    async def message(self, ask: Ask, word: str) -> PostedMessage:
        """A message by its link or id.

        Raises:
            BadInput: There is none that the asker can see.
        """
        found = await self.adapter(ask).message(word.strip(), near=ask.address)
        if found is None or not await self._reads(ask, found.address):
            raise BadInput(
                f"There is no message “{word.strip()[:60]}” that you can read. "
                "Give the link of a message, or its id when it is in this channel.",
                details={"from": "the link or id of a message"},
            )
        return found

    async def _reads(self, ask: Ask, message: Address) -> bool:
        """Whether the asker may read that message: it is right here, or they see its channel.

        A public channel is seen by everybody of its workspace; its guests are let into channels
        one by one.
        """
        if message.room == ask.address.room:
            return True
        facts = await facts_for(self.adapter(ask), message.room, (ask.person,))
        if not facts.private and ask.person.workspace == message.workspace:
            return True
        return any(one.id == ask.person.id for one in (*facts.members, *facts.readers))

    def adapter(self, ask: Ask) -> ChatAdapter:
        """The adapter of the platform that was asked on."""
        return self.desks.adapters[ask.address.platform]
