"""When Teams is slow, down or says to wait: nothing is lost, and nothing is said twice."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.teams.activities import CARD, marked
from adapters.teams.connector import SENDING
from chat.address import Address
from chat.card import Card
from chat.clock import SystemClock
from chat.errors import BadInput, NotFound, Refused, Unavailable
from chat.message import Attachment
from chat.port import NewChannel
from chat.rates import Rate
from storage.database import Database
from tests.adapters.marks import on_one_database
from tests.adapters.teams.journey import Team, on_teams, seal_of
from tests.adapters.teams.platform import TeamsPlatform, opened, person, standing, text
from tests.adapters.teams.standin import PASSWORD, ROOMS, TENANT, Message, card_of
from tests.clock import SetClock

pytestmark = on_one_database


async def test_a_storm_of_429_is_waited_out(teams: TeamsPlatform) -> None:
    room = await teams.adapter.create_channel(NewChannel(TENANT, "room", "k", private=False))
    teams.vendor.trouble.append((429, "30"))
    with pytest.raises(Unavailable) as first:
        await teams.adapter.post(room, Card("hello"), key="1")
    calls = len(teams.vendor.calls)

    # Until then the platform is left alone, in that conversation only.
    with pytest.raises(Unavailable) as second:
        await teams.adapter.post(room, Card("hello"), key="1")
    assert (first.value.retry_after, len(teams.vendor.calls)) == (30.0, calls)
    assert 0 < (second.value.retry_after or 0) <= 30
    await teams.adapter.create_channel(NewChannel(TENANT, "other", "k2", private=False))

    teams.forgive()
    await teams.adapter.post(room, Card("hello"), key="1")
    shown = [text(each) for each in teams.vendor.in_conversation(room.channel)]
    assert shown.count("hello") == 1


async def test_a_token_that_is_let_in_no_more_is_not_kept(teams: TeamsPlatform) -> None:
    room = await teams.adapter.create_channel(NewChannel(TENANT, "room", "k", private=False))
    teams.vendor.tokens.clear()
    with pytest.raises(Unavailable, match="did not let us in"):
        await teams.adapter.post(room, Card("hello"), key="1")
    before = teams.vendor.sign_ins

    assert (await teams.adapter.post(room, Card("hello"), key="1")).message
    assert teams.vendor.sign_ins == before + 1


@pytest.mark.parametrize("status", [408, 412, 500, 502, 503, 504])
async def test_each_trouble_may_pass(teams: TeamsPlatform, status: int) -> None:
    room = await teams.adapter.create_channel(NewChannel(TENANT, "room", "k", private=False))
    teams.vendor.trouble.append((status, None))
    with pytest.raises(Unavailable):
        await teams.adapter.post(room, Card("x"), key="1")
    teams.forgive()

    assert (await teams.adapter.post(room, Card("x"), key="1")).message


async def posted_again(teams: TeamsPlatform, where: Address, key: str) -> Address:
    """Post where the answer is lost, and once more."""
    teams.vendor.lost = 1
    with pytest.raises(Unavailable):
        await teams.adapter.post(where, Card("hello"), key=key)
    return await teams.adapter.post(where, Card("hello"), key=key)


async def test_with_graph_what_was_taken_without_an_answer_is_found(
    with_graph: TeamsPlatform,
) -> None:
    teams, ana = with_graph, with_graph.vendor.hire("ana")
    room = await teams.adapter.create_channel(NewChannel(TENANT, "room", "k", private=False))
    await teams.adapter.post(room, Card("hello"), key="before")

    top = await posted_again(teams, room, "1")
    below = await posted_again(teams, replace(top, thread=top.message, message=None), "2")

    messages = teams.vendor.in_conversation(room.channel)
    assert [text(each) for each in messages] == ["hello"] * 3
    assert [messages[1].id, messages[2].id] == [top.message, below.message]
    assert (messages[2].root, below.thread, top.thread) == (top.message, top.message, None)

    # A card that somebody copied is not ours.
    teams.vendor.trouble.append((504, None))
    with pytest.raises(Unavailable):
        await teams.adapter.post(room, Card("hello"), key="3")
    card, _ = marked(messages[0].body["attachments"][0]["content"], "3")
    body = {"attachments": [{"contentType": CARD, "content": card}]}
    copied = teams.vendor.new_id()
    where = f"{room.channel};messageid={copied}"
    teams.vendor.messages.append(Message(copied, where, ana.directory, body, teams.vendor.now()))
    again = await teams.adapter.post(room, Card("hello"), key="3")
    assert again.message != copied


async def test_without_the_right_to_read_it_is_sent_all_the_same(
    with_graph: TeamsPlatform,
) -> None:
    room = await with_graph.adapter.create_channel(NewChannel(TENANT, "room", "k", private=False))
    with_graph.vendor.graph.readable = False

    await posted_again(with_graph, room, "1")
    assert len(with_graph.vendor.in_conversation(room.channel)) == 2


async def test_a_file_that_is_offered_late_is_announced_once(teams: TeamsPlatform) -> None:
    ana = teams.vendor.hire("ana")
    csv = Attachment("export.csv", "text/csv", b"a,b\r\n")
    chat = await teams.adapter.direct(person(ana), Card("hello"), key="1")
    teams.vendor.trouble.extend([(200, None), (429, "30")])
    with pytest.raises(Unavailable):
        await teams.adapter.upload(chat, csv, Card("The export"), key="f", only=person(ana))
    teams.forgive()

    for _ in range(2):
        await teams.adapter.upload(chat, csv, Card("The export"), key="f", only=person(ana))

    hello, card, offer = teams.vendor.in_conversation(chat.channel)
    assert (text(hello), text(card)) == ("hello", "The export")
    assert offer.body["attachments"][0]["name"] == "export.csv"


async def test_who_does_not_answer_at_all_may_answer_later(teams: TeamsPlatform) -> None:
    await teams.vendor.stop()

    with pytest.raises(Unavailable):
        await teams.adapter.create_channel(NewChannel(TENANT, "room", "k", private=False))


async def test_a_wrong_password_is_told(teams: TeamsPlatform) -> None:
    teams.vendor.password = "changed"

    with pytest.raises(Unavailable, match="AADSTS7000215"):
        await teams.adapter.find_channel(TENANT, "Incidents")
    teams.vendor.password = PASSWORD
    assert await teams.adapter.find_channel(TENANT, "Incidents") is not None


async def test_somebody_without_the_app_cannot_be_written_to(teams: TeamsPlatform) -> None:
    ana = teams.vendor.hire("ana")
    teams.vendor.blocked.add(ana.directory)

    with pytest.raises(Refused, match="ForbiddenOperation"):
        await teams.adapter.direct(person(ana), Card("x"), key="1")
    teams.vendor.blocked.clear()
    await teams.adapter.direct(person(ana), Card("x"), key="1")


async def test_the_platforms_pace_is_kept(database: Database, clock: SetClock) -> None:
    async with opened(database, clock, rate=Rate(*SENDING, patience=0.5)) as teams:
        room = await teams.adapter.create_channel(NewChannel(TENANT, "room", "k", private=False))
        sent = await asyncio.gather(
            *(teams.adapter.post(room, Card(str(n)), key=str(n)) for n in range(12)),
            return_exceptions=True,
        )

        late = [each for each in sent if isinstance(each, Unavailable)]
        assert len(sent) - len(late) == 7
        assert all(each.retry_after for each in late)


async def test_a_chat_that_is_gone_is_not_found(teams: TeamsPlatform) -> None:
    ana = teams.vendor.hire("ana")
    where = await teams.adapter.direct(person(ana), Card("x"), key="1")
    teams.vendor.chats.clear()

    with pytest.raises(NotFound):
        await teams.adapter.post(where.room, Card("y"), key="2")


async def test_after_an_hour_down_the_outbox_drains_in_order(
    database_url: str, tmp_path: Path
) -> None:
    async with (
        standing(SystemClock().now) as vendor,
        on_teams(vendor, database_url, tmp_path / "home") as bench,
    ):
        there = Team(bench, vendor)
        ana = await there.join("ana", "commander")
        await there.say(ana, ROOMS, "incident start --playbook outage --name db")
        room = there.room("INC-00001")

        vendor.down = True
        for number in range(5):
            event = vendor.to_bot(ana, room, f'incident update "Number {number}"')
            assert await vendor.bring(event) == (200, None)
        router = bench.house.router
        await there.until(lambda: not router._working)  # pyright: ignore[reportPrivateUsage]
        assert not any("Number" in each for each in there.texts(room) if "Tocsin" not in each)

        vendor.down = False
        await there.until(lambda: sum("Number 4" in each for each in there.ours(room)) > 0)
        plain = [each for each in there.ours(room) if "End incident" not in each]
        said = [each for each in plain if "Number" in each]
        order = [next(n for n in range(5) if f"Number {n}" in each) for each in said]
        assert order == sorted(order)
        assert set(order) == set(range(5))


async def test_a_button_works_after_a_restart(database_url: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    async with standing(SystemClock().now) as vendor:
        async with on_teams(vendor, database_url, home) as bench:
            there = Team(bench, vendor)
            ana = await there.join("ana", "commander")
            await there.say(ana, ROOMS, "incident start --playbook outage --name db")
            panel = there.panel(there.room("INC-00001"))
            reply = await there.press(ana, panel, "Update")
            key = seal_of(bench)

        async with on_teams(vendor, database_url, home) as bench:
            there = Team(bench, vendor)
            assert seal_of(bench) is not key
            # Both what stands in the chat and what was open on a screen go on.
            await there.press(ana, panel, "Check")
            assert "☑" in text(panel)
            assert await there.submit(ana, panel, reply, text="Still here") is None
            assert any("Still here" in each for each in there.texts(panel.conversation))
            assert card_of(panel)


async def test_a_private_incident_has_its_room_where_it_stays_private(
    database_url: str, tmp_path: Path
) -> None:
    async with (
        standing(SystemClock().now) as vendor,
        on_teams(vendor, database_url, tmp_path / "home") as bench,
    ):
        there = Team(bench, vendor)
        ana = await there.join("ana", "commander")
        await there.say(ana, ROOMS, "incident start --playbook security-breach --name Leak")

        told = there.texts(vendor.chat(ana) or "")
        assert any("has its room in Tocsin's own chat" in each for each in told)
        assert not any("Leak" in each for each in there.ours(ROOMS))
        assert (await bench.panel("inc-00001-leak", "ana")).title


async def test_a_file_too_large_to_keep_is_refused(teams: TeamsPlatform) -> None:
    room = await teams.adapter.create_channel(NewChannel(TENANT, "room", "k", private=False))
    with pytest.raises(BadInput, match="too large"):
        await teams.adapter.upload(
            room, Attachment("x.bin", "x/y", os.urandom(4_000_000)), Card("x"), key="f"
        )
