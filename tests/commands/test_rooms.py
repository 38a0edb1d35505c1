"""One incident in several channels: each shows the same, and what is said may be passed on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chat.address import Address
from chat.fit import controls
from chat.port import ChannelFacts
from chat.rooms import ChannelKind, LocalMessage
from incidents.incident import Room, RoomKind
from tests.commands.bench import Bench


async def texts(bench: Bench, channel: str, by: str = "ana") -> list[str]:
    await bench.quiet()
    return [one.text for one in await bench.rooms.messages(bench.people[by], channel, limit=200)]


@pytest.fixture
async def home(bench: Bench) -> str:
    """An incident with one more channel, #ops, in which bo is."""
    room = await bench.opened()
    await bench.rooms.create(bench.people["bo"], "ops", ChannelKind.PUBLIC)
    told = await bench.told("/incident link local #ops", channel=room)
    assert "INC-00001 is worked on in #ops (local) too" in told
    return room


async def test_a_linked_channel_has_the_same_panel_and_its_buttons_count_for_all(
    bench: Bench, home: str
) -> None:
    here, there = await bench.panel(home), await bench.panel("ops")
    assert here.card == there.card

    await bench.click(there, "step.check", step_of(there), by="bo")

    here, there = await bench.panel(home), await bench.panel("ops")
    assert here.card == there.card
    assert "done=1" in str(here.card)


def step_of(panel: LocalMessage) -> str:
    """The id of the first step that can be checked."""
    assert panel.card is not None
    found = (one for one in controls(panel.card) if one.action == "step.check")
    return next(found).value


async def test_updates_are_told_in_every_channel(bench: Bench, home: str) -> None:
    await bench.say("/incident update The disk is full", channel="ops", by="bo")

    for channel in (home, "ops"):
        assert any("Status update by @bo" in text for text in await texts(bench, channel))


async def test_who_was_in_the_linked_channel_takes_part(bench: Bench, home: str) -> None:
    assert "no" not in (await bench.told("/incident severity LOW", channel=home, by="bo"))[:3]
    detail = await bench.desks.incidents.detail(await bench.actor("ana"), "INC-1")
    assert "bo" in {account.name for account in detail.participants}


async def test_words_are_passed_on_only_where_that_is_wanted(bench: Bench, home: str) -> None:
    await bench.say("before anybody wanted it", channel="ops", by="bo")
    await bench.say("/incident relay on", channel=home)
    await bench.say("look at <@channel> **this**", channel="ops", by="bo")
    await bench.say("an answer", channel=home)

    at_home, at_ops = await texts(bench, home), await texts(bench, "ops")
    assert any("in #ops (local)" in text and "look at" in text for text in at_home)
    assert any("an answer" in text and f"in #{home} (local)" in text for text in at_ops)
    assert not any("before anybody" in text for text in at_home)
    assert sum("look at" in text for text in at_ops) == 1

    await bench.say("/incident relay off", channel=home)
    await bench.say("between us", channel="ops", by="bo")
    assert not any("between us" in text for text in await texts(bench, home))


async def test_who_is_not_in_a_private_channel_passes_nothing_on_from_it(bench: Bench) -> None:
    room = await bench.opened()
    await bench.say("/incident invite @bo", channel=room)
    await bench.rooms.create(bench.people["ana"], "den", ChannelKind.PRIVATE)
    await bench.say("/incident link local #den", channel=room)

    told = await bench.told("/incident relay on", channel=room, by="bo")

    assert "not in every channel" in told
    await bench.say("a secret", channel="den")
    assert not any("a secret" in text for text in await texts(bench, room))


async def test_an_unlinked_channel_is_an_ordinary_one(bench: Bench, home: str) -> None:
    panel = await bench.panel("ops")
    assert "no longer belongs" in await bench.told("/incident unlink", channel="ops")
    await bench.say("/incident rename Something else", channel=home)

    assert "Something else" not in (await bench.panel("ops")).text
    assert panel.card == (await bench.panel("ops")).card
    assert "own channel" in await bench.told("/incident unlink", channel=home)


