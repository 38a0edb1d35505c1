"""Channels that the bot is not in, large ones, and ones that are only half made."""

from __future__ import annotations

import pytest

from chat.address import Address
from chat.card import Card
from chat.errors import Refused, Unavailable
from chat.message import Attachment
from chat.person import Person
from chat.port import NewChannel
from tests.adapters.marks import on_one_database
from tests.adapters.slack import methods
from tests.adapters.slack.platform import SlackPlatform
from tests.adapters.slack.standin import Fault
from tests.adapters.slack.world import BOT, OWNER, TEAM, Channel, No
from tests.clock import SetClock

pytestmark = on_one_database


@pytest.fixture
def ops(slack: SlackPlatform) -> Channel:
    """A public channel in which the bot is not."""
    return slack.world.add_channel("ops", creator=OWNER)


def at(channel: Channel) -> Address:
    """Its address."""
    return Address("slack", TEAM, channel.id)


def cards(channel: Channel) -> list[str]:
    """What the bot posted there."""
    return [one["text"] for one in channel.messages if "blocks" in one]


async def test_an_announcement_does_not_make_the_bot_a_member(
    slack: SlackPlatform, ops: Channel
) -> None:
    message = await slack.adapter.post(at(ops), Card("INC-1"), key="1")
    await slack.adapter.update(message, Card("INC-1 is over"))

    assert cards(ops) == ["INC-1 is over"]
    assert BOT not in ops.members


async def test_a_public_channel_becomes_a_room_of_which_the_bot_is_a_member(
    slack: SlackPlatform, ops: Channel
) -> None:
    panel = await slack.adapter.post(at(ops), Card("panel"), key="1")
    for _ in range(2):
        await slack.adapter.pin(panel)

    assert BOT in ops.members
    assert ops.pins == [panel.message]
    assert [name for name, _ in slack.world.calls].count("conversations.join") == 1
    assert "panel" in [one.text async for one in slack.adapter.history(at(ops))]


