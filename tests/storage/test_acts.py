"""Acts commit whole or not at all, on their own, and tell who listens."""

from __future__ import annotations

import asyncio
import threading

import pytest

from chat.errors import Denied, NotFound, Refused, TocsinError, Unavailable
from security.actor import Actor
from security.audit import Outcome, Sealed
from security.page import Slice
from security.ports import AuditFilter
from storage.database import Database, open_database
from storage.stores import Stores
from tests.clock import START, SetClock
from tests.make import account, post

ANA = Actor("ana", "ana", "Ana", team_id="main", via="api", cause="entry-1")


async def count(database: Database) -> int:
    return (await database.acts.read(lambda to: to.people.page(None, None, Slice()))).total


async def audited(database: Database) -> tuple[Sealed, ...]:
    page = await database.acts.read(lambda to: to.audit.page(AuditFilter(), Slice()))
    return page.items


async def test_what_an_act_returns_arrives_and_its_rows_stay(database: Database) -> None:
    def act(to: Stores) -> str:
        to.people.add(account("ana"))
        return "done"

    assert await database.acts.run(act) == "done"
    assert await count(database) == 1


async def test_an_act_that_raises_leaves_nothing_behind(database: Database) -> None:
    def act(to: Stores) -> None:
        to.people.add(account("ana"))
        raise NotFound("no such thing")

    with pytest.raises(NotFound):
        await database.acts.run(act)
    assert await count(database) == 0


async def test_acts_that_run_together_fail_alone(database: Database) -> None:
    """Of a hundred at once every third fails; the others are all there."""

    def act(number: int, to: Stores) -> None:
        to.people.add(account(f"user{number}"))
        if number % 3 == 0:
            raise Refused("not that one")

    results = await asyncio.gather(
        *(database.acts.run(lambda to, n=number: act(n, to)) for number in range(100)),
        return_exceptions=True,
    )

    assert [isinstance(result, Refused) for result in results] == [n % 3 == 0 for n in range(100)]
    page = await database.acts.read(lambda to: to.people.page(None, None, Slice(limit=200)))
    assert {it.name for it in page.items} == {f"user{n}" for n in range(100) if n % 3}


async def test_two_acts_that_change_the_same_row_take_turns(database: Database) -> None:
    numbers = await asyncio.gather(
        *(database.acts.run(lambda to: to.incidents.next_number()) for _ in range(50))
    )

    assert sorted(numbers) == list(range(1, 51))


async def test_a_look_sees_one_moment(database: Database) -> None:
    """What commits during a look is not in it."""
    first_seen, second_added = threading.Event(), threading.Event()

    def look(to: Stores) -> tuple[int, int]:
        before = to.people.page(None, None, Slice()).total
        first_seen.set()
        assert second_added.wait(10)
        return before, to.people.page(None, None, Slice()).total

    await database.acts.run(lambda to: to.people.add(account("ana")))
    looking = asyncio.create_task(database.acts.read(look))
    await asyncio.to_thread(first_seen.wait, 10)
    await database.acts.run(lambda to: to.people.add(account("bo")))
    second_added.set()

    assert await looking == (1, 1)


async def test_a_look_can_change_nothing(database: Database) -> None:
    with pytest.raises(TocsinError):
        await database.acts.read(lambda to: to.people.add(account("ana")))
    assert await count(database) == 0


async def test_a_look_that_never_ends_does_not_stop_acts(database: Database) -> None:
    release = threading.Event()
    looking = asyncio.create_task(database.acts.read(lambda _: release.wait(10)))

    await asyncio.wait_for(database.acts.run(lambda to: to.settings.put("a", "b")), 5)

    release.set()
    assert await looking


