"""Working on an incident: its panel, its people, what is told, and its end, on every platform."""

from __future__ import annotations

import csv
import io
from collections.abc import Awaitable

from tests.adapters.marks import on_one_database
from tests.adapters.test_journey_opening import started
from tests.adapters.venue import Shown, Venue, said
from tests.bench import eventually

pytestmark = on_one_database


async def comes_to_say(venue: Venue, room: str, *words: str) -> str:
    """What the panel reads once it says all of that: edits wait for the platform's pace."""

    async def says() -> bool:
        shown = (await venue.panel(room)).text
        return all(each in shown for each in words)

    try:
        await eventually(says)
    except TimeoutError:
        raise AssertionError(f"{words} are not in\n{(await venue.panel(room)).text}") from None
    return (await venue.panel(room)).text


async def test_the_panel_is_one_message_and_its_buttons_do_what_they_say(venue: Venue) -> None:
    _, room = await started(venue)
    first = await venue.panel(room)
    assert (first.ours, "(0/5)" in first.text or "0/5" in first.text) == (True, True)

    await venue.press("ana", first, "Check")
    await comes_to_say(venue, room, "1/5")
    ran = await venue.press("ana", await venue.panel(room), "Run")
    assert "Summary of INC-00001" in said(ran)
    await venue.press("ana", await venue.panel(room), "Severity")
    assert await venue.form("ana") == "Change the severity"
    assert await venue.fill("ana", severity="CRITICAL") == ""
    await comes_to_say(venue, room, "CRITICAL")
    await venue.press("ana", await venue.panel(room), "Next: Mitigate")
    await comes_to_say(venue, room, "Mitigate", "0/6", "Undo the likeliest change")

    assert (await venue.panel(room)).id == first.id
    assert "HIGH → CRITICAL" in await venue.texts("ana", room)


async def test_somebody_else_takes_over_and_roles_are_given(venue: Venue) -> None:
    await venue.hire("di", "commander")
    _, room = await started(venue)
    refused = await venue.say("ana", room, "/incident commander @di")
    assert "Add them first: /incident invite @di" in said(refused)
    await venue.say("ana", room, "/incident invite @di @cy")

    await venue.say("ana", room, "/incident commander @di")
    told = await venue.find("cy", room, "the commander.")
    assert venue.pings(told) == {"di"}
    assert "@cy is scribe of INC-00001" in said(
        await venue.say("di", room, "/incident role scribe @cy")
    )
    shown = await comes_to_say(venue, room, "Scribe")
    assert shown.casefold().index("commander") < shown.casefold().index("scribe")
    if venue.can.topic:
        await eventually(lambda: _topic_says(venue, room, "@di"))

    await venue.press("di", await venue.panel(room), "Commander")
    assert await venue.form("di") == "Change the commander"
    assert await venue.fill("di", person="ana") == ""
    await venue.quiet()
    assert venue.pings(await venue.find("cy", room, "the commander.")) == {"ana"}


async def _topic_says(venue: Venue, room: str, *words: str) -> bool:
    topic = (await venue.topic(room)).casefold()
    return all(word in topic for word in words)


async def test_an_answer_is_for_who_asked_alone(venue: Venue) -> None:
    _, room = await started(venue)
    await venue.say("ana", room, "/incident invite @bo @cy")
    before = [{one.id for one in await look} for look in _looks(venue, room)]

    for line, words in (
        ("/incident info", "Stage: 1/4 Triage"),
        ("/incident check 99", "99"),
        ("/incident severity CRITCAL", "Did you mean CRITICAL?"),
    ):
        told = await venue.say("cy", room, line)
        assert words in said(told)

    assert [{one.id for one in await look} for look in _looks(venue, room)] == before


def _looks(venue: Venue, room: str) -> tuple[Awaitable[list[Shown]], ...]:
    """What bo can see: in the room what the bot says, and what is for bo alone."""

    async def bots() -> list[Shown]:
        return [one for one in await venue.read("bo", room) if one.ours]

    return bots(), venue.private("bo")


async def test_updates_reminders_and_direct_messages(venue: Venue) -> None:
    _, room = await started(venue)
    await venue.say("ana", room, "/incident invite @bo")
    told = await venue.say("ana", room, "/incident update The disk is full, @bo --next 1m")
    assert "The next update is due in 1 min" in said(told)
    update = await venue.find("bo", room, "The disk is full, @bo")
    assert not venue.pings(update)

    venue.clock.advance(minutes=2)
    venue.bench.work.engine.wake()
    await eventually(lambda: _is_said(venue, room, "A status update is due"))
    reminder = await venue.find("bo", room, "A status update is due")
    assert venue.pings(reminder) == {"ana"}
    told = await venue.press("ana", reminder, "Snooze 15 min")
    assert "is due in 15 min" in said(told)
    await eventually(lambda: _is_said(venue, room, "This reminder of a status update is settled"))

    before = await venue.private("bo")
    await venue.say("ana", room, "/incident assign 1 @bo")
    (direct,) = [one for one in await venue.private("bo") if one not in before]
    assert "@ana gave you step 1 of INC-00001" in direct.text


async def _is_said(venue: Venue, room: str, words: str) -> bool:
    return words in await venue.texts("ana", room)


async def test_what_was_said_is_exported_with_its_threads(venue: Venue) -> None:
    _, room = await started(venue)
    await venue.say("ana", room, "/incident invite @bo")
    root = await venue.talk("bo", room, "Who touched the proxy?")
    await venue.talk("ana", room, "I did, sorry", below=root)

    told = await venue.say("ana", room, "/incident export")
    if not venue.can.history:
        assert f"{venue.platform} does not let us read a channel's history" in said(told)
        return
    (message,) = [one for one in told if one.files]
    name = "inc-00001-checkout-is-down.csv"
    assert message.files == (name,)
    body = (await venue.content("ana", message, name)).decode()
    rows = list(csv.DictReader(io.StringIO(body)))
    by_words = {row["Post Message"]: row for row in rows}
    asked, answered = by_words["Who touched the proxy?"], by_words["I did, sorry"]
    assert (asked["User Name"], answered["User Name"]) == ("bo", "ana")
    assert answered["Parent Post Id"] == (asked["Post Id"] if venue.nests else "")
    assert not await _is_said(venue, room, ".csv")


async def test_it_is_ended_by_its_button_and_taken_up_again(venue: Venue) -> None:
    _, room = await started(venue)
    old = await venue.panel(room)
    await venue.press("ana", old, "End incident")

    shown = await comes_to_say(venue, room, "Closed", "Restart")
    assert "Check" not in shown.split()
    assert "@ana ended the incident" in await venue.texts("ana", room)
    if venue.can.topic:
        await eventually(lambda: _topic_says(venue, room, "closed"))
    if venue.can.archive:
        await eventually(lambda: venue.archived(room))
    told = await venue.press("ana", old, "Check")
    assert "/incident restart INC-00001" in said(told)

    told = await venue.say("ana", venue.square, "/incident restart INC-1")
    assert "INC-00001 is ongoing again" in said(told)
    await comes_to_say(venue, room, "Ongoing")
    if venue.can.archive:
        assert not await venue.archived(room)
    assert "@ana restarted it" in await venue.texts("ana", room)
