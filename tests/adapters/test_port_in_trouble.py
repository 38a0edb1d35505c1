"""The contract of the chat port where things go wrong, held against every adapter."""

from __future__ import annotations

import pytest

from chat.card import Card
from chat.delivery import Deliverer
from chat.errors import NotFound, Refused
from chat.outbox import Outgoing, PostCard
from chat.person import Person
from chat.port import Sees
from chat.readers import facts_for
from storage.database import Database
from tests.adapters.between import TROUBLES, Hindered
from tests.adapters.platforms import Platform
from tests.adapters.test_chat_port import channel
from tests.clock import SetClock


async def test_who_reads_a_private_channel_is_known(
    platform: Platform, ana: Person, cy: Person
) -> None:
    where = await channel(platform, ana, private=True)

    facts = await facts_for(platform.adapter, where, (ana, cy))
    assert {one.id for one in (*facts.members, *facts.readers)} == {ana.id}
    if isinstance(platform.adapter, Sees):
        assert await platform.adapter.may_read(where, ana)
        assert not await platform.adapter.may_read(where, cy)


@pytest.mark.parametrize("private", [False, True])
async def test_somebody_who_is_gone_keeps_nobody_else_out(
    platform: Platform, ana: Person, bo: Person, *, private: bool
) -> None:
    where = await channel(platform, private=private)
    gone = await platform.dismissed("zoe")
    said = ""
    try:
        await platform.adapter.invite(where, (ana, gone, bo))
    except Refused as no:
        said = no.message

    inside = {person.id for person in (await platform.adapter.channel(where)).members}
    assert {ana.id, bo.id} <= inside
    assert gone.id in inside or "zoe" in said


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_what_waits_through_an_hour_of_trouble_arrives_in_order(
    platform: Platform,
    database: Database,
    clock: SetClock,
    ana: Person,
    trouble: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    if not isinstance(platform, Hindered) or trouble not in platform.troubles:
        pytest.skip(f"{platform.adapter.platform} has no such trouble")
    where = await channel(platform, ana)
    letters = [Outgoing(where, PostCard(Card(f"m{n}")), key=f"k{n}") for n in range(5)]
    await database.acts.run(lambda to: [to.outbox.put(letter) for letter in letters])

    async def nothing_lives(*_: object) -> Card:
        raise NotFound("nothing lives here")

    adapters = {platform.adapter.platform: platform.adapter}
    deliverer = Deliverer(database.acts, adapters, nothing_lives, clock)
    platform.between.answer = platform.troubles[trouble]
    for _ in range(4):
        await deliverer.settle()
        clock.advance(minutes=20)
    platform.between.answer = None
    for _ in range(8):
        await deliverer.settle()
        clock.advance(minutes=2)

    shown = [text for text in await platform.read(ana, where) if text.startswith("m")]
    assert shown == [f"m{n}" for n in range(5)]
    assert "unexpectedly" not in caplog.text
