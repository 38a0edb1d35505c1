"""Conditions of AUTOMATIC runbooks: what holds, and what never can."""

from __future__ import annotations

import logging
import time
from dataclasses import replace

import pytest

from automation.runbooks.conditions import Facts, facts_of, holds, mistakes_in
from automation.values import Json
from tests.make import incident


def facts(name: str = "Checkout is down") -> Facts:
    """What conditions see of an incident of that name."""
    return facts_of(replace(incident(), name=name), "main", "outage")


def matches(pattern: str, name: str) -> bool:
    """Whether an incident of that name matches."""
    return holds({"name": {"matches": pattern}}, facts(name))


def test_a_pattern_is_taken_as_it_is_written() -> None:
    assert matches(r"^\D+$", "Checkout")
    assert not matches(r"^\D+$", "12")
    assert matches(r"^\S+$", "one")
    assert not matches(r"^\S+$", "one two")
    assert matches(r"\bDOWN\b", "it is down")
    assert matches("^[A-Z]+$", "down")
    assert matches("STRASSE", "Große Straße")
    assert matches("straße", "STRASSE")


def test_a_pattern_that_takes_too_long_does_not_match_and_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    before = time.monotonic()
    with caplog.at_level(logging.WARNING, "tocsin.triggers"):
        assert not matches(r"^(?:a?b?a?)*\1*(a|b|ab)*(?:(?:a|b)(?R)?)*c$", "ab" * 2000)
        assert not matches("(?R)", "a")

    assert time.monotonic() - before < 10
    assert "too long" in caplog.text


@pytest.mark.parametrize(
    "pattern",
    [
        "(",
        "[",
        "*",
        "(a{1000}){1000}",
        "((a{99}){99}){99}",
        "a{,99999}",
        "(?:abc){e<=9}",
        "x" * 201,
    ],
)
def test_a_pattern_that_cannot_be_searched_for_is_refused(pattern: str) -> None:
    assert list(mistakes_in({"name": {"matches": pattern}})) == ["trigger_conditions.name.matches"]
    assert not matches(pattern, "x")


@pytest.mark.parametrize(
    ("field", "wanted", "place"),
    [
        ("severity", "URGENT", ""),
        ("severity", ["HIGH", "URGENT"], "[1]"),
        ("severity", {"not": "URGENT"}, ".not"),
        ("severity", {"equals": ["LOW", "URGENT"]}, ".equals[1]"),
        ("severity", {"at_least": "URGENT"}, ".at_least"),
        ("severity", {"contains": "urg"}, ".contains"),
        ("severity", {"matches": "^urg"}, ".matches"),
        ("status", "OPEN", ""),
        ("status", "CLOSED", ""),
        ("status", {"not": "ONGOING"}, ".not"),
        ("public", "yes", ""),
        ("public", 1, ""),
        ("public", {"equals": "no"}, ".equals"),
        ("name", {"contains": {"a": "b"}}, ".contains"),
        ("name", {"contains": []}, ".contains"),
        ("name", {"starts_with": None}, ".starts_with"),
    ],
)
def test_what_can_never_hold_is_refused_at_its_place(field: str, wanted: Json, place: str) -> None:
    assert list(mistakes_in({field: wanted})) == [f"trigger_conditions.{field}{place}"]


@pytest.mark.parametrize(
    ("field", "accepted"),
    [("severity", "LOW, MEDIUM, HIGH"), ("status", "ONGOING, CLOSED"), ("public", "true, false")],
)
def test_what_is_accepted_is_named(field: str, accepted: str) -> None:
    (said,) = mistakes_in({field: "never"}).values()

    assert accepted in said


def test_what_may_hold_is_taken_in_any_case() -> None:
    good: dict[str, Json] = {
        "severity": ["high", "CRITICAL"],
        "status": "ongoing",
        "public": True,
        "name": {"matches": [r"^\D+$", "down"], "not_contains": "test"},
        "team": {"equals": "main"},
    }

    assert mistakes_in(good) == {}
    assert mistakes_in({"severity": {"contains": "crit", "not": "LOW"}}) == {}
    assert holds({**good, "severity": incident().severity.value}, facts())