async def test_a_channel_unlinked_before_its_panel_came_gets_none(bench: Bench) -> None:
    room = await bench.opened()
    await bench.rooms.create(bench.people["bo"], "ops", ChannelKind.PUBLIC)
    actor = await bench.actor("ana")
    place = await bench.adapter.find_channel("main", "ops")
    assert place is not None
    await bench.desks.incidents.link(actor, "INC-1", "#ops", await bench.adapter.channel(place))
    await bench.desks.incidents.unlink(actor, "INC-1", place)
    await bench.say("/incident rename Something else", channel=room)

    assert not any("Something else" in text for text in await texts(bench, "ops", by="bo"))


async def test_what_cannot_be_linked_says_why(bench: Bench, home: str) -> None:
    assert "already" in await bench.told("/incident link local #ops", channel=home)
    assert "Connected are: local" in await bench.told("/incident link irc #ops", channel=home)
    await bench.rooms.create(bench.people["bo"], "den", ChannelKind.PRIVATE)
    hidden = await bench.told("/incident link local #den", channel=home)
    missing = await bench.told("/incident link local #dan", channel=home)
    assert hidden.replace("den", "dan") == missing


async def test_a_private_incident_takes_no_channel_that_everybody_reads(bench: Bench) -> None:
    room = await bench.opened("/incident start security-breach Stolen laptop")

    told = await bench.told("/incident link local #general", channel=room)

    assert "everybody can read #general" in told


async def test_the_topic_says_how_it_stands_and_who_is_in_charge(bench: Bench, home: str) -> None:
    async def topics() -> set[str]:
        await bench.quiet()
        people, rooms = bench.people, bench.rooms
        return {(await rooms.channel(people["ana"], each)).topic for each in (home, "ops")}

    begun = "INC-00001 · Checkout is down · HIGH · "
    assert f"{begun}ONGOING · commander @ana" in await topics()
    await bench.say("/incident invite @bo", channel=home)
    await bench.say("/incident commander @bo", channel=home)
    assert await topics() == {f"{begun}ONGOING · commander @bo"}
    await bench.say("/incident end", channel=home)
    assert await topics() == {f"{begun}CLOSED · commander @bo"}


async def test_what_is_not_heard_is_not_promised_to_be_passed_on(bench: Bench, home: str) -> None:
    actor, there = await bench.actor("ana"), Address("discord", "guild", "channel")
    incident = await bench.desks.incidents.find(actor, "INC-1")
    unlisted = Room(incident.id, there, "war-room", RoomKind.LINKED)
    await bench.acts.run(lambda stores: stores.incidents.add_room(unlisted))
    detail = await bench.desks.incidents.detail(actor, "INC-1")
    facts = tuple(
        ChannelFacts(room.address, room.name, private=False, members=(), messages=None)
        for room in detail.rooms
    )

    await bench.desks.incidents.relay(
        actor, "INC-1", facts, on=True, deaf={"discord": "set THE_SETTING=true"}
    )

    (told,) = [text for text in await texts(bench, home) if "is shown in the others" in text]
    promised, _, kept = told.partition("from now on.")
    assert "#ops (local)" in promised
    assert "war-room" not in promised
    assert "#war-room (discord) stays there" in kept
    assert "set THE_SETTING=true" in kept


async def test_where_nothing_is_heard_nothing_is_passed_on(
    bench: Bench, home: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    deaf = replace(bench.adapter.capabilities, hears=False, hears_by="set THE_SETTING=true")
    monkeypatch.setattr(type(bench.adapter), "capabilities", deaf)

    told = await bench.told("/incident relay on", channel=home)

    assert "I hear nobody in" in told
    assert "set THE_SETTING=true" in told
