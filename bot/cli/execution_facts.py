"""An execution as JSON, for programs."""

from __future__ import annotations

from automation.execution import Execution, Task, TaskKind
from automation.executions.desk import ExecutionDetail
from automation.executions.items import items_of
from bot.cli.output import iso


def summary(one: Execution) -> dict[str, object]:
    """An execution in a list, for programs."""
    return {
        "id": one.id,
        "key": one.key,
        "name": one.name,
        "status": one.status.value,
        "trigger": one.trigger.value,
        "requested_by": one.requested_name,
        "reason": one.reason,
        "error": one.error,
        "created_at": iso(one.created_at),
        "started_at": iso(one.started_at),
        "ended_at": iso(one.ended_at),
    }


def facts(found: ExecutionDetail) -> dict[str, object]:
    """An execution with its steps, for programs."""
    return {
        **summary(found.execution),
        "parameters": dict(found.execution.parameters),
        "steps": [
            _with_items(task, found) for task in found.tasks if task.kind is not TaskKind.ITEM
        ],
        "approvals": [
            {"key": each.key, "status": each.status.value, "subject": each.subject}
            for each in found.approvals
        ],
    }


def _with_items(task: Task, found: ExecutionDetail) -> dict[str, object]:
    """A step with what it did for each of its list, where it has one."""
    items = items_of(found.tasks, task.step) if task.kind is TaskKind.STEP else ()
    return _step(task) | ({"items": [_step(item) for item in items]} if items else {})


def _step(task: Task) -> dict[str, object]:
    return {
        "name": task.name,
        "kind": task.kind.value,
        "action": task.action,
        "status": task.status.value,
        **({"index": task.index, "item": task.item} if task.index >= 0 else {}),
        "input": task.input,
        "output": task.output,
        "error": task.error,
        "started_at": iso(task.started_at),
        "ended_at": iso(task.ended_at),
        "attempts": [
            {
                "number": each.number,
                "started_at": iso(each.started_at),
                "ended_at": iso(each.ended_at),
                "error": each.error,
            }
            for each in task.attempts
        ],
    }
