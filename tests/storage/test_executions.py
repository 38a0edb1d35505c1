"""Executions: begun once, written under a lease, their output, forgotten whole."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import Connection, event

from automation.execution import (
    Attempt,
    ExecutionFilter,
    ExecutionStatus,
    Task,
    TaskKind,
    TaskStatus,
    Trigger,
    WaitsFor,
    Wish,
)
from chat.address import Address
from chat.errors import Refused
from incidents.ports import Lease
from security.page import Slice
from storage.database import Database
from storage.stores import Stores
from tests.clock import START, SetClock
from tests.make import incident
from tests.make_automation import execution, runbook, task
from tests.storage.raw import writer
from tests.storage.running import LONG, begin, piece

FULL = execution(
    name="Neu — «stárt»",
    trigger=Trigger.WEBHOOK,
    inline=runbook().content,
    status=ExecutionStatus.WAITING,
    wish=Wish.PAUSE,
    trigger_data={"alert": {"labels": ["a", None, 1.5]}, "nul": "\x00"},
    parameters={"token": {"$sealed": "abc"}, "count": 3},
    reason="because\nof it",
    requested_by="ana",
    requested_name="ana",
    via="chat:slack",
    incident_id="incident-1",
    origin=Address("slack", "T1", "C1", "thread", "message"),
    parent_id="execution-9",
    parent_task="execution-9-task-0",
    depth=2,
    rerun_of="execution-8",
    failed=True,
    cause="inbound-1",
    dedupe="ana:key",
    shown=True,
    error="no answer",
    started_at=START,
    ended_at=START + LONG,
    version=7,
)
DONE = Task(
    id="t1",
    execution_id="execution-1",
    position=-1,
    name="Stärt",
    kind=TaskKind.ROLLBACK,
    step=4,
    action="core.http",
    status=TaskStatus.FAILED,
    attempts=(Attempt(1, START, START + LONG, "no"), Attempt(2, START)),
    input={"url": "https://x", "list": [1, {"a": None}]},
    sealed="sealed",
    digest="d" * 64,
    approved="e" * 64,
    output=["any", {"json": 1.5}],
    error="no answer",
    started_at=START,
    ended_at=START + LONG,
    waits_for=WaitsFor.APPROVAL,
    waiting_id="approval-1",
    again_at=START + LONG,
    timeout=2.5,
    log_file="x.log",
    index=3,
    item={"host": "web4", "ports": [80, None]},
)


async def test_an_execution_comes_back_as_it_went_in(peopled: Database) -> None:
    def act(to: Stores) -> None:
        to.incidents.add(incident())
        assert to.executions.add(FULL, (DONE, task(0)))
        assert to.executions.get("execution-1") == FULL
        assert to.executions.get("execution-1", lock=True) == FULL
        assert to.executions.by_number(1) == FULL
        assert to.executions.by_number(1, lock=True) == FULL
        assert to.executions.by_dedupe("ana:key") == FULL
        assert to.executions.tasks("execution-1") == (DONE, task(0))
        assert to.executions.task("t1") == DONE
        for nothing in (
            to.executions.get("none"),
            to.executions.by_number(2),
            to.executions.by_dedupe("none"),
            to.executions.task("none"),
        ):
            assert nothing is None
        assert to.executions.tasks("none") == ()

    await peopled.acts.run(act)


async def test_items_come_back_behind_their_step_in_order(peopled: Database) -> None:
    items = [task(0, id=f"item-{at}", kind=TaskKind.ITEM, index=at, item=at) for at in (10, 2, 0)]
    given = (task(1), *items, task(0))

    await peopled.acts.run(lambda to: to.executions.add(execution(), given))

    found = await peopled.acts.read(lambda to: to.executions.tasks("execution-1"))
    assert found == (task(0), *reversed(items), task(1))


async def test_numbers_are_given_once(peopled: Database) -> None:
    numbers = await asyncio.gather(
        *(peopled.acts.run(lambda to: to.executions.next_number()) for _ in range(20))
    )
    assert sorted(numbers) == list(range(1, 21))

    await peopled.acts.run(lambda to: to.executions.add(execution(1), ()))
    with pytest.raises(Refused):
        await peopled.acts.run(lambda to: to.executions.add(execution(1, id="other"), ()))


async def test_what_was_begun_by_the_same_cause_is_begun_once(peopled: Database) -> None:
    """The second is told so, and its act goes on."""

    def act(to: Stores) -> None:
        assert to.executions.add(execution(1, dedupe="key"), (task(),))
        assert not to.executions.add(execution(2, dedupe="key"), (task(0, "execution-2"),))
        assert to.executions.get("execution-2") is None
        assert to.executions.task("execution-2-task-0") is None
        assert to.executions.add(execution(3, dedupe="other"), ())
        assert to.executions.add(execution(4), ())
        assert to.executions.add(execution(5), ())

    await peopled.acts.run(act)
    page = await peopled.acts.read(lambda to: to.executions.page(ExecutionFilter(), Slice()))
    assert [it.number for it in page.items] == [5, 4, 3, 1]


async def test_of_many_begun_at_once_by_the_same_cause_one_begins(peopled: Database) -> None:
    def act(number: int, to: Stores) -> bool:
        began = to.executions.add(
            execution(number, dedupe="key"), (task(0, f"execution-{number}"),)
        )
        assert to.executions.by_dedupe("key") is not None
        return began

    begun = await asyncio.gather(
        *(peopled.acts.run(lambda to, n=number: act(n, to)) for number in range(1, 11))
    )

    assert begun.count(True) == 1


async def test_what_is_begun_twice_at_once_uses_up_one_number(peopled: Database) -> None:
    def act(which: int, to: Stores) -> None:
        number = to.executions.next_number()
        one = execution(number, id=f"try-{which}", dedupe="key")
        if not to.executions.add(one, ()):
            to.executions.give_back(number)

    tries = (peopled.acts.run(lambda to, n=which: act(n, to)) for which in range(10))
    await asyncio.gather(*tries)

    assert await peopled.acts.run(lambda to: to.executions.next_number()) == 2


async def test_saving_writes_how_it_stands_and_not_what_it_began_with(peopled: Database) -> None:
    after = execution(
        status=ExecutionStatus.FAILED,
        wish=Wish.CANCEL,
        failed=True,
        shown=True,
        error="no",
        started_at=START,
        ended_at=START + LONG,
        updated_at=START + LONG,
        version=9,
    )

    def act(to: Stores) -> None:
        to.executions.add(execution(1), ())
        to.executions.add(execution(2), ())
        to.executions.save(replace(after, trigger_data={"much": "of it"}, reason="other"))
        assert to.executions.get("execution-1") == after
        assert to.executions.get("execution-2") == execution(2)

    await peopled.acts.run(act)


async def test_tasks_are_added_and_changed(peopled: Database) -> None:
    done = replace(
        task(1),
        status=TaskStatus.COMPLETED,
        attempts=(Attempt(1, START, START),),
        output={"a": 1},
        ended_at=START,
        waits_for=WaitsFor.TIME,
        again_at=START,
    )

    def act(to: Stores) -> None:
        to.executions.add(execution(), (task(2), task(0)))
        to.executions.add_tasks([task(1)])
        to.executions.add_tasks([])
        to.executions.save_tasks([])
        to.executions.save_tasks([replace(task(2), status=TaskStatus.SKIPPED), done])
        assert to.executions.tasks("execution-1") == (
            task(0),
            done,
            replace(task(2), status=TaskStatus.SKIPPED),
        )
        to.executions.save_tasks([task(1)])
        assert to.executions.task("execution-1-task-1") == task(1)

    await peopled.acts.run(act)


async def test_those_that_it_called_are_found(peopled: Database) -> None:
    def act(to: Stores) -> None:
        to.executions.add(execution(1), ())
        for number, parent in ((4, "execution-1"), (2, "execution-1"), (3, "execution-2")):
            to.executions.add(execution(number, parent_id=parent), ())
        assert [it.number for it in to.executions.children("execution-1")] == [2, 4]
        assert to.executions.children("execution-4") == ()

    await peopled.acts.run(act)


# --- writing under a lease -----------------------------------------------------------------


async def test_the_wish_is_read_under_the_lease_only(peopled: Database, clock: SetClock) -> None:
    lease = await begin(peopled, clock)

    async def wish(under: Lease, execution_id: str = "execution-1") -> Wish | None:
        return await peopled.acts.run(lambda to: to.executions.wish_under(under, execution_id))

    assert await wish(lease) is Wish.PAUSE
    assert await wish(lease, "none") is None
    for other in (
        replace(lease, fence=lease.fence + 1),
        replace(lease, owner="two"),
        replace(lease, subject="execution-2"),
        replace(lease, kind="opening"),
    ):
        assert await wish(other) is None

    clock.advance(LONG)
    now = clock.now()
    assert await peopled.acts.run(
        lambda to: to.drives.take("execution", "execution-1", "two", now, now + LONG)
    )
    assert await wish(lease) is None


def wish_anew(to: Stores) -> None:
    """Have it cancelled, as somebody does."""
    found = to.executions.get("execution-1", lock=True)
    assert found is not None
    to.executions.save(replace(found, wish=Wish.CANCEL))


def take_over(to: Stores) -> None:
    """Take the expired lease."""
    now = START + LONG
    assert to.drives.take("execution", "execution-1", "two", now, now + LONG)


@pytest.mark.parametrize("disturb", [wish_anew, take_over])
async def test_nobody_changes_the_wish_or_takes_the_lease_while_its_holder_writes(
    peopled: Database, clock: SetClock, disturb: Callable[[Stores], None]
) -> None:
    lease = await begin(peopled, clock)
    asked, go_on = threading.Event(), threading.Event()

    def write(to: Stores) -> Wish | None:
        assert to.executions.wish_under(lease, "execution-1") is Wish.PAUSE
        asked.set()
        assert go_on.wait(10)
        to.executions.save_tasks([replace(task(0), status=TaskStatus.COMPLETED)])
        return to.executions.wish_under(lease, "execution-1")

    writing = asyncio.create_task(peopled.acts.run(write))
    await asyncio.to_thread(asked.wait, 10)
    disturbing = asyncio.create_task(peopled.acts.run(disturb))
    await asyncio.sleep(0.1)
    assert not disturbing.done()
    go_on.set()

    assert await writing is Wish.PAUSE
    await disturbing


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_a_step_is_written_in_as_few_statements_as_possible(
    peopled: Database, clock: SetClock
) -> None:
    lease = await begin(peopled, clock)
    asked: list[str] = []

    def note(_: Connection, __: object, statement: str, *___: object) -> None:
        word = statement.partition(" ")[0]
        if word in {"SELECT", "INSERT", "UPDATE"}:
            asked.append(word)

    def write(to: Stores) -> None:
        to.executions.wish_under(lease, "execution-1")
        to.executions.save_tasks([replace(it, status=TaskStatus.RUNNING) for it in (task(0), DONE)])
        to.executions.add_output([piece(str(number)) for number in range(3)])
        to.executions.save(execution(version=2))

    event.listen(writer(peopled), "before_cursor_execute", note)
    await peopled.acts.run(write)
    event.remove(writer(peopled), "before_cursor_execute", note)

    assert asked == ["SELECT", "UPDATE", "INSERT", "UPDATE"]


# --- output --------------------------------------------------------------------------------


async def test_output_is_read_from_where_one_left_off(peopled: Database) -> None:
    def act(to: Stores) -> None:
        for number in (1, 2):
            to.executions.add(execution(number), ())
        to.executions.add_output([piece("a"), piece("b", task_id="t2", stream="stderr")])
        to.executions.add_output([piece("other", "execution-2"), piece("c"), piece("d")])
        to.executions.add_output([])

    await peopled.acts.run(act)

    def look(to: Stores) -> None:
        a, b, c, d = everything = to.executions.output("execution-1")
        assert [it.text for it in everything] == ["a", "b", "c", "d"]
        assert a.id < b.id < c.id < d.id
        assert replace(b, id=0) == piece("b", task_id="t2", stream="stderr")
        assert to.executions.output("execution-1", after=b.id) == (c, d)
        assert to.executions.output("execution-1", after=b.id, limit=1) == (c,)
        assert to.executions.output("execution-1", after=d.id) == ()
        assert to.executions.output("execution-1", after=a.id, task_id="t1") == (c, d)
        assert to.executions.output("execution-1", task_id="t2") == (b,)
        assert to.executions.last_output("execution-1", 2) == (c, d)
        assert to.executions.last_output("execution-1", 99) == everything
        assert to.executions.last_output("none", 1) == ()

    await peopled.acts.read(look)


async def test_who_follows_the_output_misses_nothing_that_commits_late(peopled: Database) -> None:
    """Of two that write at once the second waits, so its ids are the later ones."""
    await peopled.acts.run(lambda to: to.executions.add(execution(), ()))
    added, go_on = threading.Event(), threading.Event()

    def slow(to: Stores) -> None:
        to.executions.add_output([piece("first")])
        added.set()
        assert go_on.wait(10)

    writing = asyncio.create_task(peopled.acts.run(slow))
    await asyncio.to_thread(added.wait, 10)
    second = asyncio.create_task(
        peopled.acts.run(lambda to: to.executions.add_output([piece("second")]))
    )
    await asyncio.sleep(0.1)
    assert not second.done()
    assert await peopled.acts.read(lambda to: to.executions.output("execution-1")) == ()
    go_on.set()
    await asyncio.gather(writing, second)

    found = await peopled.acts.read(lambda to: to.executions.output("execution-1"))
    assert [it.text for it in found] == ["first", "second"]
