"""An incident from its start to its end, in Discord alone."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from automation.execution import ExecutionStatus
from tests.adapters.discord.server import Server, server
from tests.adapters.discord.shown import lines
from tests.adapters.discord.world import Json
from tests.automation.runs import ECHO, written
from tests.bench import eventually


@pytest.fixture
async def place(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[Server]:
    """A bot in a server, on each database in turn."""
    async with server(database_url, tmp_path / "home", monkeypatch) as opened:
        yield opened


def says(message: Json) -> str:
    return "\n".join(lines(message))


async def test_an_incident_from_start_to_end(place: Server) -> None:
    ana = await place.hire("ana", "commander")
    bo = await place.hire("bo", "approver")

    # A command without words opens the form at once, and the form starts the incident.
    asked = await place.typed("ana", place.general, "/incident start")
    assert asked.answer == 9
    options = next(
        one["component"]["options"]
        for one in place.world.modals[-1][1]["components"]
        if one["component"].get("custom_id") == "playbook"
    )
    outage = next(one["value"] for one in options if one["label"] == "Service outage")
    await place.fill("ana", place.general, playbook=outage, name="Checkout is down")
    room = await place.room("inc-00001-checkout-is-down")
    assert any(f"Welcome: (@{ana})" in text for text in place.texts(room))
    assert any("INC-00001" in text for text in place.texts(place.general))

    # Steps are checked by their button and by a command; the panel is edited in place.
    await place.press("ana", place.panel(room), "Check", about="1.")
    assert "is checked" in (await place.say("ana", room, "/incident check 2"))[0]
    await eventually(lambda: "(2/" in says(place.panel(room)))

    # A runbook waits for somebody else, who answers by a button.
    await place.say("ana", room, f"/incident invite <@{bo}>")
    risky = {**ECHO, "name": "Risky", "approval": {"role": "approver"}}
    runbook = await written(place.bench, ECHO, risky)
    await place.say("ana", room, f"/runbook run {runbook}")
    asking = next(one for one in reversed(place.world.messages[room]) if "Approve" in lines(one))
    await place.press("bo", asking, "Approve")
    admin = await place.bench.actor("admin")

    async def completed() -> bool:
        detail = await place.bench.house.desks.executions.detail(admin, "RUN-00001")
        return detail.execution.status is ExecutionStatus.COMPLETED

    await eventually(completed)
    await place.bench.settle()

    # People are told how it stands; nobody is notified by what was typed.
    await place.say("ana", room, "/incident update We are **rolling** back, @everyone")
    assert any("We are rolling back, @everyone" in text for text in place.texts(room))
    assert all(
        one.get("allowed", {"parse": []})["parse"] == [] for one in place.world.messages[room]
    )

    # Ending asks first, and the answer counts for the panel.
    before = len(place.world.ephemeral)
    await place.press("ana", place.panel(room), "End incident")
    question = place.world.ephemeral[before]
    assert "End INC-00001?" in says(question)
    await place.press("ana", question, "Yes")
    await eventually(lambda: "Closed" in says(place.panel(room)))

    # The whole channel can be had as a file, by those alone who ask.
    exported = await place.typed("ana", room, "/incident export")
    assert exported.original is not None
    name, content = place.world.files[-1]
    assert name.endswith(".csv")
    assert "rolling" in content


async def test_a_private_incident_is_seen_by_those_invited(place: Server) -> None:
    await place.hire("ana", "commander")
    bo = await place.hire("bo")
    await place.say("ana", place.general, "/playbook new Quiet")
    await place.typed("ana", place.general, "/playbook edit quiet")
    await place.fill("ana", place.general, public="false")
    await place.say("ana", place.general, "/incident start --playbook quiet --name Leak")
    room = await place.room("inc-00001-leak")

    assert not place.world.sees(bo, room)
    await place.say("ana", room, f"/incident invite <@{bo}>")
    assert place.world.sees(bo, room)
