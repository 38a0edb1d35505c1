"""What people do in Discord, and how it is answered: in time, once, and for their eyes only."""

from __future__ import annotations

import asyncio

import pytest

from adapters.discord import interactions
from chat.address import Address
from chat.card import Actions, Button, Card
from chat.errors import Unavailable
from chat.form import Form, FormField
from chat.inbound import Click, Command, FormSubmission, Inbound, MessageMenu
from chat.person import Person
from chat.port import Receipt
from chat.reply import AskForm, FormErrors, Private, Public, Quiet, Reply
from storage.database import Database
from tests.adapters.discord.platform import DiscordPlatform, connected
from tests.adapters.discord.rules import walk
from tests.adapters.discord.shown import lines
from tests.adapters.discord.world import Interaction, Json
from tests.adapters.marks import on_one_database
from tests.bench import eventually
from tests.clock import SetClock

pytestmark = on_one_database
FORM = Form("incident.start", "Start", (FormField("name", "Name"),), context="kept with us")


@pytest.fixture
async def ana(place: DiscordPlatform) -> Person:
    return await place.someone("ana")


@pytest.fixture
def general(place: DiscordPlatform) -> str:
    return place.world.new_channel("general")["id"]


def typed(name: str, text: str = "", **more: object) -> Json:
    options = [{"type": 3, "name": "options", "value": text}] if text else []
    inner = {"type": 1, "name": "start", "options": options}
    return {"id": "1", "type": 1, "name": name, "options": [inner], **more}


async def begun(
    place: DiscordPlatform, who: Person, channel: str, data: Json, kind: int = 2
) -> Interaction:
    made = await place.standin.interact(kind, who.id, channel, data)
    await eventually(lambda: made.answer is not None)
    return made


async def heard(place: DiscordPlatform) -> Inbound:
    """The newest event; where understanding takes long, it is deferred before it is heard."""
    await eventually(lambda: bool(place.listener.heard))
    return place.listener.heard[-1]


def said(made: Interaction) -> str:
    return "\n".join(lines(made.original)) if made.original else ""


async def pressed(place: DiscordPlatform, who: Person, message: Json, label: str) -> Interaction:
    part = next(p for p in walk(message["components"]) if p.get("label") == label)
    made = await place.standin.press(who.id, message["channel_id"], message, part["custom_id"])
    await eventually(lambda: made.answer is not None)
    return made


async def a_message(place: DiscordPlatform, channel: str, *buttons: Button) -> Json:
    where = Address("discord", place.workspace, channel)
    posted = await place.adapter.post(where, Card("panel", (Actions(buttons),)), key="panel")
    return place.world.message(channel, posted.message or "")


async def test_a_command_is_answered_by_its_own_message(
    place: DiscordPlatform, ana: Person, general: str
) -> None:
    answer = Private(Card("All well"))
    place.listener.answer = lambda _: answer
    made = await place.standin.interact(
        2, ana.id, general, typed("incident", f"--invite <@{ana.id}> in <#{general}>")
    )
    await eventually(lambda: made.answer is not None)
    event = await heard(place)
    await place.adapter.whisper(
        event.address, event.person, Card("All well"), key="w", ticket=event.ticket
    )

    assert isinstance(event.payload, Command)
    assert event.payload.text == f"/incident start --invite @{ana.id} in #{general}"
    assert [one.id for one in event.payload.mentioned] == [ana.id]
    assert (event.person.id, event.person.name, event.person.display) == (ana.id, "ana", "Ana")
    assert event.dedupe_key == f"discord:interaction:{made.id}"
    assert made.answer == 5
    assert "All well" in said(made)
    assert place.world.messages[general] == []


async def test_a_mentioned_person_is_read_by_name(
    place: DiscordPlatform, ana: Person, general: str
) -> None:
    resolved = {"users": {ana.id: place.world.users[ana.id]}}
    await begun(place, ana, general, typed("incident", f"<@!{ana.id}>", resolved=resolved))

    payload = (await heard(place)).payload
    assert isinstance(payload, Command)
    assert payload.text == "/incident start @ana"
    assert payload.mentioned[0].name == "ana"


async def test_nothing_is_left_thinking(place: DiscordPlatform, ana: Person, general: str) -> None:
    replies: list[Reply | None] = [Quiet(), Public(Card("for all")), None]
    for reply in replies:
        place.listener.answer = lambda _, reply=reply: reply
        made = await begun(place, ana, general, typed("incident"))
        await eventually(lambda made=made: made.original is None)


async def test_a_command_that_takes_long_is_acknowledged_in_time(
    place: DiscordPlatform, ana: Person, general: str
) -> None:
    place.listener.pause = 2.2
    place.listener.answer = lambda _: AskForm(FORM)
    made = await begun(place, ana, general, typed("incident"))

    # The form comes too late to be opened, so a button offers it.
    assert made.answer == 5
    await eventually(lambda: "Fill it in" in said(made))
    assert await place.forms(ana) == [FORM]


