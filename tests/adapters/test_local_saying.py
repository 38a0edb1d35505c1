"""Messages, commands and completion on the local platform."""

from __future__ import annotations

import asyncio

import pytest

from chat.address import Address
from chat.card import Card, say
from chat.errors import BadInput, NotFound
from chat.inbound import Command, Said
from chat.message import Attachment
from chat.person import Person
from chat.reply import PrivateFile, Public, Quiet
from chat.rooms import ChannelKind
from chat.text import Mention
from tests.adapters.listener import private
from tests.adapters.marks import on_one_database
from tests.adapters.platforms import LocalPlatform

TEXTS = [
    "plain",
    "@channel @here @all @everyone",
    "<script>alert(1)</script> **x** `y` & \\ %s {0} ${x}",
    "emoji 🚨 " + "ü" * 300,
    "right\u202eto left",
    "x" * 16_383,
    " /looks like a command but is none",
]


@on_one_database
@pytest.mark.parametrize("text", TEXTS)
async def test_a_message_stays_as_it_was_typed(
    local: LocalPlatform, ana: Person, bo: Person, text: str
) -> None:
    said = await local.rooms.say(ana, "general", text)

    shown = (await local.messages(bo, "general"))[-1]
    assert said.message == shown
    assert (shown.text, shown.author.name, shown.mentions) == (text, "ana", ())
    assert not said.replies


async def test_control_characters_do_not_reach_a_terminal(
    local: LocalPlatform, ana: Person
) -> None:
    said = await local.rooms.say(ana, "general", "a\x1b[31mred\x00\r\nb\tc\ud800")

    assert said.message is not None
    assert said.message.text == "a[31mred\nb\tc?"


@on_one_database
@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\x00", "x" * 16_384])
async def test_nothing_and_too_much_are_refused(
    local: LocalPlatform, ana: Person, text: str
) -> None:
    with pytest.raises(BadInput) as refused:
        await local.rooms.say(ana, "general", text)
    assert "text" in refused.value.details


async def test_the_same_key_is_the_same_message_for_its_author_alone(
    local: LocalPlatform, ana: Person, bo: Person
) -> None:
    first = await local.rooms.say(ana, "general", "hello", key="k")
    again = await local.rooms.say(ana, "general", "hello", key="k")
    other = await local.rooms.say(bo, "general", "hello from bo", key="k")

    assert first.message == again.message != other.message
    assert len([each for each in local.listener.heard if isinstance(each.payload, Said)]) == 2


@on_one_database
@pytest.mark.parametrize("key", ["a b", "ü", "x" * 101, "\n"])
async def test_a_malformed_key_is_refused(local: LocalPlatform, ana: Person, key: str) -> None:
    with pytest.raises(BadInput, match="A key is 1 to 100"):
        await local.rooms.say(ana, "general", "hello", key=key)


async def test_many_posters_lose_nothing_and_get_an_order(
    local: LocalPlatform, ana: Person, bo: Person
) -> None:
    sent = [
        local.rooms.say(who, "general", f"{who.name} {number}")
        for number in range(30)
        for who in (ana, bo)
    ]
    said = await asyncio.gather(*sent)

    shown = [each for each in await local.messages(ana, "general") if not each.system]
    assert len(shown) == 60
    assert {each.message for each in said} == set(shown)
    assert [each.id for each in shown] == sorted(each.id for each in shown)


async def test_people_are_mentioned_by_name_and_nobody_by_a_word_for_all(
    local: LocalPlatform, ana: Person, bo: Person
) -> None:
    await local.someone("olga", team="other")
    said = await local.rooms.say(
        ana, "general", "(@bo), @Bo. @bo @ana @olga @nobody x@bo @channel `@here` @all"
    )

    assert said.message is not None
    assert [each.id for each in said.message.mentions] == [bo.id]


async def test_the_bot_mentions_only_whom_it_means_to(
    local: LocalPlatform, ana: Person, bo: Person
) -> None:
    where = Address("local", "main", (await local.rooms.channel(ana, "general")).id)
    await local.rooms.channels(bo)
    await local.adapter.post(
        where, say("Over to ", Mention(bo, ping=True), ", says ", Mention(ana), " @ana"), key="1"
    )

    message = (await local.messages(ana, "general"))[-1]
    assert [each.name for each in message.mentions] == ["bo"]
    assert (await local.rooms.channel(bo, "general")).mentions == 1


async def test_a_thread_is_apart_and_counted(local: LocalPlatform, ana: Person, bo: Person) -> None:
    root = (await local.rooms.say(ana, "general", "root")).message
    assert root is not None
    first = (await local.rooms.say(bo, "general", "one", thread=root.id)).message
    assert first is not None
    await local.rooms.say(ana, "general", "two", thread=first.id)
    await local.rooms.say(ana, "general", "meanwhile")

    assert [(m.text, m.replies) for m in await local.messages(ana, "general")][-2:] == [
        ("root", 2),
        ("meanwhile", 0),
    ]
    thread = await local.rooms.messages(bo, "general", thread=root.id)
    assert [(m.text, m.thread) for m in thread] == [
        ("root", None),
        ("one", root.id),
        ("two", root.id),
    ]


async def test_a_thread_of_another_channel_is_not_found(
    local: LocalPlatform, ana: Person, bo: Person
) -> None:
    await local.rooms.create(ana, "secret", ChannelKind.PRIVATE)
    root = (await local.rooms.say(ana, "secret", "root")).message
    assert root is not None

    with pytest.raises(NotFound):
        await local.rooms.say(bo, "general", "reply", thread=root.id)
    assert await local.rooms.messages(bo, "general", thread=root.id) == ()


