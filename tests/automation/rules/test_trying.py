"""Trying a rule on a sample."""

from __future__ import annotations

from typing import Any

import pytest

from automation.rules.trying import try_rule
from chat.errors import BadInput
from tests.automation.rules.making import now

RULE = {
    "enabled": True,
    "criteria": {"trigger.a": {"type": "eq", "pattern": "x"}},
    "action": {"ref": "core.local", "parameters": {"cmd": "echo {{ trigger.a }}"}},
}


def test_one_that_fits_shows_what_its_action_is_given() -> None:
    trial = try_rule(RULE, {"a": "x"}, now)

    assert trial.matched
    assert trial.reasons == ('trigger.a holds: eq "x", and the value is "x".',)
    assert trial.parameters == {"cmd": "echo x"}


@pytest.mark.parametrize(
    ("rule", "payload", "matched", "reason"),
    [
        (RULE, {"a": "y"}, False, 'trigger.a does not hold: eq "x", and the value is "y".'),
        (RULE, {}, False, "The payload is empty, and a rule with criteria fits no such event."),
        ({"enabled": True}, {}, True, "fits every event"),
        ({"criteria": {}}, {"a": 1}, True, "switched off"),
        ({"action": {"parameters": {"a": "{{ gone }}"}}}, {}, True, "The action could not begin"),
        ({"criteria": {"trigger.a": {"type": "x"}}}, {"a": 1}, False, "no operator “x”"),
        ({"criteria": {"trigger.a": 5}}, {"a": 1}, False, "names no operator"),
    ],
)
def test_it_tells_why(rule: dict[str, Any], payload: Any, reason: str, *, matched: bool) -> None:
    trial = try_rule(rule, payload, now)

    assert trial.matched is matched
    assert any(reason in each for each in trial.reasons)


def test_what_is_nested_too_deeply_is_refused() -> None:
    payload: Any = 1
    for _ in range(100):
        payload = {"a": payload}

    with pytest.raises(BadInput, match="nested too deeply"):
        try_rule(RULE, payload, now)
    with pytest.raises(BadInput, match="nested too deeply"):
        try_rule({"criteria": {"trigger.a": payload}}, {"a": 1}, now)


@pytest.mark.parametrize(
    ("rule", "place"),
    [
        ("no rule", "rule"),
        ({"criteria": 5}, "rule.criteria"),
        ({"action": {"parameters": "x"}}, "rule.action.parameters"),
        ({"criteria": dict.fromkeys(map(str, range(2000)), 1)}, "rule.criteria"),
    ],
)
def test_what_is_no_rule_is_refused(rule: Any, place: str) -> None:
    with pytest.raises(BadInput) as wrong:
        try_rule(rule, {}, now)

    assert list(wrong.value.details) == [place]
