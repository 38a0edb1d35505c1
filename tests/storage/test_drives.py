"""Drives and leases: one holder at a time, fences, nothing due is forgotten."""

from __future__ import annotations

import asyncio
import threading
from datetime import datetime, timedelta

import pytest

from incidents.ports import Lease
from storage.database import Database
from storage.stores import Stores
from tests.clock import START, SetClock

LONG = timedelta(seconds=30)


async def wake(database: Database, at: datetime, subject: str = "x") -> None:
    await database.acts.run(lambda to: to.drives.wake("opening", subject, at))


async def due(database: Database, clock: SetClock) -> list[tuple[str, int]]:
    found = await database.acts.read(lambda to: to.drives.due(clock.now(), 100))
    assert all(kind == "opening" for kind, _, _ in found)
    return [(subject, segment) for _, subject, segment in found]


async def take(database: Database, clock: SetClock, owner: str = "one") -> Lease | None:
    now = clock.now()
    return await database.acts.run(
        lambda to: to.drives.take("opening", "x", owner, now, now + LONG)
    )


async def release(database: Database, lease: Lease, again_at: datetime | None) -> None:
    await database.acts.run(lambda to: to.drives.release(lease, again_at))


async def holds(database: Database, lease: Lease) -> bool:
    return await database.acts.run(lambda to: to.drives.holds(lease))


async def test_what_is_woken_is_due_at_its_time(database: Database, clock: SetClock) -> None:
    await wake(database, START + timedelta(minutes=5))
    assert await due(database, clock) == []
    assert await take(database, clock) is None

    clock.advance(minutes=5)
    assert await due(database, clock) == [("x", 1)]


@pytest.mark.parametrize("woken", [False, True], ids=["alone", "woken meanwhile"])
async def test_giving_back_is_heard_only_when_something_is_left_to_do(
    database: Database, clock: SetClock, woken: bool
) -> None:
    heard: list[frozenset[str]] = []
    await wake(database, START)
    lease = await take(database, clock)
    assert lease is not None
    if woken:
        await wake(database, START)
    await asyncio.sleep(0)
    database.acts.on_commit(heard.append)

    await release(database, lease, None)
    await asyncio.sleep(0)

    assert heard == ([frozenset({"drives"})] if woken else [])


async def test_an_earlier_wake_counts_and_a_later_one_does_not(
    database: Database, clock: SetClock
) -> None:
    for minutes in (5, 2, 9):
        await wake(database, START + timedelta(minutes=minutes))
    clock.advance(minutes=2)

    assert await due(database, clock) == [("x", 1)]


async def test_the_longest_waiting_comes_first(database: Database, clock: SetClock) -> None:
    for minutes, subject in ((3, "c"), (1, "a"), (2, "b"), (60, "later")):
        await wake(database, START + timedelta(minutes=minutes), subject)
    clock.advance(minutes=10)

    assert [subject for subject, _ in await due(database, clock)] == ["a", "b", "c"]


async def test_what_nobody_here_drives_stands_in_nobodys_way(
    database: Database, clock: SetClock
) -> None:
    def act(to: Stores) -> None:
        for number in range(9):
            to.drives.wake("unheard", f"u{number}", START - timedelta(hours=1))
        to.drives.wake("opening", "x", START)
        to.drives.wake("reminder", "y", START)

    await database.acts.run(act)

    def look(to: Stores) -> list[tuple[str, ...]]:
        of_these = (frozenset({"opening"}), frozenset({"reminder", "opening"}), frozenset[str]())
        return [
            tuple(kind for kind, _, _ in to.drives.due(clock.now(), 3, kinds))
            for kinds in (*of_these, None)
        ]

    assert await database.acts.read(look) == [
        ("opening",),
        ("opening", "reminder"),
        (),
        ("unheard",) * 3,
    ]


async def test_one_driver_at_a_time(database: Database, clock: SetClock) -> None:
    await wake(database, START)

    leases = await asyncio.gather(
        *(take(database, clock, owner=f"owner{number}") for number in range(10))
    )

    (lease,) = [it for it in leases if it is not None]
    assert await due(database, clock) == []
    assert await holds(database, lease)


async def test_what_is_released_rests_until_it_is_woken(
    database: Database, clock: SetClock
) -> None:
    await wake(database, START)
    lease = await take(database, clock)
    assert lease is not None
    await release(database, lease, None)

    assert await due(database, clock) == []
    assert not await holds(database, lease)
    await wake(database, START)
    assert await due(database, clock) == [("x", 2)]


