"""Channels of the local platform as people use them."""

from __future__ import annotations

import pytest

from chat.address import Address
from chat.card import Card
from chat.errors import BadInput, Denied, NotFound, Refused
from chat.inbound import Membership
from chat.person import Person
from chat.port import NewChannel
from chat.rooms import ChannelKind
from tests.adapters.marks import on_one_database
from tests.adapters.platforms import LocalPlatform
from tests.clock import SetClock


async def names(local: LocalPlatform, who: Person) -> list[str]:
    return [channel.name for channel in await local.rooms.channels(who)]


async def test_everybody_begins_in_general_and_incidents(local: LocalPlatform, ana: Person) -> None:
    await local.rooms.ensure_team("main")
    late = await local.someone("late")

    for who in (ana, late):
        channels = await local.rooms.channels(who)
        assert [(each.name, each.member) for each in channels] == [
            ("general", True),
            ("incidents", True),
        ]
    assert {each.name for each in await local.rooms.members(ana, "general")} == {"ana", "late"}


async def test_who_left_incidents_stays_out_and_nobody_leaves_general(
    local: LocalPlatform, ana: Person
) -> None:
    await local.rooms.leave(ana, "incidents")
    with pytest.raises(Refused, match="Everybody in the team is in #general"):
        await local.rooms.leave(ana, "general")

    members = {each.name: each.member for each in await local.rooms.channels(ana)}
    assert members == {"general": True, "incidents": False}


async def test_teams_do_not_see_one_another(local: LocalPlatform, ana: Person) -> None:
    other = await local.someone("olga", team="other")
    made = await local.rooms.create(ana, "ours", ChannelKind.PUBLIC)

    assert await names(local, other) == ["general", "incidents"]
    for ref in ("ours", made.id):
        with pytest.raises(NotFound):
            await local.rooms.channel(other, ref)
        with pytest.raises(NotFound):
            await local.rooms.say(other, ref, "hello")


async def test_who_is_not_of_the_team_is_not_let_in(local: LocalPlatform, ana: Person) -> None:
    stranger = Person("local", "other", ana.id, "ana")

    with pytest.raises(Denied, match="not in the team “other”"):
        await local.rooms.channels(stranger)


async def test_a_private_channel_is_there_for_its_members_only(
    local: LocalPlatform, ana: Person, bo: Person, cy: Person
) -> None:
    made = await local.rooms.create(ana, "secret", ChannelKind.PRIVATE, ("@bo",))

    assert {each.name for each in await local.rooms.members(bo, "secret")} == {"ana", "bo"}
    assert "secret" not in await names(local, cy)
    for ref in ("secret", "#secret", made.id):
        for attempt in (
            local.rooms.channel(cy, ref),
            local.rooms.members(cy, ref),
            local.rooms.messages(cy, ref),
            local.rooms.join(cy, ref),
            local.rooms.add(cy, ref, ("cy",)),
            local.rooms.leave(cy, ref),
            local.rooms.seen(cy, ref, 1),
            local.rooms.say(cy, ref, "hello"),
            local.rooms.say(cy, ref, "/incident list"),
        ):
            with pytest.raises(NotFound) as denied:
                await attempt
            assert "secret" not in denied.value.message.partition("Those you can see")[2]


async def test_an_unknown_channel_is_answered_with_those_there_are(
    local: LocalPlatform, ana: Person
) -> None:
    with pytest.raises(NotFound, match=r"“genral”.*#general, #incidents\."):
        await local.rooms.channel(ana, "genral")


async def test_a_channel_is_found_by_name_hash_and_id(local: LocalPlatform, ana: Person) -> None:
    made = await local.rooms.create(ana, "#Ops-1", ChannelKind.PUBLIC)

    for ref in ("ops-1", "#ops-1", "~ops-1", "OPS-1", made.id):
        assert (await local.rooms.channel(ana, ref)).id == made.id


@on_one_database
@pytest.mark.parametrize("name", ["", "a b", "Ä", "-x", "x" * 65, "a/b", "_direct-0123"])
async def test_a_malformed_name_is_refused_with_what_is_accepted(
    local: LocalPlatform, ana: Person, name: str
) -> None:
    with pytest.raises(BadInput, match="letters a-z"):
        await local.rooms.create(ana, name, ChannelKind.PUBLIC)


async def test_a_name_is_given_once(local: LocalPlatform, ana: Person) -> None:
    await local.rooms.create(ana, "ops", ChannelKind.PRIVATE)

    with pytest.raises(BadInput, match="#ops already"):
        await local.rooms.create(ana, "ops", ChannelKind.PUBLIC)


async def test_unknown_people_are_named(local: LocalPlatform, ana: Person, bo: Person) -> None:
    del bo
    with pytest.raises(BadInput, match="nobody called “nemo”"):
        await local.rooms.create(ana, "ops", ChannelKind.PUBLIC, ("bo", "nemo"))
    assert "ops" not in await names(local, ana)


