"""Steps that are done for each of a list, and how they stand."""

from __future__ import annotations

from typing import Any

from automation.execution import Task, TaskKind
from automation.executions.desk import ExecutionDetail
from tests.bench import Bench, eventually

HOSTS = ["web1", "web2", "web3"]
EACH = {
    "name": "Each",
    "action": "core.echo",
    "for_each": HOSTS,
    "parameters": {"message": "{{ index }} {{ item }}"},
}


def shell(cmd: str, **more: Any) -> dict[str, Any]:
    """A step for each host that is a command line."""
    return {**EACH, "action": "core.local", "parameters": {"cmd": cmd}, **more}


def items(detail: ExecutionDetail) -> list[Task]:
    """The tasks of items, in order."""
    return [task for task in detail.tasks if task.kind is TaskKind.ITEM]


def stood(detail: ExecutionDetail) -> list[str]:
    """How each item stands."""
    return [task.status.value for task in items(detail)]


async def over(bench: Bench, execution: str) -> ExecutionDetail:
    """What it has come to in the end."""
    desk, admin = bench.house.desks.executions, await bench.actor("admin")

    async def ended() -> bool:
        return (await desk.detail(admin, execution)).execution.ended

    await eventually(ended)
    return await desk.detail(admin, execution)
