"""Regular expressions as Python's `re` reads them, searched for within a limit of time.

Content written for StackStorm means `re`. Some of its patterns take longer with each character
of a text than with all before it, and the texts come from outside; `regex`, which reads nearly
the same language, can be told to give up.

Source: the documentation of Python's `re`.
"""

from __future__ import annotations

import re
import re._parser as _reading  # pyright: ignore[reportMissingImports] - `re` opens its reader under this name only
import time
import warnings
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from math import prod
from typing import Any, Protocol, TypeVar, cast

import regex

T = TypeVar("T")

_EACH = 0.05
"""Seconds of processor time that one search may take."""
_SHORTEST = 0.001
"""What a search gets when all its time is used up, so that only bad patterns suffer."""
_MOST = 100_000
"""What the counts of a pattern may come to: a text that is repeated is kept so many times."""
_LONGEST = 10_000
_FEW = 16
_SOME = 100
"""Ways in which a pattern may be tried at each place of a text without anybody noticing."""
_COUNT = re.compile(r"\{([0-9]+)")
_BRACED = re.compile(r"\{[0-9]*(,[0-9]*)?\}")
_REPEATS = frozenset({"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"})
_left: ContextVar[list[float] | None] = ContextVar("left", default=None)


class TooSlow(Exception):
    """A search was given up; the message says of which pattern."""


class Found(Protocol):
    """What `re.Match` and `regex.Match` both tell."""

    def groups(self) -> tuple[str | None, ...]:
        """What stands in each group, None where it took no part."""
        ...

    def groupdict(self) -> dict[str, str | None]:
        """The same by name."""
        ...

    def group(self) -> Any:
        """The whole of what was found."""
        ...


@contextmanager
def within(seconds: float) -> Generator[None]:
    """Have what is searched for inside take no longer together, a thousandth for each apart."""
    token = _left.set([seconds])
    try:
        yield
    finally:
        _left.reset(token)


def tree_of(pattern: str, flags: int = 0) -> Any:
    """A pattern as `re` reads it, item by item.

    Raises:
        re.error: It is no regular expression.
        RecursionError: It is nested too deeply.
        OverflowError: It repeats too often.
    """
    with warnings.catch_warnings():
        # What Python may read otherwise one day is read as it is today.
        warnings.simplefilter("ignore")
        return _reading.parse(pattern, flags)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - as above


class Expression:
    """A pattern, read once.

    Attributes:
        pattern: As it was given.
        tree: As `re` reads it.
    """

    def __init__(self, pattern: str, flags: int = 0) -> None:
        """Read it.

        Args:
            pattern: A regular expression.
            flags: Any of `re.DOTALL`, `re.IGNORECASE` and the like.

        Raises:
            ValueError: It is none that `re` takes, or it repeats more than can be kept.
        """
        self.pattern = pattern
        if len(pattern) > _LONGEST:
            raise ValueError(f"is longer than {_LONGEST} characters")
        if prod(max(int(count), 1) for count in _COUNT.findall(pattern)) > _MOST:
            raise ValueError(f"repeats something more than {_MOST} times; use * or + instead")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self.tree = tree_of(pattern, flags)
                plain = re.compile(pattern, flags)
                self._plain = plain if _ways(self.tree) <= _SOME else None
                self._timed = None if self._plain else regex.compile(_same(pattern), flags)
        except (re.error, regex.error, RecursionError, OverflowError) as wrong:
            raise ValueError(f"is no regular expression: {wrong}") from None

    def search(self, text: str) -> Found | None:
        """Where it stands first in a text; None when nowhere.

        Raises:
            TooSlow: There is no time left.
        """
        if self._plain is not None:
            return self._plain.search(text)
        return self._spending(lambda found, limit: found.search(text, timeout=limit))

    def match(self, text: str) -> Found | None:
        """As `search`, from the beginning of the text."""
        if self._plain is not None:
            return self._plain.match(text)
        return self._spending(lambda found, limit: found.match(text, timeout=limit))

    def every(self, text: str) -> list[Found]:
        """Each place where it stands, from left to right.

        Raises:
            TooSlow: There is no time left.
        """
        if self._plain is not None:
            return list(self._plain.finditer(text))
        return self._spending(lambda found, limit: list(found.finditer(text, timeout=limit)))

    def replaced(self, text: str, by: str) -> str:
        """The text with something else wherever it stands.

        Raises:
            TooSlow: There is no time left.
            ValueError: `by` names a group that is not there.
        """
        try:
            if self._plain is not None:
                return self._plain.sub(by, text)
            return self._spending(lambda found, limit: found.sub(by, text, timeout=limit))
        except (re.error, regex.error, IndexError) as wrong:
            raise ValueError(f"cannot be put in: {wrong}") from None

    def _spending(self, search: Callable[[regex.Pattern[str], float], T]) -> T:
        left = _left.get()
        limit = _EACH if left is None else max(min(_EACH, left[0]), _SHORTEST)
        begun = time.thread_time() if left is not None else 0.0
        try:
            return search(cast("regex.Pattern[str]", self._timed), limit)
        except TimeoutError:
            raise TooSlow(
                f"“{self.pattern[:80]}” takes too long to be looked for in this text; "
                "make the pattern simpler"
            ) from None
        finally:
            if left is not None:
                left[0] -= time.thread_time() - begun


@lru_cache(maxsize=4096)
def expression(pattern: str, flags: int = 0) -> Expression:
    """The same, read once.

    Raises:
        ValueError: As `Expression`.
    """
    return Expression(pattern, flags)


def _ways(tree: Any) -> int:
    """In how many ways it may be tried at one place, if no more than some; else more than that."""
    ways = 1
    for item, held in tree:
        name = str(item)
        if name.startswith("GROUPREF"):
            return _SOME + 1
        inner = [_ways(each) for each in inner_trees(name, held)]
        if name in _REPEATS:
            most = int(held[1])
            ways *= (most + 1) * max(inner[0], 1) ** most if most <= _FEW else _SOME + 1
        elif name == "BRANCH":
            ways *= sum(inner)
        else:
            ways *= prod(inner)
        if ways > _SOME:
            return _SOME + 1
    return ways


def inner_trees(name: str, held: Any) -> Iterator[Any]:
    """What an item of a tree is made of: other trees."""
    match name:
        case "SUBPATTERN":
            yield held[3]
        case "BRANCH":
            yield from held[1]
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            yield held[2]
        case "ASSERT" | "ASSERT_NOT":
            yield held[1]
        case "ATOMIC_GROUP":
            yield held
        case _:
            return


def _same(pattern: str) -> str:
    """The pattern as `regex` reads it, where a brace that counts nothing would mean more."""
    out: list[str] = []
    at, inside = 0, False
    while at < len(pattern):
        letter = pattern[at]
        if letter == "\\":
            out.append(pattern[at : at + 2])
            at += 2
            continue
        if inside:
            inside = letter != "]"
        elif letter == "[":
            inside = True
            # A bracket right behind the opening one is a letter of the set.
            opening = re.match(r"\[\^?\]?", pattern[at:])
            out.append(opening[0] if opening else letter)
            at += len(out[-1])
            continue
        elif letter == "{" and not _BRACED.match(pattern, at):
            out.append("\\")
        out.append(letter)
        at += 1
    return "".join(out)
