"""What the action of a rule is given."""

from __future__ import annotations

from typing import Any

import pytest

from automation.rules.mapping import parameters_of
from automation.templates.datastore import Scope, scopes
from chat.errors import BadInput
from tests.automation.rules.making import rule

PAYLOAD = {"host": "db1", "n": 3, "tags": ["a"], "evil": 'x", "admin": "yes'}


def given(parameters: dict[str, Any]) -> dict[str, Any]:
    system = Scope({"region": "eu"}.get, lambda _: None)
    return parameters_of(
        rule(parameters=parameters),
        PAYLOAD,
        st2kv=scopes(system),
        action_context={"user": "ann", "rule": {"ref": "ops.one"}},
        config_context={"url": "http://x"},
    )


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("{{ trigger.host }}", "db1"),
        ("{{ trigger.n }}", "3"),
        ("plain\n", "plain\n"),
        (5, 5),
        ("{{ st2kv.system.region }}/{{ st2kv.user.x }}", "eu/"),
        ("{{ action_context.user }} {{ config_context.url }}", "ann http://x"),
        ("{{ trigger.tags }}", "['a']"),
        ("{{ trigger.", "{{ trigger."),
        ({"k": "{{ trigger.host }}", "n": [1, "{{ trigger.n }}"]}, {"k": "db1", "n": [1, "3"]}),
        ({"k": "{{trigger}}"}, {"k": PAYLOAD}),
        ({"k": "{{ trigger.evil | json_escape }}"}, {"k": PAYLOAD["evil"]}),
    ],
)
def test_a_parameter_comes_out(value: Any, found: Any) -> None:
    assert given({"p": value}) == {"p": found}


def test_parameters_may_read_one_another() -> None:
    assert given(
        {"line": "{{ who }}@{{ where }}", "who": "root", "where": "{{ trigger.host }}"}
    ) == {
        "line": "root@db1",
        "who": "root",
        "where": "db1",
    }


@pytest.mark.parametrize(
    ("parameters", "why"),
    [
        ({"a": "{{ b }}", "b": "{{ a }}"}, "reads itself: a → b → a"),
        ({"a": "{{ a }}"}, "reads itself: a → a"),
        ({"a": "{{ gone }}"}, "reads “gone”, which is not there; there are a, action_context"),
        ({"a": "{{ trigger.host | no_such }}"}, "No filter named 'no_such'"),
        ({"a": "{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}"}, "nested too deeply"),
        ({"a": "{{ trigger.gone }}"}, "reads what is not there"),
        ({"a": {"k": "{{ trigger.evil }}"}}, "json_escape"),
    ],
)
def test_it_says_which_cannot_be_filled_in(parameters: dict[str, Any], why: str) -> None:
    with pytest.raises(BadInput, match=why) as wrong:
        given(parameters)

    assert len(wrong.value.details) == 1
