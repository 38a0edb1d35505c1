"""What `incidents/` asks of storage and of the engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Final, Protocol

from chat.address import Address
from chat.errors import TocsinError
from incidents.incident import Incident, Participant, RoleHolder, Room, Severity, Status
from incidents.opening import OpeningTask
from incidents.timeline import Event, EventKind
from security.page import Page, Slice
from security.ports import SecurityStores


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whose eyes a list is for.

    Attributes:
        team_ids: Teams in which they may see public incidents; None means all teams.
        all_team_ids: Teams in which they see every incident; None means in all teams.
        account_id: Whose own incidents are seen besides; None for nobody's.
    """

    team_ids: frozenset[str] | None
    all_team_ids: frozenset[str] | None
    account_id: str | None


@dataclass(frozen=True, slots=True)
class IncidentFilter:
    """Which incidents; None and empty mean any.

    Attributes:
        member_id: Has this account as a participant.
        since: Started at or after.
        until: Started before.
        search: Words in name, summary or key, case ignored.
    """

    team_id: str | None = None
    status: Status | None = None
    severities: tuple[Severity, ...] = ()
    commander_id: str | None = None
    member_id: str | None = None
    playbook_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    search: str | None = None


INCIDENT_ORDERS: tuple[str, ...] = ("started_at", "ended_at", "severity", "number", "name")
"""What a list of incidents may be ordered by; newest first is the list's own order."""


class IncidentRows(Protocol):
    """Incidents inside an act."""

    def next_number(self) -> int:
        """A number no incident had before."""
        ...

    def add(self, incident: Incident) -> None: ...  # noqa: D102 - says itself

    def get(self, incident_id: str, *, lock: bool = False) -> Incident | None:
        """One incident; with `lock` nobody else changes it until the act is over."""
        ...

    def by_number(self, number: int, *, lock: bool = False) -> Incident | None:
        """The same by number."""
        ...

    def save(self, incident: Incident) -> None:
        """Write a changed incident, whose `version` is one more than the stored one.

        Raises:
            Stale: The stored one is another version.
        """
        ...

    def page(self, wanted: IncidentFilter, viewer: Viewer, part: Slice) -> Page[Incident]:
        """Those that fit and may be seen, newest first unless ordered otherwise."""
        ...

    def in_channel(self, channel: Address) -> Incident | None:
        """The incident whose room this channel is; None for an ordinary channel."""
        ...

    def rooms(self, incident_id: str) -> tuple[Room, ...]:
        """Its channels, the home first."""
        ...

    def add_room(self, room: Room) -> None:
        """Add a room; the same address twice is kept once."""
        ...

    def change_room(self, room: Room) -> None:
        """Write a changed room, found by its address."""
        ...

    def remove_room(self, room: Room) -> None:
        """Make its channel an ordinary one."""
        ...

    def participants(self, incident_id: str) -> tuple[Participant, ...]:
        """Who is in, in order of joining."""
        ...

    def is_participant(self, incident_id: str, account_id: str) -> bool: ...  # noqa: D102 - says itself

    def join(self, participant: Participant) -> bool:
        """Add a participant; False when they were in already."""
        ...

    def leave(self, incident_id: str, account_id: str) -> bool:
        """Remove a participant; False when they were not in."""
        ...

    def roles(self, incident_id: str) -> tuple[RoleHolder, ...]: ...  # noqa: D102 - says itself

    def set_role(self, incident_id: str, role: str, account_id: str | None) -> None:
        """Give a role to one account, or with None leave it open."""
        ...


class TimelineRows(Protocol):
    """Timelines inside an act. Nothing changes or deletes an event."""

    def append(self, event: Event) -> None: ...  # noqa: D102 - says itself

    def page(self, incident_id: str, kinds: tuple[EventKind, ...], part: Slice) -> Page[Event]:
        """Events in order of time (`-at` for newest first); no kinds means all."""
        ...

    def latest(self, incident_id: str, kind: EventKind) -> Event | None:
        """The newest of a kind."""
        ...


class OpeningRows(Protocol):
    """Opening tasks inside an act."""

    def add(self, tasks: Iterable[OpeningTask]) -> None: ...  # noqa: D102 - says itself

    def of(self, incident_id: str) -> tuple[OpeningTask, ...]:
        """Its tasks, in no particular order."""
        ...

    def save(self, task: OpeningTask) -> None: ...  # noqa: D102 - says itself


class LostLease(TocsinError):
    """A driver's lease went to somebody else; what it was about to write is not written."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to drive one subject, until it is taken over.

    Attributes:
        fence: Grows with each holder; a write checked against it fails for an old one.
    """

    kind: str
    subject: str
    segment: int
    fence: int
    owner: str


class Drives(Protocol):
    """Durable work inside an act: rows that say what somebody must drive, and when."""

    def wake(self, kind: str, subject: str, at: datetime) -> None:
        """Have `subject` driven at that time, or sooner when it was due sooner.

        Waking what is being driven right now makes it be driven once more after.
        """
        ...

    def due(
        self, now: datetime, limit: int, kinds: frozenset[str] | None = None
    ) -> tuple[tuple[str, str, int], ...]:
        """`(kind, subject, segment)` of what is due and not held under a live lease.

        With `kinds` only of these, so that what nobody here drives stands in nobody's way.
        """
        ...

    def take(
        self, kind: str, subject: str, owner: str, now: datetime, until: datetime
    ) -> Lease | None:
        """Take the lease if it is due and free or expired."""
        ...

    def renew(self, lease: Lease, until: datetime) -> bool:
        """Hold on to it; False when somebody else has it now."""
        ...

    def holds(self, lease: Lease) -> bool:
        """Whether this lease is still the current one. Asked in every act of a driver."""
        ...

    def release(self, lease: Lease, again_at: datetime | None) -> None:
        """Give it back; it is due again then, or, with None, when somebody wakes it.

        Its next driver's segment is one more than this one's.
        """
        ...

    def free(self, owner: str, now: datetime) -> int:
        """Give back, as due now, every lease that an earlier life of `owner` died with.

        Asked once, when `owner` starts; how many there were.
        """
        ...


class Telemetry(Protocol):
    """Usage events inside an act; kept only where the operator has opted in."""

    def track(self, name: str, at: datetime, properties: Mapping[str, object]) -> None:
        """Keep an event for sending, or nothing when telemetry is off.

        Args:
            name: As the telemetry page lists it, such as `Incident created`.
            at: When it happened.
            properties: Ids and counts, never names or texts.
        """
        ...


class IncidentStores(SecurityStores, Protocol):
    """What an act of this room is given."""

    @property
    def incidents(self) -> IncidentRows: ...  # noqa: D102 - says itself
    @property
    def timeline(self) -> TimelineRows: ...  # noqa: D102 - says itself
    @property
    def openings(self) -> OpeningRows: ...  # noqa: D102 - says itself
    @property
    def drives(self) -> Drives: ...  # noqa: D102 - says itself
    @property
    def telemetry(self) -> Telemetry: ...  # noqa: D102 - says itself


class GivenBack(Enum):
    """What a driver answers that has given its lease back in its last act."""

    GIVEN_BACK = auto()


GIVEN_BACK: Final = GivenBack.GIVEN_BACK


class Driver(Protocol):
    """Somebody who drives one kind of durable work."""

    async def drive(self, subject: str, lease: Lease) -> datetime | GivenBack | None:
        """Do what is ready and stop; when to drive again, or None when only a wake should.

        One that gives its lease back itself, together with the last it writes, says so.
        """
        ...