async def test_what_is_followed_by_no_form_is_acknowledged_before_the_work(
    place: DiscordPlatform, ana: Person, general: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interactions, "HOLD", 3600.0)
    message = await a_message(place, general, Button("step.check", "Check", "s1"))
    place.listener.asks, place.listener.pause = False, 3600.0
    made = await begun(place, ana, general, typed("incident"))
    clicked = await pressed(place, ana, message, "Check")

    assert (made.answer, clicked.answer) == (5, 6)
    await place.listener.drop()


async def test_a_form_that_nobody_foresaw_is_offered_by_a_button(
    place: DiscordPlatform, ana: Person, general: str
) -> None:
    place.listener.asks = False
    place.listener.answer = lambda _: AskForm(FORM)
    made = await begun(place, ana, general, typed("incident"))

    assert made.answer == 5
    await eventually(lambda: "Fill it in" in said(made))
    assert await place.forms(ana) == [FORM]


async def test_a_form_is_the_first_answer(
    place: DiscordPlatform, ana: Person, general: str
) -> None:
    place.listener.answer = lambda _: AskForm(FORM)
    made = await begun(place, ana, general, typed("incident"))
    assert made.answer == 9
    assert place.world.ephemeral == []

    user, modal = place.world.modals[-1]
    part = {"type": 4, "custom_id": "name", "value": "db"}
    filled = {"custom_id": modal["custom_id"], "components": [{"type": 18, "component": part}]}
    place.listener.answer = lambda _: FormErrors({"name": "is taken"})
    made = await begun(place, ana, general, filled, kind=5)
    answered = (await heard(place)).payload
    assert user == ana.id
    assert answered == FormSubmission("incident.start", "kept with us", {"name": "db"})

    # What is wrong is said, and the way back keeps what was typed.
    await eventually(lambda: "Name: is taken" in said(made))
    assert made.original is not None
    again = await pressed(place, ana, made.original, "Correct it")
    assert again.answer == 9
    label = place.world.modals[-1][1]["components"][0]
    assert label["component"]["value"] == "db"


async def test_somebody_elses_form_is_not_theirs_to_fill_in(
    place: DiscordPlatform, ana: Person, general: str
) -> None:
    bo = await place.someone("bo")
    place.listener.answer = lambda _: AskForm(FORM)
    await begun(place, ana, general, typed("incident"))
    heard = len(place.listener.heard)

    for custom_id in (place.world.modals[-1][1]["custom_id"], "form|" + "0" * 32, "form|", "x"):
        part = {"type": 4, "custom_id": "name", "value": "db"}
        data = {"custom_id": custom_id, "components": [{"type": 18, "component": part}]}
        made = await begun(place, bo, general, data, kind=5)
        assert "closed" in said(made)
    assert len(place.listener.heard) == heard


async def test_a_button_is_acknowledged_at_once(
    place: DiscordPlatform, ana: Person, general: str
) -> None:
    message = await a_message(place, general, Button("step.check", "Check", "s1"))
    place.listener.pause = 0.5
    made = await pressed(place, ana, message, "Check")

    assert made.answer == 6
    event = await heard(place)
    where = Address("discord", place.workspace, general).at(message["id"])
    assert event.payload == Click("step.check", "s1", where)
    await place.adapter.whisper(event.address, ana, Card("psst"), key="w", ticket=event.ticket)
    assert [lines(one) for one in place.world.ephemeral] == [["psst"]]
    assert lines(place.world.messages[general][0])[0] == "panel"


async def test_what_is_hard_to_undo_is_asked_first(
    place: DiscordPlatform, ana: Person, general: str
) -> None:
    end = Button("incident.end", "End", "INC-1", confirm="End INC-1? " + "x" * 200)
    message = await a_message(place, general, end)
    await pressed(place, ana, message, "End")
    assert place.listener.heard == []
    question = place.world.ephemeral[-1]
    assert lines(question)[0].startswith("End INC-1? xxx")

    await pressed(place, ana, question, "Yes")
    where = Address("discord", place.workspace, general).at(message["id"])
    assert [one.payload for one in place.listener.heard] == [Click("incident.end", "INC-1", where)]


async def test_a_button_still_works_after_a_restart(
    place: DiscordPlatform, ana: Person, general: str, database: Database, clock: SetClock
) -> None:
    long = Button("a" * 40, "Long", "v" * 60)
    message = await a_message(place, general, Button("step.check", "Check", "s1"), long)

    async with connected(place.standin, database, clock) as later:
        made = await place.standin.press(
            ana.id,
            general,
            message,
            next(p["custom_id"] for p in walk(message["components"]) if p.get("label") == "Long"),
        )
        await eventually(lambda: made.answer is not None)
        await eventually(lambda: len(later.listener.heard) > 0)
        payload = later.listener.heard[-1].payload
        assert isinstance(payload, Click)
        assert (payload.action, payload.value) == ("a" * 40, "v" * 60)
        event = later.listener.heard[-1]
        # The answer is given by a process that never saw the press.
        await place.adapter.whisper(event.address, ana, Card("done"), key="w", ticket=event.ticket)
    assert [lines(one) for one in place.world.ephemeral] == [["done"]]


