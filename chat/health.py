"""How one thing is, and what to do where it is not well: what `tocsin doctor` prints."""

from __future__ import annotations

from dataclasses import dataclass
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
