"""Beginning again where an execution failed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from automation.access import execution_controlled
from automation.approvals.subjects import EXECUTION_DRIVE
from automation.execution import (
    Execution,
    ExecutionStatus,
    Task,
    TaskKind,
    TaskStatus,
    Trigger,
    Wish,
)
from automation.executions.start import content_of, require_active, tasks_for
from automation.executions.traces import begun
from automation.ports import AutomationStores
from automation.runbook import Content
from chat.clock import new_id
from chat.errors import Refused
from security.actor import Actor


def rerun(stores: AutomationStores, actor: Actor, ref: str, now: datetime) -> Execution:
    """Begin again where an execution failed: what completed before is kept, not done again.

    Raises:
        NotFound: The execution is not there for `actor`.
        Denied: They may not execute it.
        Refused: It has not ended yet, or nothing of it failed.
    """
    old = execution_controlled(stores, actor, ref)
    content = content_of(stores, old)
    if not old.ended:
        raise Refused(
            f"{old.key} has not ended yet. Cancel it first, or let it come to its end.",
            code="NOT_ENDED",
        )
    if old.status is ExecutionStatus.COMPLETED or content is None:
        raise Refused(
            f"{old.key} completed, so there is no failed step to go on from. "
            "Execute its runbook again instead.",
            code="NOTHING_FAILED",
        )
    if old.runbook_id is not None:
        runbook = stores.runbooks.get(old.runbook_id)
        if runbook is None:
            raise Refused(f"The runbook of {old.key} was deleted.", code="NOT_ACTIVE")
        require_active(runbook)
    before = stores.executions.tasks(old.id)
    done = kept_tasks(before, content)
    incident = stores.incidents.get(old.incident_id) if old.incident_id else None
    execution = replace(
        old,
        id=new_id(),
        number=stores.executions.next_number(),
        status=ExecutionStatus.PENDING,
        wish=Wish.GO,
        trigger=Trigger.MANUAL,
        requested_by=actor.account_id,
        requested_name=actor.name,
        via=actor.via,
        cause=actor.cause,
        created_at=now,
        updated_at=now,
        started_at=None,
        ended_at=None,
        rerun_of=old.id,
        parent_id=None,
        parent_task=None,
        failed=False,
        dedupe=None,
        shown=False,
        error="",
        version=1,
    )
    fresh = tasks_for(execution, content)
    tasks = tuple(
        replace(done[task.step], id=task.id, execution_id=execution.id)
        if task.step in done
        else _with_list(task, before, content, done)
        for task in fresh
    )
    stores.executions.add(execution, (*tasks, *_kept_items(before, tasks)))
    if execution.runbook_id is not None:
        stores.runbooks.count(execution.runbook_id, begun=1)
    begun(stores, actor, execution, incident, now)
    stores.drives.wake(EXECUTION_DRIVE, execution.id, now)
    return execution


def _with_list(
    task: Task, before: tuple[Task, ...], content: Content, done: dict[int | None, Task]
) -> Task:
    """The first step that is done again, with the list that it had, if it had one."""
    old = next((each for each in before if _is_step(each, task.step or 0)), None)
    first = task.kind is TaskKind.STEP and task.step == len(done)
    if not first or old is None or old.input is None or _undone(before, task.step):
        return task
    if content.steps[task.step or 0].for_each is None:
        return task
    return replace(task, input=old.input, sealed=old.sealed)


def _kept_items(before: tuple[Task, ...], tasks: tuple[Task, ...]) -> list[Task]:
    """The items of those steps that need not be done again."""
    heads = {
        task.step: task for task in tasks if task.kind is TaskKind.STEP and task.input is not None
    }
    return [
        replace(item, id=new_id(), execution_id=heads[item.step].execution_id)
        for item in before
        if item.kind is TaskKind.ITEM
        and item.step in heads
        and (heads[item.step].status.ended or item.status is TaskStatus.COMPLETED)
    ]


def _undone(tasks: tuple[Task, ...], step: int | None) -> bool:
    return any(task.kind is TaskKind.ROLLBACK and task.step == step for task in tasks)


def kept_tasks(tasks: tuple[Task, ...], content: Content) -> dict[int | None, Task]:
    """The steps, by index, that a rerun need not do again: all before the first that failed.

    What was rolled back has to be done again.
    """
    kept: dict[int | None, Task] = {}
    for number in range(len(content.steps)):
        task = next((each for each in tasks if _is_step(each, number)), None)
        good = task is not None and task.status in {TaskStatus.COMPLETED, TaskStatus.SKIPPED}
        if task is None or not good or _undone(tasks, number) or _skipped_for_failure(task):
            break
        kept[number] = task
    return kept


def _is_step(task: Task, number: int) -> bool:
    return task.kind is TaskKind.STEP and task.step == number


def _skipped_for_failure(task: Task) -> bool:
    """Whether it was only left out since the execution had failed before it."""
    return task.status is TaskStatus.SKIPPED and bool(task.error)
