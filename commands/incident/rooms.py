"""`/incident link`, `unlink` and `relay`: one incident in several channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from chat.address import Address
from chat.degrade import Way, best_way
from chat.errors import BadInput, NotFound, Refused
from chat.person import Person
from chat.port import ChannelFacts, ChatAdapter, Headed, NewChannel
from chat.readers import facts_for
from chat.reply import Quiet, Reply
from chat.text import Code
from commands.arguments import Arg, Args
from commands.cards import done
from commands.command import Ask, command
from commands.desks import Desks
from commands.looking_up import Lookup
from commands.vocabulary import Key
from incidents.incident import Incident, RoomKind
from security.permissions import Permission


class LinkArgs(Args):
    """Words after `/incident link`."""

    where: Annotated[
        str, Arg("PLATFORM", takes="word", says="slack, mattermost, discord, teams or local")
    ]
    channel: Annotated[str, Arg("#channel", takes="word", says="a channel there")]
    incident: Key = None


class UnlinkArgs(Args):
    """Words after `/incident unlink`."""

    where: Annotated[
        str | None, Arg("PLATFORM", takes="word", says="where it is; this channel when left out")
    ] = None
    channel: Annotated[str | None, Arg("#channel", takes="word", says="a channel there")] = None
    incident: Key = None


class RelayArgs(Args):
    """Words after `/incident relay`."""

    state: Annotated[Literal["on", "off"], Arg("on|off", takes="word", says="pass on or not")]
    incident: Key = None


@dataclass(frozen=True, slots=True)
class RoomCommands:
    """The channels in which an incident is worked on."""

    desks: Desks
    lookup: Lookup

    @command("incident link", "Work on it in one more channel", LinkArgs,
             needs=Permission.INCIDENT_COMMAND)  # fmt: skip
    async def link(self, ask: Ask, args: LinkArgs) -> Reply:
        """Give another channel a panel of this incident."""
        found = await self.lookup.incident(ask, args.incident)
        channel = await self._channel(ask, args.where, args.channel)
        if channel is not None and found.public:
            channel = await self._thread_in(ask, found, channel, args.channel)
        after = await self.desks.incidents.link(ask.actor, found.id, args.channel, channel)
        name = channel.name if channel else args.channel
        return done(
            f"{after.key} is worked on in #{name} ({args.where.casefold()}) too.",
            ("To pass on what people say as well: ", Code("/incident relay on")),
        )

    @command("incident unlink", "Make a linked channel an ordinary one again", UnlinkArgs,
             needs=Permission.INCIDENT_COMMAND)  # fmt: skip
    async def unlink(self, ask: Ask, args: UnlinkArgs) -> Reply:
        """Let a channel go."""
        found = await self.lookup.incident(ask, args.incident)
        place = ask.address.room
        if args.where is not None:
            if args.channel is None:
                raise BadInput(
                    "Which channel? Type /incident unlink PLATFORM #channel.",
                    details={"channel": "needed"},
                )
            channel = await self._channel(ask, args.where, args.channel)
            if channel is None:
                raise NotFound(f"There is no channel “{args.channel[:60]}” there.")
            place = await self._linked_in(ask, found, channel.address.room)
        after = await self.desks.incidents.unlink(ask.actor, found.id, place)
        return done(f"The channel no longer belongs to {after.key}.")

    @command("incident relay", "Pass messages on between its channels", RelayArgs,
             needs=Permission.INCIDENT_COMMAND)  # fmt: skip
    async def relay(self, ask: Ask, args: RelayArgs) -> Reply:
        """Show what is said in one channel in the others, or stop that."""
        found = await self.lookup.incident(ask, args.incident)
        on = args.state == "on"
        facts = await self._facts(ask, found) if on else ()
        deaf = {
            name: adapter.capabilities.hears_by
            for name, adapter in self.desks.adapters.items()
            if not adapter.capabilities.hears
        }
        await self.desks.incidents.relay(ask.actor, found.id, facts, on=on, deaf=deaf)
        return Quiet()

    async def _facts(self, ask: Ask, incident: Incident) -> tuple[ChannelFacts, ...]:
        """The incident's rooms as they stand on their platforms."""
        detail = await self.desks.incidents.detail(ask.actor, incident.id)
        places, mine = [room.address for room in detail.rooms], await self._persons(ask)
        return tuple([await facts_for(self._adapter(at.platform), at, mine) for at in places])

    async def _persons(self, ask: Ask) -> list[Person]:
        """Who asks, on every platform."""
        profile = await self.desks.people.profile(ask.actor, "me")
        return [identity.person for identity in profile.identities]

    async def _linked_in(self, ask: Ask, incident: Incident, place: Address) -> Address:
        """The channel itself, or the incident's thread in it where its room there is one."""
        adapter = self._adapter(place.platform)
        if isinstance(adapter, Headed):
            detail = await self.desks.incidents.detail(ask.actor, incident.id)
            there = (
                room.address
                for room in detail.rooms
                if room.kind is RoomKind.LINKED and room.address.platform == place.platform
                if adapter.within(room.address) == place
            )
            return next(there, place)
        return place

    async def _thread_in(
        self, ask: Ask, incident: Incident, channel: ChannelFacts, asked: str
    ) -> ChannelFacts:
        """The channel itself, or a new thread in it where the platform's rooms are threads."""
        adapter = self._adapter(channel.address.platform)
        can, place = adapter.capabilities, channel.address.room
        if best_way("room", can) is not Way.THREAD or not isinstance(adapter, Headed):
            return channel
        if adapter.head(place) is not None:
            return channel
        # A thread cannot be taken back, so nothing is made for a link that is refused.
        await self.desks.incidents.linkable(ask.actor, incident.id, asked, channel)
        made = await adapter.create_channel(
            NewChannel(
                workspace=place.workspace,
                name=f"{incident.key}-{incident.name}",
                key=f"link:{incident.id}:{place.lane}",
                private=False,
                topic=f"{incident.key} · {incident.name}",
                within=place,
            )
        )
        return await adapter.channel(made)

    async def _channel(self, ask: Ask, platform: str, name: str) -> ChannelFacts | None:
        """A channel of any connected platform; None when there is none.

        It is looked for in the workspace where the asker is somebody, so that nobody
        reaches into a workspace of others.
        """
        adapter = self._adapter(platform.casefold())
        found = await adapter.find_channel(
            await self._workspace(ask, adapter.platform), name.strip().rstrip(",;")
        )
        if found is None:
            return None
        return await facts_for(adapter, found, await self._persons(ask))

    def _adapter(self, platform: str) -> ChatAdapter:
        adapter = self.desks.adapters.get(platform)
        if adapter is None:
            raise BadInput(
                f"“{platform[:40]}” is not connected here. Connected are: "
                f"{', '.join(sorted(self.desks.adapters))}.",
                details={"where": "a connected platform"},
            )
        return adapter

    async def _workspace(self, ask: Ask, platform: str) -> str:
        if ask.address.platform == platform:
            return ask.address.workspace
        for person in await self._persons(ask):
            if person.platform == platform:
                return person.workspace
        raise Refused(
            f"I do not know who you are on {platform}. Type /link there, and its code here; "
            "then you can link channels of it.",
            code="NOT_KNOWN_THERE",
        )
