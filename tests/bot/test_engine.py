"""Somebody drives what is due: one at a time, again after a failure, whoever dies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest

from bot.engine import Engine, InlineStarter
from incidents.ports import GIVEN_BACK, GivenBack, Lease
from storage.database import Database
from storage.stores import Stores
from tests.bench import eventually
from tests.clock import SetClock

Work = Callable[[str, Lease], Awaitable[datetime | GivenBack | None]]


class Recorder:
    """A driver that keeps what it drove, and does `work` meanwhile."""

    def __init__(self, work: Work | None = None) -> None:
        self.driven: list[str] = []
        self.fences: list[int] = []
        self._work = work

    async def drive(self, subject: str, lease: Lease) -> datetime | GivenBack | None:
        """Keep it."""
        self.driven.append(subject)
        self.fences.append(lease.fence)
        return await self._work(subject, lease) if self._work else None


@asynccontextmanager
async def engine(
    database: Database, clock: SetClock, driver: Recorder, owner: str = "one"
) -> AsyncGenerator[Engine]:
    """A running engine, woken by commits as in a bot."""
    made = Engine(database.acts, {"test": driver}, InlineStarter(), clock, owner)
    database.acts.on_commit(lambda topics: made.wake() if "drives" in topics else None)
    running = asyncio.create_task(made.run())
    await eventually(lambda: made.ready)
    try:
        yield made
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await made.close(0.1)


async def wake(database: Database, clock: SetClock, *subjects: str) -> None:
    """Have subjects driven now."""

    def act(to: Stores) -> None:
        for subject in subjects:
            to.drives.wake("test", subject, clock.now())

    await database.acts.run(act)


async def test_what_is_woken_is_driven_once(database: Database, clock: SetClock) -> None:
    driver = Recorder()
    async with engine(database, clock, driver):
        await wake(database, clock, "a", "b")
        await eventually(lambda: len(driver.driven) == 2)
        await asyncio.sleep(0.3)

    assert sorted(driver.driven) == ["a", "b"]


async def test_a_wake_during_a_drive_makes_it_driven_once_more(
    database: Database, clock: SetClock
) -> None:
    async def work(subject: str, lease: Lease) -> datetime | None:
        if lease.fence == 1:
            await wake(database, clock, subject)
        return None

    driver = Recorder(work)
    async with engine(database, clock, driver):
        await wake(database, clock, "a")
        await eventually(lambda: len(driver.driven) == 2)
        await asyncio.sleep(0.3)

    assert driver.driven == ["a", "a"]


async def test_what_is_woken_between_giving_back_and_the_end_is_driven_once_more(
    database: Database, clock: SetClock
) -> None:
    async def work(subject: str, lease: Lease) -> GivenBack | None:
        if lease.fence > 1:
            return None
        await database.acts.run(lambda to: to.drives.release(lease, None))
        await wake(database, clock, subject)
        # Long enough for it to be seen as due while this one is still at it.
        await asyncio.sleep(0.1)
        return GIVEN_BACK

    driver = Recorder(work)
    async with engine(database, clock, driver):
        await wake(database, clock, "a")
        await eventually(lambda: len(driver.driven) == 2)
        await asyncio.sleep(0.3)

    assert driver.driven == ["a", "a"]
    assert driver.fences == [1, 2]


async def test_a_kind_that_nobody_here_drives_stands_in_nobodys_way(
    database: Database, clock: SetClock
) -> None:
    def act(to: Stores) -> None:
        for number in range(100):
            to.drives.wake("of another release", f"s{number}", clock.now() - timedelta(hours=1))

    await database.acts.run(act)
    driver = Recorder()
    async with engine(database, clock, driver):
        await wake(database, clock, "a")
        await eventually(lambda: driver.driven == ["a"])


async def test_two_processes_never_drive_one_subject_at_the_same_time(
    database: Database, clock: SetClock
) -> None:
    at_work: set[str] = set()
    clashes: list[str] = []

    async def work(subject: str, lease: Lease) -> datetime | None:
        if subject in at_work:
            clashes.append(subject)
        at_work.add(subject)
        await asyncio.sleep(0.01)
        at_work.remove(subject)
        return None

    one, two = Recorder(work), Recorder(work)
    subjects = [f"s{number}" for number in range(40)]
    async with engine(database, clock, one), engine(database, clock, two, "two"):
        await wake(database, clock, *subjects)
        await eventually(lambda: len(one.driven) + len(two.driven) >= len(subjects))
        await asyncio.sleep(0.3)

    assert sorted(one.driven + two.driven) == sorted(subjects)
    assert clashes == []


async def test_a_driver_says_when_it_wants_to_be_called_again(
    database: Database, clock: SetClock
) -> None:
    async def work(subject: str, lease: Lease) -> datetime | None:
        return clock.now() + timedelta(minutes=5) if lease.fence == 1 else None

    driver = Recorder(work)
    async with engine(database, clock, driver) as running:
        await wake(database, clock, "a")
        await eventually(lambda: len(driver.driven) == 1)
        await asyncio.sleep(0.2)
        clock.advance(minutes=5)
        running.wake()
        await eventually(lambda: len(driver.driven) == 2)


async def test_a_driver_that_fails_is_called_again_later_and_later(
    database: Database, clock: SetClock, caplog: pytest.LogCaptureFixture
) -> None:
    async def work(subject: str, lease: Lease) -> datetime | None:
        if lease.fence < 3:
            raise ValueError("oops")
        return None

    driver = Recorder(work)
    async with engine(database, clock, driver) as running:
        await wake(database, clock, "a")
        for count, wait in ((1, 1), (2, 2)):
            await eventually(lambda count=count: len(driver.driven) == count)
            await asyncio.sleep(0.2)
            assert len(driver.driven) == count
            clock.advance(seconds=wait)
            running.wake()
        await eventually(lambda: len(driver.driven) == 3)

    assert "oops" in caplog.text


async def test_what_a_dead_process_held_is_taken_over(database: Database, clock: SetClock) -> None:
    await wake(database, clock, "a")
    until = clock.now() + timedelta(seconds=8)
    await database.acts.run(lambda to: to.drives.take("test", "a", "dead", clock.now(), until))
    driver = Recorder()

    async with engine(database, clock, driver, "alive") as running:
        await asyncio.sleep(0.2)
        assert driver.driven == []
        clock.advance(seconds=8)
        running.wake()
        await eventually(lambda: driver.driven == ["a"])

    assert driver.fences == [2]


async def test_a_process_that_starts_again_goes_on_at_once(
    database: Database, clock: SetClock
) -> None:
    await wake(database, clock, "a")
    until = clock.now() + timedelta(hours=1)
    await database.acts.run(lambda to: to.drives.take("test", "a", "one", clock.now(), until))
    driver = Recorder()

    async with engine(database, clock, driver, "one"):
        await eventually(lambda: driver.driven == ["a"])


async def test_a_driver_that_lost_its_lease_is_stopped(database: Database, clock: SetClock) -> None:
    stopped = asyncio.Event()

    async def work(subject: str, lease: Lease) -> datetime | None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            stopped.set()
            raise
        return None

    driver = Recorder(work)
    async with engine(database, clock, driver):
        await wake(database, clock, "a")
        await eventually(lambda: driver.driven == ["a"])
        clock.advance(minutes=1)
        now = clock.now()
        stolen = await database.acts.run(
            lambda to: to.drives.take("test", "a", "thief", now, now + timedelta(hours=1))
        )
        assert stolen is not None
        await asyncio.wait_for(stopped.wait(), 10)

        assert await database.acts.run(lambda to: to.drives.holds(stolen))


async def test_closing_hands_over_what_takes_too_long(database: Database, clock: SetClock) -> None:
    async def work(subject: str, lease: Lease) -> datetime | None:
        await asyncio.sleep(60)
        return None

    async with engine(database, clock, driver := Recorder(work)):
        await wake(database, clock, "a")
        await eventually(lambda: driver.driven == ["a"])

    due = await database.acts.read(lambda to: to.drives.due(clock.now(), 10))
    assert [subject for _, subject, _ in due] == ["a"]