async def test_what_is_released_for_later_is_due_then(database: Database, clock: SetClock) -> None:
    await wake(database, START)
    lease = await take(database, clock)
    assert lease is not None
    await release(database, lease, START + timedelta(minutes=1))

    assert await due(database, clock) == []
    clock.advance(minutes=1)
    assert await due(database, clock) == [("x", 2)]


@pytest.mark.parametrize("again_in", [None, timedelta(hours=1)])
async def test_a_wake_during_the_drive_drives_once_more(
    database: Database, clock: SetClock, again_in: timedelta | None
) -> None:
    await wake(database, START)
    lease = await take(database, clock)
    assert lease is not None
    await wake(database, clock.now())
    assert await due(database, clock) == []

    await release(database, lease, None if again_in is None else clock.now() + again_in)

    assert await due(database, clock) == [("x", 2)]


async def test_an_expired_lease_is_taken_over_and_its_holder_has_lost_it(
    database: Database, clock: SetClock
) -> None:
    await wake(database, START)
    old = await take(database, clock, "one")
    clock.advance(LONG)
    assert await due(database, clock) == [("x", 2)]
    new = await take(database, clock, "two")

    assert old is not None
    assert new is not None
    assert new.fence > old.fence
    assert (old.segment, new.segment) == (1, 2)
    assert not await holds(database, old)
    assert await holds(database, new)
    until = clock.now() + LONG
    assert not await database.acts.run(lambda to: to.drives.renew(old, until))

    await release(database, old, START)
    assert await holds(database, new)
    assert await due(database, clock) == []


async def test_a_lease_that_is_renewed_is_not_taken_over(
    database: Database, clock: SetClock
) -> None:
    await wake(database, START)
    lease = await take(database, clock)
    assert lease is not None
    clock.advance(seconds=20)
    until = clock.now() + LONG
    assert await database.acts.run(lambda to: to.drives.renew(lease, until))
    clock.advance(seconds=20)

    assert await due(database, clock) == []
    assert await take(database, clock, "two") is None


async def test_a_wake_for_later_is_kept_when_the_driver_dies(
    database: Database, clock: SetClock
) -> None:
    await wake(database, START)
    await take(database, clock, "one")
    await wake(database, START + timedelta(hours=1))
    clock.advance(LONG)
    lease = await take(database, clock, "two")
    assert lease is not None
    await release(database, lease, None)

    assert await due(database, clock) == []
    clock.advance(hours=1)
    assert await due(database, clock) == [("x", 3)]


async def test_a_process_that_starts_again_frees_what_it_died_with(
    database: Database, clock: SetClock
) -> None:
    await wake(database, START)
    lease = await take(database, clock, "one")
    assert lease is not None

    assert await database.acts.run(lambda to: to.drives.free("two", clock.now())) == 0
    assert await holds(database, lease)
    assert await database.acts.run(lambda to: to.drives.free("one", clock.now())) == 1
    assert not await holds(database, lease)
    assert await due(database, clock) == [("x", 2)]


async def test_nobody_takes_a_lease_over_while_its_holder_writes(
    database: Database, clock: SetClock
) -> None:
    """What a driver's act writes after asking `holds` is never a lost holder's."""
    await wake(database, START)
    lease = await take(database, clock, "one")
    assert lease is not None
    clock.advance(LONG)
    asked, go_on = threading.Event(), threading.Event()

    def write(to: Stores) -> None:
        assert to.drives.holds(lease)
        asked.set()
        assert go_on.wait(10)
        to.settings.put("written by", "one")

    writing = asyncio.create_task(database.acts.run(write))
    await asyncio.to_thread(asked.wait, 10)
    taking = asyncio.create_task(take(database, clock, "two"))
    await asyncio.sleep(0.1)
    assert not taking.done()
    go_on.set()

    await writing
    assert await taking is not None


# --- jobs that one process does at a time --------------------------------------------------


async def test_one_process_holds_a_job(database: Database, clock: SetClock) -> None:
    async def attempt(owner: str) -> int | None:
        now = clock.now()
        return await database.acts.run(lambda to: to.leases.take("sealer", owner, now, now + LONG))

    fences = await asyncio.gather(*(attempt(f"p{number}") for number in range(5)))
    (winner,) = [number for number, fence in enumerate(fences) if fence is not None]
    assert fences[winner] == 1
    assert await attempt(f"p{winner}") == 2

    clock.advance(LONG)
    assert await attempt("other") == 3
    now = clock.now()
    assert not await database.acts.run(
        lambda to: to.leases.renew("sealer", f"p{winner}", 2, now + LONG)
    )
    assert await database.acts.run(lambda to: to.leases.renew("sealer", "other", 3, now + LONG))
    await database.acts.run(lambda to: to.leases.release("sealer", "other", 3, now))
    assert await attempt("next") == 4
