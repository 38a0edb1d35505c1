"""Criteria: paths, templates in patterns, looking through lists, and what goes wrong."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.rules.compiled import CompiledRule, sentence
from automation.templates.datastore import Scope
from tests.automation.rules.making import rule, scene

SYSTEM = Scope({"wanted": "x", "limit": "5"}.get, lambda _: None)
PAYLOAD: dict[str, Any] = {
    "a": "x",
    "n": 5,
    "same": 5,
    "text": "5",
    "obj": {"k": [1, 2]},
    "fields": [
        {"name": "Status", "value": "Approved", "count": 5},
        {"name": "Owner", "value": "ann", "count": "many"},
    ],
}


def fits(criteria: dict[str, Any], payload: Any = PAYLOAD) -> bool:
    return CompiledRule(rule(criteria)).fits(scene(payload, SYSTEM))


@pytest.mark.parametrize(
    ("key", "pattern", "held"),
    [
        ("trigger.a", "{{ trigger.a }}", True),
        ("trigger.n", "{{ trigger.same }}", True),
        ("trigger.text", "{{ trigger.same }}", False),
        ("trigger.text", "{{ trigger.text }}", True),
        ("trigger.obj", "{{ trigger.obj }}", True),
        ("trigger.n", "{{ trigger.obj.k | length }}", False),
        ("trigger.a", "{% if true %}x{% endif %}", True),
        ("trigger.a", "x\n", True),
        ("trigger.a", "{{ st2kv.system.wanted }}", True),
        ("trigger.a", "{{ missing }}", False),
        ("trigger.a", "{{ trigger.", False),
        ("system.wanted", "x", True),
        ("trigger.a#first", "x", True),
        ("trigger.fields[*].name", "Status", True),
        ("trigger.fields[1].name", "Owner", True),
        ("trigger.missing", "x", False),
        ("trigger.a[", "x", False),
        ("trigger.n[0]", "x", False),
    ],
)
def test_one_criterion(key: str, pattern: Any, *, held: bool) -> None:
    assert fits({key: {"type": "equals", "pattern": pattern}}) is held


APPROVED = {"type": "eq", "pattern": "Approved"}
STATUS = {"type": "eq", "pattern": "Status"}
MANY = {"type": "gt", "pattern": 1}


@pytest.mark.parametrize(
    ("condition", "pattern", "held"),
    [
        ("any", {"item.name": STATUS, "item.value": APPROVED}, True),
        ("any", {"item.name": STATUS, "item.value": {"type": "eq", "pattern": "ann"}}, False),
        ("all", {"item.name": {"type": "exists"}}, True),
        ("all", {"item.name": STATUS}, False),
        ("all2any", {"item.name": STATUS, "item.value": {"type": "eq", "pattern": "ann"}}, True),
        ("any2any", {"item.name": {"type": "eq", "pattern": "x"}, "item.value": APPROVED}, True),
        ("any2any", {"item.count": MANY}, True),
        ("any", {"item.count": MANY, "item.count#2": {"type": "lt", "pattern": 9}}, True),
        ("all", {"item.count": MANY}, False),
        ("all", {}, True),
        ("none", {"item.name": STATUS}, False),
        (None, {"item.name": STATUS}, False),
        ("any", None, False),
        ("any", {"item.name": {"pattern": "Status"}}, False),
        ("any2any", {"item.name": {"type": "nonsense"}, "item.value": APPROVED}, False),
        ("any", {"trigger.a": {"type": "eq", "pattern": "x"}}, False),
        ("any", {"item.name": {"type": "eq", "pattern": "{{ item.name }}"}}, True),
    ],
)
def test_looking_through_a_list(condition: Any, pattern: Any, *, held: bool) -> None:
    one = {"type": "search", "condition": condition, "pattern": pattern}

    assert fits({"trigger.fields": one}) is held


def test_one_object_is_looked_through_as_a_list_of_it() -> None:
    one = {"type": "search", "condition": "all", "pattern": {"item.k[0]": MANY}}

    assert fits({"trigger.obj": one}) is False
    assert fits({"trigger.obj": {**one, "pattern": {"item.k[1]": MANY}}}) is True


@pytest.mark.parametrize("payload", [{}, None, [], ""])
def test_an_empty_payload_fits_only_without_criteria(payload: Any) -> None:
    assert fits({"trigger.a": {"type": "nexists"}}, payload) is False
    assert fits({}, payload) is True


def test_what_cannot_be_compared_is_kept_with_its_reason() -> None:
    seen = scene({"a": "x"})
    ruled = CompiledRule(rule({"trigger.a": {"type": "gt", "pattern": 1}}))

    assert ruled.fits(seen) is False
    assert [(each.key, "not supported" in each.problem) for each in seen.failures] == [
        ("trigger.a", True)
    ]


def test_a_criterion_without_a_type_does_not_hold_and_is_no_failure() -> None:
    seen = scene(PAYLOAD)

    assert CompiledRule(rule({"trigger.a": {"pattern": "x"}})).fits(seen) is False
    assert seen.failures == []


def test_each_criterion_tells_why() -> None:
    criteria = {
        "trigger.a": {"type": "eq", "pattern": "x"},
        "trigger.n": {"type": "lt", "pattern": 3},
        "trigger.gone": {"type": "eq", "pattern": "{{ trigger.a }}"},
        "trigger.obj": {"type": "exists"},
        "trigger.text": {"type": "regex", "pattern": "("},
    }

    told = [sentence(each) for each in CompiledRule(rule(criteria)).judged(scene(PAYLOAD))]

    assert told[:4] == [
        'trigger.a holds: eq "x", and the value is "x".',
        "trigger.n does not hold: lt 3, and the value is 5.",
        'trigger.gone does not hold: eq "x", and there is nothing.',
        "trigger.obj holds: exists, and the value is an object with k.",
    ]
    assert "is no regular expression" in told[4]


def test_a_pattern_that_takes_for_ever_does_not_hold() -> None:
    seen = scene({"a": "a" * 300 + "!"})

    assert not CompiledRule(rule({"trigger.a": {"type": "regex", "pattern": "(a|aa)+$"}})).fits(
        seen
    )
    assert "takes too long" in seen.failures[0].problem


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.text("a{}%5", max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from("ab"), JSON, max_size=2))
def test_a_typed_pattern_is_the_value_it_reads(payload: dict[str, Any]) -> None:
    one = {"trigger.a": {"type": "eq", "pattern": "{{ trigger.a }}"}}

    assert fits(one, payload) is (payload.get("a") is not None)


@given(
    st.dictionaries(
        st.sampled_from(["trigger.a", "trigger.b", "trigger.a[0]", "trigger..a", "trigger[", ""]),
        st.dictionaries(st.sampled_from(["type", "pattern", "condition"]), JSON) | JSON,
    ),
    JSON,
)
def test_no_criteria_and_no_event_raise(criteria: dict[str, Any], payload: Any) -> None:
    ruled = CompiledRule(rule(criteria))
    seen = scene(payload)

    fitted = ruled.fits(seen)

    judged = ruled.judged(scene(payload))
    assert fitted is (bool(payload or not criteria) and all(each.held for each in judged))
    assert all(sentence(each) for each in judged)
