"""Killed at every boundary of a runbook and in the middle of its steps, it goes on.

Each step appends a line to a file when it begins and one when it has ended, so that what
was really done can be told from what is remembered. By itself the test does a few rounds
with one seed; `make crash` does a hundred on each database with another seed each time, and
prints it.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientError

from bot.failpoints import STATUS, VARIABLE
from tests.process.product import Place, Product

pytestmark = pytest.mark.process

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "4"))
SEED = int(os.environ.get("CRASH_SEED", "7"))
STEPS = 4
AT_ONCE = 5
API = "/api/automation"
WRITES = STEPS + 1
"""How often a run of `STEPS` steps in a row is written: before, between and after them."""

SCRIPT = """\
#!/bin/sh
echo "begin $TOCSIN_EXECUTION_ID $1" >> "$2"
sleep "$3"
echo "end $TOCSIN_EXECUTION_ID $1" >> "$2"
"""


def pack(home: Path, *, idempotent: bool) -> Path:
    """A pack with one action that leaves traces; the file with the traces."""
    actions = home / "packs" / "traces" / "actions"
    actions.mkdir(parents=True)
    (actions.parent / "pack.yaml").write_text("ref: traces\nname: traces\nversion: 1.0.0\n")
    described = {
        "name": "leave",
        "runner_type": "local-shell-script",
        "entry_point": "leave.sh",
        "idempotent": idempotent,
        "parameters": {
            "step": {"type": "string", "position": 0},
            "file": {"type": "string", "position": 1},
            "seconds": {"type": "number", "position": 2, "default": 0},
        },
    }
    (actions / "leave.json").write_text(json.dumps(described))
    (actions / "leave.sh").write_text(SCRIPT)
    (actions / "leave.sh").chmod(0o755)
    return home / "traces.txt"


async def for_each(product: Product, traces: Path) -> str:
    """A runbook of one step that leaves a trace for each of a list; its id."""
    step = {
        "name": "Each",
        "action": "traces.leave",
        "for_each": [str(number) for number in range(STEPS)],
        "parameters": {"step": "{{ item }}", "file": str(traces)},
    }
    made = await product.ask(
        "POST", f"{API}/runbooks/", name="Traces", steps=[step], status="ACTIVE"
    )
    return str(made["id"])


async def runbook(product: Product, traces: Path, seconds: float = 0.0) -> str:
    """A runbook of steps that leave traces; its id."""
    steps = [
        {
            "name": f"Step {number}",
            "action": "traces.leave",
            "parameters": {"step": str(number), "file": str(traces), "seconds": seconds},
        }
        for number in range(STEPS)
    ]
    made = await product.ask(
        "POST", f"{API}/runbooks/", name="Traces", steps=steps, status="ACTIVE"
    )
    return str(made["id"])


def traced(traces: Path) -> dict[str, Counter[str]]:
    """How often each step of each execution began and ended: execution to `begin 0` to times."""
    found: dict[str, Counter[str]] = {}
    text = traces.read_text() if traces.exists() else ""
    for line in text.splitlines():
        word, execution, step = line.split()
        found.setdefault(execution, Counter())[f"{word} {step}"] += 1
    return found


async def settled(product: Product, traces: Path, *ids: str, within: float = 60) -> list[Any]:
    """The executions once they have ended; what is in question is settled by the traces."""
    async with asyncio.timeout(within):
        while True:
            found = [await product.ask("GET", f"{API}/executions/{each}/") for each in ids]
            open_ones = [one for one in found if one["status"] not in {"COMPLETED", "FAILED"}]
            if not open_ones:
                return found
            for one in open_ones:
                if one["status"] == "NEEDS_ATTENTION":
                    await settle(product, traces, one)
            await asyncio.sleep(0.1)


async def settle(product: Product, traces: Path, execution: Any) -> None:
    """Say what became of the steps in question, as somebody who looks at the file would."""
    for step in [one for each in execution["steps"] for one in (each, *each["items"])]:
        if step["status"] == "NEEDS_ATTENTION":
            number = step["input"]["step"]
            done = traced(traces).get(execution["id"], Counter())[f"end {number}"]
            await product.ask(
                "POST",
                f"{API}/executions/{execution['id']}/settle/",
                step=step["id"],
                verdict="done" if done else "again",
            )


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("number", range(1, WRITES + 1))
@pytest.mark.parametrize("written", [runbook, for_each], ids=["steps", "items"])
async def test_killed_at_any_boundary_nothing_completed_is_done_twice(
    place: Place, side: str, number: int, written: Callable[[Product, Path], Awaitable[str]]
) -> None:
    traces = pack(place.home, idempotent=False)
    begun = ""
    async with place.running(given={VARIABLE: f"execution:{side}:{number}"}) as product:
        which = await written(product, traces)
        try:
            told = await product.ask("POST", f"{API}/runbooks/{which}/execute/")
            begun = str(told["id"])
        except (ClientError, TimeoutError):
            pass
        assert await product.ended() == STATUS

    async with place.running() as product:
        if not begun:
            listed = await product.ask("GET", f"{API}/executions/")
            (begun,) = [one["id"] for one in listed["results"]]
        (found,) = await settled(product, traces, begun)

    assert found["status"] == "COMPLETED"
    assert traced(traces)[begun] == {
        f"{word} {step}": 1 for word in ("begin", "end") for step in range(STEPS)
    }


@pytest.mark.parametrize("idempotent", [True, False])
async def test_killed_at_random_none_is_lost_and_no_completed_step_is_done_twice(
    place: Place, *, idempotent: bool
) -> None:
    traces = pack(place.home, idempotent=idempotent)
    chance = random.Random(SEED)  # noqa: S311 - no secret
    ids: list[str] = []
    known: dict[tuple[str, str], int] = {}
    which = ""
    for _ in range(ROUNDS):
        async with place.running() as product:
            which = which or await runbook(product, traces, 0.05)
            begun = [
                await product.ask("POST", f"{API}/runbooks/{which}/execute/")
                for _ in range(AT_ONCE)
            ]
            ids += [one["id"] for one in begun]
            await asyncio.sleep(chance.uniform(0, 0.8))
            await note_completed(product, traces, ids[-2 * AT_ONCE :], known)
            await product.kill()

    async with place.running() as product:
        found = await settled(product, traces, *ids, within=60 + ROUNDS)

    assert [one["status"] for one in found] == ["COMPLETED"] * len(ids), f"CRASH_SEED={SEED}"
    told = traced(traces)
    for one in found:
        for step in range(STEPS):
            assert told[one["id"]][f"end {step}"] >= 1, (one["id"], step)
            attempts = one["steps"][step]["attempts"]
            assert told[one["id"]][f"begin {step}"] <= len(attempts), json.dumps(one)
            if not idempotent:
                assert told[one["id"]][f"end {step}"] == 1, json.dumps(one)
    for (execution, step), times in known.items():
        assert told[execution][f"begin {step}"] == times, (execution, step)


async def test_a_step_that_ends_the_process_each_time_is_not_tried_for_ever(place: Place) -> None:
    """Although it may be done again: a person is asked, and may have it done once more."""
    traces, begun = pack(place.home, idempotent=True), ""
    for times in range(1, 4):
        async with place.running() as product:
            if not begun:
                which = await runbook(product, traces, 600)
                told = await product.ask("POST", f"{API}/runbooks/{which}/execute/")
                begun = str(told["id"])
            await traced_times(traces, begun, "begin 0", times)
            await product.kill()

    async with place.running() as product:
        asked = await attention(product, begun)
        assert "each of the last 3 times" in asked["steps"][0]["error"]
        assert len(asked["steps"][0]["attempts"]) == 3
        await product.ask("POST", f"{API}/executions/{begun}/settle/", verdict="again")
        await traced_times(traces, begun, "begin 0", 4)
        await product.kill()


async def traced_times(traces: Path, execution: str, what: str, times: int) -> None:
    """Wait until something has been done so often."""
    async with asyncio.timeout(60):
        while True:
            if traced(traces).get(execution, Counter())[what] >= times:
                return
            await asyncio.sleep(0.05)


async def attention(product: Product, execution: str) -> Any:
    """An execution once it asks a person."""
    async with asyncio.timeout(60):
        while True:
            found = await product.ask("GET", f"{API}/executions/{execution}/")
            if found["status"] == "NEEDS_ATTENTION":
                return found
            await asyncio.sleep(0.1)


async def note_completed(
    product: Product, traces: Path, ids: list[str], known: dict[tuple[str, str], int]
) -> None:
    """Remember how often steps had begun that were told as completed before the kill."""
    for each in ids:
        execution = await product.ask("GET", f"{API}/executions/{each}/")
        for number, step in enumerate(execution["steps"]):
            if step["status"] == "COMPLETED":
                times = traced(traces).get(each, Counter())[f"begin {number}"]
                known.setdefault((each, str(number)), times)
