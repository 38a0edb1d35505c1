"""How one thing is, and what to do where it is not well: what `tocsin doctor` prints."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum


class State(StrEnum):
    """How one thing is."""

    OK = "ok"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found out about one thing.

    Attributes:
        subject: What was looked at, such as `database` or `slack token`.
        told: A sentence or two; where it is not well, with what to do. Never a secret.
    """

    subject: str
    state: State
    told: str


def apart(date: str, now: datetime) -> timedelta | None:
    """How far a server's clock is from ours, either way; None when it does not tell.

    Args:
        date: The header `Date` of its answer; empty without one.
        now: Our own time.

    Source: RFC 9110, section 6.6.1.
    """
    try:
        theirs = parsedate_to_datetime(date)
    except ValueError:
        return None
    return abs((theirs if theirs.tzinfo is not None else theirs.replace(tzinfo=UTC)) - now)
