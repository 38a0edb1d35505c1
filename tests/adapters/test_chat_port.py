"""The contract of the chat port, held against every adapter."""

from __future__ import annotations

import asyncio

import pytest

from chat.address import Address
from chat.card import Actions, Button, Card, Fields, Markdown, Text
from chat.card import Field as CardField
from chat.errors import NotFound, Refused
from chat.form import Form, FormField
from chat.inbound import Membership, Said
from chat.message import Attachment, PostedMessage
from chat.person import Person
from chat.port import NewChannel
from tests.adapters.platforms import Platform, Ticketed

HOSTILE = (
    "@channel @here @all <!channel> <@U1> **x** <b>x</b> [a](http://b) `c` & ~~d~~ \u202e #general"
)


def needs(platform: Platform, *wanted: str) -> None:
    """Skip what a platform declares that it cannot; what is done instead has tests of its own."""
    can = platform.adapter.capabilities
    missing = [name for name in wanted if not getattr(can, name)]
    if missing:
        pytest.skip(f"{platform.adapter.platform} has no {', '.join(missing)}")


async def channel(
    platform: Platform, *people: Person, name: str = "inc-1-db", private: bool = False
) -> Address:
    """A channel with people in it."""
    if private:
        needs(platform, "private_channels")
    wanted = NewChannel(platform.workspace, name, f"key of {name}", private)
    made = await platform.adapter.create_channel(wanted)
    await platform.adapter.invite(made, people)
    return made


async def ticket(platform: Platform, who: Person, where: Address) -> str:
    """A ticket of somebody's who has just done something there."""
    return await platform.ticket(who, where) if isinstance(platform, Ticketed) else "t"


async def history(platform: Platform, where: Address) -> list[PostedMessage]:
    return [message async for message in platform.adapter.history(where)]


# channels


async def test_a_channel_is_made_once_for_each_key(platform: Platform) -> None:
    wanted = NewChannel(platform.workspace, "inc-1-db", "saga:1", private=False, topic="Databases")
    first = await platform.adapter.create_channel(wanted)
    again = await platform.adapter.create_channel(wanted)

    assert first == again
    facts = await platform.adapter.channel(first)
    assert (facts.name, facts.private, facts.archived) == ("inc-1-db", False, False)


async def test_a_channel_asked_for_twice_at_the_same_time_is_one(platform: Platform) -> None:
    wanted = NewChannel(platform.workspace, "inc-1-db", "saga:1", private=False)
    made = await asyncio.gather(*(platform.adapter.create_channel(wanted) for _ in range(6)))

    assert len(set(made)) == 1


async def test_a_name_that_is_taken_gets_a_number(platform: Platform) -> None:
    made = [
        await platform.adapter.create_channel(
            NewChannel(
                platform.workspace,
                "Datenbank übervoll!",
                f"saga:{number}",
                private=platform.adapter.capabilities.private_channels,
            )
        )
        for number in (1, 2, 3)
    ]

    names = [(await platform.adapter.channel(each)).name for each in made]
    assert len(set(made)) == 3
    assert names[1] == f"{names[0]}-2"
    assert names[2] == f"{names[0]}-3"


@pytest.mark.parametrize("name", ["", "...", "データベース", "x" * 300, "-- DROP", "General"])
async def test_any_wanted_name_makes_a_channel_that_is_found_by_its_own(
    platform: Platform, name: str
) -> None:
    made = await platform.adapter.create_channel(
        NewChannel(platform.workspace, name, "key", private=False)
    )

    given = (await platform.adapter.channel(made)).name
    assert 0 < len(given) <= platform.adapter.capabilities.limits.channel_name
    for typed in (given, f"#{given}", f"~{given}", f" #{given} "):
        assert await platform.adapter.find_channel(platform.workspace, typed) == made


async def test_a_channel_that_is_not_there_is_not_found(platform: Platform) -> None:
    there = await channel(platform)
    gone = Address(there.platform, there.workspace, "no-such-id")

    assert await platform.adapter.find_channel(platform.workspace, "#nowhere") is None
    with pytest.raises(NotFound):
        await platform.adapter.channel(gone)
    with pytest.raises(NotFound):
        await platform.adapter.post(gone, Card("x"), key="k")


async def test_people_are_invited_once(platform: Platform, ana: Person, bo: Person) -> None:
    where = await channel(platform, ana, private=True)
    await platform.adapter.invite(where, (ana, bo))
    await platform.adapter.invite(where, (ana, bo))

    facts = await platform.adapter.channel(where)
    assert [person.id for person in facts.members] == [ana.id, bo.id]


async def test_an_archived_channel_takes_no_posts_until_it_is_brought_back(
    platform: Platform, ana: Person
) -> None:
    needs(platform, "archive")
    where = await channel(platform, ana)
    for _ in range(2):
        await platform.adapter.archive(where, archived=True)

    assert (await platform.adapter.channel(where)).archived
    with pytest.raises(Refused, match="archived"):
        await platform.adapter.post(where, Card("late"), key="late")

    await platform.adapter.archive(where, archived=False)
    await platform.adapter.post(where, Card("back"), key="back")
    assert (await platform.read(ana, where))[-1] == "back"