async def test_a_direct_channel_is_found_again_and_called_after_the_others(
    local: LocalPlatform, ana: Person, bo: Person, cy: Person
) -> None:
    made = await local.rooms.create(ana, "", ChannelKind.DIRECT, ("bo",))
    again = await local.rooms.create(bo, "ignored", ChannelKind.DIRECT, ("ana",))
    of_three = await local.rooms.create(ana, "", ChannelKind.DIRECT, ("bo", "cy"))

    assert made.id == again.id != of_three.id
    assert (made.title, again.title, of_three.title) == ("Bo", "Ana", "Bo, Cy")
    assert made.id not in {each.id for each in await local.rooms.channels(cy)}
    with pytest.raises(BadInput, match="stays between"):
        await local.rooms.add(ana, made.id, ("cy",))
    with pytest.raises(BadInput, match="stays between"):
        await local.rooms.leave(ana, made.id)


async def test_the_bot_can_be_talked_to_directly(local: LocalPlatform, ana: Person) -> None:
    made = await local.rooms.create(ana, "", ChannelKind.DIRECT, ("tocsin",))
    sent = await local.adapter.direct(ana, Card("hello"), key="1")

    assert (made.title, sent.channel) == ("Tocsin", made.id)
    members = await local.rooms.members(ana, made.id)
    assert [each.name for each in members] == ["ana", "tocsin"]


async def test_people_are_told_who_came_and_went(
    local: LocalPlatform, ana: Person, bo: Person, cy: Person
) -> None:
    await local.rooms.create(ana, "ops", ChannelKind.PUBLIC)
    await local.rooms.join(bo, "ops")
    await local.rooms.add(bo, "ops", ("cy", "ana"))
    await local.rooms.leave(bo, "ops")
    where = await local.rooms.channel(ana, "ops")
    await local.adapter.invite(Address("local", "main", where.id), (bo,))

    shown = await local.messages(cy, "ops")
    assert [(each.text, each.system) for each in shown] == [
        ("ana joined", True),
        ("bo joined", True),
        ("cy was added by bo", True),
        ("bo left", True),
        ("bo was added by tocsin", True),
    ]
    heard = [
        (each.person.name, each.payload.joined)
        for each in local.listener.heard
        if isinstance(each.payload, Membership)
    ]
    assert heard == [("ana", True), ("bo", True), ("cy", True), ("bo", False)]


async def test_posting_in_a_public_channel_enters_it(
    local: LocalPlatform, ana: Person, bo: Person
) -> None:
    await local.rooms.create(ana, "ops", ChannelKind.PUBLIC)
    await local.rooms.say(bo, "ops", "on it")

    assert [each.text for each in await local.messages(ana, "ops")][-2:] == ["bo joined", "on it"]
    assert (await local.rooms.channel(bo, "ops")).member


async def test_an_archived_channel_takes_commands_only(local: LocalPlatform, ana: Person) -> None:
    made = await local.rooms.create(ana, "ops", ChannelKind.PUBLIC)
    where = Address("local", "main", made.id)
    await local.adapter.archive(where, archived=True)

    with pytest.raises(Refused, match="#ops is archived, so nothing new can be posted"):
        await local.rooms.say(ana, "ops", "hello?")
    await local.rooms.say(ana, "ops", "/incident restart")
    await local.adapter.whisper(where, ana, Card("It goes on."), key="w")

    assert (await local.rooms.channel(ana, "ops")).archived
    assert [each.text for each in await local.messages(ana, "ops")][-1] == "It goes on."


async def test_what_is_unread_is_counted_until_it_is_seen(
    local: LocalPlatform, ana: Person, bo: Person
) -> None:
    await local.rooms.say(bo, "general", "before ana ever looked")
    await local.rooms.say(ana, "general", "mine")
    await local.rooms.say(bo, "general", "for @ana")
    last = await local.rooms.say(bo, "general", "for nobody")
    assert last.message is not None
    where = Address("local", "main", last.message.channel)
    await local.adapter.whisper(where, ana, Card("psst"), key="w")

    unread = await local.rooms.channel(ana, "general")
    assert (unread.unread, unread.mentions) == (2, 1)
    assert (await local.rooms.channel(bo, "general")).unread == 0

    await local.rooms.seen(ana, "general", last.message.id)
    await local.rooms.seen(ana, "general", 1)
    seen = await local.rooms.channel(ana, "general")
    assert (seen.unread, seen.mentions) == (0, 0)


async def test_what_was_said_before_somebody_came_is_not_unread(
    local: LocalPlatform, ana: Person, bo: Person
) -> None:
    await local.rooms.create(ana, "ops", ChannelKind.PRIVATE)
    for number in range(3):
        await local.rooms.say(ana, "ops", str(number))
    await local.rooms.add(ana, "ops", ("bo",))
    await local.rooms.say(ana, "ops", "welcome")

    assert (await local.rooms.channel(bo, "ops")).unread == 1


async def test_the_message_pinned_last_is_told(
    local: LocalPlatform, ana: Person, clock: SetClock
) -> None:
    where = await local.adapter.create_channel(NewChannel("main", "ops", "k", private=False))
    first = await local.adapter.post(where, Card("one"), key="1")
    second = await local.adapter.post(where, Card("two"), key="2")
    await local.adapter.pin(second)
    assert str((await local.rooms.channel(ana, "ops")).pinned) == second.message

    clock.advance(minutes=1)
    await local.adapter.pin(first)
    await local.adapter.pin(second)

    assert str((await local.rooms.channel(ana, "ops")).pinned) == first.message
    assert [each.text for each in await local.messages(ana, "ops") if each.pinned] == ["one", "two"]