async def test_a_button_that_nobody_knows_is_told_so(
    place: DiscordPlatform, ana: Person, general: str
) -> None:
    message = await a_message(place, general, Button("step.check", "Check", "s1"))
    for custom_id in ("x", "1|2|3", "#1|" + "0" * 32, "menu|1"):
        made = await place.standin.press(ana.id, general, message, custom_id)
        await eventually(lambda made=made: made.answer is not None)
        assert "not known any more" in said(made)
    assert place.listener.heard == []


async def test_a_message_delivered_twice_counts_once(
    place: DiscordPlatform, ana: Person, general: str
) -> None:
    made = await begun(place, ana, general, typed("incident"))
    handed = place.listener.handed
    await place.standin.again()
    await eventually(lambda: place.listener.handed > handed)

    assert len(place.listener.heard) == 1
    assert made.answer == 5


async def test_a_double_click_is_two_events_and_a_replay_is_none(
    place: DiscordPlatform, ana: Person, general: str
) -> None:
    message = await a_message(place, general, Button("step.check", "Check", "s1"))
    await asyncio.gather(*(pressed(place, ana, message, "Check") for _ in range(2)))
    await place.standin.drop()
    await eventually(lambda: place.standin.resumed == 1)
    await pressed(place, ana, message, "Check")

    assert len({one.dedupe_key for one in place.listener.heard}) == 3
    assert len(place.listener.heard) == 3


async def test_an_incident_is_begun_from_a_message(
    place: DiscordPlatform, ana: Person, general: str
) -> None:
    message = place.world.new_message(general, ana.id, {"content": "the **db** is down"})
    data = {
        "id": "1", "type": 3, "name": "Start incident", "target_id": message["id"],
        "resolved": {"messages": {message["id"]: message}},
    }  # fmt: skip
    await begun(place, ana, general, data)

    where = Address("discord", place.workspace, general).at(message["id"])
    payload = (await heard(place)).payload
    assert isinstance(payload, MessageMenu)
    assert (payload.action, payload.message, payload.text, payload.author.id) == (
        "incident.start", where, "the **db** is down", ana.id,
    )  # fmt: skip


async def test_a_line_is_completed(place: DiscordPlatform, ana: Person, general: str) -> None:
    focused = {"type": 3, "name": "options", "value": "outage", "focused": True}
    inner = {"type": 1, "name": "start", "options": [focused]}
    await begun(place, ana, general, {"id": "1", "name": "incident", "options": [inner]}, kind=4)

    assert [one["value"] for one in place.world.choices[-1]] == [f"outage {n}" for n in range(12)]


async def test_what_cannot_be_written_down_is_told_to_who_did_it(
    place: DiscordPlatform, ana: Person, general: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(inbound: Inbound) -> Receipt:
        raise Unavailable("The database is away.")

    monkeypatch.setattr(place.listener, "receive", away)
    made = await begun(place, ana, general, typed("incident"))

    assert made.answer == 4
    assert "try again" in said(made)


async def test_another_servers_events_are_left_out(
    place: DiscordPlatform, ana: Person, general: str
) -> None:
    place.world.guild, ours = "900000000000000009", place.world.guild
    await place.standin.interact(2, ana.id, general, typed("incident"))
    place.world.guild = ours
    await begun(place, ana, general, typed("incident"))

    assert len(place.listener.heard) == 1


async def test_who_takes_no_direct_messages_is_told_what_to_do(
    place: DiscordPlatform, ana: Person, general: str
) -> None:
    place.world.closed_to_directs.add(ana.id)
    where = Address("discord", place.workspace, general)
    await place.adapter.whisper(where, ana, Card("a secret"), key="w")

    shown = ["\n".join(lines(one)) for one in place.world.messages[general]]
    assert len(shown) == 1
    assert "Allow direct messages" in shown[0]
    assert "secret" not in shown[0]


async def test_an_answer_after_a_quarter_of_an_hour_comes_directly(
    place: DiscordPlatform, ana: Person, general: str, clock: SetClock
) -> None:
    await begun(place, ana, general, typed("incident"))
    event = await heard(place)
    clock.advance(minutes=16)
    await place.adapter.whisper(event.address, ana, Card("late"), key="w", ticket=event.ticket)

    direct = place.world.messages[place.world.direct(ana.id)["id"]]
    assert [lines(one) for one in direct] == [["late"]]