async def test_a_topic_may_be_set_again(platform: Platform) -> None:
    where = await channel(platform)
    for topic in ("HIGH · ongoing", "HIGH · ongoing", ""):
        await platform.adapter.set_topic(where, topic)


# messages


async def test_a_post_is_there_once_for_each_key(platform: Platform, ana: Person) -> None:
    where = await channel(platform, ana)
    first = await platform.adapter.post(where, Card("hello"), key="post:1")
    again = await platform.adapter.post(where, Card("hello"), key="post:1")

    assert first == again
    assert first.room == where
    assert (await platform.read(ana, where)).count("hello") == 1


async def test_a_post_tried_many_times_at_once_is_there_once(
    platform: Platform, ana: Person
) -> None:
    where = await channel(platform, ana)
    sent = [platform.adapter.post(where, Card("hello"), key="post:1") for _ in range(8)]

    assert len(set(await asyncio.gather(*sent))) == 1
    assert (await platform.read(ana, where)).count("hello") == 1


async def test_what_people_typed_is_shown_literally(platform: Platform, ana: Person) -> None:
    where = await channel(platform, ana)
    card = Card(
        HOSTILE,
        (
            Text((HOSTILE,)),
            Markdown(HOSTILE),
            Fields((CardField(HOSTILE, (HOSTILE,)),)),
            Actions((Button("step.check", HOSTILE[:75], "1"),)),
        ),
    )
    await platform.adapter.post(where, card, key="post:1")

    assert (await platform.read(ana, where))[-1].count(HOSTILE) >= 4


async def test_a_reply_stands_in_its_thread(platform: Platform, ana: Person) -> None:
    where = await channel(platform, ana)
    first = await platform.adapter.post(where, Card("root"), key="1")
    thread = Address(where.platform, where.workspace, where.channel, thread=first.message)
    reply = await platform.adapter.post(thread, Card("reply"), key="2")

    assert reply.thread == first.message
    needs(platform, "history")
    newest = (await history(platform, where))[0]
    assert (newest.text, newest.address.thread) == ("reply", first.message)


async def test_a_message_is_replaced_in_place(platform: Platform, ana: Person) -> None:
    where = await channel(platform, ana)
    message = await platform.adapter.post(where, Card("before"), key="1")
    for _ in range(2):
        await platform.adapter.update(message, Card("after"))

    shown = await platform.read(ana, where)
    assert "before" not in shown
    assert shown.count("after") == 1
    needs(platform, "history")
    assert (await history(platform, where))[0].edited_at is not None


async def test_a_message_that_is_gone_is_not_replaced(platform: Platform) -> None:
    where = await channel(platform)
    for nonsense in ("999999999", "nonsense", "-1", "9" * 40, "²"):
        with pytest.raises(NotFound):
            await platform.adapter.update(where.at(nonsense), Card("x"))


async def test_pinning_twice_is_harmless(platform: Platform) -> None:
    where = await channel(platform)
    message = await platform.adapter.post(where, Card("panel"), key="1")
    for _ in range(2):
        await platform.adapter.pin(message)


async def test_a_whisper_is_for_one_person_and_not_in_the_history(
    platform: Platform, ana: Person, bo: Person
) -> None:
    needs(platform, "ephemeral", "history")
    where = await channel(platform, ana, bo)
    before = (await platform.adapter.channel(where)).messages
    given = await ticket(platform, ana, where)
    for _ in range(2):
        await platform.adapter.whisper(where, ana, Card("psst"), key="w", ticket=given)

    assert (await platform.read(ana, where)).count("psst") == 1
    assert "psst" not in await platform.read(bo, where)
    assert "psst" not in [message.text for message in await history(platform, where)]
    assert (await platform.adapter.channel(where)).messages == before


async def test_a_direct_message_reaches_one_person(
    platform: Platform, ana: Person, bo: Person
) -> None:
    first = await platform.adapter.direct(ana, Card("for you"), key="d:1")
    again = await platform.adapter.direct(ana, Card("for you"), key="d:1")
    second = await platform.adapter.direct(ana, Card("and this"), key="d:2")

    assert first == again
    assert first.room == second.room
    assert await platform.read(ana, first.room) == ["for you", "and this"]
    assert await platform.read(bo, first.room) == []


async def test_a_form_is_shown_to_one_person_once(
    platform: Platform, ana: Person, bo: Person
) -> None:
    where = await channel(platform, ana, bo)
    form = Form("incident.start", "Start", (FormField("name", "Name"),), context="kept")
    for _ in range(2):
        await platform.adapter.open_form(where, ana, form, ticket="ticket")

    assert await platform.forms(ana) == [form]
    assert await platform.forms(bo) == []


