"""A plan as it is printed, and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from automation.approval import PlannedItem, PlannedStep
from automation.values import Json


def plan_lines(plan: Sequence[PlannedStep]) -> Iterator[str]:
    """Every step with exactly what it is given, and each of its items."""
    for number, step in enumerate(plan, 1):
        given = "" if step.items else f" {_given(step.command, step.parameters)}"
        each = f" for each of {step.for_each}" if step.for_each else ""
        yield f"{number}. {step.name} · {step.action}{each}{given}"
        yield from (f"   {_item(item)}" for item in step.items)
        if step.mistake:
            yield f"   {step.mistake}"
        if step.open:
            yield f"   known later: {', '.join(step.open)}"


def _item(item: PlannedItem) -> str:
    what = f"{item.index + 1}. {json.dumps(item.item, ensure_ascii=False, default=str)}"
    if item.skipped:
        return f"{what} skipped: its condition is not true"
    if item.kept:
        return f"{what} was completed before, and is not done again"
    return f"{what} {item.mistake or _given(item.command, item.parameters)}"


def _given(command: str, parameters: Json) -> str:
    return command or json.dumps(parameters, ensure_ascii=False, default=str)


def items_facts(step: PlannedStep) -> dict[str, object]:
    """What a step is done for each of, for programs; empty for one that is done once."""
    if not step.for_each:
        return {}
    names = ("index", "item", "parameters", "skipped", "kept", "mistake")
    items = [{name: getattr(item, name) for name in names} for item in step.items]
    return {"for_each": step.for_each, "concurrency": step.concurrency, "items": items}
