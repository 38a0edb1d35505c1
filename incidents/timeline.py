"""The story of an incident as typed events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from chat.address import Address
from chat.clock import new_id
from security.actor import Actor


class EventKind(StrEnum):
    """What happened; past tense."""

    INCIDENT_STARTED = "incident_started"
    INCIDENT_ENDED = "incident_ended"
    INCIDENT_RESTARTED = "incident_restarted"
    INCIDENT_RENAMED = "incident_renamed"
    CHANNEL_CREATED = "channel_created"
    CHANNEL_LINKED = "channel_linked"
    CHANNEL_UNLINKED = "channel_unlinked"
    RELAY_CHANGED = "relay_changed"
    ANNOUNCED = "announced"
    ANNOUNCEMENT_MISSED = "announcement_missed"
    COMMANDER_CHANGED = "commander_changed"
    ROLE_CHANGED = "role_changed"
    SEVERITY_CHANGED = "severity_changed"
    SUMMARY_CHANGED = "summary_changed"
    STATUS_UPDATED = "status_updated"
    UPDATE_REMINDED = "update_reminded"
    UPDATE_SNOOZED = "update_snoozed"
    STAGE_CHANGED = "stage_changed"
    STEP_CHECKED = "step_checked"
    STEP_UNCHECKED = "step_unchecked"
    STEP_SKIPPED = "step_skipped"
    STEP_ADDED = "step_added"
    STEP_REMOVED = "step_removed"
    STEP_RENAMED = "step_renamed"
    STEP_MOVED = "step_moved"
    STEP_ASSIGNED = "step_assigned"
    STEP_COMMAND_RAN = "step_command_ran"
    PARTICIPANT_JOINED = "participant_joined"
    PARTICIPANT_LEFT = "participant_left"
    EXPORTED = "exported"
    EXECUTION_STARTED = "execution_started"
    EXECUTION_ENDED = "execution_ended"
    APPROVAL_REQUESTED = "approval_requested"
    APPROVAL_DECIDED = "approval_decided"


@dataclass(frozen=True, slots=True)
class Event:
    """One entry.

    Attributes:
        by_id: Account; None when Tocsin did it.
        by_name: Their handle at the time.
        summary: One plain sentence without the author: `checked “Page the owner”`.
        details: What programs read: `step`, `old`, `new`, …
        message: The message it is about; None without one.
    """

    id: str
    incident_id: str
    at: datetime
    kind: EventKind
    by_id: str | None
    by_name: str
    summary: str
    details: Mapping[str, str] = field(default_factory=dict[str, str])
    message: Address | None = None


def event(
    incident_id: str, at: datetime, kind: EventKind, by: Actor, summary: str, **details: str
) -> Event:
    """An entry by `by`."""
    return Event(
        id=new_id(),
        incident_id=incident_id,
        at=at,
        kind=kind,
        by_id=by.account_id,
        by_name=by.name,
        summary=summary,
        details=details,
    )