async def test_a_file_is_posted_for_all_or_for_one(
    platform: Platform, ana: Person, bo: Person
) -> None:
    where = await channel(platform, ana, bo)
    file = Attachment("export.csv", "text/csv", b"a,b\r\n")
    for _ in range(2):
        await platform.adapter.upload(where, file, Card("for all"), key="f1")
        await platform.adapter.upload(where, file, Card("for ana"), key="f2", only=ana)

    # Where files for one person go elsewhere, a line below says so.
    shown = [text.partition("\n")[0] for text in await platform.read(ana, where)]
    if platform.adapter.capabilities.direct and "for ana" not in shown:
        # Where no whisper carries a file, it comes directly.
        desk = await platform.adapter.direct(ana, Card("look"), key="look")
        shown += await platform.read(ana, desk.room)
    assert [text for text in shown if text.startswith("for")] == ["for all", "for ana"]
    assert "for ana" not in await platform.read(bo, where)
    needs(platform, "history")
    newest = (await history(platform, where))[0]
    # Where a channel takes no files, the message names the one that it is about.
    assert newest.attachments == ("export.csv",) or "export.csv" in newest.text


async def test_the_history_is_complete_and_newest_first(platform: Platform, ana: Person) -> None:
    needs(platform, "history")
    where = await channel(platform, ana)
    for number in range(205):
        await platform.adapter.post(where, Card(f"m{number}"), key=str(number))

    messages = await history(platform, where)
    posted = [m.text for m in messages if not m.system and "ana" not in m.text.casefold()]
    assert posted == [f"m{n}" for n in reversed(range(205))]
    # That ana was let in is told, by the platform or by us.
    assert any("ana" in m.text.casefold() for m in messages)
    assert (await platform.adapter.channel(where)).messages in {len(messages), None}


async def test_a_message_is_found_by_its_link_and_its_id(platform: Platform) -> None:
    needs(platform, "history")
    where = await channel(platform)
    posted = await platform.adapter.post(where, Card("look at this"), key="1")

    for typed in (platform.adapter.link(posted), posted.message or "", f" {posted.message} "):
        found = await platform.adapter.message(typed, near=where)
        assert found is not None
        assert (found.text, found.address) == ("look at this", posted)


@pytest.mark.parametrize("typed", ["", "nonsense", "999999999", "http://x/y", "-1", "9" * 40])
async def test_what_is_no_message_is_none(platform: Platform, typed: str) -> None:
    where = await channel(platform)

    assert await platform.adapter.message(typed, near=where) is None


async def test_a_private_message_is_not_found_from_another_channel(
    platform: Platform, ana: Person
) -> None:
    needs(platform, "history", "private_channels")
    secret = await channel(platform, ana, name="secret", private=True)
    posted = await platform.adapter.post(secret, Card("secret"), key="1")
    elsewhere = await channel(platform, ana, name="elsewhere")

    assert await platform.adapter.message(platform.adapter.link(posted), near=elsewhere) is None
    assert await platform.adapter.message(platform.adapter.link(posted), near=secret) is not None


# people


async def test_people_are_found_by_id_handle_and_address(platform: Platform, ana: Person) -> None:
    known = (ana.email,) if ana.email else ()
    for typed in (ana.id, "ana", "@ana", "@ANA", " @ana ", *known):
        found = await platform.adapter.find_person(platform.workspace, typed)
        assert found is not None
        assert (found.id, found.name) == (ana.id, "ana")


async def test_strangers_and_those_who_left_are_not_found(platform: Platform) -> None:
    gone = await platform.dismissed("zoe")

    for typed in ("nobody", "@nobody", "zoe", gone.id, "", "@", "x" * 500):
        assert await platform.adapter.find_person(platform.workspace, typed) is None


# events


async def test_an_ordinary_message_is_heard_once(platform: Platform, ana: Person) -> None:
    where = await channel(platform, ana)
    posted = await platform.say(ana, where, "the database is down", "k1")
    again = await platform.say(ana, where, "the database is down", "k1")

    assert posted == again
    said = [each for each in platform.listener.heard if isinstance(each.payload, Said)]
    assert len(said) == 1
    assert isinstance(said[0].payload, Said)
    assert (said[0].payload.text, said[0].person.id) == ("the database is down", ana.id)
    assert said[0].address.room == where
    assert said[0].dedupe_key.startswith(f"{platform.adapter.platform}:")


async def test_coming_and_going_is_heard(platform: Platform, ana: Person) -> None:
    where = await channel(platform)
    for _ in range(2):
        await platform.enter(ana, where)
    await platform.leave(ana, where)
    await platform.enter(ana, where)

    heard = [
        (each.person.id, each.payload.joined)
        for each in platform.listener.heard
        if isinstance(each.payload, Membership) and each.address == where
    ]
    assert heard == [(ana.id, True), (ana.id, False), (ana.id, True)]
    assert len({each.dedupe_key for each in platform.listener.heard}) == len(
        platform.listener.heard
    )
