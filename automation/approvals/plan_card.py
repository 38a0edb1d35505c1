"""A plan as a message shows it: every step with exactly all that it is given. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from automation.approval import PlannedItem, PlannedStep
from automation.values import Json
from chat.fit import shorten
from chat.text import Bold, Code, Rich, Span, counted

_SHOWN_STEPS = 8
_SHOWN_ITEMS = 20
_SHOWN_PLAN = 2500
"""Characters of a plan that a message shows; what is longer has to be looked at on its page."""
_SHOWN = 300
_FAILS = {
    "continue": "goes on when it fails",
    "roll_back": "when it fails, what was done before is undone",
}


def wholly_shown(plan: Sequence[PlannedStep]) -> bool:
    """Whether a message shows all of a plan."""
    steps, items = _counted(plan)
    parts = (part for line in plan_lines(plan) for part in line)
    size = sum(len(part.text) for part in parts if isinstance(part, Code))
    return steps <= _SHOWN_STEPS and items <= _SHOWN_ITEMS and size <= _SHOWN_PLAN


def plan_lines(plan: Sequence[PlannedStep], deep: int = 0) -> Iterator[Rich]:
    """Every step, each of its items, and below what it calls the steps of that."""
    for step in plan:
        yield ("↳ " * deep, *_step(step))
        yield from plan_lines(step.calls, deep + 1)
        for item in step.items:
            yield ("↳ " * deep, *_item(item))
            yield from plan_lines(item.calls, deep + 1)


def told_short(plan: Sequence[PlannedStep]) -> str:
    """How large a plan is, and what its steps are called."""
    steps, items = _counted(plan)
    names = ", ".join(shorten(step.name, 40) for step in plan[:_SHOWN_STEPS])
    many = f"; {counted(items, 'item')}" if items else ""
    return f"{counted(steps, 'step')} ({names}{many})"


def _counted(plan: Sequence[PlannedStep]) -> tuple[int, int]:
    """How many steps and items there are, those below included."""
    steps, items = len(plan), 0
    for step in plan:
        items += len(step.items)
        for below in (step.calls, *(item.calls for item in step.items)):
            more = _counted(below)
            steps, items = steps + more[0], items + more[1]
    return steps, items


def _step(step: PlannedStep) -> Rich:
    """One step of the plan: its action and exactly all that it is given."""
    parts: list[Span] = [Bold(shorten(step.name, 80)), f" · {step.action} "]
    if step.for_each:
        parts += ["for each of ", Code(step.for_each)]
        if step.concurrency > 1:
            parts.append(f", {step.concurrency} at a time")
    if not step.items:
        parts += _given(step.command, step.parameters)
    if step.when:
        parts += [" when ", Code(step.when)]
    if step.undo is not None:
        parts += _undone(step.undo)
    elif step.rollback and not step.items:
        parts += [" undone by ", Code(step.rollback)]
    return (*parts, *(f" ({note})" for note in _notes(step)))


def _notes(step: PlannedStep) -> Iterator[str]:
    """What else is to be known of a step."""
    if step.retry:
        yield f"tried {step.retry}"
    if step.on_failure in _FAILS:
        yield _FAILS[step.on_failure]
    if step.open and step.digest:
        yield "whether it is done is known only while it runs"
    elif step.open:
        yield "some of it is known only while it runs, and is asked for again then"
    if step.skipped:
        yield "skipped: its condition is not true"
    if step.mistake and not step.items:
        yield f"cannot be done: {shorten(step.mistake, _SHOWN)}"


def _item(item: PlannedItem) -> Rich:
    """One item of a step: which, and exactly all that is done for it."""
    parts: list[Span] = [f"{item.index + 1}. "]
    parts.append(Code(json.dumps(item.item, ensure_ascii=False, default=str)))
    parts += _given(item.command, item.parameters)
    if item.skipped:
        parts.append(" (skipped: its condition is not true)")
    if item.kept:
        parts.append(" (was completed before, and is not done again)")
    if item.mistake:
        parts.append(f" (cannot be done: {shorten(item.mistake, _SHOWN)})")
    if item.undo is not None:
        parts += _undone(item.undo)
    return tuple(parts)


def _undone(undo: PlannedStep) -> list[Span]:
    """What undoes it, and exactly all that this is given."""
    parts: list[Span] = [f" undone by {undo.action} ", *_given(undo.command, undo.parameters)]
    if undo.open:
        parts.append(" (some of it is known only afterwards, and is asked for again then)")
    if undo.mistake:
        parts.append(f" (cannot be undone: {shorten(undo.mistake, _SHOWN)})")
    if undo.calls:
        parts.append(f" ({counted(len(undo.calls), 'step')})")
    return parts


def _given(command: str, parameters: Json) -> list[Span]:
    """A command line, and all that is given besides."""
    parts: list[Span] = [" ", Code(command)] if command else []
    if rest := _rest(command, parameters):
        parts += [" ", Code(rest)]
    return parts


def _rest(command: str, parameters: Json) -> str:
    """All that a step is given besides its command line: false and 0 say something, too."""
    if not isinstance(parameters, dict):
        return ""
    given = cast("Mapping[str, Json]", parameters)
    kept = {
        name: value
        for name, value in given.items()
        if value is not None and not (name == "cmd" and value == command)
    }
    return json.dumps(kept, ensure_ascii=False, default=str) if kept else ""
