"""A plan as it is printed, and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from automation.approval import PlannedItem, PlannedStep
from automation.values import Json

_ITEM = ("index", "item", "parameters", "command", "skipped", "kept", "mistake")
_STEP = (
    *("name", "action", "parameters", "command", "timeout", "when", "skipped", "approval"),
    *("retry", "on_failure", "rollback", "mistake"),
)


def plan_lines(plan: Sequence[PlannedStep], indent: str = "") -> Iterator[str]:
    """Every step with exactly what it is given, each of its items, and what it calls."""
    for number, step in enumerate(plan, 1):
        given = "" if step.items else f" {_given(step.command, step.parameters)}"
        each = f" for each of {step.for_each}" if step.for_each else ""
        yield f"{indent}{number}. {step.name} · {step.action}{each}{given}"
        below = f"{indent}   "
        for item in step.items:
            yield f"{below}{_item(item)}"
            if item.undo is not None:
                yield f"{below}   undone by: {_undo(item.undo)}"
            yield from plan_lines(item.calls, f"{below}   ")
        yield from (f"{below}{note}" for note in _notes(step))
        yield from plan_lines(step.calls, below)


def _notes(step: PlannedStep) -> Iterator[str]:
    """What else is to be known of a step, a line each."""
    undone = _undo(step.undo) if step.undo is not None else step.rollback
    told = {
        "when": step.when,
        "skipped": "its condition is not true" if step.skipped else "",
        "tried again": step.retry,
        "when it fails": "" if step.on_failure == "stop" else step.on_failure.replace("_", " "),
        "undone by": "" if step.items else undone,
        "known later": ", ".join(step.open),
        "approval": "is asked for before it begins" if step.approval else "",
    }
    yield from (f"{word}: {text}" for word, text in told.items() if text)
    if step.mistake:
        yield step.mistake


def _undo(undo: PlannedStep) -> str:
    later = f" (known later: {', '.join(undo.open)})" if undo.open else ""
    wrong = f" ({undo.mistake})" if undo.mistake else ""
    return f"{undo.action} {_given(undo.command, undo.parameters)}{later}{wrong}"


def _item(item: PlannedItem) -> str:
    what = f"{item.index + 1}. {json.dumps(item.item, ensure_ascii=False, default=str)}"
    if item.skipped:
        return f"{what} skipped: its condition is not true"
    if item.kept:
        return f"{what} was completed before, and is not done again"
    return f"{what} {item.mistake or _given(item.command, item.parameters)}"


def _given(command: str, parameters: Json) -> str:
    return command or json.dumps(parameters, ensure_ascii=False, default=str)


def step_facts(step: PlannedStep) -> dict[str, object]:
    """All that is known of a step, for programs."""
    found: dict[str, object] = {name: getattr(step, name) for name in _STEP}
    found["open"] = list(step.open)
    if step.undo is not None:
        found["undo"] = step_facts(step.undo)
    if step.calls:
        found["calls"] = [step_facts(each) for each in step.calls]
    if step.for_each:
        found |= {
            "for_each": step.for_each,
            "concurrency": step.concurrency,
            "items": [_item_facts(item) for item in step.items],
        }
    return found


def _item_facts(item: PlannedItem) -> dict[str, object]:
    found: dict[str, object] = {name: getattr(item, name) for name in _ITEM}
    found["open"] = list(item.open)
    if item.undo is not None:
        found["undo"] = step_facts(item.undo)
    if item.calls:
        found["calls"] = [step_facts(each) for each in item.calls]
    return found
