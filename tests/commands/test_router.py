"""Every event is worked on once and answered once, whatever happens in between."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from adapters.local.adapter import LocalAdapter
from chat.address import Address
from chat.capabilities import Capabilities
from chat.errors import Unavailable
from chat.inbound import Click, Command, FormSubmission, Inbound, MessageMenu, Payload
from chat.journal import Entry, EntryState
from chat.port import NewChannel, Receipt
from chat.reply import FormErrors, Private, Quiet, Reply
from chat.rooms import LocalMessage
from commands.dispatch import Dispatch
from commands.router import Router
from incidents.ports import IncidentFilter
from security.page import Slice
from tests.commands.bench import Bench, read, shown


async def place(bench: Bench, channel: str = "general") -> Address:
    room = await bench.rooms.channel(bench.people["ana"], channel)
    return Address("local", "main", room.id)


async def typed(
    bench: Bench, line: str, *, key: str = "k1", by: str = "ana", channel: str = "general"
) -> Inbound:
    return Inbound(key, bench.people[by], await place(bench, channel), Command(line))


async def started(bench: Bench) -> int:
    """How many incidents there are."""
    actor = await bench.actor("adam")
    return (await bench.desks.incidents.page(actor, IncidentFilter(), Slice())).total


async def answers(bench: Bench, receipt: Receipt) -> tuple[LocalMessage, ...]:
    """What was delivered in answer to an event."""
    await bench.quiet()
    return await bench.acts.read(lambda s: s.local.messages.answers(receipt.id))


def dead(router: Router, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a router's process die between the act and the answer: it never finishes an entry."""

    async def die(*_: object) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(router, "_finish", die)


async def test_a_command_delivered_twice_acts_once_and_is_answered_once(bench: Bench) -> None:
    inbound = await typed(bench, "/incident start outage Checkout")

    receipts = await asyncio.gather(*(bench.router.receive(inbound) for _ in range(5)))
    replies = [await receipt.reply for receipt in receipts]

    assert [receipt.fresh for receipt in receipts].count(True) == 1
    assert len({receipt.id for receipt in receipts}) == 1
    assert all(reply == replies[0] for reply in replies)
    assert await started(bench) == 1
    assert len(await answers(bench, receipts[0])) == 1


async def test_a_command_delivered_again_long_after_is_not_answered_again(bench: Bench) -> None:
    inbound = await typed(bench, "/incident start outage Checkout")
    first = await bench.router.receive(inbound)
    await first.reply

    second = await bench.router.receive(inbound)

    assert (second.fresh, await second.reply) == (False, None)
    assert await started(bench) == 1
    assert len(await answers(bench, first)) == 1


async def test_the_same_command_again_is_no_other_one_though_its_values_are_forgotten(
    bench: Bench,
) -> None:
    inbound = await typed(bench, "/runbook run none token=hunter2")
    await (await bench.router.receive(inbound)).reply

    same = await bench.router.receive(inbound)
    other = await bench.router.receive(replace(inbound, payload=Command("/incident list")))

    assert (same.fresh, same.altered) == (False, False)
    assert (other.fresh, other.altered) == (False, True)


