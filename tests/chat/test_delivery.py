"""The outbox reaches its platforms: in order, once, however they behave."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from chat.capabilities import Limits
from chat.card import Card
from chat.delivery import Deliverer, Pace
from chat.errors import Unavailable, UserError
from chat.outbox import Job, Living, Outgoing, PostCard, PostLiving, SetTopic, Whisper
from storage.database import Database
from storage.stores import Stores
from tests.bench import eventually
from tests.chat.paper import ANA, Paper, room
from tests.clock import SetClock

AWAY = Unavailable("Paper is away.")


class Office:
    """A deliverer between a database and paper."""

    def __init__(self, database: Database, clock: SetClock) -> None:
        self.acts = database.acts
        self.paper = Paper()
        self.clock = clock
        self.changes = 0
        self.deliverer = Deliverer(
            database.acts, {"paper": self.paper}, self._draw, clock, {"paper": Pace(8, 0.1)}
        )

    async def _draw(self, living: Living, limits: Limits) -> Card:
        return Card(f"{living.subject} after {self.changes} changes")

    async def put(self, *titles: str, channel: str = "general") -> None:
        """Have cards with these titles posted in a channel."""
        for title in titles:
            await self.job(PostCard(Card(title)), title, channel)

    async def job(self, job: Job, key: str, channel: str = "general") -> None:
        """Have something done."""
        outgoing = Outgoing(room(channel), job, f"{channel}:{key}")
        await self.acts.run(lambda to: to.outbox.put(outgoing))

    async def refresh(self, subject: str) -> None:
        """Have a subject change, and its living messages drawn anew."""
        self.changes += 1
        await self.acts.run(lambda to: to.outbox.refresh(subject))

    async def look(self, look: Callable[[Stores], object]) -> object:
        """What the database holds."""
        return await self.acts.read(look)

    async def settle(self) -> None:
        """Deliver what is due."""
        await self.deliverer.settle()


@pytest.fixture
def office(database: Database, clock: SetClock) -> Office:
    """One on each database in turn."""
    return Office(database, clock)


async def test_messages_of_one_channel_arrive_in_their_order(office: Office) -> None:
    await office.put(*(str(number) for number in range(20)))

    await office.settle()

    assert office.paper.titles("general") == [str(number) for number in range(20)]


async def test_a_platform_that_is_away_is_tried_again_and_the_order_is_kept(
    office: Office,
) -> None:
    office.paper.wrong["general"] = [AWAY, AWAY]
    await office.put("one", "two")

    await office.settle()
    assert office.paper.done == []

    office.clock.advance(seconds=1)
    await office.settle()
    assert office.paper.done == []

    office.clock.advance(seconds=2)
    await office.settle()
    assert office.paper.titles("general") == ["one", "two"]


async def test_it_waits_as_long_as_the_platform_asks(office: Office) -> None:
    office.paper.wrong["general"] = [Unavailable("Too fast.", retry_after=30)]
    await office.put("one")
    await office.settle()

    office.clock.advance(seconds=29)
    await office.settle()
    assert office.paper.done == []

    office.clock.advance(seconds=1)
    await office.settle()
    assert office.paper.titles("general") == ["one"]


async def test_a_topic_that_must_wait_long_holds_up_nothing_and_only_the_last_is_set(
    office: Office,
) -> None:
    wait = Unavailable("Two in ten minutes.", retry_after=500)
    office.paper.wrong["general"] = [wait]
    await office.job(SetTopic("one"), "t1")
    await office.put("said")
    await office.settle()
    assert office.paper.titles("general") == ["said"]

    office.paper.wrong["general"] = [wait]
    for name in ("two", "three"):
        await office.job(SetTopic(name), name)
    await office.settle()
    await office.put("more")
    await office.settle()
    assert office.paper.titles("general") == ["said", "more"]

    office.clock.advance(seconds=501)
    await office.settle()
    await office.job(SetTopic("two"), "two")
    await office.settle()
    topics = [title for what, _, title in office.paper.done if what == "topic"]
    assert topics == ["three"]
    assert not await office.look(lambda to: to.outbox.due(office.clock.now(), "paper", 9))


async def test_a_topic_that_is_out_of_date_when_it_fails_is_not_set_later(office: Office) -> None:
    office.paper.wrong["general"] = [Unavailable("Two in ten minutes.", retry_after=500)]
    for name in ("old", "new"):
        await office.job(SetTopic(name), name)
    await office.settle()
    office.clock.advance(seconds=501)
    await office.settle()

    assert office.paper.done == [("topic", "general", "new")]


async def test_a_topic_that_waits_a_moment_keeps_its_place(office: Office) -> None:
    office.paper.wrong["general"] = [Unavailable("Too fast.", retry_after=30)]
    await office.job(SetTopic("hot"), "t1")
    await office.put("said")
    await office.settle()
    assert office.paper.done == []

    office.clock.advance(seconds=30)
    await office.settle()
    assert office.paper.done[0] == ("topic", "general", "hot")


async def test_what_can_never_arrive_is_given_up_and_the_next_goes_on(office: Office) -> None:
    office.paper.wrong["general"] = [UserError("The channel is gone.")]
    await office.put("lost", "found")

    await office.settle()

    assert office.paper.titles("general") == ["found"]


async def test_a_bug_in_an_adapter_is_given_up_after_some_tries(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    office.paper.wrong["general"] = [ValueError("oops")] * 5
    await office.put("lost", "found")

    for _ in range(6):
        await office.settle()
        office.clock.advance(minutes=1)

    assert office.paper.titles("general") == ["found"]
    assert "oops" in caplog.text


async def test_a_channel_that_waits_holds_up_no_other(office: Office) -> None:
    office.paper.held["slow"] = asyncio.Event()
    await office.put("stuck", channel="slow")
    await office.put("through", channel="fast")
    running = asyncio.create_task(office.deliverer.run())
    try:
        await eventually(lambda: office.paper.titles("fast") == ["through"])
        assert office.paper.titles("slow") == []
    finally:
        office.paper.held["slow"].set()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert office.paper.titles("slow") == ["stuck"]


async def test_a_delivery_made_but_not_written_down_is_seen_once(office: Office) -> None:
    await office.put("one")
    await office.paper.post(room(), Card("one"), key="general:one")

    await office.settle()

    assert office.paper.titles("general") == ["one"]


async def test_many_changes_are_one_edit(office: Office) -> None:
    await office.job(PostLiving("incident:1"), "panel")
    await office.settle()
    office.paper.done.clear()

    for _ in range(30):
        await office.refresh("incident:1")
    await office.settle()

    assert len(office.paper.done) == 1


async def test_a_change_during_an_edit_is_shown_by_another_one(office: Office) -> None:
    await office.job(PostLiving("incident:1"), "panel")
    await office.settle()
    office.paper.held["general"] = asyncio.Event()
    await office.refresh("incident:1")
    editing = asyncio.create_task(office.settle())
    await asyncio.sleep(0.2)

    await office.refresh("incident:1")
    office.paper.held["general"].set()
    await editing

    edits = [what for what, _, _ in office.paper.done if what == "update"]
    assert len(edits) == 2


async def test_an_edit_that_is_held_back_holds_up_no_answer(office: Office) -> None:
    await office.job(PostLiving("incident:1"), "panel")
    await office.settle()
    await office.refresh("incident:1")
    await office.settle()
    office.paper.done.clear()

    await office.refresh("incident:1")
    await office.job(Whisper(ANA, Card("answer")), "answer")
    await office.settle()

    assert [what for what, _, _ in office.paper.done] == ["whisper", "update"]


async def test_a_panel_that_somebody_deleted_comes_back(office: Office) -> None:
    await office.job(PostLiving("incident:1"), "panel")
    await office.settle()
    office.paper.deleted.add("m0")

    await office.refresh("incident:1")
    await office.settle()
    await office.refresh("incident:1")
    await office.settle()

    assert [what for what, _, _ in office.paper.done] == ["post", "post", "pin", "update"]


async def test_it_ends_only_after_what_it_has_begun(office: Office) -> None:
    office.paper.held["general"] = asyncio.Event()
    await office.put("one")
    running = asyncio.create_task(office.deliverer.run())
    await asyncio.sleep(0.2)

    running.cancel()
    await asyncio.sleep(0.05)
    assert not running.done()
    office.paper.held["general"].set()
    await asyncio.gather(running, return_exceptions=True)

    assert office.paper.titles("general") == ["one"]
    await office.settle()
    assert office.paper.titles("general") == ["one"]


async def test_rest_waits_for_the_look_that_took_the_waking_with_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, gate, looks = office.acts.read, asyncio.Event(), list[int]()

    async def slow(look: Callable[[Stores], object]) -> object:
        looks.append(len(looks))
        if len(looks) == 2:
            await gate.wait()
        found = await read(look)
        if len(looks) == 1:
            await office.put("late")
            office.deliverer.wake()
        return found

    running = asyncio.create_task(office.deliverer.run())
    await asyncio.sleep(0)
    await office.deliverer.rest()
    monkeypatch.setattr(office.acts, "read", slow)
    resting = asyncio.create_task(office.deliverer.rest())
    await eventually(lambda: len(looks) == 2)
    done, _ = await asyncio.wait((resting,), timeout=0.1)
    assert not done

    gate.set()
    await resting
    assert office.paper.titles("general") == ["late"]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
