"""The live event log: nothing lost, nothing twice, nothing for other eyes."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager

import pytest

from chat.address import Address
from chat.card import Card
from chat.form import Form, FormField
from chat.person import Person
from chat.rooms import ChannelKind, LocalEvent
from storage.database import Database
from storage.stores import Stores
from tests.adapters.marks import on_one_database
from tests.adapters.platforms import LocalPlatform
from tests.clock import SetClock


@asynccontextmanager
async def listening(
    local: LocalPlatform, who: Person, after: int | None = None
) -> AsyncGenerator[list[LocalEvent]]:
    """What a page of `who` hears meanwhile."""
    heard: list[LocalEvent] = []
    begun = await local.rooms.latest(who) if after is None else after

    async def listen() -> None:
        async with aclosing(local.rooms.events(who, begun)) as events:
            async for event in events:
                heard.append(event)  # noqa: PERF401 - what was heard is looked at meanwhile

    task = asyncio.create_task(listen())
    await asyncio.sleep(0)
    yield heard
    await _caught_up(local, who, heard)
    task.cancel()
    await asyncio.wait([task])


async def _caught_up(local: LocalPlatform, who: Person, heard: list[LocalEvent]) -> None:
    """Say a last word and wait until it is heard."""
    said = (await local.rooms.say(who, "general", "that is all")).message
    assert said is not None
    async with asyncio.timeout(10):
        while not any(event.message and event.message.id == said.id for event in heard):  # noqa: ASYNC110 - the list tells nobody
            await asyncio.sleep(0.01)


def texts(heard: list[LocalEvent]) -> list[str]:
    found = [event.message.text for event in heard if event.message and event.kind == "message"]
    return [text for text in found if text != "that is all"]


async def test_what_happens_is_heard_live_and_in_order(
    local: LocalPlatform, ana: Person, bo: Person
) -> None:
    await local.rooms.channels(bo)
    where = Address("local", "main", (await local.rooms.channel(ana, "general")).id)
    async with listening(local, ana) as heard:
        await local.rooms.say(bo, "general", "hello")
        panel = await local.adapter.post(where, Card("panel"), key="1")
        await local.adapter.update(panel, Card("panel, changed"))
        await local.adapter.update(panel, Card("panel, changed"))
        await local.adapter.set_topic(where, "HIGH")

    kinds = [event.kind for event in heard]
    assert kinds == ["message", "message", "edited", "channel", "message"]
    assert heard[2].message is not None
    assert heard[2].message.text == "panel, changed"
    assert [event.id for event in heard] == sorted({event.id for event in heard})


async def test_an_event_is_heard_within_a_moment(local: LocalPlatform, ana: Person) -> None:
    async with aclosing(local.rooms.events(ana, None)) as events:
        waiting = asyncio.ensure_future(anext(events))
        await asyncio.sleep(0.2)
        await local.rooms.say(ana, "general", "now")
        async with asyncio.timeout(0.5):
            event = await waiting
    assert event.message is not None
    assert event.message.text == "now"


async def test_a_page_that_reconnects_again_and_again_loses_nothing(
    local: LocalPlatform, ana: Person, bo: Person
) -> None:
    await local.rooms.channels(bo)
    last = start = await local.rooms.latest(ana)
    heard: list[LocalEvent] = []
    chance = random.Random(8)  # noqa: S311 - the same reconnects in every run
    total = 60

    async def post(who: Person) -> None:
        for number in range(total // 2):
            await local.rooms.say(who, "general", f"{who.name} {number}")
            await asyncio.sleep(chance.random() / 200)

    posting = [asyncio.create_task(post(who)) for who in (ana, bo)]
    async with asyncio.timeout(30):
        while len(heard) < total:
            left = chance.randrange(1, 8)
            async with aclosing(local.rooms.events(ana, last)) as events:
                async for event in events:
                    heard.append(event)
                    last = event.id
                    left -= 1
                    if not left or len(heard) == total:
                        break
    await asyncio.gather(*posting)

    assert len({event.id for event in heard}) == total
    replayed = [event async for event in local.replay(ana, start, last)]
    assert [event.id for event in replayed] == [event.id for event in heard]


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_a_slow_writer_hides_no_event(
    local: LocalPlatform, database: Database, ana: Person, clock: SetClock
) -> None:
    """A number drawn first and committed last must not slip behind a reader's back."""
    general = (await local.rooms.channel(ana, "general")).id
    loop = asyncio.get_running_loop()
    drawn, release = asyncio.Event(), asyncio.Event()

    def slow(stores: Stores) -> None:
        stores.local.alone()
        stores.local.events.append("channel", general, clock.now())
        loop.call_soon_threadsafe(drawn.set)
        asyncio.run_coroutine_threadsafe(release.wait(), loop).result(timeout=10)

    async with listening(local, ana) as heard:
        first = asyncio.create_task(database.acts.run(slow))
        await drawn.wait()
        second = asyncio.create_task(local.rooms.say(ana, "general", "quick"))
        await asyncio.sleep(0.3)
        assert not heard
        release.set()
        await asyncio.gather(first, second)

    assert [event.kind for event in heard[:2]] == ["channel", "message"]


