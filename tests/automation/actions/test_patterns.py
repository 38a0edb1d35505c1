"""Patterns of parameters hold nobody up, and keep to JSON Schema otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from automation.actions.action import Action, Parameter
from automation.actions.patterns import problem_of
from automation.actions.schema import checked
from chat.errors import BadInput

SLOW, LONG = "^(a|a)*$", "a" * 64 + "!"
"""With `re` this takes longer than anybody lives."""


def told(rules: dict[str, Any], value: Any) -> str:
    """What is wrong with a value."""
    action = Action("ops.do", "noop", parameters=(Parameter("p", rules),))
    with pytest.raises(BadInput) as caught:
        checked(action, {"p": value}, place="parameters")
    return caught.value.details["parameters.p"]


@pytest.mark.parametrize(
    ("rules", "value"),
    [
        ({"type": "string", "pattern": SLOW}, LONG),
        ({"type": "array", "items": {"type": "string", "pattern": SLOW}}, [LONG] * 1000),
        ({"type": "object", "patternProperties": {SLOW: {}}}, {LONG: 1}),
        (
            {
                "type": "object",
                "patternProperties": {SLOW: True},
                "additionalProperties": {"type": "string"},
            },
            {LONG: "x"},
        ),
    ],
    ids=["text", "items", "names", "others"],
)
def test_a_pattern_that_takes_too_long_is_named(rules: dict[str, Any], value: Any) -> None:
    assert f"takes too long to be compared with {SLOW}" in told(rules, value)


@pytest.mark.parametrize(
    "value", [{"x-a": 1, "n": 1, "left": "text"}, {"x-a": 2.0}, {"n": 3}, {}, {"left": ""}]
)
def test_names_that_fit(value: dict[str, Any]) -> None:
    rules = {
        "type": "object",
        "properties": {"n": {"type": "integer"}},
        "patternProperties": {"^x-": {"type": "number"}},
        "additionalProperties": {"type": "string"},
    }
    action = Action("ops.do", "noop", parameters=(Parameter("p", rules),))

    assert checked(action, {"p": value}, place="parameters")["p"] == value


@pytest.mark.parametrize(
    ("rules", "value", "said"),
    [
        ({"additionalProperties": False}, {"z": 1}, "has z, which is not accepted; there are n"),
        ({"additionalProperties": {"type": "string"}}, {"z": 1}, "is 1; give a text"),
        ({}, {"x-a": "no"}, 'is "no"; give a number'),
    ],
)
def test_names_that_do_not_fit(rules: dict[str, Any], value: Any, said: str) -> None:
    more: dict[str, Any] = {
        "type": "object",
        "properties": {"n": {}},
        "patternProperties": {"^x-": {"type": "number"}},
    }
    action = Action("ops.do", "noop", parameters=(Parameter("p", {**more, **rules}),))

    with pytest.raises(BadInput) as caught:
        checked(action, {"p": value}, place="parameters")

    assert next(iter(caught.value.details.values())) == said


@pytest.mark.parametrize("pattern", ["(", "(x{1000}){1000}"])
def test_what_is_no_pattern_is_said(pattern: str) -> None:
    assert problem_of(pattern)


def test_patterns_that_people_write() -> None:
    for pattern in (
        r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
        r"^[a-z]{1,63}(\.[a-z]{1,63}){0,126}$",
        r"^v\d+\.\d+(?:-[\w.]+)?$",
    ):
        assert problem_of(pattern) == ""
