"""`/api/automation/rules/`: trying a rule on a sample.

Source: StackStorm's rules, whose files `rule` is written as.
"""

from __future__ import annotations

import asyncio
from typing import Any

from pydantic import Field

from api.routing import AnyRoute, Call, Route
from api.shapes import In, Json, NoQuery, Out
from automation.rules.trying import Trial, try_rule
from chat.clock import Clock
from security.permissions import Permission

ROOT = "/api/automation/rules/"


class TryRule(In):
    """A rule and a sample."""

    rule: dict[str, Json] = Field(
        description="As its file has it: `criteria`, and as much of the rest as there is."
    )
    payload: Json = Field(
        default={}, description="As an event of its trigger would have it: what `trigger.` reads."
    )


class CriterionOut(Out):
    """One criterion, and what became of it."""

    key: str = Field(description="Its path, as the rule has it.")
    operator: str
    held: bool
    pattern: Any = Field(description="After its template has been filled in.")
    value: Any = Field(description="What was compared; null where there was nothing.")
    problem: str = Field(description="Why it could not be compared; empty when it could.")


class TriedOut(Out):
    """What became of a rule on a sample."""

    matched: bool
    reasons: list[str] = Field(description="A sentence for each criterion.")
    criteria: list[CriterionOut]
    parameters: dict[str, Any] | None = Field(
        description="What the action would be given; null when it would not begin."
    )

    @classmethod
    def of(cls, trial: Trial) -> TriedOut:
        """As the domain has it."""
        return cls(
            matched=trial.matched,
            reasons=list(trial.reasons),
            criteria=[
                CriterionOut(
                    key=each.key,
                    operator=each.operator,
                    held=each.held,
                    pattern=each.pattern,
                    value=each.value,
                    problem=each.failed,
                )
                for each in trial.criteria
            ],
            parameters=dict(trial.parameters) if trial.parameters is not None else None,
        )


class Rules:
    """Rules over HTTP."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def routes(self) -> tuple[AnyRoute, ...]:
        """Its rows."""
        return (
            Route(
                "POST", f"{ROOT}test/", self.try_it, Permission.RUNBOOK_VIEW,
                "Try a rule on a sample, and say why it fits or does not",
                TriedOut, body=TryRule,
            ),
        )  # fmt: skip

    async def try_it(self, call: Call[NoQuery, TryRule]) -> TriedOut:
        """What becomes of it; somebody's expressions may take a while, so beside the loop."""
        body = call.body
        return TriedOut.of(
            await asyncio.to_thread(try_rule, body.rule, body.payload, self._clock.now)
        )
