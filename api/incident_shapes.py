"""What incidents look like in JSON. Durations are whole seconds."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from api.names import AccountRef, Known, TeamRef
from api.paging import PageOut, Part
from api.shapes import WHOLE, Brief, Flag, In, Line, Moment, Out, Search, Title, Word
from chat.outbox import GivenUp
from chat.undelivered import described
from incidents.detail import Detail
from incidents.incident import Incident, Room, Severity, Status
from incidents.opening import OpeningTask
from incidents.timeline import Event, EventKind

Seconds: TypeAlias = Annotated[int, Field(ge=60, le=7 * 86400), WHOLE]


class PlaybookRef(Out):
    """The playbook an incident was started from, as it was then."""

    id: str
    name: str
    revision: int


class IncidentOut(Out):
    """An incident."""

    id: str
    key: str = Field(description="What people call it, such as INC-00042.")
    number: int
    name: str
    summary: str
    severity: Severity
    status: Status
    public: bool = Field(description="Whether everybody in the team may see it.")
    team: TeamRef | None
    commander: AccountRef | None
    reporter: AccountRef | None = Field(description="Who started it; null when Tocsin did.")
    playbook: PlaybookRef
    started_at: datetime
    ended_at: datetime | None
    restarted_at: datetime | None
    duration: int = Field(description="Seconds so far, or in all once it is closed.")
    update_every: int | None = Field(description="Seconds between status updates.")
    update_due_at: datetime | None
    updated_at: datetime | None
    version: int = Field(description="Of the `ETag`; grows with each change.")

    @classmethod
    def of(cls, incident: Incident, known: Known, now: datetime) -> IncidentOut:
        """An incident as it is at `now`."""
        return cls.model_validate(_fields(incident, now) | _people(incident, known))


class IncidentPage(PageOut[IncidentOut]):
    """A part of the incidents."""


def _fields(incident: Incident, now: datetime) -> dict[str, object]:
    """What an incident says about itself."""
    return {
        "id": incident.id,
        "key": incident.key,
        "number": incident.number,
        "name": incident.name,
        "summary": incident.summary,
        "severity": incident.severity,
        "status": incident.status,
        "public": incident.public,
        "playbook": PlaybookRef(
            id=incident.playbook_id,
            name=incident.playbook_name,
            revision=incident.playbook_revision,
        ),
        "started_at": incident.started_at,
        "ended_at": incident.ended_at,
        "restarted_at": incident.restarted_at,
        "duration": seconds(incident.duration(now)),
        "update_every": seconds(incident.update_every),
        "update_due_at": incident.update_due_at,
        "updated_at": incident.updated_at,
        "version": incident.version,
    }


def seconds(span: timedelta | None) -> int | None:
    """A duration in JSON."""
    return None if span is None else int(span.total_seconds())


class IncidentChannelOut(Out):
    """A channel of an incident."""

    platform: str
    workspace: str
    id: str
    name: str
    kind: str = Field(description="`home`, or `linked`.")
    link: str = Field(description="Where a browser finds it; may be empty.")
    messages: int | None = Field(description="How many; null while the platform does not say.")


class UndeliveredOut(Out):
    """Something that is not tried again by itself."""

    at: datetime
    platform: str
    channel: str
    what: str = Field(description="Such as `let in @zoe`.")
    why: str


class OpeningTaskOut(Out):
    """A part of opening an incident's channel."""

    name: str
    state: str
    attempts: int
    again_at: datetime | None
    error: str


class OpeningOut(Out):
    """How far the channel, announcement and panel are."""

    done: bool
    tasks: tuple[OpeningTaskOut, ...]


class ExportOut(Out):
    """Whether the asker may export the channel, and if not, why."""

    allowed: bool
    reason: str


class IncidentDetailOut(IncidentOut):
    """An incident with everybody and everything around it."""

    participants: tuple[AccountRef, ...]
    roles: dict[str, AccountRef] = Field(description="Roles beyond commander to their holders.")
    channels: tuple[IncidentChannelOut, ...] = Field(
        description="Empty while the channel is being made."
    )
    opening: OpeningOut
    export: ExportOut
    undelivered: tuple[UndeliveredOut, ...] = Field(
        description="What could not be told in its channels, newest first."
    )

    @classmethod
    def made(
        cls, found: Detail, channels: tuple[IncidentChannelOut, ...], why_not: str, now: datetime
    ) -> IncidentDetailOut:
        """An incident's details as they are at `now`."""
        roles = {role: AccountRef.of(holder) for role, holder in sorted(found.roles.items())}
        tasks = tuple(_task(each) for each in found.opening)
        return cls.model_validate(
            _fields(found.incident, now)
            | {
                "team": TeamRef.of(found.team) if found.team else None,
                "commander": AccountRef.of(found.commander) if found.commander else None,
                "reporter": AccountRef.of(found.reporter) if found.reporter else None,
                "participants": tuple(AccountRef.of(each) for each in found.participants),
                "roles": roles,
                "channels": channels,
                "opening": OpeningOut(done=found.opened, tasks=tasks),
                "export": ExportOut(allowed=not why_not, reason=why_not),
                "undelivered": tuple(_undelivered(each) for each in found.undelivered),
            }
        )


