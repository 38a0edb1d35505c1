"""What is said in passing, and people coming and going."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.address import Address
from chat.card import Card
from chat.fit import controls
from chat.inbound import Click, FormSubmission, Inbound, Said
from chat.journal import EntryState
from chat.reply import AskForm, Private, Reply
from chat.rooms import LocalMessage
from commands.incident.offer import Offer
from commands.router import Router
from tests.commands.bench import Bench, shown


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


async def chat_with(bench: Bench, name: str) -> Address:
    """Where only the bot and somebody read."""
    hello = await bench.adapter.direct(bench.people[name], Card("hello"), key=f"hello {name}")
    return hello.room


async def pressed(bench: Bench, offer: LocalMessage, name: str) -> Reply | None:
    """What comes of pressing an offer's button where nobody else reads."""
    assert offer.card is not None
    (button,) = controls(offer.card)
    chat = await chat_with(bench, name)
    click = Click("incident.start", button.value, chat.at("1"))
    receipt = await bench.router.receive(Inbound(f"press {name}", bench.people[name], chat, click))
    return await receipt.reply


async def test_an_offer_pressed_elsewhere_starts_the_incident_where_it_was_said(
    bench: Bench,
) -> None:
    await bench.say("Folks, checkout IS DOWN again", by="bo", channel="incidents")
    (offer,) = await whispered(bench, "bo", "incidents")

    asked = await pressed(bench, offer, "bo")
    assert isinstance(asked, AskForm)
    assert asked.form.intro == "About @bo: “Folks, checkout IS DOWN again”"
    filled = FormSubmission(
        "incident.start", asked.form.context, {"playbook": "outage", "name": "x"}
    )
    chat = Address("local", "main", "direct-bo")
    await bench.router.receive(Inbound("fill", bench.people["bo"], chat, filled))
    await bench.router.close()
    await bench.quiet()

    said = await bench.rooms.messages(bench.people["bo"], "incidents")
    assert any("INC-00001" in one.text for one in said)
    (room,) = [
        one for one in await bench.rooms.channels(bench.people["bo"]) if one.name.startswith("inc-")
    ]
    inside = await bench.rooms.messages(bench.people["bo"], room.name)
    assert any("checkout IS DOWN" in shown(one.card) for one in inside if one.card)


async def test_an_offer_is_for_whom_it_was_made(bench: Bench) -> None:
    await bench.say("it is down", by="bo")
    (offer,) = await whispered(bench, "bo")

    refused = await pressed(bench, offer, "ana")

    assert isinstance(refused, Private)
    assert "offered to @bo" in refused.card.title


async def test_an_offer_whose_words_are_forgotten_still_knows_its_playbook(bench: Bench) -> None:
    await bench.say("it is down", by="bo")
    (offer,) = await whispered(bench, "bo")
    later = bench.clock.now() + timedelta(days=1)
    await bench.acts.run(lambda stores: stores.journal.forget(later))

    asked = await pressed(bench, offer, "bo")

    assert isinstance(asked, AskForm)
    assert asked.form.intro == ""
    outage = await bench.desks.playbooks.find(await bench.actor("bo"), "outage")
    assert asked.form.fields[0].value == outage.handle


@given(st.uuids(), st.uuids())
def test_an_offer_fits_into_a_button(playbook: UUID, entry: UUID) -> None:
    offer = Offer(str(playbook), str(entry))

    assert len(offer.packed()) <= 60
    assert Offer.unpacked(offer.packed()) == offer


@pytest.mark.parametrize("value", ["", "x", "§" * 44, "=" * 44, "a" * 43])
def test_what_is_no_offer_is_none(value: str) -> None:
    assert Offer.unpacked(value) is None


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


async def test_what_is_said_in_passing_is_not_kept(bench: Bench) -> None:
    here = Address("local", "main", (await bench.rooms.channel(bench.people["bo"], "general")).id)

    async def kept(text: str, key: str) -> str:
        said = Said(here.at(key), text, bench.clock.now())
        receipt = await bench.router.receive(Inbound(key, bench.people["bo"], here, said))
        await receipt.reply
        entry = await bench.acts.read(lambda stores: stores.journal.found(receipt.id))
        assert entry is not None
        assert entry.state is EntryState.DONE
        assert isinstance(entry.inbound.payload, Said)
        return entry.inbound.payload.text

    assert await kept("the password is hunter2", "k1") == ""
    # An incident that is started by the offer quotes it.
    assert await kept("it is down", "k2") == "it is down"
