"""A runbook made and executed over HTTP, for the tests."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.api.caller import Caller, Got

GREET = {
    "name": "Greet",
    "parameters": [{"name": "whom", "required": True}],
    "steps": [
        {
            "name": "Say",
            "action": "core.local",
            "parameters": {"cmd": "echo hi {{ parameters.whom }}"},
        }
    ],
    "status": "ACTIVE",
}
RUNBOOKS = "automation/runbooks/"
EXECUTIONS = "automation/executions/"


async def ended(caller: Caller, path: str) -> Any:
    """An execution once nothing will happen any more."""
    for _ in range(300):
        found = (await caller.get(path)).ok()
        if found["status"] in {"COMPLETED", "FAILED", "CANCELLED"}:
            return found
        await asyncio.sleep(0.05)
    raise AssertionError(f"{path} does not end")


async def made(caller: Caller, **more: Any) -> Got:
    """The runbook `Greet`."""
    got = await caller.call("POST", RUNBOOKS, json={**GREET, **more})
    assert got.status == 201, got.body
    return got


async def until(caller: Caller, path: str, **query: str) -> Any:
    """A list once something is in it."""
    for _ in range(200):
        found = (await caller.get(path, **query)).ok()
        if found["count"]:
            return found
        await asyncio.sleep(0.05)
    raise AssertionError(path)
