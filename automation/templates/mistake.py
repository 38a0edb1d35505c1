"""What is wrong with a template, and where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake.

    Attributes:
        place: Such as `steps[2].parameters.host`.
        problem: What is wrong there, as the rest of a sentence.
    """

    place: str
    problem: str


def near(word: str, known: Iterable[str]) -> str:
    """` Did you mean …?` for a slip of the pen; empty when nothing is like it."""
    found = get_close_matches(word, list(known), n=1)
    return f" Did you mean “{found[0]}”?" if found else ""
