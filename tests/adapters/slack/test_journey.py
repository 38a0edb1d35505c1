"""An incident over a socket and over HTTP; its whole course is the shared journey's."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.slack.inbound import command
from chat.clock import SystemClock
from tests.adapters.slack.platform import seen
from tests.adapters.slack.standin import serving
from tests.adapters.slack.workspace import Workspace, set_up, workspace
from tests.adapters.slack.world import Json
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

    # What is typed and pressed there is answered over either.
    await place.press("ana", room, place.panel(room), "Check")
    assert "is checked" in (await place.say("ana", room, "/incident check 2"))[0]
    await eventually(lambda: "(2/5)" in seen(place.panel(room)))


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