def _people(incident: Incident, known: Known) -> dict[str, object]:
    return {
        "team": known.team(incident.team_id),
        "commander": known.account(incident.commander_id),
        "reporter": known.account(incident.reporter_id),
    }


def _undelivered(found: GivenUp) -> UndeliveredOut:
    place = found.outgoing.address
    return UndeliveredOut(
        at=found.at,
        platform=place.platform,
        channel=place.channel,
        what=described(found.outgoing.job),
        why=found.why,
    )


def _task(task: OpeningTask) -> OpeningTaskOut:
    return OpeningTaskOut(
        name=task.name.value,
        state=task.state.value,
        attempts=task.attempts,
        again_at=task.again_at,
        error=task.error,
    )


def channel_out(room: Room, link: str, messages: int | None) -> IncidentChannelOut:
    """A room of an incident."""
    return IncidentChannelOut(
        platform=room.address.platform,
        workspace=room.address.workspace,
        id=room.address.channel,
        name=room.name,
        kind=room.kind.value,
        link=link,
        messages=messages,
    )


class EventOut(Out):
    """An entry of a timeline."""

    id: str
    at: datetime
    kind: EventKind
    by: str = Field(description="Handle of who did it, `tocsin` for the bot.")
    by_id: str | None
    summary: str
    details: dict[str, str]

    @classmethod
    def of(cls, event: Event) -> EventOut:
        """An entry."""
        return cls(
            id=event.id,
            at=event.at,
            kind=event.kind,
            by=event.by_name,
            by_id=event.by_id,
            summary=event.summary,
            details=dict(event.details),
        )


class EventPage(PageOut[EventOut]):
    """A part of a timeline."""


Ordering: TypeAlias = Literal[
    "started_at",
    "-started_at",
    "ended_at",
    "-ended_at",
    "severity",
    "-severity",
    "number",
    "-number",
    "name",
    "-name",
]


class IncidentQuery(Part):
    """Which incidents."""

    status: Status | None = None
    ongoing: Flag | None = Field(default=None, description="The same as a status.")
    severity: tuple[Severity, ...] = Field(
        default=(), max_length=5, description="Several for any of them."
    )
    commander: Word | None = Field(default=None, description="Name or id; `me` for yourself.")
    mine: Flag | None = Field(default=None, description="True for those you command.")
    member: Word | None = Field(default=None, description="Name or id of a participant.")
    playbook: Word | None = Field(default=None, description="Id, handle or name.")
    team: Word | None = Field(default=None, description="Name or id.")
    started_after: Moment | None = Field(default=None, description="At or after.")
    started_before: Moment | None = Field(default=None, description="Before.")
    search: Search | None = Field(default=None, description="In name, summary and key.")
    ordering: Ordering | None = Field(default=None, description="Newest first when not given.")


class UpdatesQuery(Part):
    """Which status updates."""

    ordering: Literal["at", "-at"] | None = None


class TimelineQuery(UpdatesQuery):
    """Which entries of a timeline."""

    kind: tuple[EventKind, ...] = Field(default=(), description="Several for any of them.")


class StartIncident(In):
    """A new incident."""

    playbook: Word = Field(description="Id, handle or name of the playbook.")
    name: Title
    severity: Severity | None = Field(default=None, description="The playbook's when null.")
    summary: Brief = ""
    team: Line | None = Field(default=None, description="Name or id; yours when null.")


class EditIncident(In):
    """What is to change; what is left out stays."""

    name: Title | None = None
    summary: Brief | None = None
    severity: Severity | None = None


class ChangeCommander(In):
    """Who takes command; they must be in the channel."""

    commander: Word = Field(description="Name or id.")


class PostUpdate(In):
    """A status update."""

    text: Brief = Field(min_length=1)
    next_in: Seconds | None = Field(
        default=None, description="Seconds until the next is expected; as before when null."
    )


class Snooze(In):
    """How long the next status update can wait."""

    minutes: Annotated[int, Field(ge=1, le=7 * 24 * 60), WHOLE]


class Invite(In):
    """Who is to take part."""

    people: Annotated[tuple[Word, ...], Field(min_length=1, max_length=100)]


class GiveRole(In):
    """Who has a role beyond commander."""

    role: Word
    holder: Word | None = Field(description="Name or id; null leaves it open.")
    new: bool = Field(
        default=False, description="Whether a role is meant that only looks like a known one."
    )


class Announce(In):
    """Where else the incident is to be told."""

    channel: Word = Field(description="Name of a channel of the local platform.")
