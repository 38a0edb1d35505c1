"""Small ready-made runbooks, executions and approvals that tests store."""

from __future__ import annotations

from typing import Any

from automation.approval import Answer, Approval, PlannedStep, Policy
from automation.execution import Execution, Task, Trigger
from automation.runbook import Content, Runbook, RunbookStatus, Step
from tests.clock import START


def runbook(handle: str = "restart", team_id: str = "main", **changed: Any) -> Runbook:
    """An ACTIVE public runbook of one step; its id is its handle."""
    given: dict[str, Any] = {
        "id": handle,
        "team_id": team_id,
        "handle": handle,
        "status": RunbookStatus.ACTIVE,
        "label": "1.0",
        "revision": 1,
        "content": Content(handle.title(), steps=(Step("Look", "core.noop"),)),
        "is_public": True,
        "created_by": "ana",
        "created_at": START,
        "updated_at": START,
    }
    return Runbook(**{**given, **changed})


def execution(number: int = 1, **changed: Any) -> Execution:
    """An execution that was just begun, of no incident."""
    given: dict[str, Any] = {
        "id": f"execution-{number}",
        "number": number,
        "team_id": "main",
        "name": "Restart",
        "trigger": Trigger.MANUAL,
        "created_at": START,
        "updated_at": START,
        "runbook_id": "restart",
        "revision": 1,
        "label": "1.0",
    }
    return Execution(**{**given, **changed})


def task(position: int = 0, execution_id: str = "execution-1", **changed: Any) -> Task:
    """A step that has not begun; its id is its execution's and its position."""
    given: dict[str, Any] = {
        "id": f"{execution_id}-task-{position}",
        "execution_id": execution_id,
        "position": position,
        "name": f"Step {position}",
        "step": position,
        "action": "core.noop",
    }
    return Task(**{**given, **changed})


def approval(number: int = 1, **changed: Any) -> Approval:
    """A pending approval of the first step of `execution()`."""
    given: dict[str, Any] = {
        "id": f"approval-{number}",
        "number": number,
        "team_id": "main",
        "execution_id": "execution-1",
        "task_id": "execution-1-task-0",
        "subject": "Restart: Step 0",
        "policy": Policy(),
        "plan": (PlannedStep("Step 0", "core.noop", {}, 60.0, digest="d" * 64),),
        "plan_hash": "a" * 64,
        "requested_by": "ana",
        "requested_name": "ana",
        "requested_at": START,
    }
    return Approval(**{**given, **changed})


def answer(approval_id: str = "approval-1", account_id: str = "ana", **changed: Any) -> Answer:
    """A yes of somebody whose handle is their id."""
    given: dict[str, Any] = {"approve": True, "note": "", "at": START, "via": "web"}
    return Answer(approval_id, account_id, account_id, **{**given, **changed})
