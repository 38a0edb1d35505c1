"""From the first word to the room of an incident, alike on every platform."""

from __future__ import annotations

import pytest

from tests.adapters.marks import on_one_database
from tests.adapters.venue import Shown, Venue, said
from tests.bench import eventually

pytestmark = on_one_database


async def started(venue: Venue, line: str = 'outage "Checkout is down"') -> tuple[Venue, str]:
    """Where the incident is talked about that ana starts in the square."""
    told = await venue.say("ana", venue.square, f"/incident start {line}")
    assert "INC-00001 is started" in said(told)
    return await venue.room()


async def test_what_was_not_said_is_asked_for_in_a_form(venue: Venue) -> None:
    await venue.say("ana", venue.square, "/incident start")
    assert await venue.form("ana") == "Start an incident"
    assert await venue.fill("ana", playbook="outage", name=" ")
    assert await venue.form("ana") == "Start an incident"
    assert await venue.fill("ana", playbook="outage", name="Checkout is down") == ""

    there, room = await venue.room()
    assert there is venue
    assert "Checkout is down" in (await venue.panel(room)).text
    assert await venue.inside("ana", room)
    assert await venue.find("ana", room, "started INC-00001 with the playbook Service outage")
    assert "INC-00001" in (await venue.find("cy", venue.square, "Checkout is down")).text
    mine = said(await venue.private("ana"))
    assert "INC-00001 is started: Checkout is down" in mine
    assert "What to do first in INC-00001" in mine
    assert not await venue.private("cy")


async def test_a_stranger_is_told_so_and_nothing_happens(venue: Venue) -> None:
    if venue.platform == "local":
        pytest.skip("nobody comes in there without an account")
    venue.people["zoe"] = (await venue.enter("zoe")).id
    told = await venue.say("zoe", venue.square, "/incident start outage x")
    assert "do not know you" in said(told)
    assert "There is no incident yet" in said(
        await venue.say("ana", venue.square, "/incident list")
    )


async def test_an_incident_is_started_from_what_somebody_said(venue: Venue) -> None:
    words = "The shop shows 500, @everyone"
    message = await venue.talk("bo", venue.square, words)
    if venue.can.message_menu:
        await venue.menu("ana", message)
        assert await venue.form("ana") == "Start an incident"
        assert await venue.fill("ana", playbook="outage", name="Shop") == ""
    else:
        line = f"/incident start outage Shop --from {venue.link(message)}"
        assert "INC-00001 is started" in said(await venue.say("ana", venue.square, line))

    _, room = await venue.room()
    quoted = await venue.find("ana", room, words)
    assert not venue.pings(quoted)


async def test_people_are_let_in_and_other_channels_follow(venue: Venue) -> None:
    _, room = await started(venue)
    assert not await venue.inside("bo", room)
    told = await venue.say("ana", room, "/incident invite @bo")
    assert "Invited to INC-00001: @bo" in said(told)
    assert await venue.inside("bo", room)

    told = await venue.say("ana", room, f"/incident announce #{venue.side}")
    assert f"is announced in #{venue.side}" in said(told)
    side = await venue.channel_called(venue.side)
    announced = await venue.find("cy", side, "INC-00001")
    assert "HIGH" in announced.text
    await venue.press("cy", announced, "Join")
    assert await venue.inside("cy", room)

    await venue.say("ana", room, "/incident severity CRITICAL")
    await venue.say("ana", room, "/incident update We roll back, @everyone")
    await venue.say("ana", room, "/incident end")

    async def closed() -> bool:
        now = (await venue.again("cy", announced)).text
        return "CRITICAL" in now and "Closed" in now

    await eventually(closed)
    below = await venue.find("cy", side, "We roll back, @everyone")
    assert below.thread == announced.id
    assert not venue.pings(below)


async def test_a_private_incident_is_for_those_alone_who_are_let_in(venue: Venue) -> None:
    there, room = await started(venue, "security-breach Stolen laptop")
    if venue.can.private_channels:
        assert there is venue
    else:
        # Nothing can be kept private there, and who started it is told where they talk.
        assert there.platform == "local"
        assert "INC-00001 has its room in Tocsin's own chat" in said(await venue.private("ana"))
    assert not await there.read("bo", room)
    assert not [one for one in await venue.read("cy", venue.square) if one.ours]

    told = await there.say("ana", room, f"/incident announce #{there.side}")
    assert "key, severity and status, and nothing else" in said(told)
    await there.say("ana", room, "/incident update Mallory has it")
    await there.say("ana", room, "/incident severity EMERGENCY")
    await there.say("ana", room, "/incident invite @bo")

    assert "Mallory has it" in await there.texts("bo", room)
    assert not await there.read("cy", room)
    side = await there.channel_called(there.side)
    announced = await there.find("cy", side, "INC-00001")
    await eventually(lambda: _has(there, announced, "EMERGENCY"))
    assert "private incident" in announced.text
    for place in (side, there.square):
        shown = said([one for one in await there.read("cy", place) if one.ours])
        assert "laptop" not in shown
        assert "Mallory" not in shown


async def _has(venue: Venue, message: Shown, words: str) -> bool:
    return words in (await venue.again("cy", message)).text
