"""Steps that are done for each of a list: what becomes of them and of their items. Pure.

A step with `for_each` has a task of its own, which does nothing itself, and one task for
each item, which is done like any step. The items are begun in order, so many at a time as
the step says; one that waits keeps its place. Once one has failed for good, no further one
is begun, unless the step goes on at a failure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from automation.execution import Task, TaskKind, TaskStatus, WaitsFor
from automation.executions.listing import Listed
from automation.runbook import Step
from automation.values import Json
from chat.clock import new_id
from chat.fit import shorten

NEVER_REACHED = "not reached"
"""What a step says that was left out because an earlier one failed."""
_BUSY = {TaskStatus.RUNNING, TaskStatus.WAITING, TaskStatus.NEEDS_ATTENTION}
_LABEL = 60


@dataclass(frozen=True, slots=True)
class StepLine:
    """A task as people are shown it, with its items.

    Attributes:
        name: What it is called.
        items: In order; empty for a task without. What undoes the items of one step is one
            line, too, led by the first of them.
    """

    name: str
    task: Task
    items: tuple[Task, ...] = ()

    @property
    def status(self) -> TaskStatus:
        """Of the task; while items are under way, what they are about."""
        undoes = self.task.kind is TaskKind.ROLLBACK and bool(self.items)
        return _together(self.items) if undoes or self.task.leading else self.task.status

    def progress(self) -> str:
        """`3 of 12 done, 1 failed`; empty without items."""
        if not self.items:
            return ""
        count = Counter(task.status for task in self.items)
        told = f"{count[TaskStatus.COMPLETED]} of {len(self.items)} done"
        words = ((TaskStatus.FAILED, "failed"), (TaskStatus.SKIPPED, "skipped"))
        return ", ".join([told, *(f"{count[each]} {word}" for each, word in words if count[each])])


def _together(items: Sequence[Task]) -> TaskStatus:
    """How several stand: as the one that most needs looking at."""
    states = {task.status for task in items}
    order = (TaskStatus.NEEDS_ATTENTION, TaskStatus.RUNNING, TaskStatus.WAITING)
    found = next((each for each in order if each in states), None)
    if found is None and not all(each.ended for each in states):
        return TaskStatus.PENDING if states == {TaskStatus.PENDING} else TaskStatus.RUNNING
    if found is None:
        ended = (TaskStatus.FAILED, TaskStatus.CANCELLED, TaskStatus.COMPLETED)
        found = next((each for each in ended if each in states), TaskStatus.SKIPPED)
    return found


def lines(tasks: Iterable[Task]) -> tuple[StepLine, ...]:
    """The tasks of an execution, by position, each with its items."""
    found: list[tuple[Task, list[Task]]] = []
    names: dict[int | None, str] = {}
    for task in tasks:
        if task.kind is TaskKind.STEP:
            names[task.step] = task.name
        last = found[-1][0] if found else None
        if task.kind is TaskKind.ITEM and last is not None:
            found[-1][1].append(task)
        elif task.kind is TaskKind.ROLLBACK and task.index >= 0:
            same = last is not None and last.kind is TaskKind.ROLLBACK and last.step == task.step
            if not same:
                found.append((task, []))
            found[-1][1].append(task)
        else:
            found.append((task, []))

    def name(task: Task) -> str:
        undoes = task.kind is TaskKind.ROLLBACK and task.index >= 0
        return f"Undo {names.get(task.step, task.name)}" if undoes else task.name

    return tuple(StepLine(name(task), task, tuple(items)) for task, items in found)


def items_of(tasks: Iterable[Task], step: int | None) -> tuple[Task, ...]:
    """The items of one step, in order."""
    return tuple(task for task in tasks if task.kind is TaskKind.ITEM and task.step == step)


def which(index: int, count: int, item: Json) -> str:
    """Which item of how many: `2 of 12: web2`.

    Args:
        index: From 0.
        count: How many there are.
        item: Secrets masked; only a text or a number is said.
    """
    where = f"{index + 1} of {count}"
    if isinstance(item, str | int | float) and str(item).strip():
        return f"{where}: {shorten(' '.join(str(item).split()), _LABEL)}"
    return where


def startable(group: Sequence[Task], steps: Sequence[Step]) -> Iterator[Task]:
    """What may begin of tasks that are done together."""
    for task in group:
        if task.kind is not TaskKind.ITEM and task.status is TaskStatus.PENDING:
            yield task
        elif task.leading:
            own = items_of(group, task.step)
            free = steps[task.step or 0].concurrency - sum(each.status in _BUSY for each in own)
            waiting = [each for each in own if each.status is TaskStatus.PENDING]
            yield from waiting[: max(free, 0)]


def wound_up(
    head: Task, items: Sequence[Task], now: datetime, *, stopping: Task | None, broken: bool
) -> Iterator[Task]:
    """What changes of a step whose items are under way, and of the items that are not reached.

    Args:
        head: The step.
        items: Its items.
        now: The time.
        stopping: An item that failed so that no further one is begun; None without one.
        broken: Whether a step beside it has failed so that nothing more is begun.
    """
    if stopping is not None or broken:
        left = [each for each in items if each.status is TaskStatus.PENDING]
        dropped = {each.id: _left_out(each, now) for each in left}
        yield from dropped.values()
        items = [dropped.get(each.id, each) for each in items]
    if all(each.status.ended for each in items):
        yield _ended(head, items, now, stopping)


def _left_out(task: Task, now: datetime) -> Task:
    return replace(task, status=TaskStatus.SKIPPED, ended_at=now, error=NEVER_REACHED)


def _ended(head: Task, items: Sequence[Task], now: datetime, stopping: Task | None) -> Task:
    """The step once nothing of it is under way."""
    bad = [each for each in items if each.status is TaskStatus.FAILED]
    after = replace(head, ended_at=now, waits_for=WaitsFor.NOTHING, error="")
    if not bad and any(each.error == NEVER_REACHED for each in items):
        done = sum(each.status is TaskStatus.COMPLETED for each in items)
        why = f"stopped after {done} of {len(items)}, since a step beside it failed"
        return replace(after, status=TaskStatus.CANCELLED, error=why)
    if not bad:
        return replace(after, status=TaskStatus.COMPLETED)
    first = stopping or bad[0]
    why = f"item {which(first.index, len(items), first.item)}: {first.error}"
    if len(bad) > 1:
        why = f"{len(bad)} of {len(items)} items failed; {why}"
    if stopping is not None:
        # What the item waited for says whether its approval ends the whole execution.
        after = replace(after, waits_for=stopping.waits_for, waiting_id=stopping.waiting_id)
    return replace(after, status=TaskStatus.FAILED, error=why[:2000])


def new_items(
    head: Task, listed: Listed, known: Sequence[Task], approved: Mapping[int, str]
) -> Iterator[Task]:
    """A task for each item that has none yet.

    Args:
        head: The step.
        listed: What it is done for.
        known: Items that were completed before, in the execution that this one repeats.
        approved: By index, the hash of what somebody has agreed to; empty for no approval.
    """
    there = {task.index for task in known}
    for index, item in enumerate(listed.shown):
        if index not in there:
            yield Task(
                id=new_id(),
                execution_id=head.execution_id,
                position=head.position,
                name=f"{head.name} ({which(index, len(listed.shown), item)})",
                kind=TaskKind.ITEM,
                step=head.step,
                action=head.action,
                approved=approved.get(index, ""),
                timeout=head.timeout,
                index=index,
                item=item,
            )


def begun_list(head: Task, listed: Listed, sealed: str, now: datetime) -> Task:
    """The step once its items are there; completed at once when it has none."""
    after = replace(
        head, input=listed.shown, sealed=sealed, started_at=now, waiting_id="", again_at=None
    )
    if not listed.values:
        return replace(after, status=TaskStatus.COMPLETED, waits_for=WaitsFor.NOTHING, ended_at=now)
    return replace(after, status=TaskStatus.RUNNING, waits_for=WaitsFor.ITEMS, error="")