async def test_what_only_members_may_do_is_done_after_joining(
    slack: SlackPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = await slack.someone("ana")
    file = Attachment("a.csv", "text/csv", b"a")
    first, second, third, fourth = (
        slack.world.add_channel(f"ops-{number}", creator=OWNER) for number in range(4)
    )
    await slack.adapter.invite(at(first), (ana,))
    await slack.adapter.set_topic(at(second), "Databases")
    await slack.adapter.upload(at(third), file, Card("the export"), key="1")
    # Where an app may not post without having joined.
    monkeypatch.setitem(methods.METHODS, "chat.postMessage", _members_only)
    await slack.adapter.post(at(fourth), Card("INC-1"), key="2")

    assert ana.id in first.members
    assert second.topic == "Databases"
    assert [one["text"] for one in third.messages if one.get("files")] == ["the export"]
    assert cards(fourth) == ["INC-1"]


def _members_only(world: methods.World, who: str, given: methods.Json) -> methods.Json:
    if who not in world.place(given["channel"]).members:
        raise No("not_in_channel")
    return methods.post(world, who, given)


async def test_where_the_bot_may_not_join_it_says_who_can_let_it_in(
    slack: SlackPlatform, ops: Channel
) -> None:
    slack.world.scopes.discard("channels:join")
    panel = await slack.adapter.post(at(ops), Card("panel"), key="1")

    with pytest.raises(Refused, match="/invite @tocsin"):
        await slack.adapter.pin(panel)


@pytest.mark.parametrize("thread", [False, True])
async def test_a_post_that_cannot_be_looked_for_is_sent(
    slack: SlackPlatform, ops: Channel, *, thread: bool
) -> None:
    where = at(ops)
    if thread:
        root = await slack.adapter.post(where, Card("root"), key="0")
        where = Address("slack", TEAM, ops.id, thread=root.message)
    slack.slack.fail("chat.postMessage", Fault(503))
    with pytest.raises(Unavailable):
        await slack.adapter.post(where, Card("INC-1"), key="1")
    posted = await slack.adapter.post(where, Card("INC-1"), key="1")

    assert await slack.adapter.post(where, Card("INC-1"), key="1") == posted
    assert cards(ops) == ["root", "INC-1"][not thread :]


async def test_a_file_that_cannot_be_looked_for_is_sent(slack: SlackPlatform, ops: Channel) -> None:
    file = Attachment("a.csv", "text/csv", b"a")
    slack.slack.fail("files.getUploadURLExternal", Fault(503))
    with pytest.raises(Unavailable):
        await slack.adapter.upload(at(ops), file, Card("the export"), key="1")
    await slack.adapter.upload(at(ops), file, Card("the export"), key="1")

    assert [one["text"] for one in ops.messages if one.get("files")] == ["the export"]


async def crowd(slack: SlackPlatform, channel: Channel, size: int) -> list[str]:
    """So many people in a channel; their ids."""
    people = [f"U{number:08d}" for number in range(100_000, 100_000 + size)]
    for number, user in enumerate(people):
        slack.world.add_user(user, f"p{number}")
    channel.members.extend(people)
    return people


async def test_a_large_channel_is_looked_at_in_a_few_calls(
    slack: SlackPlatform, ops: Channel, clock: SetClock
) -> None:
    people = await crowd(slack, ops, 1500)
    before = len(slack.world.calls)
    facts = await slack.adapter.channel(at(ops))
    first = [name for name, _ in slack.world.calls[before:]]

    assert first == ["conversations.info", *["conversations.members"] * 2, *["users.list"] * 2]
    assert facts.messages is None
    assert [one.id for one in facts.members] == [OWNER, *people]
    assert [one.name for one in facts.members] == ["owner", *(f"p{n}" for n in range(1500))]

    # Who is known already is not asked about again.
    before = len(slack.world.calls)
    assert (await slack.adapter.channel(at(ops))).members == facts.members
    second = [name for name, _ in slack.world.calls[before:]]
    assert second == ["conversations.info", *["conversations.members"] * 2]


async def test_who_is_in_nobodys_list_is_called_by_id_and_not_asked_for_again(
    slack: SlackPlatform, ops: Channel
) -> None:
    strangers = [f"W{number:08d}" for number in range(30)]
    ops.members.extend(strangers)
    for _ in range(2):
        facts = await slack.adapter.channel(at(ops))
        assert [one.name for one in facts.members] == ["owner", *strangers]

    assert [name for name, _ in slack.world.calls].count("users.list") == 1


async def test_a_channel_is_known_where_slack_does_not_tell_who_is_who(
    slack: SlackPlatform, ops: Channel
) -> None:
    people = await crowd(slack, ops, 20)
    slack.slack.fail("users.list", Fault(429, retry_after="30"))
    facts = await slack.adapter.channel(at(ops))
    assert [(one.id, one.name) for one in facts.members[1:]] == [(one, one) for one in people]

    facts = await slack.adapter.channel(at(ops))
    assert facts.members[1] == Person("slack", TEAM, people[0], "p0", "P0", "p0@example.org")


@pytest.mark.parametrize("private", [False, True])
@pytest.mark.parametrize("after", [False, True])
async def test_a_channel_that_could_not_be_marked_is_not_made_again(
    slack: SlackPlatform, *, private: bool, after: bool
) -> None:
    wanted = NewChannel(TEAM, "inc-1-db", "saga", private=private)
    slack.slack.fail("conversations.setPurpose", Fault(429, retry_after="30", after=after))
    with pytest.raises(Unavailable) as asked:
        await slack.adapter.create_channel(wanted)
    assert asked.value.retry_after is None
    made = await slack.adapter.create_channel(wanted)

    found = [one for one in slack.world.channels.values() if one.name.startswith("inc-1")]
    assert [one.id for one in found] == [made.channel]
    assert "Made by Tocsin" in found[0].purpose


async def test_a_channel_whose_mark_is_refused_does_without(
    slack: SlackPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> methods.Json:
        raise No("restricted_action")

    monkeypatch.setitem(methods.METHODS, "conversations.setPurpose", refuse)
    wanted = NewChannel(TEAM, "inc-1-db", "saga", private=False)
    made = await slack.adapter.create_channel(wanted)

    assert await slack.adapter.create_channel(wanted) == made
    assert [one.name for one in slack.world.channels.values()] == ["general", "inc-1-db"]


async def test_a_topic_that_is_there_already_is_not_set_again(
    slack: SlackPlatform, ops: Channel
) -> None:
    for topic in ("db & cache <down>", "db & cache <down>", "db is up"):
        await slack.adapter.set_topic(at(ops), topic)

    told = [one["text"] for one in ops.messages if one.get("subtype") == "channel_topic"]
    assert [text.rpartition("topic: ")[2] for text in told] == ["db & cache <down>", "db is up"]
