"""Trying a rule on a sample, to see why it fits or does not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from automation.rules.compiled import CompiledRule, sentence
from automation.rules.mapping import parameters_of
from automation.rules.rule import Rule, RuleAction, RuleTrigger
from automation.rules.scene import Judged, Scene
from automation.templates.datastore import NOTHING, Scope, scopes
from automation.templates.expressions import within
from automation.values import Json
from chat.errors import BadInput

_SECONDS = 1.0
_MOST = 1000
_DEEPEST = 64


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of a rule on a sample.

    Attributes:
        matched: Whether every criterion held.
        reasons: A sentence for each criterion, and for what else there is to say.
        criteria: The same for programs.
        parameters: What the action would be given; None when the rule does not fit, or they
            cannot be filled in.
    """

    matched: bool
    reasons: tuple[str, ...]
    criteria: tuple[Judged, ...]
    parameters: Mapping[str, Json] | None


def try_rule(
    document: Json, payload: Json, clock: Callable[[], datetime], system: Scope = NOTHING
) -> Trial:
    """A rule on a payload. Nothing is done, and it need not be complete: criteria suffice.

    Args:
        document: The rule as its file has it.
        payload: As an event of its trigger would have it.
        clock: Tells the time.
        system: The datastore's values for everybody.

    Raises:
        BadInput: The document, its criteria or its action's parameters are no objects, or
            something is nested deeper than can be shown.
    """
    _refuse_depth("rule", document)
    _refuse_depth("payload", payload)
    rule = _rule(document)
    compiled = CompiledRule(rule)
    scene = Scene(payload, clock, system)
    with within(_SECONDS):
        judged = compiled.judged(scene) if payload or not rule.criteria else ()
    matched = all(each.held for each in judged) if judged else not rule.criteria
    reasons = [sentence(each) for each in judged]
    reasons += [f"{failure.key}: {failure.problem}." for failure in scene.failures[:_MOST]]
    if not rule.criteria:
        reasons.append("The rule has no criteria, so that it fits every event of its trigger.")
    elif not judged:
        reasons.append("The payload is empty, and a rule with criteria fits no such event.")
    parameters: Mapping[str, Json] | None = None
    if matched:
        try:
            parameters = _parameters(rule, payload, system)
        except BadInput as wrong:
            reasons.append(f"The action could not begin: {wrong.message}")
    if isinstance(document, dict) and not cast("dict[str, Json]", document).get("enabled", False):
        reasons.append("The rule is switched off: no event begins its action before enabled: true.")
    return Trial(matched, tuple(reasons), judged, parameters)


def _parameters(rule: Rule, payload: Json, system: Scope) -> dict[str, Json]:
    return parameters_of(
        rule,
        payload,
        st2kv=scopes(system),
        action_context={"rule": {"ref": rule.ref}, "pack": rule.pack},
        config_context={},
    )


def _refuse_depth(place: str, value: Json) -> None:
    level: list[Json] = [value]
    for _ in range(_DEEPEST):
        inner: list[Json] = []
        for each in level:
            if isinstance(each, dict):
                inner.extend(cast("dict[str, Json]", each).values())
            elif isinstance(each, list):
                inner.extend(cast("list[Json]", each))
        if not inner:
            return
        level = inner
    raise BadInput(
        f"The {place} is nested too deeply to be tried.",
        details={place: f"is nested deeper than {_DEEPEST}; make it flatter"},
    )


def _rule(document: Json) -> Rule:
    """The rule as far as it is there."""
    if not isinstance(document, dict):
        raise _no_object("rule")
    body = cast("dict[str, Json]", document)
    trigger, action = _object(body, "trigger"), _object(body, "action")
    criteria = _object(body, "criteria")
    if len(criteria) > _MOST:
        raise BadInput(
            f"A rule has at most {_MOST} criteria here.",
            details={"rule.criteria": f"has {len(criteria)}; at most {_MOST} are accepted"},
        )
    return Rule(
        name=str(body.get("name") or "rule"),
        pack=str(body.get("pack") or "default"),
        trigger=RuleTrigger(
            str(trigger.get("type") or ""), _object(trigger, "parameters", "rule.trigger")
        ),
        action=RuleAction(
            str(action.get("ref") or ""), _object(action, "parameters", "rule.action")
        ),
        criteria=criteria,
    )


def _object(body: Mapping[str, Json], key: str, place: str = "rule") -> dict[str, Json]:
    value = body.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _no_object(f"{place}.{key}")
    return cast("dict[str, Json]", value)


def _no_object(place: str) -> BadInput:
    return BadInput(
        f"{place} must be an object, as a rule's file has it.",
        details={place: "must be an object"},
    )
