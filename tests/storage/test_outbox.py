"""The outbox: order within lanes, refreshes gathered and never lost, keys kept once."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta

from chat.address import Address
from chat.card import Card
from chat.message import Attachment
from chat.outbox import Living, Outgoing, PostCard, Queued, Refresh, SendFile, Whisper
from storage.database import Database
from storage.stores import Stores
from tests.clock import SetClock
from tests.make import channel, person, post


async def put(database: Database, *outgoing: Outgoing) -> None:
    await database.acts.run(lambda to: [to.outbox.put(it) for it in outgoing])


async def due(database: Database, clock: SetClock, limit: int = 100) -> tuple[Queued, ...]:
    return await database.acts.read(lambda to: to.outbox.due(clock.now(), "local", limit))


def titles(queued: tuple[Queued, ...]) -> list[str]:
    return [it.outgoing.job.card.title for it in queued if isinstance(it.outgoing.job, PostCard)]


async def deliver(database: Database, clock: SetClock, queued: Queued) -> None:
    await database.acts.run(lambda to: to.outbox.delivered(queued, clock.now()))


async def test_only_the_head_of_each_lane_is_due(database: Database, clock: SetClock) -> None:
    await put(
        database,
        post("a1", channel("a")),
        post("a2", channel("a").at("thread")),
        post("b1", channel("b")),
        post("other workspace", channel("a", "ops")),
        post("other platform", Address("slack", "main", "a")),
    )

    first = await due(database, clock)
    assert titles(first) == ["a1", "b1", "other workspace"]

    await deliver(database, clock, first[0])
    assert titles(await due(database, clock)) == ["a2", "b1", "other workspace"]
    assert titles(await due(database, clock, limit=1)) == ["a2"]


async def test_a_lane_waits_for_its_failed_head(database: Database, clock: SetClock) -> None:
    await put(database, post("first"), post("second"))
    (head,) = await due(database, clock)
    later = clock.now() + timedelta(seconds=4)
    await database.acts.run(lambda to: to.outbox.failed(head, "no answer", again_at=later))

    assert await due(database, clock) == ()
    clock.advance(seconds=4)
    (again,) = await due(database, clock)

    assert again.id == head.id
    assert again.attempts == 1
    assert again.due_at == later


async def test_what_is_given_up_stays_and_lets_its_lane_go_on(
    database: Database, clock: SetClock
) -> None:
    await put(database, post("first", key="k1"), post("second"))
    (head,) = await due(database, clock)
    gone_at = clock.now()
    await database.acts.run(lambda to: to.outbox.give_up(head, "channel is gone", gone_at))

    assert titles(await due(database, clock)) == ["second"]
    clock.advance(days=400)
    assert await database.acts.run(lambda to: to.outbox.forget(clock.now())) == 0
    await put(database, post("first", key="k1"))
    assert titles(await due(database, clock)) == ["second"]

    (given_up,) = await database.acts.read(lambda to: to.outbox.given_up(gone_at))
    assert (given_up.outgoing.key, given_up.why, given_up.attempts) == ("k1", "channel is gone", 1)
    later = gone_at + timedelta(seconds=1)
    assert await database.acts.read(lambda to: to.outbox.given_up(later)) == ()
    assert await database.acts.run(lambda to: to.outbox.forget(gone_at, given_up=later)) == 1
    assert await database.acts.read(lambda to: to.outbox.given_up()) == ()


async def test_what_is_given_up_may_be_tried_again(database: Database, clock: SetClock) -> None:
    await put(database, post("first"), post("second"))
    (head,) = await due(database, clock)
    assert not await database.acts.run(lambda to: to.outbox.retry(head.id))
    await database.acts.run(lambda to: to.outbox.give_up(head, "channel is gone", clock.now()))

    assert await database.acts.run(lambda to: to.outbox.retry(head.id))
    (again,) = await due(database, clock)
    assert (again.id, again.attempts) == (head.id, 0)


async def test_one_key_is_delivered_once(database: Database, clock: SetClock) -> None:
    await put(database, post("hello", key="k"), post("hello", key="k"))
    (only,) = await due(database, clock)
    await deliver(database, clock, only)
    await put(database, post("hello", key="k"))

    assert await due(database, clock) == ()


async def test_what_arrived_is_forgotten_after_a_while(database: Database, clock: SetClock) -> None:
    await put(database, post("old"), post("waiting"))
    await deliver(database, clock, (await due(database, clock))[0])
    clock.advance(days=1)

    forgotten = await database.acts.run(lambda to: to.outbox.forget(clock.now()))

    assert forgotten == 1
    assert titles(await due(database, clock)) == ["waiting"]


async def test_every_job_comes_back_as_it_went_in(database: Database, clock: SetClock) -> None:
    jobs = (
        SendFile(Attachment("a.bin", "application/octet-stream", bytes(range(256))), Card("a")),
        Whisper(person("ana"), Card("psst"), ticket="t"),
        Refresh("panel"),
    )
    outgoing = [Outgoing(channel(f"c{n}"), job, f"k{n}", "e") for n, job in enumerate(jobs)]
    await put(database, *outgoing)

    assert [it.outgoing for it in await due(database, clock)] == outgoing


# --- living messages ---------------------------------------------------------------------

PANEL = Living("panel", "incident:1", channel().at("7"))


async def test_living_messages_are_found_by_subject_and_by_place(database: Database) -> None:
    second = Living("announcement", "incident:1", channel("general").at("9"))
    await database.acts.run(lambda to: [to.outbox.keep_alive(it) for it in (PANEL, second)])
    await database.acts.run(
        lambda to: to.outbox.keep_alive(Living(PANEL.id, PANEL.subject, PANEL.address, "page 2"))
    )

    def look(to: Stores) -> None:
        first, other = to.outbox.living("incident:1")
        assert (first.id, first.view, other) == ("panel", "page 2", second)
        assert to.outbox.living("incident:2") == ()
        assert to.outbox.living_at(channel().at("7")) == first
        assert to.outbox.living_at(Address("local", "main", "c1", "thread", "7")) == first
        assert to.outbox.living_at(channel().at("8")) is None
        assert to.outbox.living_at(channel("c2").at("7")) is None

    await database.acts.read(look)


async def test_many_refreshes_are_one(database: Database, clock: SetClock) -> None:
    await database.acts.run(lambda to: to.outbox.keep_alive(PANEL))
    for _ in range(5):
        await database.acts.run(lambda to: to.outbox.refresh("incident:1"))

    (only,) = await due(database, clock)
    assert only.outgoing.job == Refresh("panel")
    assert only.outgoing.address == PANEL.address

    await deliver(database, clock, only)
    assert await due(database, clock) == ()


async def test_a_refresh_asked_for_during_the_edit_is_not_lost(
    database: Database, clock: SetClock
) -> None:
    await database.acts.run(lambda to: to.outbox.keep_alive(PANEL))
    await database.acts.run(lambda to: to.outbox.refresh("incident:1"))
    (under_way,) = await due(database, clock)
    await database.acts.run(lambda to: to.outbox.refresh("incident:1"))
    await deliver(database, clock, under_way)

    (again,) = await due(database, clock)
    await deliver(database, clock, again)

    assert again.outgoing.job == Refresh("panel")
    assert await due(database, clock) == ()


async def test_a_refresh_does_not_wait_for_its_channel(database: Database, clock: SetClock) -> None:
    await database.acts.run(lambda to: to.outbox.keep_alive(PANEL))
    await put(database, post("an answer"))
    await database.acts.run(lambda to: to.outbox.refresh("incident:1"))

    assert len(await due(database, clock)) == 2


async def test_a_refresh_of_an_act_that_commits_late_is_still_done(
    database: Database, clock: SetClock
) -> None:
    """The edit before it ends between the late act's asking and its commit."""
    await database.acts.run(lambda to: to.outbox.keep_alive(PANEL))
    await database.acts.run(lambda to: to.outbox.refresh("incident:1"))
    (under_way,) = await due(database, clock)
    asked, go_on = threading.Event(), threading.Event()

    def late(to: Stores) -> None:
        to.outbox.refresh("incident:1")
        asked.set()
        assert go_on.wait(10)

    acting = asyncio.create_task(database.acts.run(late))
    await asyncio.to_thread(asked.wait, 10)
    ending = asyncio.create_task(deliver(database, clock, under_way))
    await asyncio.sleep(0.1)
    go_on.set()
    await asyncio.gather(acting, ending)

    (again,) = await due(database, clock)
    assert again.outgoing.job == Refresh("panel")


async def test_acts_at_once_ask_for_one_refresh(database: Database, clock: SetClock) -> None:
    await database.acts.run(lambda to: to.outbox.keep_alive(PANEL))
    await asyncio.gather(
        *(database.acts.run(lambda to: to.outbox.refresh("incident:1")) for _ in range(20))
    )

    (only,) = await due(database, clock)
    assert only.asked == 20


async def test_a_long_queue_in_one_lane_does_not_slow_the_look(
    database: Database, clock: SetClock
) -> None:
    await put(database, *(post(str(n), channel("busy")) for n in range(3000)), post("x"))

    assert len(await due(database, clock)) == 2
