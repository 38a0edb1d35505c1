"""Patterns of schemas, searched for within a limit of time.

Some patterns take longer with each character than with all before it. Values come from
outside and are checked within an act that holds everybody else's up.

Source: `pattern`, `patternProperties` and `additionalProperties` of JSON Schema draft
2020-12; a pattern need not match from the beginning.
"""

from __future__ import annotations

import re
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from math import prod
from typing import Any, cast

import regex
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend  # pyright: ignore[reportUnknownVariableType] - jsonschema is partly typed

from automation.values import Json

_SECONDS = 0.2
"""What all patterns of one check may take together, in processor time."""
_SHORTEST = 0.001
_COUNT = re.compile(r"\{([0-9]+)")
_MOST = 100_000
"""What the counts of a pattern may come to: a text that is repeated is kept so many times."""
_left: ContextVar[list[float] | None] = ContextVar("left", default=None)


class Unsearchable(Exception):
    """A pattern cannot be searched for, or not in time; the message says so of the value."""


@contextmanager
def in_time() -> Generator[None]:
    """Have all patterns that are searched for within take no longer than the limit together."""
    if _left.get() is not None:
        yield
        return
    token = _left.set([_SECONDS])
    try:
        yield
    finally:
        _left.reset(token)


def problem_of(pattern: str) -> str:
    """Why a pattern cannot be searched for; empty when it can."""
    try:
        _compiled(pattern)
    except Unsearchable as wrong:
        return str(wrong)
    return ""


def fits(pattern: str, text: str) -> bool:
    """Whether a pattern matches anywhere in a text.

    Raises:
        Unsearchable: It is no pattern, or there is no time left.
    """
    left = _left.get() or [_SECONDS]
    found = _compiled(pattern)
    begun = time.thread_time()
    try:
        return found.search(text, timeout=max(left[0], _SHORTEST), concurrent=True) is not None
    except TimeoutError:
        raise Unsearchable(
            f"takes too long to be compared with {pattern}; give something shorter, or have "
            "the pattern made simpler"
        ) from None
    finally:
        left[0] -= time.thread_time() - begun


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> regex.Pattern[str]:
    if prod(max(int(count), 1) for count in _COUNT.findall(pattern)) > _MOST:
        raise Unsearchable(f"repeats something more than {_MOST} times; use * or + instead")
    try:
        return regex.compile(pattern)
    except (regex.error, RecursionError, OverflowError) as wrong:
        raise Unsearchable(f"is no regular expression: {wrong}") from None


def _pattern(
    validator: Any, pattern: str, instance: Json, schema: Mapping[str, Json]
) -> Iterator[ValidationError]:
    del schema
    if validator.is_type(instance, "string") and not fits(pattern, instance):
        yield ValidationError("does not match")


def _pattern_properties(
    validator: Any, rules: Mapping[str, Json], instance: Json, schema: Mapping[str, Json]
) -> Iterator[ValidationError]:
    del schema
    if not validator.is_type(instance, "object"):
        return
    for pattern, rule in rules.items():
        for name, value in cast("dict[str, Json]", instance).items():
            if fits(pattern, name):
                yield from validator.descend(value, rule, path=name, schema_path=pattern)


def _additional_properties(
    validator: Any, rule: Json, instance: Json, schema: Mapping[str, Json]
) -> Iterator[ValidationError]:
    if not validator.is_type(instance, "object"):
        return
    named = cast("Mapping[str, Json]", schema.get("properties") or {})
    patterns = cast("Mapping[str, Json]", schema.get("patternProperties") or {})
    surplus = [
        name
        for name in cast("dict[str, Json]", instance)
        if name not in named and not any(fits(pattern, name) for pattern in patterns)
    ]
    if isinstance(rule, dict):
        for name in surplus:
            yield from validator.descend(instance[name], rule, path=name)
    elif rule is False and surplus:
        yield ValidationError("has more than is accepted")


@lru_cache(maxsize=16)
def timed(kind: Any) -> Any:
    """The same checker of schemas, whose patterns are searched for in time."""
    own = {
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
    }
    return cast("Any", extend(kind, own))
