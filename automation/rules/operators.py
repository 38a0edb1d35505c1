"""The operators of criteria: each makes, of a pattern, a check of values.

They compare as Python does and cast nothing. Whatever Python refuses to compare raises, and a
criterion that raises does not hold.

Source: StackStorm's operators.
"""

from __future__ import annotations

import fnmatch
import operator
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib import import_module
from typing import Any, Protocol, TypeAlias

from automation.templates.expressions import expression

_LONGEST = 1_000_000
"""Letters of a value that an expression is looked for in."""
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")


class Now(Protocol):
    """What a check may ask besides the value."""

    @property
    def now(self) -> datetime:
        """The time of the comparison."""
        ...


Check: TypeAlias = Callable[[Any, Now], bool]
Maker: TypeAlias = Callable[[Any], Check]


def _never(value: Any, scene: Now) -> bool:
    del value, scene
    return False


def _given(maker: Maker) -> Maker:
    """An operator that holds for nothing when it is given no pattern."""
    return lambda pattern: _never if pattern is None else maker(pattern)


def _text(value: Any) -> str:
    """A text, or what stands for one.

    Raises:
        TypeError: It is none.
    """
    if not isinstance(value, str):
        raise TypeError(f"a text is needed, and this is {type(value).__name__}")
    return value


def _equals(pattern: Any) -> Check:
    return lambda value, _: value == pattern


def _nequals(pattern: Any) -> Check:
    return lambda value, _: value != pattern


def _iequals(pattern: Any) -> Check:
    folded = pattern.lower()
    return lambda value, _: value.lower() == folded


def _contains(pattern: Any) -> Check:
    return lambda value, _: pattern in value


def _icontains(pattern: Any) -> Check:
    folded = pattern.lower()
    return lambda value, _: folded in value.lower()


def _ncontains(pattern: Any) -> Check:
    return lambda value, _: pattern not in value


def _incontains(pattern: Any) -> Check:
    folded = pattern.lower()
    return lambda value, _: folded not in value.lower()


def _startswith(pattern: Any) -> Check:
    return lambda value, _: value.startswith(pattern)


def _istartswith(pattern: Any) -> Check:
    folded = pattern.lower()
    return lambda value, _: value.lower().startswith(folded)


def _endswith(pattern: Any) -> Check:
    return lambda value, _: value.endswith(pattern)


def _iendswith(pattern: Any) -> Check:
    folded = pattern.lower()
    return lambda value, _: value.lower().endswith(folded)


def _less(pattern: Any) -> Check:
    return lambda value, _: value < pattern


def _greater(pattern: Any) -> Check:
    return lambda value, _: value > pattern


def _wildcard(pattern: Any) -> Check:
    found = expression(fnmatch.translate(_text(pattern)))
    return lambda value, _: found.match(_text(value)[:_LONGEST]) is not None


def _match(pattern: Any) -> Check:
    found = expression(_text(pattern), re.DOTALL)
    return lambda value, _: found.match(_text(value)[:_LONGEST]) is not None


def _searching(flags: int) -> Maker:
    def maker(pattern: Any) -> Check:
        found = expression(_text(pattern), flags)
        return lambda value, _: found.search(_text(value)[:_LONGEST]) is not None

    return maker


def _age(compare: Callable[[float, float], bool]) -> Maker:
    """Compares how many seconds ago a moment was."""

    def maker(pattern: Any) -> Check:
        seconds = float(pattern)
        return lambda value, scene: compare((scene.now - moment(value)).total_seconds(), seconds)

    return maker


def moment(value: Any) -> datetime:
    """A moment out of a date in whatever writing; UTC where it names no zone.

    Raises:
        ValueError: It is none.
        OverflowError: It lies outside of the calendar.
    """
    text = str(value)
    month = _MONTH.fullmatch(text)
    try:
        found = datetime.fromisoformat(f"{text}-01" if month else text)
    except ValueError:
        found = import_module("dateutil.parser").parse(text)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _exists(pattern: Any) -> Check:
    del pattern
    return lambda value, _: value is not None


def _nexists(pattern: Any) -> Check:
    del pattern
    return lambda value, _: value is None


def _inside(pattern: Any) -> Check:
    return lambda value, _: value in pattern


def _ninside(pattern: Any) -> Check:
    return lambda value, _: value not in pattern


SEARCH = "search"
"""Looks through a list by criteria of its own; see `criterion.py`."""

_OPERATORS: tuple[tuple[tuple[str, ...], Maker], ...] = (
    (("equals", "eq"), _given(_equals)),
    (("nequals", "neq"), _nequals),
    (("iequals", "ieq"), _given(_iequals)),
    (("contains",), _given(_contains)),
    (("icontains",), _given(_icontains)),
    (("ncontains",), _given(_ncontains)),
    (("incontains",), _given(_incontains)),
    (("startswith",), _given(_startswith)),
    (("istartswith",), _given(_istartswith)),
    (("endswith",), _given(_endswith)),
    (("iendswith",), _given(_iendswith)),
    (("lessthan", "lt"), _given(_less)),
    (("greaterthan", "gt"), _given(_greater)),
    (("matchwildcard",), _given(_wildcard)),
    (("matchregex",), _given(_match)),
    (("regex",), _given(_searching(0))),
    (("iregex",), _given(_searching(re.IGNORECASE))),
    (("timediff_lt", "td_lt"), _given(_age(operator.lt))),
    (("timediff_gt", "td_gt"), _given(_age(operator.gt))),
    (("exists",), _exists),
    (("nexists",), _nexists),
    (("inside", "in"), _given(_inside)),
    (("ninside", "nin"), _given(_ninside)),
)
OPERATORS: Mapping[str, Maker] = {name: maker for names, maker in _OPERATORS for name in names}
"""Every operator but `search`, by each of its names."""
NAMES = (*OPERATORS, SEARCH)
WITHOUT_PATTERN = frozenset({"exists", "nexists"})
"""Those that a pattern changes nothing for."""
NEVER_FAIL = frozenset({"equals", "eq", "nequals", "neq", "exists", "nexists"})
"""Those that any two values can be compared by."""