async def test_only_who_may_read_a_channel_hears_of_it(
    local: LocalPlatform, ana: Person, bo: Person, cy: Person
) -> None:
    for who in (bo, cy):
        await local.rooms.channels(who)
    before = await local.rooms.latest(ana)
    async with listening(local, ana) as for_ana, listening(local, cy) as for_cy:
        made = await local.rooms.create(ana, "secret", ChannelKind.PRIVATE, ("bo",))
        await local.rooms.say(bo, "secret", "the plan")
        where = Address("local", "main", made.id)
        await local.adapter.whisper(where, ana, Card("for ana"), key="w")
        form = Form("incident.start", "Start", (FormField("name", "Name"),))
        await local.adapter.open_form(where, ana, form, ticket="t")

    assert "the plan" in texts(for_ana)
    assert "for ana" in texts(for_ana)
    assert [event.form.form for event in for_ana if event.form] == [form]
    assert made.id not in {event.channel for event in for_cy}
    async with listening(local, cy, before) as replayed:
        pass
    assert made.id not in {event.channel for event in replayed}
    async with listening(local, bo, before) as for_bo:
        pass
    assert "the plan" in texts(for_bo)
    assert "for ana" not in texts(for_bo)
    assert not any(event.form for event in for_bo)


async def test_who_leaves_is_told_and_hears_no_more(
    local: LocalPlatform, ana: Person, bo: Person
) -> None:
    await local.rooms.create(ana, "secret", ChannelKind.PRIVATE, ("bo",))
    before = await local.rooms.latest(bo)
    async with listening(local, bo) as heard:
        await local.rooms.leave(bo, "secret")
        await local.rooms.say(ana, "secret", "he is gone")

    assert "he is gone" not in texts(heard)
    assert any(event.kind == "channel" for event in heard)
    async with listening(local, bo, before) as replayed:
        pass
    assert "he is gone" not in texts(replayed)


async def test_teams_do_not_hear_one_another(local: LocalPlatform, ana: Person) -> None:
    olga = await local.someone("olga", team="other")
    await local.rooms.channels(olga)
    async with listening(local, olga) as heard:
        await local.rooms.say(ana, "general", "ours")

    assert texts(heard) == []


@on_one_database
async def test_who_is_far_behind_reads_the_log_itself(
    local: LocalPlatform, ana: Person, bo: Person
) -> None:
    start = await local.rooms.latest(ana)
    async with listening(local, bo):
        await asyncio.gather(*(local.rooms.say(ana, "general", str(n)) for n in range(300)))
        async with listening(local, ana, start) as heard:
            pass

    assert sorted(map(int, texts(heard))) == list(range(300))


async def test_old_events_are_forgotten_and_who_missed_them_is_told_to_reload(
    local: LocalPlatform, ana: Person, clock: SetClock
) -> None:
    start = await local.rooms.latest(ana)
    for number in range(3):
        await local.rooms.say(ana, "general", str(number))
    seen = await local.rooms.latest(ana)
    clock.advance(days=2)
    assert await local.rooms.tidy() > 0

    async with listening(local, ana, start) as lost:
        pass
    async with listening(local, ana, seen) as kept:
        pass
    async with listening(local, ana, seen + 1_000) as from_elsewhere:
        pass
    assert [event.kind for event in lost] == ["reload", "message"]
    assert [event.kind for event in kept] == ["message", "message"]
    assert from_elsewhere[0].kind == "reload"


async def test_a_listener_that_hangs_up_leaves_nothing_behind(
    local: LocalPlatform, ana: Person
) -> None:
    for _ in range(20):
        events = local.rooms.events(ana, None)
        waiting = asyncio.ensure_future(anext(events))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])

    async with listening(local, ana) as heard:
        await local.rooms.say(ana, "general", "still here")
    assert texts(heard) == ["still here"]
