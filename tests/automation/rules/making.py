"""Rules, made short."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from automation.rules.compiled import CompiledRule
from automation.rules.rule import Rule, RuleAction, RuleTrigger, RuleType
from automation.rules.scene import Scene
from automation.templates.datastore import NOTHING, Scope

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def now() -> datetime:
    """The time in these tests."""
    return NOW


def rule(
    criteria: Mapping[str, Any] | None = None,
    *,
    name: str = "one",
    trigger: str = "core.st2.webhook",
    where: Mapping[str, Any] | None = None,
    parameters: Mapping[str, Any] | None = None,
    backstop: bool = False,
    enabled: bool = True,
) -> Rule:
    """A rule that is switched on."""
    return Rule(
        name=name,
        pack="ops",
        trigger=RuleTrigger(trigger, where or {}),
        action=RuleAction("core.local", parameters or {}),
        criteria=criteria or {},
        enabled=enabled,
        type=RuleType.BACKSTOP if backstop else RuleType.STANDARD,
    )


def scene(payload: Any, system: Scope = NOTHING) -> Scene:
    """An event as criteria see it."""
    return Scene(payload, now, system)


def holds(value: Any, operator: str, pattern: Any = None, **more: Any) -> bool:
    """Whether one criterion over `trigger.v` holds."""
    one = {"trigger.v": {"type": operator, "pattern": pattern, **more}}
    return CompiledRule(rule(one)).fits(scene({"v": value, "there": 1}))
