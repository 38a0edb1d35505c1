"""Inbound events as they are kept, so that each is worked on once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from chat.inbound import Inbound


class EntryState(StrEnum):
    """How far the work on an event is."""

    RECEIVED = "received"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Entry:
    """An event in the journal.

    Attributes:
        id: Ours; audit records and outgoing messages caused by the event carry it.
    """

    id: str
    inbound: Inbound
    state: EntryState
    received_at: datetime


class Journal(Protocol):
    """The journal inside an act."""

    def receive(self, inbound: Inbound, now: datetime) -> tuple[Entry, bool]:
        """Write it down; the flag is False when its dedupe key was there already."""
        ...

    def found(self, entry_id: str) -> Entry | None:
        """An event by its id; None when there never was one, or it is forgotten."""
        ...

    def finish(
        self, entry_id: str, state: EntryState, now: datetime, rest: Inbound, note: str = ""
    ) -> None:
        """The work is over; `rest` is what stays of the event, `note` the error's sentence."""
        ...

    def unfinished(self, before: datetime, limit: int) -> tuple[Entry, ...]:
        """Events received before then and still not finished, oldest first."""
        ...

    def acted(self, entry_id: str) -> bool:
        """Whether an act that this event caused has committed (its audit record is there)."""
        ...

    def forget(self, before: datetime) -> int:
        """Delete finished events received before then; how many there were."""
        ...
