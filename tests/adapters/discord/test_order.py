"""What Discord tells late, twice, in the wrong order, or not at all."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from adapters.discord import gateway
from chat.address import Address
from chat.card import Actions, Button, Card
from chat.inbound import Click, Membership, Said
from chat.person import Person
from storage.database import Database
from tests.adapters.discord.platform import DiscordPlatform, connected, opened
from tests.adapters.discord.rules import walk
from tests.adapters.discord.standin import standing_in
from tests.adapters.discord.world import VIEW
from tests.adapters.marks import on_one_database
from tests.bench import eventually
from tests.clock import SetClock

pytestmark = on_one_database


@pytest.fixture
async def place(database: Database, clock: SetClock) -> AsyncGenerator[DiscordPlatform]:
    async with opened(database, clock) as made:
        yield made


@pytest.fixture
async def ana(place: DiscordPlatform) -> Person:
    return await place.someone("ana")


@pytest.fixture
def where(place: DiscordPlatform) -> Address:
    return Address("discord", place.workspace, place.world.new_channel("general")["id"])


def said(place: DiscordPlatform) -> list[str]:
    """Texts of messages, in the order in which they were heard."""
    payloads = (one.payload for one in place.listener.heard)
    return [one.text for one in payloads if isinstance(one, Said)]


async def begun_anew(place: DiscordPlatform) -> None:
    """The session is over, and there is another one."""
    place.standin.identified.clear()
    await place.standin.drop(forget=True)
    await eventually(place.standin.identified.is_set, within=20)


async def begun(place: DiscordPlatform) -> bool:
    """Whether it is written down from where on everything is heard."""
    return bool(await place.adapter.remembering.heard())


def unheard(place: DiscordPlatform, who: Person, channel: str, *texts: str) -> None:
    """Have them write while the bot is not there to hear it."""
    for text in texts:
        place.world.new_message(channel, who.id, {"content": text})


async def test_what_was_said_while_nobody_listened_is_heard_once_and_in_order(
    place: DiscordPlatform, ana: Person, where: Address, clock: SetClock
) -> None:
    await place.say(ana, where, "before", "k1")
    clock.advance(seconds=10)
    thread = place.world.new_thread(where.channel, "aside", 11)["id"]
    closed = {"id": place.world.guild, "type": 0, "allow": "0", "deny": str(VIEW)}
    hidden = place.world.new_channel("den", permission_overwrites=[closed])["id"]
    texts = [f"missed {number}" for number in range(110)]
    unheard(place, ana, where.channel, *texts[:-1])
    unheard(place, ana, hidden, "not for the bot")
    place.world.new_message(where.channel, place.world.bot, {"content": "its own words"})
    unheard(place, ana, thread, texts[-1])

    await begun_anew(place)
    await eventually(lambda: len(place.listener.heard) == 111, within=60)
    assert said(place) == ["before", *texts]
    assert place.listener.heard[-1].address == Address(
        "discord", place.workspace, where.channel, thread=thread
    )

    await begun_anew(place)
    await place.say(ana, where, "after", "k2")
    await eventually(lambda: "after" in said(place))
    assert said(place) == ["before", *texts, "after"]


async def test_a_restarted_bot_goes_on_where_it_had_stopped(
    place: DiscordPlatform, ana: Person, where: Address, database: Database, clock: SetClock
) -> None:
    unheard(place, ana, where.channel, "before the bot was there")
    clock.advance(minutes=1)
    await begun_anew(place)
    await eventually(lambda: said(place) == ["before the bot was there"])
    clock.advance(minutes=1)
    unheard(place, ana, where.channel, "later")

    async with connected(place.standin, database, clock) as later:
        await eventually(lambda: said(later) == ["later"])


async def test_of_a_long_absence_only_the_last_day_is_heard(
    place: DiscordPlatform, ana: Person, where: Address, clock: SetClock
) -> None:
    unheard(place, ana, where.channel, "long ago")
    clock.advance(days=2)
    unheard(place, ana, where.channel, "lately")
    await begun_anew(place)

    await eventually(lambda: said(place) == ["lately"])


async def test_the_past_of_a_server_is_not_heard_at_the_first_start(
    database: Database, clock: SetClock
) -> None:
    async with standing_in(clock) as standin:
        channel, user = standin.world.new_channel("general")["id"], standin.world.person("ana")
        standin.world.new_message(channel, user["id"], {"content": "before the bot was there"})
        async with connected(standin, database, clock) as first:
            where = Address("discord", first.workspace, channel)
            ana = Person("discord", first.workspace, user["id"], "ana")
            await eventually(lambda: begun(first))
            await first.say(ana, where, "hello", "k1")
            assert said(first) == ["hello"]


async def test_without_the_intent_no_history_is_read(database: Database, clock: SetClock) -> None:
    async with opened(database, clock, message_content=False) as place:
        ana = await place.someone("ana")
        channel = place.world.new_channel("general")["id"]
        unheard(place, ana, channel, "hello")
        await begun_anew(place)
        await place.ticket(ana, Address("discord", place.workspace, channel))

        read = f"/channels/{channel}/messages"
        assert not [path for _, path, *_ in place.standin.rest.seen if path == read]


async def test_what_cannot_be_read_yet_is_read_later(
    place: DiscordPlatform, ana: Person, where: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway, "_TRIES", (0.01,))
    unheard(place, ana, where.channel, "missed")
    place.standin.trouble += [("/channels", 503, 0.0)] * 2
    await begun_anew(place)

    await eventually(lambda: said(place) == ["missed"])


async def test_a_press_may_come_before_the_message_that_it_is_in(
    place: DiscordPlatform, ana: Person, where: Address
) -> None:
    card = Card("panel", (Actions((Button("step.check", "Check", "s1"),)),))
    posted = await place.adapter.post(where, card, key="panel")
    message = place.world.message(where.channel, posted.message or "")
    custom_id = next(p["custom_id"] for p in walk(message["components"]) if "custom_id" in p)
    made = await place.standin.press(ana.id, where.channel, message, custom_id)
    await place.standin.dispatch("MESSAGE_CREATE", message)
    await eventually(lambda: made.answer is not None)
    await place.say(ana, where, "after that", "k1")
    await eventually(lambda: "after that" in said(place))

    assert place.listener.heard[0].payload == Click("step.check", "s1", posted)
    assert said(place) == ["after that"]
    assert len(place.listener.heard) == 2


async def test_messages_count_once_each_in_whatever_order_they_come(
    place: DiscordPlatform, ana: Person, where: Address
) -> None:
    first, second = (
        place.world.new_message(where.channel, ana.id, {"content": text}) for text in ("1", "2")
    )
    edited = {**first, "content": "1, mended", "edited_timestamp": place.world.now()}
    for name, payload in (
        ("MESSAGE_UPDATE", edited),
        ("MESSAGE_CREATE", second),
        ("MESSAGE_DELETE", {"id": second["id"], "channel_id": where.channel}),
        ("MESSAGE_CREATE", first),
        ("MESSAGE_UPDATE", edited),
        ("MESSAGE_CREATE", second),
    ):
        await place.standin.dispatch(name, payload)
    await place.standin.dispatch(
        "MESSAGE_CREATE", place.world.new_message(where.channel, ana.id, {"content": "3"})
    )
    await eventually(lambda: "3" in said(place))

    assert said(place) == ["2", "1", "3"]


async def test_what_is_replayed_after_an_interruption_changes_nothing(
    place: DiscordPlatform, ana: Person, where: Address, clock: SetClock
) -> None:
    bo = await place.someone("bo")
    await place.standin.dispatch("CHANNEL_CREATE", place.world.channels[where.channel])
    await place.enter(ana, where)
    await place.enter(bo, where)
    await place.say(ana, where, "hello", "k1")
    heard = list(place.listener.heard)
    (log,) = place.standin.sessions.values()
    await place.standin.drop()
    await eventually(lambda: place.standin.resumed == 1)
    for number in range(2, len(log)):
        await place.standin.again(number)
    clock.advance(seconds=1)
    await place.say(ana, where, "after", "k2")
    await eventually(lambda: "after" in said(place))

    assert place.listener.heard[:-1] == heard
    moves = [one.payload for one in heard if isinstance(one.payload, Membership)]
    assert moves == [Membership(joined=True), Membership(joined=True)]
