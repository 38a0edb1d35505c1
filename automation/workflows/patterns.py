"""Regular expressions with a limit of time, as expressions use them."""

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


def _flags(*, ignorecase: bool) -> int:
    return int(regex.IGNORECASE) if ignorecase else 0


def match(value: object, pattern: str, ignorecase: bool = False) -> bool:  # noqa: FBT002 - as workflows call it
    """Whether a text begins with a pattern."""
    return Timed(pattern, _flags(ignorecase=ignorecase)).match(str(value)) is not None


def search(value: object, pattern: str, ignorecase: bool = False) -> bool:  # noqa: FBT002 - the same
    """Whether a pattern is found in a text."""
    return Timed(pattern, _flags(ignorecase=ignorecase)).search(str(value)) is not None


def replace(value: object, pattern: str, replacement: str, ignorecase: bool = False) -> str:  # noqa: FBT002 - the same
    """A text with `replacement` wherever a pattern fits."""
    return Timed(pattern, _flags(ignorecase=ignorecase)).sub(replacement, str(value))


def substring(
    value: object,
    pattern: str,
    result_index: int = 0,
    ignorecase: bool = False,  # noqa: FBT002 - the same
) -> str | list[str | None]:
    """What a pattern finds, the first time or the `result_index`-th; a list with several groups.

    Raises:
        IndexError: It does not fit so often.
    """
    found = Timed(pattern, _flags(ignorecase=ignorecase)).all(str(value))
    if not -len(found) <= result_index < len(found):
        raise IndexError(f"“{pattern[:40]}” fits {len(found)} times")
    one = found[result_index]
    groups = one.groups("")
    return one[0] if not groups else groups[0] if len(groups) == 1 else list(groups)
