"""How an execution looks in chat: one message that is edited as it goes on. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast

from automation.approval import Approval
from automation.execution import (
    Execution,
    ExecutionStatus,
    Piece,
    Task,
    TaskStatus,
    WaitsFor,
    Wish,
)
from automation.executions.items import NEVER_REACHED, StepLine, lines
from automation.values import Json
from chat.card import Actions, Button, Card, Field, Fields, Footer, Section, Table, Text, Tone
from chat.fit import shorten
from chat.text import Bold, Code, Link, Moment, Rich, Span
from incidents.panel import lasted

MARKS = {
    TaskStatus.PENDING: "▫️",
    TaskStatus.RUNNING: "▶️",
    TaskStatus.WAITING: "⏳",
    TaskStatus.NEEDS_ATTENTION: "❓",
    TaskStatus.COMPLETED: "✅",
    TaskStatus.FAILED: "❌",
    TaskStatus.SKIPPED: "⏭️",
    TaskStatus.CANCELLED: "⏹️",
}
_HEADS: dict[ExecutionStatus, tuple[str, Tone]] = {
    ExecutionStatus.PENDING: ("⏳", "neutral"),
    ExecutionStatus.RUNNING: ("▶️", "neutral"),
    ExecutionStatus.WAITING: ("⏳", "warning"),
    ExecutionStatus.PAUSED: ("⏸️", "warning"),
    ExecutionStatus.NEEDS_ATTENTION: ("❓", "bad"),
    ExecutionStatus.COMPLETED: ("✅", "good"),
    ExecutionStatus.FAILED: ("❌", "bad"),
    ExecutionStatus.CANCELLED: ("⏹️", "warning"),
}
_SHOWN_STEPS = 12
_SHOWN_LINES = 6
_LINE = 120


def execution_card(
    execution: Execution,
    tasks: Sequence[Task],
    approvals: Sequence[Approval],
    pieces: Sequence[Piece],
) -> Card:
    """The message that follows an execution.

    Args:
        execution: As it stands.
        tasks: By position.
        approvals: Of the execution.
        pieces: The newest output, in order.
    """
    mark, tone = _HEADS[execution.status]
    steps = lines(tasks)
    title = f"{mark} {execution.key} · {execution.name} · {sum(map(_went, steps))}/{len(steps)}"
    sections: list[Section] = [Fields(_fields(execution))]
    sections.append(Table(("", "Step", ""), tuple(_row(line, approvals) for line in _shown(steps))))
    if execution.error:
        sections.append(Text(("❌ ", shorten(execution.error, 600))))
    said = _result(execution, tasks) if execution.ended else _last_lines(tasks, pieces)
    sections.extend(Text((Code(line),)) for line in said)
    controls = _controls(execution, tasks)
    if controls:
        sections.append(Actions(controls))
    sections.append(Footer((Link("All of it", f"/executions/{execution.key}"),)))
    return Card(shorten(title, 200), tuple(sections), tone=tone)


def _fields(execution: Execution) -> tuple[Field, ...]:
    found = [Field("Status", (Bold(execution.status.value.replace("_", " ").capitalize()),))]
    by: Span = f"@{execution.requested_name}" if execution.requested_by else "Tocsin"
    found.append(Field("By", (by, f" ({execution.trigger.value.lower()})")))
    if execution.started_at is not None:
        when: Rich = (Moment(execution.started_at, "elapsed"),)
        if execution.ended_at is not None:
            when = (lasted(execution.ended_at - execution.started_at),)
        found.append(Field("Took" if execution.ended else "Running for", when))
    if execution.reason:
        found.append(Field("Why", (shorten(execution.reason, 200),)))
    return tuple(found)


def _shown(steps: Sequence[StepLine]) -> Sequence[StepLine]:
    """The steps around those under way, when there are many."""
    if len(steps) <= _SHOWN_STEPS:
        return steps
    busy = next((at for at, line in enumerate(steps) if not line.status.ended), len(steps) - 1)
    first = max(0, min(busy - 3, len(steps) - _SHOWN_STEPS))
    return steps[first : first + _SHOWN_STEPS]


def _row(line: StepLine, approvals: Sequence[Approval]) -> tuple[Rich, ...]:
    note = _note(line.task, approvals)
    if line.items:
        note = _progress(line, approvals)
    return (MARKS[line.status],), (shorten(line.name, 80),), note


def _progress(line: StepLine, approvals: Sequence[Approval]) -> Rich:
    """How far a step has come with its items, and what keeps it."""
    told: Rich = (line.progress(),)
    waits = next((task for task in line.items if task.status is TaskStatus.WAITING), None)
    if line.status is TaskStatus.WAITING and waits is not None:
        note = _note(waits, approvals)
        return (*told, "; ", *note) if note else told
    if line.status.ended and line.task.error and not line.task.index >= 0:
        return (*told, "; ", shorten(line.task.error, 160))
    ends = line.items[-1].ended_at if line.task.index >= 0 else line.task.ended_at
    if line.status.ended and line.task.started_at is not None and ends is not None:
        return (*told, f", {spent(line.task.started_at, ends)}")
    return told


def _note(task: Task, approvals: Sequence[Approval]) -> Rich:
    if task.status is TaskStatus.WAITING and task.waits_for is WaitsFor.APPROVAL:
        waiting = next((one for one in approvals if one.id == task.waiting_id), None)
        return ("waits for ", waiting.key if waiting is not None else "an approval")
    if task.status is TaskStatus.WAITING and task.again_at is not None:
        word = "tries again " if task.waits_for is WaitsFor.RETRY else "goes on "
        return (word, Moment(task.again_at, "until"))
    if task.error:
        return (shorten(task.error, 160),)
    if task.ended_at is not None and task.started_at is not None:
        return (spent(task.started_at, task.ended_at),)
    return ()


def spent(since: datetime, until: datetime) -> str:
    """How long a step took: `40 ms`, `1.5 s`, `2 min 5 s`."""
    took = until - since
    if took < timedelta(seconds=1):
        return f"{took // timedelta(milliseconds=1)} ms"
    if took < timedelta(minutes=1):
        return f"{took.total_seconds():.1f} s"
    return lasted(took)


def _went(line: StepLine) -> bool:
    """Whether a step is behind us: done, or left out on purpose."""
    if line.status is TaskStatus.SKIPPED:
        return line.task.error != NEVER_REACHED
    return line.status is TaskStatus.COMPLETED


def _last_lines(tasks: Sequence[Task], pieces: Sequence[Piece]) -> list[str]:
    """The newest output of what is under way: what a step that has ended printed is its result."""
    under_way = {task.id for task in tasks if not task.status.ended}
    return _printed(
        "".join(
            piece.text for piece in pieces if piece.stream != "note" and piece.task_id in under_way
        )
    )


def _result(execution: Execution, tasks: Sequence[Task]) -> list[str]:
    """What a single action found, in its own words; a runbook posts what it has to say."""
    if execution.runbook_id is not None or not tasks:
        return []
    found: Json = tasks[-1].output
    for name in ("stdout", "text"):
        if isinstance(found, dict):
            inner = cast("dict[str, Json]", found)
            found = inner.get(name, inner)
    return _printed(found) if isinstance(found, str) else []


def _printed(text: str) -> list[str]:
    lines = [line for line in text.splitlines() if line.strip()]
    return [shorten(line, _LINE) for line in lines[-_SHOWN_LINES:]]


def _controls(execution: Execution, tasks: Sequence[Task]) -> tuple[Button, ...]:
    key = execution.key
    if execution.ended:
        if execution.status is ExecutionStatus.COMPLETED:
            return ()
        return (Button("execution.rerun", "Run again from the failed step", key),)
    if execution.wish is Wish.CANCEL:
        return ()
    cancel = Button("execution.cancel", "Cancel", key, style="danger", confirm=f"Cancel {key}?")
    if execution.status is ExecutionStatus.NEEDS_ATTENTION:
        task = next(each for each in tasks if each.status is TaskStatus.NEEDS_ATTENTION)
        return (
            Button("execution.done", "It was done", f"{key}:{task.id}"),
            Button("execution.again", "Do it again", f"{key}:{task.id}"),
            Button("execution.failed", "It failed", f"{key}:{task.id}"),
            cancel,
        )
    if execution.wish is Wish.PAUSE:
        return (Button("execution.resume", "Resume", key, style="primary"), cancel)
    return (Button("execution.pause", "Pause", key), cancel)
