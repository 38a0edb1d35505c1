"""Regular expressions with a limit of time, as YAQL's own functions use them."""

from __future__ import annotations

from functools import lru_cache
from typing import TypeVar

import regex

_LONGEST = 1000
"""Characters of a pattern."""
_PATIENCE = 0.5
"""Seconds that a pattern may be looked for: some take for ever on a text made for it."""
T = TypeVar("T")


@lru_cache(maxsize=512)
def compiled(pattern: str, flags: int = 0) -> regex.Pattern[str]:
    """The pattern, compiled once.

    Raises:
        ValueError: It is none, or too long.
    """
    if len(pattern) > _LONGEST:
        raise ValueError(f"a pattern has at most {_LONGEST} characters here")
    try:
        return regex.compile(pattern, flags)
    except regex.error as wrong:
        raise ValueError(f"“{pattern[:40]}” is no regular expression: {wrong}") from None


class Timed:
    """A pattern, every use of which has a limit of time."""

    def __init__(self, pattern: str, flags: int = 0) -> None:
        """Compile it.

        Raises:
            ValueError: It is none, or too long.
        """
        self._found = compiled(pattern, flags)

    def search(self, text: str) -> regex.Match[str] | None:
        """The first place where it fits."""
        return self._found.search(text, timeout=_PATIENCE)

    def match(self, text: str) -> regex.Match[str] | None:
        """Where it fits at the beginning."""
        return self._found.match(text, timeout=_PATIENCE)

    def all(self, text: str) -> list[regex.Match[str]]:
        """Every place where it fits."""
        return list(self._found.finditer(text, timeout=_PATIENCE))

    def split(self, text: str, most: int = 0) -> list[str | None]:
        """The text, cut where it fits, `most` times or as often as it fits."""
        return self._found.split(text, maxsplit=most, timeout=_PATIENCE)

    def sub(self, replacement: str, text: str, count: int = 0) -> str:
        """The text with `replacement` where it fits."""
        return self._found.sub(replacement, text, count=count, timeout=_PATIENCE)
