"""What a platform cannot do is done in the next best way, and people are told."""

from __future__ import annotations

import pytest

from chat.address import Address
from chat.capabilities import Limits
from chat.card import Card
from chat.message import Attachment
from chat.outbox import (
    DirectCard,
    InvitePeople,
    Job,
    Living,
    Outgoing,
    PostLiving,
    SendFile,
    SetArchived,
    SetTopic,
    UpdateCard,
    Whisper,
)
from chat.sending import Sender
from tests.chat.paper import ANA, Paper, room

FILE = Attachment("export.csv", "text/csv", b"a,b")


async def _draw(living: Living, limits: Limits) -> Card:
    return Card(living.subject)


async def _nothing_lives(address: Address) -> Living | None:
    return None


async def _forget(living: Living) -> None:
    return None


async def _living(subject: str) -> tuple[Living, ...]:
    return (Living("l1", subject, room().at("m1")),)


async def sent(job: Job, **can: bool) -> list[tuple[str, str, str]]:
    """What a platform that `can` do so much makes of a job."""
    paper = Paper()
    paper.can(**can)
    sender = Sender(paper, _draw, _nothing_lives, _forget, _living)
    await sender.send(Outgoing(room().at("m1"), job, "key"))
    return paper.done


@pytest.mark.parametrize(
    ("job", "cannot", "expected"),
    [
        (Whisper(ANA, Card("hi")), (), ("whisper", "general", "hi")),
        (Whisper(ANA, Card("hi")), ("ephemeral",), ("direct", "@ana", "hi")),
        (SetArchived(archived=False), (), ("archive", "general", "False")),
        (DirectCard(ANA, Card("hi")), (), ("direct", "@ana", "hi")),
        (DirectCard(ANA, Card("hi")), ("direct",), ("whisper", "general", "hi")),
        (UpdateCard(Card("hi")), (), ("update", "general", "hi")),
        (UpdateCard(Card("hi")), ("edit",), ("post", "general", "hi")),
        (SendFile(FILE, Card("hi")), (), ("upload", "general", "export.csv")),
        (SendFile(FILE, Card("hi")), ("files",), ("post", "general", "hi")),
        (SendFile(FILE, Card("hi"), ANA), ("files",), ("whisper", "general", "hi")),
        (InvitePeople((ANA,)), (), ("invite", "general", "ana")),
        (InvitePeople((ANA,)), ("invite",), ("post", "general", "Please join this channel")),
        (SetTopic("hot"), (), ("topic", "general", "hot")),
    ],
)
async def test_the_next_best_way_is_taken(
    job: Job, cannot: tuple[str, ...], expected: tuple[str, str, str]
) -> None:
    assert await sent(job, **dict.fromkeys(cannot, False)) == [expected]


async def test_what_lives_in_a_channel_is_drawn_before_it_is_archived() -> None:
    assert await sent(SetArchived(archived=True, subject="incident:1")) == [
        ("update", "general", "incident:1"),
        ("archive", "general", "True"),
    ]
    assert await sent(SetArchived(archived=True, subject="incident:1"), archive=False) == []


@pytest.mark.parametrize("pin", [True, False])
async def test_a_living_message_is_kept_in_sight_where_that_can_be(pin: bool) -> None:
    done = await sent(PostLiving("incident:1", pinned=True), pin=pin)

    assert [what for what, _, _ in done] == (["post", "pin"] if pin else ["post"])


async def test_a_topic_that_cannot_be_set_is_left_alone() -> None:
    assert await sent(SetTopic("hot"), topic=False) == []


@pytest.mark.parametrize("job", [Whisper(ANA, Card("secret")), DirectCard(ANA, Card("secret"))])
async def test_what_is_meant_for_one_is_never_shown_to_all(job: Job) -> None:
    done = await sent(job, ephemeral=False, direct=False)

    assert done == [("post", "general", "An answer is waiting elsewhere")]