async def test_a_crash_between_the_act_and_the_answer_does_not_act_twice(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    dying = Router(bench.acts, bench.clock, bench.desks)
    dead(dying, monkeypatch)
    receipt = await dying.receive(await typed(bench, "/incident start outage Checkout"))
    with pytest.raises(asyncio.CancelledError):
        await receipt.reply
    bench.clock.advance(seconds=1)

    reborn = Router(bench.acts, bench.clock, bench.desks)
    assert await reborn.resume() == 1
    assert await started(bench) == 1
    (told,) = await answers(bench, receipt)
    assert "was done" in told.text
    assert "/incident start outage Checkout" in told.text
    assert await reborn.resume() == 0


async def test_a_crash_before_the_act_is_made_up_for(bench: Bench) -> None:
    inbound = await typed(bench, "/incident start outage Checkout")
    entry, _ = await bench.acts.run(lambda s: s.journal.receive(inbound, bench.clock.now()))
    bench.clock.advance(seconds=90)

    assert await bench.router.resume(older_than=timedelta(minutes=2)) == 0
    assert await bench.router.resume(older_than=timedelta(minutes=1)) == 1
    await bench.router.close()

    assert await started(bench) == 1
    assert len(await answers(bench, Receipt(entry.id, True, asyncio.Future()))) == 1  # noqa: FBT003


async def test_what_somebody_only_looked_at_is_answered_after_a_crash(bench: Bench) -> None:
    inbound = await typed(bench, "/incident list")
    entry, _ = await bench.acts.run(lambda s: s.journal.receive(inbound, bench.clock.now()))
    bench.clock.advance(seconds=1)

    assert await bench.router.resume() == 0, "this router was there when it came in"
    reborn = Router(bench.acts, bench.clock, bench.desks)
    assert await reborn.resume() == 1
    await reborn.close()

    (told,) = await answers(bench, Receipt(entry.id, True, asyncio.Future()))  # noqa: FBT003
    assert "no incident yet" in told.text


async def test_two_people_check_the_same_step_at_once(bench: Bench) -> None:
    room = await bench.opened()
    await bench.say("/incident invite @bo", channel=room)

    told = await asyncio.gather(
        *(bench.told("/incident check 1", by=name, channel=room) for name in ("ana", "bo"))
    )

    assert sum("is checked (1 of 5" in one for one in told) == 1
    assert sum("already checked, by @" in one for one in told) == 1


async def test_two_people_press_the_same_button_at_once(bench: Bench) -> None:
    room = await bench.opened()
    await bench.say("/incident invite @bo", channel=room)
    panel = await bench.panel(room)
    progress = await bench.desks.steps.progress(await bench.actor("ana"), "1")
    step = progress.active_stage.steps[0]

    pressed = await asyncio.gather(
        *(bench.click(panel, "step.check", step.id, by=name) for name in ("ana", "bo"))
    )

    assert sorted(len(one.replies) for one in pressed) == [0, 1]
    assert any("already checked" in read(one) for one in pressed)


async def test_a_receipt_says_whether_a_form_may_follow_in_a_moment(bench: Bench) -> None:
    here = await place(bench)
    asking: tuple[Payload, ...] = (
        Command("/incident start"),
        Command("/Incident START outage"),
        Click("step.run", "s1", here.at("m1")),
        MessageMenu("incident.start", here.at("m1"), "help", bench.people["bo"]),
    )
    plain: tuple[Payload, ...] = (
        Command("/incident list"),
        Command("/incident"),
        Command("/incident starts"),
        Command(""),
        Click("step.check", "s1", here.at("m1")),
        Click("nobody.knows", "", here.at("m1")),
        FormSubmission("incident.start", "", {}),
    )
    asked: list[bool] = []
    for number, payload in enumerate((*asking, *plain)):
        inbound = Inbound(f"k{number}", bench.people["ana"], here, payload)
        receipt = await bench.router.receive(inbound)
        asked.append(receipt.asks)
        await receipt.reply

    assert asked == [True] * len(asking) + [False] * len(plain)


async def test_a_repeat_that_says_something_else_is_told_from_one_that_does_not(
    bench: Bench,
) -> None:
    line = await typed(bench, "/approve APR-00001 --code 123456 “né”")
    first = await bench.router.receive(line)
    again = await bench.router.receive(line)
    other = await bench.router.receive(replace(line, payload=Command("/incident list")))
    await first.reply

    assert (first.altered, again.altered, other.altered) == (False, False, True)
    assert (again.fresh, other.fresh) == (False, False)


@pytest.mark.parametrize(("patience", "order"), [(0.0, "wk"), (3600.0, "kw")])
async def test_what_is_coming_in_is_written_down_before_work_begins(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, patience: float, order: str
) -> None:
    gate, run, answer = asyncio.Event(), bench.acts.run, Dispatch.answer
    first, second = [await typed(bench, "/incident list", key=key) for key in ("k1", "k2")]
    done: list[str] = []

    async def slowly(*given: Any, **more: Any) -> Any:
        monkeypatch.setattr(bench.acts, "run", run)
        await gate.wait()
        kept = await run(*given, **more)
        done.append("k")
        return kept

    async def worked(self: Dispatch, entry: Entry) -> Reply:
        done.append("w")
        return await answer(self, entry)

    monkeypatch.setattr("commands.router.GIVE_WAY", patience)
    monkeypatch.setattr(Dispatch, "answer", worked)
    monkeypatch.setattr(bench.acts, "run", slowly)
    late = asyncio.create_task(bench.router.receive(second))
    await asyncio.sleep(0)
    receipt = await bench.router.receive(first)
    if patience:
        gate.set()
    await receipt.reply
    gate.set()
    await (await late).reply

    assert "".join(done[:2]) == order


async def test_a_surprise_is_logged_with_its_reference_and_never_shown(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret connection string")

    monkeypatch.setattr(type(bench.desks.incidents), "page", broken)
    with caplog.at_level(logging.ERROR):
        receipt = await bench.router.receive(await typed(bench, "/incident list"))
        reply = await receipt.reply

    assert isinstance(reply, Private)
    assert "Something went wrong on our side" in reply.card.title
    assert receipt.id in shown(reply.card)
    assert "secret" not in shown(reply.card)
    assert receipt.id in caplog.text
    again = await typed(bench, "/incident list")
    entry, fresh = await bench.acts.run(lambda s: s.journal.receive(again, bench.clock.now()))
    assert (entry.state, fresh) == (EntryState.FAILED, False)


async def test_what_does_not_answer_may_be_tried_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> None:
        raise Unavailable("The database does not answer.", retry_after=5)

    monkeypatch.setattr(type(bench.desks.incidents), "page", away)

    assert "please try again in 5 s" in await bench.told("/incident list")


async def test_the_creator_is_shown_what_is_missing_of_a_half_opened_incident(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_: LocalAdapter, __: NewChannel) -> Address:
        raise Unavailable("the platform did not answer")

    monkeypatch.setattr(LocalAdapter, "create_channel", away)

    told = await bench.told("/incident start outage Checkout")

    assert "INC-00001 is started" in told
    assert "is being opened" in told
    assert "⚠" in told


async def test_a_channel_that_takes_long_is_said_to_be_on_its_way(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slow(_: LocalAdapter, __: NewChannel) -> Address:
        await asyncio.sleep(60)
        raise Unavailable("never")

    monkeypatch.setattr(LocalAdapter, "create_channel", slow)
    monkeypatch.setattr("commands.incident.opening.PATIENCE", 0.1)

    assert "is being opened" in await bench.told("/incident start outage Checkout")


async def test_where_there_are_no_forms_the_words_are_asked_for(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    poor: Capabilities = replace(bench.adapter.capabilities, forms=False)
    monkeypatch.setattr(LocalAdapter, "capabilities", poor)

    assert "Type it all in one line" in await bench.told("/incident start")


ODD: tuple[Payload, ...] = (
    Command("/incident start outage a\x00b\ud800c"),
    Command("\x00"),
    Command(""),
    Command("/"),
    Command('/incident update "'),
    Click("no.such", "x", Address("local", "main", "c", message="1")),
    Click("step.check", "gone", Address("local", "main", "c", message="1")),
    Click("panel.page", "INC-00001:x", Address("local", "main", "c", message="1")),
    Click("incident.snooze", "INC-00001:x", Address("local", "main", "c", message="1")),
    Click("incident.commander", "INC-1", Address("local", "main", "c", message="1"), "x"),
    FormSubmission("no.such", "", {}),
    FormSubmission("incident.start", "", {}),
    FormSubmission("incident.severity", "gone", {"severity": "x\x00"}),
    FormSubmission("playbook.new", "", {}),
)


async def test_whatever_arrives_is_answered_in_a_sentence(bench: Bench) -> None:
    here = await place(bench)
    for number, payload in enumerate(ODD):
        inbound = Inbound(f"odd {number}", bench.people["ana"], here, payload)

        reply: Reply | None = await (await bench.router.receive(inbound)).reply

        assert isinstance(reply, Private | FormErrors), payload
        if isinstance(reply, Private):
            assert "went wrong on our side" not in reply.card.title, payload


async def test_a_menu_entry_for_a_message_that_is_gone_still_works(bench: Bench) -> None:
    here = await place(bench)
    menu = MessageMenu("incident.start", here.at("999"), "It broke", bench.people["bo"])
    reply = await (
        await bench.router.receive(Inbound("m", bench.people["ana"], here, menu, ticket="t1"))
    ).reply

    assert reply is not None
    assert not isinstance(reply, Private | Quiet)


async def test_waiting_briefly_for_an_answer_does_not_stop_the_work(bench: Bench) -> None:
    receipt = await bench.router.receive(await typed(bench, "/incident start outage Checkout"))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.ensure_future(receipt.reply), 0.0001)

    await bench.router.close()

    assert await started(bench) == 1
    assert len(await answers(bench, receipt)) == 1
