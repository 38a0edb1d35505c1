"""What the composer suggests behind `/runbook`, `/approve` and their like."""

from __future__ import annotations

import pytest

from tests.automation.runs import written
from tests.bench import Bench

STEP = {"name": "Do", "action": "core.echo", "parameters": {"message": "{{ parameters.size }}"}}
PARAMETERS = [
    {"name": "size", "enum": ["small", "large"], "required": True, "description": "How big"},
    {"name": "sure", "type": "boolean", "default": False},
]


async def suggested(bench: Bench, line: str, who: str = "admin") -> list[str]:
    """The lines that are suggested."""
    person = await bench.person(who)
    found = await bench.house.rooms.complete(person, "general", line)
    return [one.text for one in found]


@pytest.fixture
async def runbook(bench: Bench) -> str:
    return await written(bench, STEP, name="Resize", parameters=PARAMETERS)


async def test_names_parameters_and_their_values(bench: Bench, runbook: str) -> None:
    assert runbook
    assert "/runbook run " in await suggested(bench, "/runbook r")
    assert await suggested(bench, "/runbook run resi") == ["/runbook run resize "]
    assert await suggested(bench, "/runbook run resize ") == [
        "/runbook run resize size=",
        "/runbook run resize sure=",
    ]
    assert await suggested(bench, "/runbook run resize size=la") == [
        "/runbook run resize size=large "
    ]
    assert await suggested(bench, "/runbook run resize size=large su") == [
        "/runbook run resize size=large sure="
    ]
    assert await suggested(bench, "/runbook run resize size=large sure=") == [
        "/runbook run resize size=large sure=true ",
        "/runbook run resize size=large sure=false ",
    ]


async def test_executions_and_approvals_that_are_open(bench: Bench) -> None:
    await bench.hire("bo", "approver")
    risky = {**STEP, "parameters": {"message": "x"}, "approval": {"role": "approver"}}
    await written(bench, risky, name="Risky")
    await bench.say("admin", "general", "/runbook run risky")
    await bench.settle()

    assert await suggested(bench, "/runbook status ") == ["/runbook status RUN-00001 "]
    assert await suggested(bench, "/runbook cancel RUN-00001") == ["/runbook cancel RUN-00001 "]
    assert await suggested(bench, "/approve ", "bo") == ["/approve APR-00001 "]
    assert await suggested(bench, "/runbook settle RUN-1 a") == ["/runbook settle RUN-1 again "]


async def test_nobody_is_told_what_is_not_for_them(bench: Bench) -> None:
    await written(bench, STEP, name="Resize", parameters=PARAMETERS)
    await bench.hire("vera", "viewer")
    assert await suggested(bench, "/runbook run resi", "vera") == []
    assert await suggested(bench, "/runbook show resi", "vera") == ["/runbook show resize "]
