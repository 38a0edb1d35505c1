"""`/api/incidents/{ref}/…`: commander, participants, roles, and where else it is told."""

from __future__ import annotations

from api.incident_shapes import (
    Announce,
    ChangeCommander,
    GiveRole,
    IncidentDetailOut,
    Invite,
)
from api.incidents import ONE, Incidents
from api.names import AccountRef
from api.paging import PageOut, Part, page_out, part_of
from api.routing import Answer, AnyRoute, Call, Route
from api.shapes import NoQuery, Nothing, Out
from api.speaker import PLATFORM, Speakers
from chat.address import Address
from chat.port import ChannelFacts
from chat.rooms import ChannelKind, Rooms
from incidents.desk import IncidentDesk
from incidents.incident import ROLES
from security.permissions import Permission


class ParticipantPage(PageOut[AccountRef]):
    """Who takes part, in order of joining."""


class RoleHolderOut(Out):
    """A role of an incident, held or open."""

    role: str
    holder: AccountRef | None


class RoleHolderPage(PageOut[RoleHolderOut]):
    """The roles of an incident beyond commander."""


class IncidentPeople:
    """Who is in an incident, over HTTP."""

    def __init__(
        self, incidents: Incidents, desk: IncidentDesk, rooms: Rooms, speakers: Speakers
    ) -> None:
        self._incidents = incidents
        self._desk = desk
        self._rooms = rooms
        self._speakers = speakers

    def routes(self) -> tuple[AnyRoute, ...]:
        """Its rows."""
        p = Permission
        out = IncidentDetailOut
        return (
            Route(
                "POST", f"{ONE}commander/", self.command, p.INCIDENT_COMMAND,
                "Put somebody in command", out, body=ChangeCommander,
            ),
            Route(
                "GET", f"{ONE}participants/", self.participants, p.INCIDENT_VIEW,
                "List who takes part", ParticipantPage, query=Part,
            ),
            Route(
                "POST", f"{ONE}participants/", self.invite, p.INCIDENT_WORK,
                "Add members of the team", out, body=Invite,
            ),
            Route("POST", f"{ONE}join/", self.join, p.CHAT_USE, "Take part yourself", out),
            Route(
                "GET", f"{ONE}roles/", self.roles, p.INCIDENT_VIEW,
                "List roles beyond commander", RoleHolderPage, query=Part,
            ),
            Route(
                "POST", f"{ONE}roles/", self.give_role, p.INCIDENT_WORK,
                "Give a role, or leave it open", out, body=GiveRole,
            ),
            Route(
                "POST", f"{ONE}announce/", self.announce, p.INCIDENT_WORK,
                "Tell another channel of the local platform", out, body=Announce,
            ),
        )  # fmt: skip

    async def command(self, call: Call[NoQuery, ChangeCommander]) -> Answer:
        """Somebody else takes command."""
        ref = call.path["ref"]
        await self._desk.change_commander(call.actor, ref, call.body.commander)
        return await self._incidents.shown(call.actor, ref)

    async def participants(self, call: Call[Part, Nothing]) -> ParticipantPage:
        """Who takes part."""
        found = await self._desk.detail(call.actor, call.path["ref"])
        part = part_of(found.participants, call.query)
        return page_out(ParticipantPage, call.request, call.query, part, AccountRef.of)

    async def invite(self, call: Call[NoQuery, Invite]) -> Answer:
        """Add people."""
        await self._desk.invite(call.actor, call.path["ref"], call.body.people)
        return await self._incidents.shown(call.actor, call.path["ref"])

    async def join(self, call: Call[NoQuery, Nothing]) -> Answer:
        """Take part."""
        await self._desk.join(call.actor, call.path["ref"])
        return await self._incidents.shown(call.actor, call.path["ref"])

    async def roles(self, call: Call[Part, Nothing]) -> RoleHolderPage:
        """Roles offered or held."""
        held = (await self._desk.detail(call.actor, call.path["ref"])).roles
        rows = tuple(
            RoleHolderOut(role=role, holder=AccountRef.of(held[role]) if role in held else None)
            for role in dict.fromkeys((*ROLES, *sorted(held)))
        )
        part = part_of(rows, call.query)
        return page_out(RoleHolderPage, call.request, call.query, part, lambda row: row)

    async def give_role(self, call: Call[NoQuery, GiveRole]) -> Answer:
        """Give a role, or leave it open."""
        body = call.body
        await self._desk.set_role(
            call.actor, call.path["ref"], body.role, body.holder, new=body.new
        )
        return await self._incidents.shown(call.actor, call.path["ref"])

    async def announce(self, call: Call[NoQuery, Announce]) -> Answer:
        """Tell another channel, one that the asker reads themselves."""
        ref = call.path["ref"]
        found = await self._desk.detail(call.actor, ref)
        who = await self._speakers.of(call.actor, found.incident.team_id)
        channel = await self._rooms.channel(who, call.body.channel.strip().lstrip("#~"))
        facts = ChannelFacts(
            Address(PLATFORM, channel.team, channel.id),
            channel.name,
            private=channel.kind is not ChannelKind.PUBLIC,
            members=await self._rooms.members(who, channel.name),
            messages=0,
        )
        await self._desk.announce(call.actor, ref, call.body.channel, facts)
        return await self._incidents.shown(call.actor, ref)
