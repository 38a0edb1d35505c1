"""An incident and what belongs to it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from chat.address import Address
from chat.errors import BadInput, Refused


class Severity(StrEnum):
    """How bad it is, from mild to worst."""

    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    CRITICAL = "CRITICAL"
    EMERGENCY = "EMERGENCY"

    @property
    def rank(self) -> int:
        """1 (LOW) to 5 (EMERGENCY)."""
        return list(Severity).index(self) + 1

    @classmethod
    def parse(cls, word: str) -> Severity:
        """The severity that somebody typed, in any case; `SEV1` is the worst, `SEV5` the mildest.

        Raises:
            BadInput: It is none of them.
        """
        text = word.strip().upper()
        if match := re.fullmatch(r"SEV-?([1-5])", text):
            return list(cls)[5 - int(match[1])]
        try:
            return cls(text)
        except ValueError:
            names = ", ".join(cls)
            raise BadInput(
                f"There is no severity “{word.strip()[:40]}”. Choose one of {names}.",
                details={"severity": f"one of {names}"},
            ) from None


class Status(StrEnum):
    """An incident is either ongoing (active) or closed."""

    ONGOING = "ONGOING"
    CLOSED = "CLOSED"


@dataclass(frozen=True, slots=True)
class Incident:
    """An event that needs the coordinated work of people.

    Attributes:
        number: Counts from 1 across the installation; see `key`.
        public: Whether everybody in the team may see it; otherwise participants and
            administrators only.
        commander_id: Account in charge.
        reporter_id: Account that started it; None when Tocsin did.
        playbook_id: The playbook it was started from, at `playbook_revision`.
        ended_at: None while ongoing.
        update_every: How often a status update is expected; None never reminds.
        update_due_at: When the next update is due; None when none is expected.
        welcome: Shown privately to whoever joins the channel; empty for nothing.
        version: Grows with each change; for `If-Match`.
    """

    id: str
    number: int
    team_id: str
    name: str
    summary: str
    severity: Severity
    status: Status
    public: bool
    commander_id: str
    reporter_id: str | None
    playbook_id: str
    playbook_name: str
    playbook_revision: int
    started_at: datetime
    ended_at: datetime | None = None
    restarted_at: datetime | None = None
    update_every: timedelta | None = None
    update_due_at: datetime | None = None
    updated_at: datetime | None = None
    welcome: str = ""
    version: int = 1

    @property
    def key(self) -> str:
        """What people call it: `INC-00042`."""
        return f"INC-{self.number:05d}"

    @property
    def ongoing(self) -> bool:
        """Whether it is not closed."""
        return self.status is Status.ONGOING

    def duration(self, now: datetime) -> timedelta:
        """How long it has lasted, or lasted in all once closed."""
        return (self.ended_at or now) - self.started_at

    def open_for_changes(self) -> None:
        """Let a change pass, or refuse it.

        Raises:
            Refused: The incident is closed.
        """
        if not self.ongoing:
            raise Refused(
                f"{self.key} is closed, so nothing in it can change. "
                f"To go on with it, type /incident restart {self.key}.",
                code="INCIDENT_CLOSED",
            )


def parse_key(ref: str) -> int | None:
    """The number in `INC-00042`, `inc-42`, `#42` or `42`; None when it is none of these."""
    match = re.fullmatch(r"(?:inc-|#)?0*([1-9][0-9]{0,8})", ref.strip(), re.IGNORECASE)
    return int(match[1]) if match else None


class RoomKind(StrEnum):
    """Why a channel belongs to an incident."""

    HOME = "home"
    LINKED = "linked"


@dataclass(frozen=True, slots=True)
class Room:
    """A channel of an incident.

    Attributes:
        name: As people type it, without `#` or `~`.
        relays: Whether what is said here is shown in the incident's other rooms, and theirs here.
    """

    incident_id: str
    address: Address
    name: str
    kind: RoomKind = RoomKind.HOME
    relays: bool = False


@dataclass(frozen=True, slots=True)
class Participant:
    """An account with access to the incident's channel."""

    incident_id: str
    account_id: str
    joined_at: datetime


@dataclass(frozen=True, slots=True)
class RoleHolder:
    """Somebody with a role beyond commander, such as `scribe`.

    Attributes:
        role: Lower-case word; one holder per role.
    """

    incident_id: str
    role: str
    account_id: str


ROLES: tuple[str, ...] = ("scribe", "communications", "operations")
"""Roles offered besides commander."""
