"""Every operator compares as StackStorm's does."""

from __future__ import annotations

import fnmatch
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.rules.operators import NAMES
from tests.automation.rules.making import holds

TEN_AGO, HOUR_AGO = "2026-03-01T11:59:50+00:00", "2026-03-01 11:00"


@pytest.mark.parametrize(
    ("operator", "value", "pattern", "held"),
    [
        ("equals", "a", "a", True),
        ("eq", 1, 1.0, True),
        ("eq", 1, "1", False),
        ("equals", {"a": [1]}, {"a": [1]}, True),
        ("nequals", "a", "b", True),
        ("neq", "a", "a", False),
        ("iequals", "ABC", "abc", True),
        ("ieq", 1, "1", False),
        ("contains", "haystack needle", "needle", True),
        ("contains", ["a", 1], 1, True),
        ("contains", {"key": 1}, "key", True),
        ("contains", None, "a", False),
        ("icontains", "HAY NEEDLE", "needle", True),
        ("ncontains", "hay", "needle", True),
        ("ncontains", None, "needle", False),
        ("incontains", "NEEDLE", "needle", False),
        ("startswith", "hay needle", "hay", True),
        ("istartswith", "HAY", "hay", True),
        ("endswith", "hay needle", "hay", False),
        ("iendswith", "HAY", "ay", True),
        ("lessthan", 1, 2, True),
        ("lt", "1", 2, False),
        ("greaterthan", 2, 1.5, True),
        ("gt", None, 1, False),
        ("matchwildcard", "v1.2.3", "v?.*", True),
        ("matchwildcard", "a\nb", "a*b", True),
        ("matchregex", "a\nb", "a.b", True),
        ("matchregex", "xab", "ab", False),
        ("regex", "xab", "ab", True),
        ("regex", "a\nb", "a.b", False),
        ("regex", 5, "5", False),
        ("regex", "a", "(", False),
        ("iregex", "XAB", "ab", True),
        ("timediff_lt", TEN_AGO, 11, True),
        ("td_lt", TEN_AGO, "9", False),
        ("timediff_gt", HOUR_AGO, 3599, True),
        ("td_gt", "Mar 1 2026 13:00 +0200", 3599, True),
        ("td_gt", "2026-02", 2_000_000, True),
        ("td_gt", "no date", 1, False),
        ("exists", None, None, False),
        ("exists", 0, None, True),
        ("nexists", None, None, True),
        ("inside", "b", ["a", "b"], True),
        ("in", "a", "abc", True),
        ("in", 1, "abc", False),
        ("ninside", "c", ["a", "b"], True),
        ("nin", "a", "abc", False),
        ("EQUALS", "a", "a", True),
        ("no_such", "a", "a", False),
    ],
)
def test_it_holds_or_not(operator: str, value: Any, pattern: Any, *, held: bool) -> None:
    assert holds(value, operator, pattern) is held


VALUES = st.none() | st.booleans() | st.integers(-3, 3) | st.text("ab*?.", max_size=4)
HELD = (*(name for name in NAMES if name not in {"exists", "nexists", "nequals", "neq"}),)


@given(VALUES | st.lists(VALUES, max_size=2), st.sampled_from(HELD))
def test_no_pattern_is_no_match_but_for_three(value: Any, operator: str) -> None:
    if not (operator == "search" and value in ([], {})):
        assert holds(value, operator, None, condition="any") is False
    assert holds(value, "neq", None) is (value is not None)
    assert holds(value, "exists", None) is (value is not None)


@given(st.text("abAB", max_size=4), st.text("abAB", max_size=2))
def test_each_is_the_opposite_of_its_n_and_the_same_as_its_i_in_lower_case(
    value: str, pattern: str
) -> None:
    for name, opposite in (("eq", "neq"), ("contains", "ncontains"), ("icontains", "incontains")):
        assert holds(value, name, pattern) is not holds(value, opposite, pattern)
    for name in ("equals", "contains", "startswith", "endswith"):
        folded = holds(value.lower(), name, pattern.lower())
        assert holds(value, f"i{name}", pattern) is folded
    assert holds(value, "in", pattern) is not holds(value, "nin", pattern)
    assert holds(value, "regex", re.escape(pattern)) is (pattern in value)


@given(st.text("ab*?[]!.", max_size=6), st.text("ab.", max_size=6))
def test_wildcards_are_those_of_file_names(pattern: str, value: str) -> None:
    if "{" not in pattern:
        assert holds(value, "matchwildcard", pattern) is fnmatch.fnmatchcase(value, pattern)


@given(st.integers(-5, 5) | st.text(max_size=2), st.integers(-5, 5) | st.text(max_size=2))
def test_more_and_less_cast_nothing(value: Any, pattern: Any) -> None:
    same = type(value) is type(pattern)
    plain = "{" not in f"{pattern}" and "\r" not in f"{pattern}" and f"{pattern}"[-1:] != "\n"
    if plain:
        assert holds(value, "lt", pattern) is (same and value < pattern)
        assert holds(value, "gt", pattern) is (same and value > pattern)
