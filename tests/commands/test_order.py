"""In what order things are done, and what becomes of those that come too late."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from adapters.local.adapter import LocalAdapter
from chat.address import Address
from chat.card import Card
from chat.errors import Refused
from chat.fit import controls
from chat.inbound import Click, Command, Inbound, Payload, Said
from chat.journal import Entry
from chat.port import Receipt
from chat.reply import Private, Reply
from commands.dispatch import Dispatch
from commands.router import AT_WORK
from tests.commands.bench import Bench
from tests.commands.test_router import place, typed


def elsewhere(inbound: Inbound, number: int) -> Inbound:
    """The same in another channel, where it waits for nothing that the person did before."""
    address = replace(inbound.address, channel=f"c{number}")
    return replace(inbound, dedupe_key=f"k{number}", address=address)


async def test_what_one_person_asks_for_in_one_channel_is_done_in_its_order(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, answer, done = asyncio.Event(), Dispatch.answer, list[str]()

    async def slow_at_first(self: Dispatch, entry: Entry) -> Reply:
        payload = entry.inbound.payload
        words = payload.text if isinstance(payload, Command | Said) else ""
        if words.endswith(" 0"):
            await gate.wait()
        done.append(words)
        return await answer(self, entry)

    monkeypatch.setattr(Dispatch, "answer", slow_at_first)
    here, ana = await place(bench), bench.people["ana"]
    payloads = [Command(f"/incident info {n}") for n in range(10)]
    said = [Said(here.at(f"{n}"), f"word {n}", bench.clock.now()) for n in range(10)]

    async def receive(payload: Payload, key: str) -> Receipt:
        return await bench.router.receive(Inbound(key, ana, here, payload))

    receipts = [await receive(one, f"c{n}") for n, one in enumerate(payloads)]
    receipts += [await receive(one, f"s{n}") for n, one in enumerate(said)]
    assert done == [], "each waits for the first one"
    gate.set()
    for receipt in receipts:
        await receipt.reply

    assert [one for one in done if one.startswith("/")] == [one.text for one in payloads]
    assert [one for one in done if one.startswith("word")] == [one.text for one in said]


async def test_who_waits_for_something_slow_holds_up_nobody_else(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, answer = asyncio.Event(), Dispatch.answer

    async def held(self: Dispatch, entry: Entry) -> Reply:
        if entry.inbound.person.name == "ana":
            await gate.wait()
        return await answer(self, entry)

    monkeypatch.setattr(Dispatch, "answer", held)
    slow = [
        await bench.router.receive(await typed(bench, "/incident list", key=f"a{number}"))
        for number in range(3 * AT_WORK)
    ]
    other = await bench.router.receive(await typed(bench, "/incident list", key="b", by="bo"))

    assert isinstance(await other.reply, Private)
    gate.set()
    assert isinstance(await slow[-1].reply, Private)


async def test_a_form_that_came_too_late_is_a_press_away(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def too_late(*_: object, **__: object) -> None:
        raise Refused("Slack opens a form only within three seconds.", code="TOO_LATE")

    monkeypatch.setattr(LocalAdapter, "open_form", too_late)
    answered = await bench.say("/incident start", by="bo")
    (offer,) = answered.replies
    monkeypatch.undo()
    assert "too long" in offer.text

    form = await bench.click(offer, "form.open", by="bo")
    assert form.form is not None
    assert form.form.form.action == "incident.start"
    # Others may know the token, and are shown nothing.
    token = next(one.value for one in controls(offer.card or Card("")) if one.action == "form.open")
    here = await place(bench)
    click = Click("form.open", token, here.at(str(offer.id)))
    reply = await (await bench.router.receive(Inbound("x", bench.people["ana"], here, click))).reply
    assert isinstance(reply, Private)
    assert "not there any more" in reply.card.title


async def test_what_comes_in_is_written_down_at_once_and_worked_on_in_turn(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, begun = asyncio.Event(), list[str]()
    answer = Dispatch.answer

    async def held(self: Dispatch, entry: Entry) -> Reply:
        begun.append(entry.id)
        await gate.wait()
        return await answer(self, entry)

    monkeypatch.setattr(Dispatch, "answer", held)
    one = await typed(bench, "/incident list")
    many = [elsewhere(one, n) for n in range(AT_WORK + 3)]

    receipts = [await bench.router.receive(inbound) for inbound in many]
    again = await bench.router.receive(many[-1])

    ids = [receipt.id for receipt in receipts]
    assert begun == ids[:AT_WORK], "all have a receipt, and so many are worked on"
    assert (again.fresh, again.id) == (False, ids[-1])
    gate.set()
    replies = [await receipt.reply for receipt in receipts]
    assert begun == ids
    assert all(isinstance(reply, Private) for reply in replies)
    assert await again.reply == replies[-1]


async def test_a_platform_that_does_not_answer_holds_up_no_other(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, answer = asyncio.Event(), Dispatch.answer

    async def held(self: Dispatch, entry: Entry) -> Reply:
        if entry.inbound.address.platform == "local":
            await gate.wait()
        return await answer(self, entry)

    monkeypatch.setattr(Dispatch, "answer", held)
    monkeypatch.setitem(bench.desks.adapters, "other", bench.adapter)
    one = await typed(bench, "/incident list")
    for number in range(AT_WORK + 1):
        await bench.router.receive(elsewhere(one, number))
    there = Address("other", "main", "c1")
    inbound = Inbound("o1", bench.people["ana"], there, Command("/incident list"))

    reply = await (await bench.router.receive(inbound)).reply

    assert isinstance(reply, Private)
    gate.set()


async def test_no_form_follows_in_a_moment_where_the_event_waits_for_its_turn(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, answer = asyncio.Event(), Dispatch.answer

    async def held(self: Dispatch, entry: Entry) -> Reply:
        await gate.wait()
        return await answer(self, entry)

    monkeypatch.setattr(Dispatch, "answer", held)
    one = await typed(bench, "/incident start")
    lines = [elsewhere(one, number) for number in range(AT_WORK + 2)]
    receipts = await asyncio.gather(*(bench.router.receive(line) for line in lines))
    gate.set()
    await asyncio.gather(*(receipt.reply for receipt in receipts))

    assert sorted(receipt.asks for receipt in receipts) == [False] * 2 + [True] * AT_WORK
    assert (await bench.router.receive(lines[0])).asks is False
    assert (await bench.router.receive(await typed(bench, "/incident start", key="k"))).asks
