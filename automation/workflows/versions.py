"""Versions of software, compared and raised.

Source: https://semver.org, 2.0.0.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_VERSION = re.compile(
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)"
    r"(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?"
)
_LONGEST = 200


class Version(NamedTuple):
    """Its numbers, and the words of what is not released yet; what follows `+` does not count."""

    major: int
    minor: int
    patch: int
    pre: tuple[str, ...]


def parsed(text: str) -> Version:
    """A version.

    Raises:
        ValueError: It is none.
    """
    found = _VERSION.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        raise ValueError(f"“{text[:40]}” is no version such as 1.2.3")
    words = tuple(found[4].split(".")) if found[4] else ()
    return Version(int(found[1]), int(found[2]), int(found[3]), words)


def compare(value: str, pattern: str) -> int:
    """-1, 0 or 1: whether the first is older than, the same as, or newer than the second."""
    one, other = _order(parsed(value)), _order(parsed(pattern))
    return (one > other) - (one < other)


def _order(version: Version) -> tuple[tuple[int, ...], bool, tuple[tuple[int, int, str], ...]]:
    # What is released comes after all that is not; numbers come before words.
    words = tuple((0, int(word), "") if word.isdigit() else (1, 0, word) for word in version.pre)
    return (version[:3], not version.pre, words)


def more_than(value: str, pattern: str) -> bool:
    """Whether the first is newer."""
    return compare(value, pattern) > 0


def less_than(value: str, pattern: str) -> bool:
    """Whether the first is older."""
    return compare(value, pattern) < 0


def equal(value: str, pattern: str) -> bool:
    """Whether both are the same."""
    return compare(value, pattern) == 0


def match(value: str, pattern: str) -> bool:
    """Whether a version is as `>=1.2.3`, `<2.0.0`, `!=1.0.0` or `1.2.3` says."""
    found = re.fullmatch(r"(<=|>=|==|!=|<|>)?(\d.*)", pattern)
    if found is None:
        raise ValueError(f"“{pattern[:40]}” is not like >=1.2.3")
    order = compare(value, found[2])
    wanted = {"<": {-1}, ">": {1}, "<=": {-1, 0}, ">=": {0, 1}, "!=": {-1, 1}}
    return order in wanted.get(found[1], {0})


def bump_major(value: str) -> str:
    """The next major version."""
    return f"{parsed(value).major + 1}.0.0"


def bump_minor(value: str) -> str:
    """The next minor version."""
    own = parsed(value)
    return f"{own.major}.{own.minor + 1}.0"


def bump_patch(value: str) -> str:
    """The next version with a correction."""
    own = parsed(value)
    return f"{own.major}.{own.minor}.{own.patch + 1}"


def strip_patch(value: str) -> str:
    """Its first two numbers."""
    own = parsed(value)
    return f"{own.major}.{own.minor}"
