"""An incident from its start to its end, in Slack alone."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.slack.inbound import command
from automation.execution import ExecutionStatus
from chat.clock import SystemClock
from tests.adapters.slack.platform import seen
from tests.adapters.slack.standin import serving
from tests.adapters.slack.workspace import Workspace, set_up, workspace
from tests.adapters.slack.world import Json
from tests.automation.runs import ECHO, written
from tests.bench import eventually, on_the_bench


@pytest.fixture(params=["socket", "http"])
async def place(
    request: pytest.FixtureRequest,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncGenerator[Workspace]:
    """A bot in a workspace, over a socket and over HTTP in turn."""
    http = request.param == "http"
    async with workspace(database_url, tmp_path / "home", monkeypatch, http=http) as opened:
        yield opened


async def test_an_incident_from_start_to_end(place: Workspace) -> None:
    ana = await place.hire("ana", "commander")
    await place.hire("bo", "approver")
    general = place.world.named("general")

    # It is started by a command, in a channel that the bot has not joined.
    told = await place.say("ana", general, '/incident start outage "Checkout is down"')
    assert any("INC-00001 is started: Checkout is down" in text for text in told)
    room = await place.room()
    assert room.name == "inc-00001-checkout-is-down"
    assert ana in room.members
    assert any("INC-00001" in text for text in place.texts(general))

    # Steps are checked by their button and by a command; the panel is edited in place.
    await place.press("ana", room, place.panel(room), "Check")
    assert "is checked" in (await place.say("ana", room, "/incident check 2"))[0]
    await eventually(lambda: "(2/5)" in seen(place.panel(room)))

    # A runbook's step waits for somebody else, who answers by a button.
    await place.say("ana", room, "/incident invite <@" + place.people["bo"] + "|bo>")
    assert place.people["bo"] in room.members
    risky = {**ECHO, "name": "Risky", "approval": {"role": "approver"}}
    runbook = await written(place.bench, ECHO, risky)
    await place.say("ana", room, f"/runbook run {runbook}")
    asking = next(one for one in reversed(room.messages) if "APR-00001" in seen(one))
    await place.press("bo", room, asking, "Approve")
    executions = place.bench.house.desks.executions
    admin = await place.bench.actor("admin")

    async def completed() -> bool:
        detail = await executions.detail(admin, "RUN-00001")
        return detail.execution.status is ExecutionStatus.COMPLETED

    await eventually(completed)

    # People are told how it stands, and it is ended.
    await place.say("ana", room, "/incident update We are *rolling* back, <!here>")
    assert any("We are rolling back, @here" in text for text in place.texts(room))
    await place.press("ana", room, place.panel(room), "End incident")
    await eventually(lambda: "Closed" in seen(place.panel(room)))
    await place.say("ana", room, "/incident export")
    direct = place.world.direct(ana)
    file = next(one["files"][0] for one in direct.messages if one.get("files"))
    exported = place.world.contents[file["id"]].decode()
    assert "We are rolling back, @here" in exported
    assert exported.count("INC-00001") > 1


async def test_an_incident_is_started_from_a_message_by_a_form(place: Workspace) -> None:
    ana = await place.hire("ana", "commander")
    general = place.world.named("general")
    said: Json = {"type": "message", "user": ana, "text": "checkout is *slow* &lt;here&gt;"}
    message = place.world.add_message(general, said)
    await place.deliver(place.slack.chosen(ana, general.id, message))
    await place.quiet()

    refused = await place.fill("ana", playbook="outage", name=" ")
    assert refused["response_action"] == "errors"
    assert set(refused["errors"]) == {"name"}
    await place.fill("ana", playbook="outage", name="Slow checkout")
    room = await place.room()
    assert room.name == "inc-00001-slow-checkout"
    assert any("checkout is *slow* <here>" in text for text in place.texts(room))


async def test_what_was_pressed_before_a_crash_is_answered_after_it(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The journal holds the event with all that is needed to answer it."""
    async with serving(SystemClock()) as slack:
        set_up(monkeypatch, slack)
        async with on_the_bench(database_url, tmp_path / "home") as bench:
            first = Workspace(bench, slack, http=False)
            await first.hire("ana", "commander")
            general = first.world.named("general")
            typed = slack.slash(first.people["ana"], general.id, "/incident list")
            event, now = command(typed), bench.house.clock.now()
            # Written down, and then the process died; in a cluster nobody is sure of that at once.
            then = now - timedelta(minutes=3)
            await bench.house.acts.run(lambda to: to.journal.receive(event, then))
        assert slack.world.ephemeral == []
        async with on_the_bench(database_url, tmp_path / "home") as bench:
            second = Workspace(bench, slack, http=False)
            await second.quiet()
            ((_, _, shown),) = slack.world.ephemeral
            assert "incident" in seen(shown)
            # Slack, which was not answered, delivers it again.
            await second.deliver(typed)
            await second.quiet()
            assert len(slack.world.ephemeral) == 1
