"""A rule, compiled once: paths, templates and expressions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import cast

from automation.hidden import clipped
from automation.rules.criterion import Criterion
from automation.rules.rule import Rule
from automation.rules.scene import Judged, Scene
from automation.values import Json

_SHOWN = 60


class CompiledRule:
    """A rule that can be asked.

    Attributes:
        rule: As it was read.
        criteria: In order.
    """

    __slots__ = ("criteria", "rule")

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.criteria = tuple(Criterion(key, one) for key, one in rule.criteria.items())

    def fits(self, scene: Scene) -> bool:
        """Whether all criteria hold; what cannot be compared is kept in `scene.failures`."""
        if self.criteria and not scene.payload:
            return False
        for criterion in self.criteria:
            try:
                if not criterion.holds(scene):
                    return False
            except Exception as wrong:  # noqa: BLE001 - what cannot be compared does not hold, as in StackStorm
                scene.failed(criterion.key, wrong)
                return False
        return True

    def judged(self, scene: Scene) -> tuple[Judged, ...]:
        """What becomes of each criterion, also of those behind one that does not hold."""
        return tuple(
            Judged(each.key, each.operator, held=False, failed="the criteria before took too long")
            if scene.late
            else each.judged(scene)
            for each in self.criteria
        )

    def mistakes(self) -> Mapping[str, str]:
        """Key below the rule to what is wrong there, found without any event."""
        return {
            f"criteria.{criterion.key}{'.' + below if below else ''}": problem
            for criterion in self.criteria
            for below, problem in criterion.mistakes.items()
        }


def sentence(judged: Judged) -> str:
    """Why one criterion held or did not, in one sentence."""
    holds = "holds" if judged.held else "does not hold"
    if judged.failed:
        return f"{judged.key} {holds}: {judged.failed}."
    value = "there is nothing" if judged.value is None else f"the value is {_shown(judged.value)}"
    if judged.operator.lower() in {"exists", "nexists"}:
        return f"{judged.key} {holds}: {judged.operator}, and {value}."
    return f"{judged.key} {holds}: {judged.operator} {_shown(judged.pattern)}, and {value}."


def _shown(value: Json) -> str:
    match value:
        case dict():
            keys = ", ".join(map(str, cast("dict[str, Json]", value)))
            return f"an object with {clipped(keys, _SHOWN, '…')}" if keys else "an empty object"
        case list():
            items = cast("list[Json]", value)
            return clipped(json.dumps(items[:10], ensure_ascii=False, default=str), _SHOWN, "…")
        case _:
            return clipped(json.dumps(value, ensure_ascii=False, default=str), _SHOWN, "…")