@pytest.mark.parametrize("way", ["run", "read"])
async def test_a_denial_is_audited_although_its_act_is_taken_back(
    database: Database, way: str
) -> None:
    def act(to: Stores) -> None:
        if way == "run":
            to.people.add(account("ana"))
        raise Denied("You may not.", permission="incident.end", thing="INC-00042")

    with pytest.raises(Denied, match="You may not"):
        await getattr(database.acts, way)(act, actor=ANA)

    assert await count(database) == 0
    (denial,) = await audited(database)
    assert denial.record.outcome is Outcome.DENIED
    assert denial.record.action == "denied"
    assert denial.record.actor_name == "ana"
    assert denial.record.object_name == "INC-00042"
    assert denial.record.details == {"permission": "incident.end"}
    assert denial.record.cause == "entry-1"
    assert denial.record.at == START


async def test_other_errors_are_not_audited(database: Database) -> None:
    def act(_: Stores) -> None:
        raise NotFound("nothing here")

    for door in (database.acts.run, database.acts.read):
        with pytest.raises(NotFound):
            await door(act, actor=ANA)
    assert await audited(database) == ()


async def test_listeners_hear_on_the_loop_what_was_committed(database: Database) -> None:
    heard: list[frozenset[str]] = []
    threads: set[int] = set()

    def listen(topics: frozenset[str]) -> None:
        heard.append(topics)
        threads.add(threading.get_ident())

    def act(to: Stores) -> None:
        to.outbox.put(post("hello"))
        to.drives.wake("opening", "x", START)

    def failing(to: Stores) -> None:
        to.outbox.put(post("hello"))
        raise NotFound("after all")

    database.acts.on_commit(listen)
    await database.acts.run(act)
    await database.acts.run(lambda to: to.settings.put("a", "b"))
    with pytest.raises(NotFound):
        await database.acts.run(failing)
    await asyncio.sleep(0.05)

    assert heard == [frozenset({"outbox", "drives"})]
    assert threads == {threading.get_ident()}


async def test_a_denial_is_heard_of_as_an_audit_record(database: Database) -> None:
    heard: list[frozenset[str]] = []
    database.acts.on_commit(heard.append)

    def act(to: Stores) -> None:
        to.outbox.put(post("hello"))
        raise Denied("no")

    with pytest.raises(Denied):
        await database.acts.run(act, actor=ANA)
    await asyncio.sleep(0.05)

    assert heard == [frozenset({"audit"})]


async def test_an_act_given_up_while_waiting_is_not_done(database: Database) -> None:
    """The writer (or every thread of the pool) is busy; the waiting act is cancelled."""
    release = threading.Event()
    busy = [asyncio.create_task(database.acts.run(lambda _: release.wait(10))) for _ in range(8)]
    await asyncio.sleep(0.1)
    waiting = asyncio.create_task(database.acts.run(lambda to: to.people.add(account("ana"))))
    await asyncio.sleep(0.1)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    release.set()
    await asyncio.gather(*busy)

    assert await count(database) == 0


async def test_an_act_given_up_while_it_runs_commits_all_the_same(database: Database) -> None:
    begun, release = threading.Event(), threading.Event()

    def act(to: Stores) -> None:
        to.people.add(account("ana"))
        begun.set()
        release.wait(10)

    running = asyncio.create_task(database.acts.run(act))
    await asyncio.to_thread(begun.wait, 10)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    release.set()

    database.close()
    again = open_database(database.url)
    assert await count(again) == 1
    again.close()


async def test_closing_finishes_what_waits_and_refuses_what_comes_after(
    database: Database, clock: SetClock
) -> None:
    acts = [
        asyncio.create_task(
            database.acts.run(lambda to, n=number: to.people.add(account(f"user{n}")))
        )
        for number in range(200)
    ]
    await asyncio.sleep(0)
    await asyncio.to_thread(database.close)
    await asyncio.gather(*acts)

    for door in (database.acts.run, database.acts.read):
        with pytest.raises(Unavailable, match="shutting down"):
            await door(lambda to: to.settings.get("a"))
    again = open_database(database.url, clock=clock)
    assert await count(again) == 200
    again.close()
    database.close()
