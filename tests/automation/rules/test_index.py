"""An event is shown to the rules of its trigger, and the backstop comes last."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from automation.rules.index import RuleIndex
from automation.rules.rule import Event, RuleTrigger
from tests.automation.rules.making import now, rule

OPENED = {"trigger.body.action": {"type": "equals", "pattern": "opened"}}


def names(index: RuleIndex, event: Event) -> list[str]:
    return [each.name for each in index.matching(event).rules]


def test_only_rules_of_the_trigger_and_its_parameters_are_asked() -> None:
    index = RuleIndex(
        [
            rule(name="hook", where={"url": "/deploy/"}),
            rule(name="other", where={"url": "other"}),
            rule(name="timer", trigger="core.st2.IntervalTimer", where={"unit": "s", "delta": 5}),
            rule(name="same", trigger="core.st2.IntervalTimer", where={"delta": 5, "unit": "s"}),
            rule(name="off", where={"url": "deploy"}, enabled=False),
        ],
        now,
    )

    assert names(index, Event("core.st2.webhook", {}, {"url": "deploy"})) == ["hook"]
    assert names(index, Event("core.st2.webhook", {})) == []
    assert names(index, Event("core.st2.IntervalTimer", {}, {"unit": "s", "delta": 5})) == [
        "timer",
        "same",
    ]
    assert index.triggers("core.st2.IntervalTimer") == (
        RuleTrigger("core.st2.IntervalTimer", {"unit": "s", "delta": 5}),
    )


def test_the_backstop_is_for_what_nothing_else_fits() -> None:
    index = RuleIndex(
        [rule(name="last", backstop=True), rule(OPENED, name="opened"), rule(name="late")], now
    )
    alone = RuleIndex([rule(name="last", backstop=True), rule(OPENED, name="opened")], now)

    assert names(index, Event("core.st2.webhook", {"body": {}})) == ["late"]
    assert names(alone, Event("core.st2.webhook", {"body": {}})) == ["last"]
    assert names(alone, Event("core.st2.webhook", {"body": {"action": "opened"}})) == ["opened"]


def test_what_cannot_be_compared_is_told_with_its_rule() -> None:
    broken = rule({"trigger.a": {"type": "gt", "pattern": 1}}, name="broken")
    index = RuleIndex([broken, rule(name="good")], now)

    found = index.matching(Event("core.st2.webhook", {"a": "x"}))

    assert [each.name for each in found.rules] == ["good"]
    assert [(each.name, failure.key) for each, failure in found.failures] == [
        ("broken", "trigger.a")
    ]


VALUES = st.sampled_from([1, True, 1.0, "1", "a", None, 0, False]) | st.lists(st.just(1))
CRITERIA = st.dictionaries(
    st.sampled_from(["trigger.a", "trigger.b", "trigger.a[0]"]),
    st.fixed_dictionaries(
        {"type": st.sampled_from(["eq", "neq", "exists", "gt"]), "pattern": VALUES}
    ),
    max_size=2,
)


@given(st.lists(CRITERIA, max_size=6), st.dictionaries(st.sampled_from("ab"), VALUES, min_size=1))
def test_the_index_finds_what_asking_each_would(wanted: list[Any], payload: dict[str, Any]) -> None:
    rules = [rule(each, name=str(number)) for number, each in enumerate(wanted)]
    event = Event("core.st2.webhook", payload)

    alone = [each.name for each in rules if RuleIndex([each], now).matching(event).rules]

    assert names(RuleIndex(rules, now), event) == alone
