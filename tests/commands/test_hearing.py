"""What is said in passing, and people coming and going."""

from __future__ import annotations

import asyncio

from chat.rooms import LocalMessage
from commands.router import Router
from tests.commands.bench import Bench


async def whispered(bench: Bench, name: str, channel: str = "general") -> list[LocalMessage]:
    """What the bot told one person alone in a channel."""
    await bench.router.close()
    await bench.quiet()
    person = bench.people[name]
    messages = await bench.rooms.messages(person, channel)
    return [one for one in messages if one.only_for == person.id and one.author.is_bot]


async def test_a_playbooks_keyword_offers_an_incident_to_the_speaker_alone(bench: Bench) -> None:
    await bench.say("Folks, checkout IS DOWN again", by="bo")

    (offer,) = await whispered(bench, "bo")
    assert "is this an incident?" in offer.text
    assert await whispered(bench, "ana") == []

    form = await bench.click(offer, "incident.start", by="bo")
    assert form.form is not None
    assert "checkout IS DOWN" in form.form.form.intro
    outage = await bench.desks.playbooks.find(await bench.actor("bo"), "outage")
    assert form.form.form.fields[0].value == outage.handle


async def test_it_is_offered_once_in_a_while(bench: Bench) -> None:
    await bench.say("it is down", by="bo")
    await bench.say("it is really down, I mean it is down", by="bo")
    assert len(await whispered(bench, "bo")) == 1

    bench.clock.advance(minutes=16)
    await bench.say("it is down", by="bo")
    assert len(await whispered(bench, "bo")) == 2


async def test_a_restart_does_not_make_it_offered_again(bench: Bench) -> None:
    await bench.say("it is down", by="bo")
    await bench.router.close()

    await bench.adapter.start(Router(bench.acts, bench.clock, bench.desks))
    await bench.say("it is still down", by="bo")

    assert len(await whispered(bench, "bo")) == 1


async def test_it_is_not_offered_for_parts_of_words_or_to_who_may_not_start(bench: Bench) -> None:
    await bench.say("an outageous price", by="bo")
    await bench.say("it is down", by="vi")

    assert await whispered(bench, "bo") == []
    assert await whispered(bench, "vi") == []


async def test_it_is_not_offered_where_an_incident_is_worked_on(bench: Bench) -> None:
    room = await bench.opened()
    before = len(await whispered(bench, "ana", room))

    await bench.say("it is down", channel=room)

    assert len(await whispered(bench, "ana", room)) == before


async def test_entering_and_leaving_the_channel_is_taking_part_and_not(bench: Bench) -> None:
    room = await bench.opened()

    await bench.rooms.join(bench.people["bo"], room)
    await bench.router.close()
    detail = await bench.desks.incidents.detail(await bench.actor("ana"), "1")
    assert [account.name for account in detail.participants] == ["ana", "bo"]

    await bench.rooms.leave(bench.people["bo"], room)
    await bench.router.close()
    await asyncio.sleep(0)
    detail = await bench.desks.incidents.detail(await bench.actor("ana"), "1")
    assert [account.name for account in detail.participants] == ["ana"]


async def test_a_stranger_entering_a_channel_bothers_nobody(bench: Bench) -> None:
    await bench.rooms.join(bench.people["vi"], "incidents")
    await bench.router.close()

    assert await whispered(bench, "vi", "incidents") == []
