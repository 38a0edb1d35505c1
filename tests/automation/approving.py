"""Approvals asked and answered on a whole bot, for the tests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pyotp.totp import TOTP

from automation.approval import Approval
from automation.executions.desk import ExecutionDetail
from security.actor import Actor
from tests.automation.runs import executed, states, written
from tests.bench import Bench
from tests.clock import SetClock

RISKY = {"name": "Risky", "action": "core.local", "parameters": {"cmd": "echo done"}}


async def asked(
    bench: Bench, who: str = "admin", **policy: Any
) -> tuple[ExecutionDetail, Approval]:
    """An execution that waits for an approval."""
    runbook = await written(bench, {**RISKY, "approval": {"role": "approver", **policy}})
    detail = await executed(bench, runbook, who)
    (approval,) = detail.approvals
    assert states(detail) == ["WAITING"]
    return detail, approval


async def after(bench: Bench, detail: ExecutionDetail) -> ExecutionDetail:
    """The execution once nothing is under way."""
    await bench.settle()
    admin = await bench.actor("admin")
    return await bench.house.desks.executions.detail(admin, detail.execution.id)


async def approver(bench: Bench, name: str, via: str = "web") -> Actor:
    """Somebody with the role `approver`, at some door."""
    await bench.hire(name, "approver")
    return replace(await bench.actor(name), via=via)


def code_of(secret: str, clock: SetClock) -> str:
    """What an authenticator app shows by the clock that is moved by hand."""
    return TOTP(secret).at(clock.now())
