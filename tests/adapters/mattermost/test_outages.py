"""Storms, time-outs and crashes: nothing is lost and nothing is said twice."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from adapters.mattermost.entry import connect
from chat.address import Address
from chat.card import Actions, Button, Card
from chat.delivery import Deliverer, Pace
from chat.errors import Unavailable
from chat.inbound import Click, Said
from chat.message import Attachment
from chat.outbox import Outgoing, PostCard
from chat.port import NewChannel
from storage.database import Database
from tests.adapters.listener import listening
from tests.adapters.marks import on_one_database
from tests.adapters.mattermost.platform import Counting, MattermostPlatform, kit
from tests.bench import eventually
from tests.clock import SetClock


def new(name: str = "ops") -> NewChannel:
    return NewChannel("main", name, f"key of {name}", private=False)


async def test_a_post_whose_answer_was_lost_is_found_again(chat: MattermostPlatform) -> None:
    where = await chat.adapter.create_channel(new())
    ana = await chat.someone("ana")
    await chat.adapter.invite(where, (ana,))
    chat.server.lost.add("/posts")
    with pytest.raises(Unavailable):
        await chat.adapter.post(where, Card("hello"), key="1")
    # Later than the server itself remembers what was pending.
    chat.server.pending.clear()

    again = await chat.adapter.post(where, Card("hello"), key="1")

    assert (await chat.read(ana, where)).count("hello") == 1
    assert chat.server.posts[again.message or ""]["message"] == "hello"


async def test_a_channel_whose_answer_was_lost_is_found_again(chat: MattermostPlatform) -> None:
    chat.server.lost.add("/channels")
    with pytest.raises(Unavailable):
        await chat.adapter.create_channel(new())

    again = await chat.adapter.create_channel(new())

    assert [c["id"] for c in chat.server.channels.values() if c["name"].startswith("ops")] == [
        again.channel
    ]


async def test_a_file_whose_answer_was_lost_is_found_again(chat: MattermostPlatform) -> None:
    where = await chat.adapter.create_channel(new())
    file = Attachment("x.png", "image/png", b"\x89PNG\r\n\x1a\n\0")
    chat.server.lost.add("/posts")
    with pytest.raises(Unavailable):
        await chat.adapter.upload(where, file, Card("here"), key="1")
    chat.server.pending.clear()
    await chat.adapter.upload(where, file, Card("here"), key="1")

    posted = [p for p in chat.server.posts.values() if p["file_ids"]]
    assert len(posted) == 1
    sent = chat.server.files[posted[0]["file_ids"][0]]
    assert (sent["content"].encode("latin-1"), sent["mime_type"]) == (file.content, "image/png")


@on_one_database
async def test_429_says_when_to_come_again_and_nobody_calls_before(
    chat: MattermostPlatform,
) -> None:
    where = await chat.adapter.create_channel(new())
    chat.server.fail(429, path="/posts", Retry_After="60")
    with pytest.raises(Unavailable) as refused:
        await chat.adapter.post(where, Card("x"), key="1")
    calls = len(chat.server.requests)
    with pytest.raises(Unavailable) as held:
        await chat.adapter.post(where, Card("x"), key="1")

    assert refused.value.retry_after == 60
    assert held.value.retry_after is not None
    assert held.value.retry_after > 50
    assert len(chat.server.requests) == calls


@on_one_database
async def test_when_the_server_says_that_nothing_is_left_we_wait_unasked(
    chat: MattermostPlatform,
) -> None:
    where = await chat.adapter.create_channel(new())
    chat.server.extra_headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "30"}
    await chat.adapter.set_topic(where, "x")
    with pytest.raises(Unavailable) as held:
        await chat.adapter.set_topic(where, "y")

    assert held.value.retry_after is not None


@pytest.mark.parametrize("status", [429, 500, 502, 503])
async def test_a_storm_is_weathered_in_order(
    chat: MattermostPlatform, database: Database, clock: SetClock, status: int
) -> None:
    where = await chat.adapter.create_channel(new())
    headers = {"Retry_After": "0"} if status == 429 else {}
    chat.server.fail(status, times=7, path="/posts", **headers)
    deliverer = _deliverer(chat, database, clock)
    await _put(database, where, 5)
    for _ in range(20):
        await deliverer.settle()
        clock.advance(minutes=2)

    shown = [p["message"] for p in chat.server.posts.values() if p["channel_id"] == where.channel]
    assert shown == [f"m{number}" for number in range(5)]


async def test_after_an_hour_away_everything_arrives_in_order(
    chat: MattermostPlatform, database: Database, clock: SetClock
) -> None:
    where = await chat.adapter.create_channel(new())
    port = chat.server.port
    await chat.server.stop()
    deliverer = _deliverer(chat, database, clock)
    await _put(database, where, 10)
    for _ in range(60):
        clock.advance(minutes=1)
        await deliverer.settle()
    assert not [p for p in chat.server.posts.values() if p["message"].startswith("m")]

    await chat.server.start(port)
    clock.advance(minutes=2)
    await deliverer.settle()

    shown = [p["message"] for p in chat.server.posts.values() if p["message"].startswith("m")]
    assert shown == [f"m{number}" for number in range(10)]


async def test_what_was_said_while_the_connection_was_broken_is_heard_after_it(
    chat: MattermostPlatform, clock: SetClock
) -> None:
    ana = await chat.someone("ana")
    where = await chat.adapter.create_channel(new())
    await chat.say(ana, where, "before", "1")
    chat.server.refuse_sockets = True
    await chat.server.drop()
    clock.advance(minutes=10)
    chat.server.put(where.channel, ana.id, "amid")
    chat.server.enter(ana.id, where.channel)
    clock.advance(minutes=10)
    chat.server.refuse_sockets = False

    await eventually(lambda: len(chat.listener.heard) == 3)
    await eventually(lambda: bool(chat.server.sockets))
    chat.server.put(where.channel, ana.id, "after")
    await eventually(lambda: len(chat.listener.heard) == 4)
    said = [e.payload.text for e in chat.listener.heard if isinstance(e.payload, Said)]
    assert said == ["before", "amid", "after"]
    assert {e.person.name for e in chat.listener.heard} == {"ana"}


async def test_a_long_gap_is_filled_beyond_what_the_server_tells_at_once(
    chat: MattermostPlatform, clock: SetClock
) -> None:
    ana = await chat.someone("ana")
    where = await chat.adapter.create_channel(new())
    await chat.say(ana, where, "before", "1")
    chat.server.refuse_sockets = True
    await chat.server.drop()
    clock.advance(minutes=10)
    for number in range(1230):
        chat.server.put(where.channel, ana.id, f"n{number}")
    chat.server.refuse_sockets = False

    await eventually(lambda: len(chat.listener.heard) == 1231, within=120)
    said = [e.payload.text for e in chat.listener.heard if isinstance(e.payload, Said)]
    assert said == ["before", *(f"n{number}" for number in range(1230))]


async def test_what_was_said_while_tocsin_was_down_is_heard_by_its_next_life(
    chat: MattermostPlatform, database: Database, clock: SetClock
) -> None:
    ana = await chat.someone("ana")
    where = await chat.adapter.create_channel(new())
    await chat.say(ana, where, "before", "1")
    posted = await chat.adapter.post(
        where, Card("Panel", (Actions((Button("step.check", "Check", "7"),)),)), key="1"
    )
    await chat.server.drop()
    clock.advance(timedelta(hours=3))
    chat.server.refuse_sockets = True
    chat.server.put(where.channel, ana.id, "amid")

    url = next(iter(chat.server.commands.values()))["url"].partition("/api/")[0]
    again = connect(kit(database, clock, chat.server, callback_url=url))
    assert again is not None
    listener = Counting(database.acts, clock, again)
    listener.go_on_from(chat.listener)
    await again.start(listener)
    chat.doors.open(again)
    chat.server.refuse_sockets = False
    async with listening(again):
        await eventually(lambda: bool(listener.heard or chat.listener.heard[1:]))
        # The buttons of the earlier life work in this one.
        await chat.people.click(ana.id, chat.server.posts[posted.message or ""], "Check")
        pressed = [e.payload for e in listener.heard if isinstance(e.payload, Click)]
        assert pressed == [Click("step.check", "7", posted)]
        heard = [*chat.listener.heard, *listener.heard]
        assert [e.payload.text for e in heard if isinstance(e.payload, Said)] == ["before", "amid"]
    await again.stop()


@on_one_database
async def test_commands_are_registered_once_and_changed_only_when_different(
    chat: MattermostPlatform,
) -> None:
    server = chat.server
    words = sorted(each["trigger"] for each in server.commands.values())
    assert words == ["approve", "incident", "tocsin"]
    writes = [r for r in server.requests if r[0] in {"POST", "PUT"} and r[1].startswith("/comm")]
    assert len(writes) == 3

    await server.drop()
    await asyncio.wait_for(server.signed_in.wait(), 10)
    again = [r for r in server.requests if r[0] in {"POST", "PUT"} and r[1].startswith("/comm")]
    assert len(again) == 3

    next(iter(server.commands.values()))["url"] = "https://old.example/command"
    await server.drop()
    await asyncio.wait_for(server.signed_in.wait(), 10)
    urls = {each["url"] for each in server.commands.values()}
    assert len(urls) == 1
    assert len(server.commands) == 3


async def _put(database: Database, where: Address, count: int) -> None:
    for number in range(count):
        outgoing = Outgoing(where, PostCard(Card(f"m{number}")), key=f"k{number}")
        await database.acts.run(lambda to, out=outgoing: to.outbox.put(out))


def _deliverer(chat: MattermostPlatform, database: Database, clock: SetClock) -> Deliverer:
    async def render(*_: object) -> Card:
        return Card("x")

    adapters = {"mattermost": chat.adapter}
    return Deliverer(database.acts, adapters, render, clock, {"mattermost": Pace()})
