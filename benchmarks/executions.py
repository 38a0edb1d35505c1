"""Runbooks beside one durable commit a step, and approvals: answered, and only waiting.

Everything happens in this process, as it does in the product: the durable engine drives,
the same desks are called that the doors call.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from automation.approval import ApprovalFilter, ApprovalStatus
from automation.execution import Execution
from automation.executions.desk import ExecuteWish
from automation.runbook import RunbookStatus
from automation.runbooks.desk import Edit
from automation.runbooks.documents import read
from benchmarks.figures import Figure, Timings, latencies
from benchmarks.load import measure
from bot.settings_check import load
from bot.wiring import Bot, Roles, open_bot
from security.actor import Actor, operator
from security.page import Slice
from storage.stores import Stores

_IN_A_ROW = 10
_AT_ONCE = 100
_WAITING = 10_000
_COMMIT = "bare commits, one after another"
_NOOP = {"action": "core.noop"}
_LOCAL = {"action": "core.local", "parameters": {"cmd": "true"}}


async def executions(
    url: str, home: Path, label: str, commits: Timings, *, quick: bool
) -> list[Figure]:
    """Steps a second, how soon the first one begins, approvals a second, what waiting costs."""
    settings = load(home=home, database_url=url, port=0)
    async with open_bot(settings, Roles()) as bot:
        assert bot.work is not None
        bot.work.start_driving()
        bench = _Bench(bot)
        await bench.prepare()
        return [
            *await bench.throughput(label, commits, 20 if quick else 100),
            *await bench.latency(label, commits, 20 if quick else 100),
            *await bench.answering(label, commits, 40 if quick else 400),
            await bench.waiting(label, 1_000 if quick else _WAITING, 3 if quick else 20),
        ]


class _Bench:
    """The desks of a bot, and what is done with them."""

    def __init__(self, bot: Bot) -> None:
        self._house = bot.house
        self._desks = bot.house.desks
        self._me = operator("bench")

    async def prepare(self) -> None:
        """Wait for the engine, and hire somebody who approves."""
        await self._execute(await self._runbook("Warm", [_NOOP]), 1)
        people = self._desks.people
        await people.create(self._me, "bo", display="")
        await people.grant(self._me, "bo", "approver", self._house.settings.team)

    async def _runbook(self, name: str, steps: Sequence[dict[str, Any]], **more: Any) -> str:
        named = [{"name": f"Step {number}", **step} for number, step in enumerate(steps)]
        content, _ = read({"name": name, "steps": named, **more})
        actor = await self._admin()
        wish = Edit(status=RunbookStatus.ACTIVE)
        return (await self._desks.runbooks.create(actor, content, wish)).runbook.id

    async def _admin(self) -> Actor:
        return await self._desks.doors.account("admin", "cli")

    async def _execute(self, runbook: str, times: int) -> float:
        """Begin it so many times at once and wait for the end of all; seconds."""
        actor = await self._admin()
        began = time.perf_counter()
        wish = ExecuteWish(runbook=runbook)
        begun = [await self._desks.executions.start(actor, wish) for _ in range(times)]
        await self._ended(begun)
        return time.perf_counter() - began

    async def _ended(self, begun: Sequence[Execution]) -> None:
        left = {one.id for one in begun}
        while left:
            left = await self._house.acts.read(lambda to, left=left: _still(to, left))
            if left:
                await asyncio.sleep(0.005)

    async def throughput(self, label: str, commits: Timings, times: int) -> list[Figure]:
        """Steps a second: many runs of ten in a row, one run of a hundred at once."""
        row = await self._runbook("Row", [_NOOP] * _IN_A_ROW)
        together = [_NOOP, *({**_NOOP, "parallel": True} for _ in range(_AT_ONCE - 1))]
        wide = await self._runbook("Wide", together)
        processes = await self._runbook("Processes", [_LOCAL] * _IN_A_ROW)
        tenth = max(times // 10, 1)
        rates = {
            f"{_IN_A_ROW} in a row, {times} runs at once": (
                times * _IN_A_ROW / await self._execute(row, times)
            ),
            f"{_IN_A_ROW} in a row, one run at a time": (
                tenth * _IN_A_ROW / sum([await self._execute(row, 1) for _ in range(tenth)])
            ),
            f"{_AT_ONCE} at once, one run at a time": (
                tenth * _AT_ONCE / sum([await self._execute(wide, 1) for _ in range(tenth)])
            ),
            f"{_IN_A_ROW} shell commands in a row, {tenth} runs at once": (
                tenth * _IN_A_ROW / await self._execute(processes, tenth)
            ),
        }
        return [
            Figure(f"{label}: steps, {what}", rate, "/s", commits.rate, _COMMIT)
            for what, rate in rates.items()
        ]

    async def latency(self, label: str, commits: Timings, times: int) -> list[Figure]:
        """From asking for an execution to the end of its only step."""
        one = await self._runbook("One", [_NOOP])

        async def call(_: int) -> None:
            await self._execute(one, 1)

        timings = await measure(call, times=times)
        return latencies(f"{label}: begin and end one step", timings, commits, _COMMIT)[1:]

    async def answering(self, label: str, commits: Timings, times: int) -> list[Figure]:
        """Approvals answered a second, each with the step behind it."""
        asks = {**_NOOP, "approval": {"role": "approver"}}
        runbook = await self._runbook("Ask", [asks])
        actor = await self._admin()
        wish = ExecuteWish(runbook=runbook)
        begun = [await self._desks.executions.start(actor, wish) for _ in range(times)]
        keys = await self._pending(times)
        bo = await self._desks.doors.account("bo", "cli")

        async def call(number: int) -> None:
            await self._desks.approvals.approve(bo, keys[number])

        timings = await measure(call, times=times, at_once=8, warm_up=0)
        began = time.perf_counter()
        await self._ended(begun)
        after = time.perf_counter() - began
        return [
            Figure(f"{label}: approvals answered", timings.rate, "/s", commits.rate, _COMMIT),
            Figure(f"{label}: until all {times} have gone on after the last answer", after, "s"),
        ]

    async def _pending(self, wanted: int) -> list[str]:
        actor, part = await self._admin(), Slice(limit=wanted)
        pending = ApprovalFilter(status=ApprovalStatus.PENDING)
        while True:
            page = await self._desks.approvals.page(actor, pending, part)
            if page.total >= wanted:
                return [each.approval.id for each in page.items]
            await asyncio.sleep(0.05)

    async def waiting(self, label: str, count: int, seconds: int) -> Figure:
        """What so many approvals cost that only wait, in share of one processor."""
        actor = await self._admin()
        idle = await _processor(seconds)
        asks = {**_NOOP, "approval": {"role": "approver"}}
        runbook = await self._runbook("Wait", [asks])
        await self._desks.executions.start(actor, ExecuteWish(runbook=runbook))
        (key,) = await self._pending(1)
        approval = await self._house.acts.read(lambda to: to.approvals.get(key))
        assert approval is not None
        until = self._house.clock.now() + timedelta(days=3)

        def add(to: Stores) -> None:
            first = to.approvals.next_number()
            for number in range(count):
                one = replace(
                    approval, id=f"wait-{number}", number=first + number, task_id=f"t-{number}"
                )
                to.approvals.add(one)
                to.drives.wake("approval", one.id, until)

        await self._house.acts.run(add)
        await asyncio.sleep(1)
        spent = await _processor(seconds)
        what = f"{label}: {count:,} approvals that wait: processor"
        return Figure(what, spent, "%", idle, "the same process with none")


def _still(stores: Stores, ids: set[str]) -> set[str]:
    """Those executions that have not ended."""
    found = {each: stores.executions.get(each) for each in ids}
    return {each for each, one in found.items() if one is not None and not one.ended}


async def _processor(seconds: float) -> float:
    """Percent of one processor that this process uses while nobody asks for anything."""
    spent, began = time.process_time(), time.perf_counter()
    await asyncio.sleep(seconds)
    return 100 * (time.process_time() - spent) / (time.perf_counter() - began)