async def test_a_long_channel_is_read_in_pages(local: LocalPlatform, ana: Person) -> None:
    said = [(await local.rooms.say(ana, "general", str(n))).message for n in range(12)]
    ids = [each.id for each in said if each is not None]

    async def texts(**bounds: int) -> list[str]:
        return [each.text for each in await local.rooms.messages(ana, "general", **bounds)]

    assert await texts(limit=3) == ["9", "10", "11"]
    assert await texts(limit=3, before=ids[9]) == ["6", "7", "8"]
    assert await texts(limit=3, after=ids[3]) == ["4", "5", "6"]
    assert await texts(after=ids[0], before=ids[3]) == ["1", "2"]
    assert await texts(after=ids[-1]) == []
    assert await texts(limit=0) == ["11"]
    assert await texts(before=2**70, limit=1) == ["11"]
    assert await texts(after=-(2**70), limit=1) == ["0"]


async def test_a_command_is_answered_for_its_author(
    local: LocalPlatform, ana: Person, bo: Person
) -> None:
    local.listener.answer = private("No incidents.")
    answered = await local.rooms.say(ana, "general", "/incident list @bo", key="k")

    assert [each.text for each in answered.replies] == ["No incidents."]
    assert answered.replies[0].only_for == ana.id
    assert answered.replies[0].author.is_bot
    assert (answered.message, answered.pending) == (None, False)
    inbound = local.listener.heard[-1]
    assert isinstance(inbound.payload, Command)
    assert inbound.payload.text == "/incident list @bo"
    assert [each.name for each in inbound.payload.mentioned] == ["bo"]
    assert "/incident list @bo" not in await local.read(bo, inbound.address)


async def test_a_command_sent_twice_runs_once_and_answers_twice(
    local: LocalPlatform, ana: Person
) -> None:
    local.listener.answer = private("done")
    first, again = await asyncio.gather(
        *(local.rooms.say(ana, "general", "/incident end", key="k") for _ in range(2))
    )
    later = await local.rooms.say(ana, "general", "/incident end", key="k")

    assert first.replies == again.replies == later.replies
    assert len(local.listener.heard) == 1


async def test_the_same_key_of_two_people_are_two_commands(
    local: LocalPlatform, ana: Person, bo: Person
) -> None:
    local.listener.answer = private("done")
    for who in (ana, bo):
        await local.rooms.say(who, "general", "/incident end", key="k")

    assert [each.person.name for each in local.listener.heard] == ["ana", "bo"]


async def test_a_public_answer_a_file_and_silence_come_back_too(
    local: LocalPlatform, ana: Person
) -> None:
    local.listener.answer = lambda _: Public(Card("for all"))
    public = await local.rooms.say(ana, "general", "/incident announce")
    file = Attachment("x.csv", "text/csv", b"1")
    local.listener.answer = lambda _: PrivateFile(Card("here"), file)
    sent = await local.rooms.say(ana, "general", "/incident export")
    local.listener.answer = lambda _: Quiet()
    quiet = await local.rooms.say(ana, "general", "/incident check 1")

    assert [(each.text, each.only_for) for each in public.replies] == [("for all", None)]
    assert await local.rooms.file(ana, sent.replies[0].files[0].id) == file
    assert (quiet.replies, quiet.pending) == ((), False)


@on_one_database
async def test_an_answer_that_takes_long_is_pending_and_comes_later(
    local: LocalPlatform, ana: Person
) -> None:
    local.listener.pause = 2.3
    local.listener.answer = private("at last")
    answered = await local.rooms.say(ana, "general", "/incident start")
    assert (answered.pending, answered.replies) == (True, ())

    await local.listener.done()
    assert (await local.messages(ana, "general"))[-1].text == "at last"


async def test_a_command_in_a_thread_is_answered_there(local: LocalPlatform, ana: Person) -> None:
    root = (await local.rooms.say(ana, "general", "root")).message
    assert root is not None
    local.listener.answer = private("here")
    answered = await local.rooms.say(ana, "general", "/incident info", thread=root.id)

    assert answered.replies[0].thread == root.id
    assert local.listener.heard[-1].address.thread == str(root.id)


async def test_a_command_needs_no_membership_in_a_public_channel(
    local: LocalPlatform, ana: Person, bo: Person
) -> None:
    await local.rooms.create(ana, "ops", ChannelKind.PUBLIC)
    local.listener.answer = private("here")

    assert (await local.rooms.say(bo, "ops", "/incident info")).replies
    assert not (await local.rooms.channel(bo, "ops")).member


@on_one_database
async def test_a_command_may_be_long(local: LocalPlatform, ana: Person) -> None:
    text = "/incident update " + "w" * 12_000
    await local.rooms.say(ana, "general", text)

    inbound = local.listener.heard[-1]
    assert isinstance(inbound.payload, Command)
    assert inbound.payload.text == text


async def test_names_are_completed(local: LocalPlatform, ana: Person, bo: Person) -> None:
    del bo
    await local.someone("bob")

    async def completed(text: str) -> list[str]:
        return [each.text for each in await local.rooms.complete(ana, "general", text)]

    assert await completed("hello @b") == ["hello @bo", "hello @bob"]
    assert await completed("/incident assign 3 @AN") == ["/incident assign 3 @ana"]
    assert await completed("/incident announce #inc") == ["/incident announce #incidents"]
    assert await completed("hello b") == []
    assert await completed("mail@b") == []
    assert len(await completed("/incident ")) == 10
