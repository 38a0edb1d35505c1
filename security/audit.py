"""The record of what was done: append-only, sealed into a hash chain."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from security.actor import Actor

GENESIS = "0" * 64
"""The hash before the first record."""


class Outcome(StrEnum):
    """How it went."""

    OK = "ok"
    DENIED = "denied"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Record:
    """One thing that was done, or that somebody tried to do.

    Attributes:
        action: `noun.past-tense-verb`, such as `incident.started`; a denial carries
            the permission that was missing.
        object_kind: `incident`, `playbook`, `account`, `token`, …; empty without an object.
        object_id: Ours; empty without an object.
        object_name: As people call it, such as `INC-00042`.
        team_id: None for what belongs to no team.
        cause: Id of the inbound event behind it; None when there is none.
        details: Small facts for people (`old`, `new`, …); never a secret.
    """

    at: datetime
    actor_id: str | None
    actor_name: str
    via: str
    action: str
    outcome: Outcome = Outcome.OK
    object_kind: str = ""
    object_id: str = ""
    object_name: str = ""
    team_id: str | None = None
    cause: str | None = None
    details: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Sealed:
    """A record in the chain.

    Attributes:
        number: Position in the chain, from 1, without gaps; 0 while it is not sealed yet.
        hash: Over the one before it and this record; empty while it is not sealed yet.
    """

    id: int
    number: int
    record: Record
    hash: str


def record(
    actor: Actor,
    at: datetime,
    action: str,
    *,
    kind: str = "",
    id: str = "",  # noqa: A002 - reads best where it is called
    name: str = "",
    team_id: str | None = None,
    outcome: Outcome = Outcome.OK,
    **details: str,
) -> Record:
    """A record of what `actor` did."""
    return Record(
        at=at,
        actor_id=actor.account_id,
        actor_name=actor.name,
        via=actor.via,
        action=action,
        outcome=outcome,
        object_kind=kind,
        object_id=id,
        object_name=name,
        team_id=team_id,
        cause=actor.cause,
        details=details,
    )


def link(key: bytes, before: str, number: int, entry: Record) -> str:
    """The hash of a record behind the one with hash `before`.

    HMAC-SHA256 over the hash before, a line feed, and the record as canonical JSON
    (sorted keys, no spaces, UTC times with microseconds).
    """
    body = {
        "number": number,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor_id": entry.actor_id,
        "actor_name": entry.actor_name,
        "via": entry.via,
        "action": entry.action,
        "outcome": entry.outcome.value,
        "object_kind": entry.object_kind,
        "object_id": entry.object_id,
        "object_name": entry.object_name,
        "team_id": entry.team_id,
        "cause": entry.cause,
        "details": dict(entry.details),
    }
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hmac.new(key, f"{before}\n{text}".encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a walk along the chain found.

    Attributes:
        checked: Sealed records read.
        head: The last hash; `GENESIS` for an empty chain.
        broken_at: Number of the first record that does not fit; None when all do.
        why: A sentence about it; empty when all is well.
        waiting: Records that are not sealed yet, 1000 at most.
    """

    checked: int
    head: str
    broken_at: int | None = None
    why: str = ""
    waiting: int = 0


def verify(
    key: bytes, chain: Iterable[Sealed], *, anchor: tuple[int, str] | None = None
) -> Verdict:
    """Walk the chain from its start.

    Args:
        key: The chain's key.
        chain: Sealed records in order of their number.
        anchor: A number and hash noted outside, which the chain must contain: only
            that shows that its tail was cut off.
    """
    before, checked = GENESIS, 0
    anchored = anchor is None or anchor == (0, GENESIS)
    for entry in chain:
        if entry.number != checked + 1:
            return Verdict(checked, before, checked + 1, f"Record {checked + 1} is missing.")
        wanted = link(key, before, entry.number, entry.record)
        if not hmac.compare_digest(wanted, entry.hash):
            return Verdict(checked, before, entry.number, f"Record {entry.number} was changed.")
        before, checked = entry.hash, entry.number
        if anchor is not None and entry.number == anchor[0]:
            anchored = hmac.compare_digest(entry.hash, anchor[1])
            if not anchored:
                return Verdict(
                    checked, before, checked, f"Record {checked} is not the anchored one."
                )
    if not anchored and anchor is not None:
        return Verdict(checked, before, checked + 1, f"The chain ends before record {anchor[0]}.")
    return Verdict(checked, before)
