"""What a platform refuses for good is told to whoever asked, and shown wherever people look."""

from __future__ import annotations

import pytest

from chat.errors import Refused
from tests.bench import Bench
from tests.web.visitor import visiting

ROOM = "inc-00001-db"


@pytest.fixture
async def begun(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """An incident, to whose channel the platform lets in nobody more."""
    await bench.hire("bo")
    await bench.say("ana", "general", "/incident start --playbook outage --name db")

    async def refuse(*_: object) -> None:
        raise Refused("The platform did not let in: @bo (they left).")

    monkeypatch.setattr(bench.house.adapters["local"], "invite", refuse)
    await bench.say("ana", ROOM, "/incident invite @bo")
    return bench


async def told(bench: Bench, who: str) -> list[str]:
    """What the bot wrote to somebody directly."""
    person = await bench.person(who)
    channels = await bench.house.rooms.channels(person)
    direct = next(one for one in channels if one.kind.value == "direct")
    return [one.text for one in await bench.house.rooms.messages(person, direct.id, limit=200)]


async def test_whoever_asked_is_told_once_why(begun: Bench) -> None:
    assert sum("could not let in @bo" in text for text in await told(begun, "ana")) == 1
    assert any("they left" in text for text in await told(begun, "ana"))


async def test_the_incident_shows_it_on_its_page_and_in_the_api(begun: Bench) -> None:
    async with begun.http("ana") as client:
        answer = await client.get("/api/incidents/INC-00001/")
        (undelivered,) = (await answer.json())["undelivered"]
    assert undelivered["what"] == "let in @bo"
    assert "they left" in undelivered["why"]

    async with visiting(begun, "ana") as visitor:
        page = (await visitor.get("/incidents/INC-00001")).page
    assert "could not let in @bo: The platform did not let in" in page.text


async def test_the_operator_lists_it_and_has_it_tried_again(
    begun: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = begun.house
    (given_up,) = await house.acts.read(lambda to: to.outbox.given_up())
    monkeypatch.undo()
    assert await house.acts.run(lambda to: to.outbox.retry(given_up.id))
    await begun.settle()

    members = (await house.adapters["local"].channel(given_up.outgoing.address)).members
    assert "bo" in {person.name for person in members}
    assert await house.acts.read(lambda to: to.outbox.given_up()) == ()
