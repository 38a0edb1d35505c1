"""Expressions mean what Python's mean, and are given up in time."""

from __future__ import annotations

import re
import time
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.templates.expressions import Expression, TooSlow, within

PIECES = st.sampled_from(
    [
        *"ab.^$|{}",
        *("a*", "b+", ".+?", "(a|b)", "[ab]", "[^a]", "\\w", "\\s", "a{2}", "{x}", "a{e<=1}"),
        *("(?:ab)?", "(?P<n>a)", "\\b", "[]a]", "(?=a)", "\\{", "\\d{1,3}"),
    ]
)


@given(st.lists(PIECES, max_size=6).map("".join), st.text("ab {}x1\n", max_size=8))
def test_they_find_what_re_finds(pattern: str, text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            plain = re.compile(pattern)
        except re.error:
            plain = None
    if plain is None:
        with pytest.raises(ValueError, match="is no regular expression"):
            Expression(pattern)
        return
    found, wanted = Expression(pattern).search(text), plain.search(text)

    assert (found is None) == (wanted is None)
    if found is not None and wanted is not None:
        assert (found.group(), found.groups()) == (wanted.group(), wanted.groups())
    assert [each.group() for each in Expression(pattern).every(text)] == [
        each.group() for each in plain.finditer(text)
    ]


@pytest.mark.parametrize("pattern", ["(a|aa)+$", "((a?){16}){16}$"])
def test_what_takes_for_ever_is_given_up(pattern: str) -> None:
    begun = time.thread_time()

    with pytest.raises(TooSlow, match="takes too long"):
        Expression(pattern).search("a" * 200 + "!")

    assert time.thread_time() - begun < 5


def test_a_bad_pattern_leaves_time_for_a_good_one() -> None:
    good = Expression("^hello .*world$")

    with within(0.05):
        for _ in range(3):
            with pytest.raises(TooSlow):
                Expression("(a|aa)+$").search("a" * 200 + "!")
        assert good.search("hello whole world") is not None


@pytest.mark.parametrize("pattern", ["(", "a{1000}{1000}", "*", "a" * 20_000])
def test_what_is_no_expression_says_why(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"is no|repeats|longer"):
        Expression(pattern)
