"""Rooms that are threads of one channel."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from chat.card import Card
from chat.errors import Refused
from chat.inbound import Membership
from chat.port import NewChannel
from storage.database import Database
from tests.adapters.discord.platform import DiscordPlatform, connected
from tests.adapters.discord.standin import standing_in
from tests.adapters.marks import on_one_database
from tests.bench import eventually
from tests.clock import SetClock

pytestmark = on_one_database


@pytest.fixture
async def place(database: Database, clock: SetClock) -> AsyncGenerator[DiscordPlatform]:
    async with standing_in(clock) as standin:
        home = standin.world.new_channel("incidents")["id"]
        async with connected(standin, database, clock, threads=True, channel=home) as made:
            yield made


@pytest.mark.parametrize("private", [False, True])
async def test_a_room_is_a_thread(place: DiscordPlatform, private: bool) -> None:
    ana, bo = await place.someone("ana"), await place.someone("bo")
    wanted = NewChannel(place.workspace, "INC-1 db", "saga:1", private=private, topic="x")
    made = await place.adapter.create_channel(wanted)
    assert await place.adapter.create_channel(wanted) == made
    await place.adapter.invite(made, (ana,))

    facts = await place.adapter.channel(made)
    assert (facts.name, facts.private, facts.archived) == ("inc-1-db", private, False)
    assert [one.id for one in facts.members] == [ana.id]
    assert await place.adapter.find_channel(place.workspace, "#inc-1-db") == made

    posted = await place.adapter.post(made, Card("panel"), key="1")
    await place.adapter.pin(posted)
    await place.adapter.update(posted, Card("newer"))
    assert await place.read(ana, made) == ["newer"]
    assert bool(await place.read(bo, made)) is not private
    notes = [m.text async for m in place.adapter.history(made) if m.system]
    assert notes == ["tocsin pinned a message", "tocsin added ana"]


async def test_a_closed_room_is_locked_and_brought_back(place: DiscordPlatform) -> None:
    made = await place.adapter.create_channel(
        NewChannel(place.workspace, "inc-1", "saga:1", private=False)
    )
    await place.adapter.archive(made, archived=True)
    assert place.world.channels[made.channel]["thread_metadata"]["locked"]
    with pytest.raises(Refused, match="archived"):
        await place.adapter.post(made, Card("late"), key="1")

    await place.adapter.archive(made, archived=False)
    await place.adapter.post(made, Card("back"), key="2")


async def test_coming_and_going_is_heard(place: DiscordPlatform) -> None:
    ana = await place.someone("ana")
    made = await place.adapter.create_channel(
        NewChannel(place.workspace, "inc-1", "saga:1", private=False)
    )
    member = {
        "id": made.channel,
        "user_id": ana.id,
        "join_timestamp": place.world.now(),
        "flags": 0,
        "member": place.world.members[ana.id],
    }
    event = {"id": made.channel, "guild_id": place.workspace, "member_count": 2}
    joined = {**event, "added_members": [member], "removed_member_ids": []}
    left = {**event, "added_members": [], "removed_member_ids": [ana.id]}
    await place.standin.dispatch("THREAD_MEMBERS_UPDATE", joined)
    await eventually(lambda: place.listener.handed == 1)
    await place.standin.dispatch("THREAD_MEMBERS_UPDATE", left)
    await eventually(lambda: place.listener.handed == 2)

    heard = [(one.person.id, one.address, one.payload) for one in place.listener.heard]
    assert heard == [(ana.id, made, Membership(True)), (ana.id, made, Membership(False))]  # noqa: FBT003 - the event's one word
