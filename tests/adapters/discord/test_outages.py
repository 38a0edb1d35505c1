"""Trouble with Discord: limits, errors, broken connections, and an hour of silence."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from chat.address import Address
from chat.card import Card
from chat.errors import Refused, Unavailable
from chat.inbound import Said
from chat.outbox import Outgoing, PostCard, SetTopic
from storage.database import Database
from tests.adapters.discord.platform import DiscordPlatform, opened
from tests.adapters.discord.server import server
from tests.adapters.discord.shown import lines
from tests.adapters.marks import on_one_database
from tests.bench import eventually
from tests.clock import SetClock

pytestmark = on_one_database


@pytest.fixture
def where(place: DiscordPlatform) -> Address:
    return Address("discord", place.workspace, place.world.new_channel("general")["id"])


def texts(place: DiscordPlatform, where: Address) -> list[str]:
    return [one for message in place.world.messages[where.channel] for one in lines(message)]


async def test_a_short_limit_is_waited_for(place: DiscordPlatform, where: Address) -> None:
    place.standin.trouble += [("/channels", 429, 0.05)] * 3
    await place.adapter.post(where, Card("hello"), key="1")

    assert texts(place, where) == ["hello"]


async def test_a_long_limit_is_left_to_the_outbox(place: DiscordPlatform, where: Address) -> None:
    place.standin.trouble.append(("/channels", 429, 40.0))
    with pytest.raises(Unavailable) as later:
        await place.adapter.post(where, Card("hello"), key="1")
    assert later.value.retry_after == 40.0

    await place.adapter.post(where, Card("hello"), key="1")
    assert texts(place, where) == ["hello"]


async def test_a_post_whose_answer_was_lost_is_there_once(
    place: DiscordPlatform, where: Address, monkeypatch: pytest.MonkeyPatch, clock: SetClock
) -> None:
    for key, minutes in (("at once", 0), ("much later", 30)):
        call = place.adapter.calls.call

        async def lost(*given: object, **more: object) -> object:
            await call(*given, **more)  # noqa: B023 - used before the next round  # pyright: ignore[reportArgumentType]
            raise Unavailable("The answer was lost.")

        monkeypatch.setattr(place.adapter.calls, "call", lost)
        with pytest.raises(Unavailable):
            await place.adapter.post(where, Card(key), key=key)
        monkeypatch.undo()
        clock.advance(minutes=minutes)
        if minutes:
            # Discord remembers a nonce for minutes only; then the message itself is looked for.
            place.world.nonces.clear()
        await place.adapter.post(where, Card(key), key=key)

    assert texts(place, where) == ["at once", "much later"]


async def test_errors_of_the_server_are_temporary(place: DiscordPlatform, where: Address) -> None:
    place.standin.trouble += [("/channels", 503, 0.0)]
    with pytest.raises(Unavailable):
        await place.adapter.post(where, Card("x"), key="1")
    place.standin.down = True
    with pytest.raises(Unavailable):
        await place.adapter.post(where, Card("x"), key="1")
    place.standin.down = False
    await place.adapter.post(where, Card("x"), key="1")

    assert texts(place, where) == ["x"]


async def test_every_error_is_one_of_ours(place: DiscordPlatform, where: Address) -> None:
    for status, kind in (
        (400, Refused),
        (401, Unavailable),
        (403, Unavailable),
        (404, Unavailable),
    ):
        place.standin.trouble.append(("/channels", status, 0.0))
        with pytest.raises(kind) as seen:
            await place.adapter.channel(where)
        assert place.world.token not in str(seen.value)


async def test_a_broken_connection_is_resumed_and_nothing_missed(
    place: DiscordPlatform, where: Address
) -> None:
    ana = await place.someone("ana")
    await place.say(ana, where, "one", "k1")
    await place.standin.drop()
    message = place.world.new_message(where.channel, ana.id, {"content": "two"})
    await place.standin.dispatch("MESSAGE_CREATE", message)
    await eventually(lambda: place.standin.resumed == 1)
    await eventually(lambda: len(place.listener.heard) == 2)

    said = [one.payload.text for one in place.listener.heard if isinstance(one.payload, Said)]
    assert said == ["one", "two"]


async def test_a_session_that_is_over_is_begun_anew(place: DiscordPlatform, where: Address) -> None:
    ana = await place.someone("ana")
    place.standin.identified.clear()
    await place.standin.drop(forget=True)
    await asyncio.wait_for(place.standin.identified.wait(), 20)

    await place.say(ana, where, "still here", "k1")
    assert len(place.listener.heard) == 1


async def test_commands_are_registered_only_when_they_have_changed(
    place: DiscordPlatform, database: Database, clock: SetClock
) -> None:
    from tests.adapters.discord.platform import connected  # noqa: PLC0415 - only here

    def puts() -> int:
        return sum(1 for method, *_ in place.standin.rest.seen if method == "PUT")

    assert puts() == 1
    async with connected(place.standin, database, clock):
        assert puts() == 1


async def test_bots_own_words_are_not_peoples(place: DiscordPlatform, where: Address) -> None:
    await place.adapter.post(where, Card("hello"), key="1")
    ana = await place.someone("ana")
    await place.say(ana, where, "hi", "k1")

    assert [one.person.id for one in place.listener.heard] == [ana.id]


async def test_a_third_topic_is_left_to_the_outbox(place: DiscordPlatform, where: Address) -> None:
    for topic in ("one", "two", "two"):
        await place.adapter.set_topic(where, topic)
    with pytest.raises(Unavailable) as later:
        await place.adapter.set_topic(where, "three")

    assert 590 < (later.value.retry_after or 0) <= 600
    assert place.world.channels[where.channel]["topic"] == "two"


async def test_a_third_topic_outlasts_a_restart_and_holds_up_nothing(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def jobs(where: Address, *topics: str) -> list[Outgoing]:
        said = Outgoing(where, PostCard(Card("said")), key="said")
        return [*(Outgoing(where, SetTopic(one), key=one) for one in topics), said]

    async with server(database_url, tmp_path / "home", monkeypatch) as place:
        where = Address("discord", place.world.guild, place.general)
        acts = place.bench.house.acts
        for topics in (("one", "two", "three"), ("four",)):
            for job in jobs(where, *topics):
                await acts.run(lambda to, job=job: to.outbox.put(job))
            await place.bench.settle()

        assert place.texts(place.general) == ["said"]
        assert place.world.channels[place.general]["topic"] == "two"
        after = place.bench.house.clock.now() + timedelta(minutes=11)
        (waits,) = await acts.read(lambda to: to.outbox.due(after, "discord", 10))
        assert waits.outgoing.job == SetTopic("four")
        assert timedelta(minutes=9) < waits.due_at - place.bench.house.clock.now()


async def test_a_full_category_is_passed_by(database: Database, clock: SetClock) -> None:
    from chat.port import NewChannel  # noqa: PLC0415 - only here

    async with opened(database, clock, category="900000000000000050") as place:
        place.world.new_channel("incidents", 4)
        category = next(iter(place.world.channels.values()))
        place.world.channels = {"900000000000000050": {**category, "id": "900000000000000050"}}
        for number in range(50):
            place.world.new_channel(f"old-{number}", parent_id="900000000000000050")
        made = await place.adapter.create_channel(
            NewChannel(place.workspace, "inc-1", "k", private=True)
        )
        assert place.world.channels[made.channel]["parent_id"] is None


async def test_an_hour_of_silence_loses_nothing(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with server(database_url, tmp_path / "home", monkeypatch) as place:
        place.standin.down = True
        where = Address("discord", place.world.guild, place.general)
        jobs = [Outgoing(where, PostCard(Card(f"m{n}")), key=f"k{n}") for n in range(12)]
        acts = place.bench.house.acts

        await acts.run(lambda to: [to.outbox.put(job) for job in jobs])
        deliverer = place.bench.house.deliverer
        deliverer.wake()
        await eventually(lambda: deliverer.busy == 0)
        assert place.texts(place.general) == []

        place.standin.down = False
        await eventually(lambda: len(place.texts(place.general)) == 12, within=60)
        assert place.texts(place.general) == [f"m{n}" for n in range(12)]
