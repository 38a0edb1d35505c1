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
from statistics import median
from typing import Any

from automation.approval import Approval, ApprovalFilter, ApprovalStatus
from automation.approvals.subjects import APPROVAL_DRIVE
from automation.execution import Execution
from automation.executions.desk import ExecuteWish
from automation.runbook import RunbookStatus
from automation.runbooks.desk import Edit
from automation.runbooks.documents import read
from benchmarks.figures import Figure, Timings, latencies
from benchmarks.idle import Idle, idle
from benchmarks.load import measure
from bot.settings_check import load
from bot.wiring import Bot, Roles, open_bot
from security.actor import Actor, operator
from security.page import Slice
from storage.stores import Stores

_IN_A_ROW = 10
_AT_ONCE = 100
_WAITING = 10_000
_TURNS = 5
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
            *await bench.waiting(label, 1_000 if quick else _WAITING, 2 if quick else 15),
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

    async def waiting(self, label: str, count: int, seconds: float) -> list[Figure]:
        """What so many approvals cost that only wait, in share of one processor.

        With and without them by turns, since what else a machine does comes and goes: each
        turn is set against the one before it in the same process.
        """
        actor = await self._admin()
        asks = {**_NOOP, "approval": {"role": "approver"}}
        runbook = await self._runbook("Wait", [asks])
        await self._desks.executions.start(actor, ExecuteWish(runbook=runbook))
        (key,) = await self._pending(1)
        approval = await self._house.acts.read(lambda to: to.approvals.get(key))
        assert approval is not None
        first = await self._house.acts.run(lambda to: to.approvals.next_number())
        crowd = [
            replace(approval, id=f"wait-{each}", number=first + each, task_id=f"t-{each}")
            for each in range(count)
        ]
        without: list[Idle] = []
        beside: list[Idle] = []
        await self._house.acts.run(lambda to: [to.approvals.add(one) for one in crowd])
        for turn in range(_TURNS):
            await self._house.acts.run(lambda to, turn=turn: self._scatter(to, crowd, 2 * turn + 1))
            without.append(await idle(seconds))
            await self._house.acts.run(lambda to, turn=turn: self._gather(to, crowd, 2 * turn + 2))
            beside.append(await idle(seconds))
        return _waiting_figures(label, count, without, beside)

    def _gather(self, to: Stores, crowd: Sequence[Approval], more: int) -> None:
        """Have them wait for three days."""
        until = self._house.clock.now() + timedelta(days=3)
        for one in crowd:
            to.approvals.save(replace(one, version=one.version + more))
            to.drives.wake(APPROVAL_DRIVE, one.id, until)

    def _scatter(self, to: Stores, crowd: Sequence[Approval], more: int) -> None:
        """Withdraw them all, so that nothing of them waits."""
        now, gone = self._house.clock.now(), ApprovalStatus.WITHDRAWN
        until = now + timedelta(hours=1)
        for one in crowd:
            to.approvals.save(replace(one, status=gone, decided_at=now, version=one.version + more))
            to.drives.wake(APPROVAL_DRIVE, one.id, now)
            lease = to.drives.take(APPROVAL_DRIVE, one.id, "bench", now, until)
            if lease is not None:
                to.drives.release(lease, None)


def _waiting_figures(
    label: str, count: int, without: Sequence[Idle], beside: Sequence[Idle]
) -> list[Figure]:
    none, some = (median(each.percent for each in idles) for idles in (without, beside))
    more = sorted(b.percent - a.percent for a, b in zip(without, beside, strict=True))
    crowd, the_same = f"{count:,} approvals that wait", "the same process with none"
    last, before = beside[-1], without[-1]
    return [
        Figure(f"{label}: {crowd}: processor, median", some, "%", none, the_same),
        Figure(f"{label}: {crowd}: more than with none, median", median(more), "%"),
        Figure(f"{label}: {crowd}: more than with none, least", more[0], "%"),
        Figure(f"{label}: {crowd}: more than with none, most", more[-1], "%"),
        Figure(f"{label}: {crowd}: threads", last.threads, "", before.threads, the_same),
        Figure(f"{label}: {crowd}: tasks", last.tasks, "", before.tasks, the_same),
    ]


def _still(stores: Stores, ids: set[str]) -> set[str]:
    """Those executions that have not ended."""
    found = {each: stores.executions.get(each) for each in ids}
    return {each for each, one in found.items() if one is not None and not one.ended}
