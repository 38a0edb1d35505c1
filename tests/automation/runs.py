"""Runbooks written and executed on a whole bot, for the tests."""

from __future__ import annotations

from typing import Any

from automation.executions.desk import ExecuteWish, ExecutionDetail
from automation.runbook import RunbookStatus
from automation.runbooks.desk import Edit
from automation.runbooks.documents import read
from tests.bench import Bench

ECHO = {"name": "Say", "action": "core.echo", "parameters": {"message": "hello"}}


async def written(bench: Bench, *steps: dict[str, Any], **more: Any) -> str:
    """An ACTIVE runbook with these steps; its id."""
    content, label = read({"name": "Try", "steps": list(steps), **more})
    admin = await bench.actor("admin")
    seen = await bench.house.desks.runbooks.create(
        admin, content, Edit(label=label, status=RunbookStatus.ACTIVE)
    )
    return seen.runbook.id


async def executed(bench: Bench, runbook: str, who: str = "admin", **more: Any) -> ExecutionDetail:
    """What an execution of it has come to, once nothing is under way."""
    actor = await bench.actor(who)
    begun = await bench.house.desks.executions.start(actor, ExecuteWish(runbook=runbook, **more))
    await bench.settle()
    return await bench.house.desks.executions.detail(actor, begun.id)


def states(detail: ExecutionDetail) -> list[str]:
    """How each task stands."""
    return [task.status.value for task in detail.tasks]
