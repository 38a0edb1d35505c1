"""`/api/incidents/`: the list, one incident, its life cycle, its story, its export."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from aiohttp import web

from api.downloads import download
from api.incident_shapes import (
    EditIncident,
    EventOut,
    EventPage,
    IncidentChannelOut,
    IncidentDetailOut,
    IncidentOut,
    IncidentPage,
    IncidentQuery,
    PostUpdate,
    Snooze,
    StartIncident,
    TimelineQuery,
    UpdatesQuery,
    channel_out,
)
from api.names import Names
from api.paging import page_out
from api.routing import Answer, AnyRoute, Call, Media, Route
from api.shapes import NoQuery, Nothing
from api.teams import team_named
from chat.clock import Clock
from chat.errors import BadInput, NotFound, Unavailable
from chat.port import ChatAdapter
from incidents.desk import IncidentDesk
from incidents.detail import Detail
from incidents.export import ChannelExport
from incidents.incident import Room, Status
from incidents.ports import IncidentFilter
from incidents.timeline import EventKind
from playbooks.desk import PlaybookDesk
from playbooks.start import StartDesk, StartWish
from security.actor import Actor
from security.people import PeopleDesk
from security.permissions import Permission

ROOT = "/api/incidents/"
ONE = "/api/incidents/{ref}/"


class Incidents:
    """Incidents over HTTP."""

    def __init__(
        self,
        desk: IncidentDesk,
        start: StartDesk,
        export: ChannelExport,
        people: PeopleDesk,
        playbooks: PlaybookDesk,
        names: Names,
        adapters: Mapping[str, ChatAdapter],
        clock: Clock,
    ) -> None:
        self._desk = desk
        self._start = start
        self._export = export
        self._people = people
        self._playbooks = playbooks
        self._names = names
        self._adapters = adapters
        self._clock = clock

    def routes(self) -> tuple[AnyRoute, ...]:
        """Its rows."""
        p = Permission
        out = IncidentDetailOut
        csv = Media("text/csv", "The channel's messages, newest first.")
        return (
            Route(
                "GET", ROOT, self.page, p.INCIDENT_VIEW, "List incidents you may see",
                IncidentPage, query=IncidentQuery,
            ),
            Route(
                "POST", ROOT, self.start, p.INCIDENT_START, "Start an incident",
                out, body=StartIncident, status=201, keyed=True,
            ),
            Route("GET", ONE, self.get, p.INCIDENT_VIEW, "Look at an incident", out),
            Route(
                "PATCH", ONE, self.edit, p.INCIDENT_WORK, "Change name, summary or severity",
                out, body=EditIncident, versioned=True,
            ),
            Route("POST", f"{ONE}end/", self.end, p.INCIDENT_END, "End an incident", out),
            Route(
                "POST", f"{ONE}restart/", self.restart, p.INCIDENT_RESTART,
                "Make a closed incident ongoing again", out,
            ),
            Route(
                "GET", f"{ONE}updates/", self.updates, p.INCIDENT_VIEW,
                "List status updates, newest first", EventPage, query=UpdatesQuery,
            ),
            Route(
                "POST", f"{ONE}updates/", self.post_update, p.INCIDENT_WORK,
                "Post a status update", out, body=PostUpdate, status=201,
            ),
            Route(
                "POST", f"{ONE}snooze/", self.snooze, p.INCIDENT_WORK,
                "Put the next status update off", out, body=Snooze,
            ),
            Route(
                "GET", f"{ONE}timeline/", self.timeline, p.INCIDENT_VIEW,
                "Read the timeline, oldest first", EventPage, query=TimelineQuery,
            ),
            Route(
                "GET", f"{ONE}export/", self.csv, p.INCIDENT_EXPORT,
                "Export the incident channel as CSV", csv,
            ),
        )  # fmt: skip

    async def page(self, call: Call[IncidentQuery, Nothing]) -> IncidentPage:
        """The incidents that fit."""
        wanted = await self._wanted(call.actor, call.query)
        found = await self._desk.page(call.actor, wanted, call.query.part())
        known = await self._names.of(
            account_id
            for each in found.items
            for account_id in (each.commander_id, each.reporter_id)
        )
        now = self._clock.now()
        return page_out(
            IncidentPage, call.request, call.query, found, lambda it: IncidentOut.of(it, known, now)
        )

    async def _wanted(self, actor: Actor, query: IncidentQuery) -> IncidentFilter:
        """The filter that the parameters describe."""
        status = query.status
        if query.ongoing is not None:
            by_flag = Status.ONGOING if query.ongoing else Status.CLOSED
            if status is not None and status is not by_flag:
                raise _at_odds("ongoing", "status")
            status = by_flag
        commander = await self._account(actor, "commander", query.commander)
        if query.mine:
            if commander is not None and commander != actor.account_id:
                raise _at_odds("mine", "commander")
            commander = actor.account_id
        playbook_id = None
        if query.playbook is not None:
            try:
                playbook_id = (await self._playbooks.find(actor, query.playbook)).id
            except NotFound as wrong:
                raise BadInput(wrong.message, details={"playbook": wrong.message}) from None
        return IncidentFilter(
            team_id=await team_named(self._people, actor, query.team),
            status=status,
            severities=query.severity,
            commander_id=commander,
            member_id=await self._account(actor, "member", query.member),
            playbook_id=playbook_id,
            since=query.started_after,
            until=query.started_before,
            search=query.search or None,
        )

    async def _account(self, actor: Actor, name: str, ref: str | None) -> str | None:
        """Id of somebody named in a parameter; None when nobody is."""
        if ref is None:
            return None
        try:
            return (await self._people.find(actor, ref)).id
        except NotFound as wrong:
            raise BadInput(wrong.message, details={name: wrong.message}) from None

    async def start(self, call: Call[NoQuery, StartIncident]) -> Answer:
        """A new incident; its channel follows within moments."""
        body = call.body
        wish = StartWish(
            playbook=body.playbook,
            name=body.name,
            severity=body.severity,
            summary=body.summary,
            team_id=body.team,
            key=call.key,
        )
        made = await self._start.start(call.actor, wish)
        answer = await self.shown(call.actor, made.id)
        return Answer(answer.body, answer.version, location=f"{ROOT}{made.key}/")

    async def get(self, call: Call[NoQuery, Nothing]) -> Answer:
        """One incident."""
        return await self.shown(call.actor, call.path["ref"])

    async def edit(self, call: Call[NoQuery, EditIncident]) -> Answer:
        """Change what is given."""
        ref, body = call.path["ref"], call.body
        await self._desk.edit(
            call.actor,
            ref,
            name=body.name,
            summary=body.summary,
            severity=body.severity,
            version=call.version,
        )
        return await self.shown(call.actor, ref)

    async def end(self, call: Call[NoQuery, Nothing]) -> Answer:
        """Close it."""
        await self._desk.end(call.actor, call.path["ref"])
        return await self.shown(call.actor, call.path["ref"])

    async def restart(self, call: Call[NoQuery, Nothing]) -> Answer:
        """Open it again."""
        await self._desk.restart(call.actor, call.path["ref"])
        return await self.shown(call.actor, call.path["ref"])

    async def post_update(self, call: Call[NoQuery, PostUpdate]) -> Answer:
        """Tell everybody how it stands."""
        body = call.body
        next_in = timedelta(seconds=body.next_in) if body.next_in is not None else None
        await self._desk.post_update(call.actor, call.path["ref"], body.text, next_in=next_in)
        return await self.shown(call.actor, call.path["ref"])

    async def snooze(self, call: Call[NoQuery, Snooze]) -> Answer:
        """Expect the next update later."""
        wait = timedelta(minutes=call.body.minutes)
        await self._desk.snooze(call.actor, call.path["ref"], wait)
        return await self.shown(call.actor, call.path["ref"])

    async def updates(self, call: Call[UpdatesQuery, Nothing]) -> EventPage:
        """The status updates, the newest first."""
        kinds, part = (EventKind.STATUS_UPDATED,), call.query.part("-at")
        found = await self._desk.timeline(call.actor, call.path["ref"], kinds, part)
        return page_out(EventPage, call.request, call.query, found, EventOut.of)

    async def timeline(self, call: Call[TimelineQuery, Nothing]) -> EventPage:
        """The story."""
        kinds, part = call.query.kind, call.query.part("at")
        found = await self._desk.timeline(call.actor, call.path["ref"], kinds, part)
        return page_out(EventPage, call.request, call.query, found, EventOut.of)

    async def csv(self, call: Call[NoQuery, Nothing]) -> web.Response:
        """The channel as a file."""
        return download(await self._export.csv(call.actor, call.path["ref"]))

    async def shown(self, actor: Actor, ref: str) -> Answer:
        """An incident with everything around it, as it is now."""
        found = await self._desk.detail(actor, ref)
        why_not = await self._export.why_not(actor, found.incident.id)
        channels = await self._channels(found)
        body = IncidentDetailOut.made(found, channels, why_not, self._clock.now())
        return Answer(body, version=found.incident.version)

    async def _channels(self, found: Detail) -> tuple[IncidentChannelOut, ...]:
        return tuple([await self._channel(room) for room in found.rooms])

    async def _channel(self, room: Room) -> IncidentChannelOut:
        """A room with what its platform says about it, as far as that answers."""
        adapter = self._adapters.get(room.address.platform)
        if adapter is None:
            return channel_out(room, "", None)
        try:
            facts = await adapter.channel(room.address)
        except (NotFound, Unavailable):
            return channel_out(room, adapter.link(room.address), None)
        return channel_out(room, adapter.link(room.address), facts.messages)


def _at_odds(one: str, other: str) -> BadInput:
    """Two parameters that contradict each other."""
    message = f"`{one}` and `{other}` contradict each other. Give one of them."
    return BadInput(message, details={one: f"contradicts {other}"})
