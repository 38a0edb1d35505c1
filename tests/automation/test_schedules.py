"""Scheduled runbooks: when they are due, by whose clock, and what becomes of missed times."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from automation.execution import Execution, ExecutionFilter
from automation.runbook import RunbookStatus
from automation.runbooks.desk import Edit
from automation.runbooks.schedule import schedule_of
from automation.triggers.schedule import tick
from security.page import Slice
from security.ports import AuditFilter
from tests.automation.runs import ECHO, written
from tests.bench import Bench, on_the_bench
from tests.clock import SetClock

NIGHTLY = {"cron": "30 3 * * *"}


@pytest.fixture
async def bench(database_url: str, tmp_path: Path, clock: SetClock) -> AsyncIterator[Bench]:
    """A whole bot on each database in turn, whose clock is moved by hand."""
    async with on_the_bench(database_url, tmp_path, clock) as running:
        yield running


async def scheduled(bench: Bench, step: dict[str, Any] = ECHO, **conditions: Any) -> str:
    """A runbook that follows a schedule; its id."""
    more = {"trigger_type": "SCHEDULED", "trigger_conditions": {**NIGHTLY, **conditions}}
    runbook = await written(bench, step, **more)
    await bench.settle()
    return runbook


async def begun(bench: Bench, runbook: str) -> list[str]:
    """What was begun of it, by the time that it was due, oldest first."""
    await bench.settle()
    wanted, part = ExecutionFilter(runbook_id=runbook), Slice(50, 0, "number")
    page = await bench.house.desks.executions.page(await bench.actor("admin"), wanted, part)
    return [due(each) for each in page.items]


def due(execution: Execution) -> str:
    """The time that an execution was begun for."""
    return str(execution.trigger_data["scheduled_for"])


async def looked(bench: Bench, runbook: str) -> datetime | None:
    """When it is to be looked at next, after a look at this moment."""
    workshop, now = bench.house.automation.workshop, bench.house.clock.now()
    return await bench.house.acts.run(lambda stores: tick(stores, workshop, runbook, now))


@pytest.mark.parametrize(
    ("after", "cron", "zone", "expected"),
    [
        ("2026-01-31T12:00", "30 3 * * *", "UTC", "2026-02-01T03:30"),
        ("2026-01-31T12:00", "30 3 * * *", "Asia/Kolkata", "2026-01-31T22:00"),
        # The night in which the clock skips from 02:00 to 03:00.
        ("2026-03-28T12:00", "30 2 * * *", "Europe/Berlin", "2026-03-29T01:00"),
        ("2026-03-29T01:00", "30 2 * * *", "Europe/Berlin", "2026-03-30T00:30"),
        # The night in which 02:30 comes twice: once in summer time, and not again.
        ("2026-10-24T12:00", "30 2 * * *", "Europe/Berlin", "2026-10-25T00:30"),
        ("2026-10-25T00:30", "30 2 * * *", "Europe/Berlin", "2026-10-26T01:30"),
        ("2026-10-25T00:45", "30 2 * * *", "Europe/Berlin", "2026-10-26T01:30"),
    ],
)
def test_the_next_time_follows_the_clock_of_its_zone(
    after: str, cron: str, zone: str, expected: str
) -> None:
    plan = schedule_of({"cron": cron, "timezone": zone})
    assert plan is not None

    found = plan.after(datetime.fromisoformat(after).replace(tzinfo=UTC))

    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)


async def test_it_begins_when_it_is_due_and_once(bench: Bench, clock: SetClock) -> None:
    runbook = await scheduled(bench, timezone="Europe/Berlin")
    assert not await begun(bench, runbook)

    clock.set(datetime(2026, 3, 2, 2, 29, tzinfo=UTC))
    await looked(bench, runbook)
    assert not await begun(bench, runbook)
    clock.set(datetime(2026, 3, 2, 2, 30, tzinfo=UTC))
    assert await begun(bench, runbook) == ["2026-03-02T02:30:00+00:00"]

    assert await looked(bench, runbook) == datetime(2026, 3, 3, 2, 30, tzinfo=UTC)
    assert len(await begun(bench, runbook)) == 1


async def test_what_was_missed_is_made_up_for_once(bench: Bench, clock: SetClock) -> None:
    runbook = await scheduled(bench)
    skips = await written(
        bench,
        ECHO,
        name="Skips",
        trigger_type="SCHEDULED",
        trigger_conditions={**NIGHTLY, "catch_up": False},
    )
    await bench.settle()

    clock.advance(days=5)
    assert await begun(bench, runbook) == ["2026-03-02T03:30:00+00:00"]
    assert not await begun(bench, skips)
    await looked(bench, runbook)
    assert len(await begun(bench, runbook)) == 1

    clock.set(datetime(2026, 3, 7, 3, 34, tzinfo=UTC))
    assert (await begun(bench, runbook))[1:] == ["2026-03-07T03:30:00+00:00"]
    # A few minutes late is not missed.
    assert await begun(bench, skips) == ["2026-03-07T03:30:00+00:00"]


async def test_a_yearly_one_is_not_begun_again_once_its_execution_is_forgotten(
    bench: Bench, clock: SetClock
) -> None:
    runbook = await scheduled(bench, cron="0 0 1 4 *")
    clock.set(datetime(2026, 4, 1, tzinfo=UTC))
    assert await begun(bench, runbook) == ["2026-04-01T00:00:00+00:00"]

    clock.advance(days=200)
    now = clock.now()
    gone = await bench.house.acts.run(lambda stores: stores.executions.forget(now, 100))
    assert len(gone) == 1
    assert await looked(bench, runbook) == datetime(2027, 4, 1, tzinfo=UTC)
    assert not await begun(bench, runbook)

    clock.set(datetime(2027, 4, 1, tzinfo=UTC))
    await looked(bench, runbook)
    assert await begun(bench, runbook) == ["2027-04-01T00:00:00+00:00"]


async def test_a_time_that_was_refused_is_not_tried_again(bench: Bench, clock: SetClock) -> None:
    takes = {"parameters": [{"name": "who", "pattern": "^a+$", "default": "a"}]}
    step = {**ECHO, "parameters": {"message": "{{ parameters.who }}"}}
    given = {**NIGHTLY, "parameters": {"who": "b"}}
    more = {"trigger_type": "SCHEDULED", "trigger_conditions": given, **takes}
    runbook = await written(bench, step, **more)
    await bench.settle()

    clock.set(datetime(2026, 3, 2, 3, 30, tzinfo=UTC))
    assert not await begun(bench, runbook)
    clock.advance(minutes=1)
    await looked(bench, runbook)

    admin = await bench.actor("admin")
    page = await bench.house.audit.page(admin, AuditFilter(), Slice(200))
    refused = [each.record for each in page.items if each.record.action == "execution.refused"]
    assert [each.details["trigger"] for each in refused] == ["SCHEDULED"]
    assert "who" in refused[0].details["why"]


async def test_one_that_is_not_active_rests_and_goes_on_afterwards(
    bench: Bench, clock: SetClock
) -> None:
    runbook = await scheduled(bench)
    desk, admin = bench.house.desks.runbooks, await bench.actor("admin")
    await desk.edit(admin, runbook, Edit(status=RunbookStatus.INACTIVE))

    clock.advance(days=2)
    assert await looked(bench, runbook) is None
    await desk.edit(admin, runbook, Edit(status=RunbookStatus.ACTIVE))

    assert not await begun(bench, runbook)
    clock.set(datetime(2026, 3, 4, 3, 30, tzinfo=UTC))
    assert await begun(bench, runbook) == ["2026-03-04T03:30:00+00:00"]
