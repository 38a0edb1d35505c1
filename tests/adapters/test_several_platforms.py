"""One incident on Slack and Teams together, and in Tocsin's own chat."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from chat.clock import SystemClock
from chat.errors import BadInput
from playbooks.draft import PlaybookDraft
from security.actor import SYSTEM
from tests.adapters.slack.platform import seen
from tests.adapters.slack.standin import serving
from tests.adapters.slack.workspace import Workspace, set_up, workspace
from tests.adapters.teams.journey import Team, on_teams
from tests.adapters.teams.platform import person, standing, text
from tests.adapters.teams.standin import ROOMS, TEAM
from tests.bench import Bench, eventually, on_the_bench


@dataclass
class Both:
    """One bot, and people of two platforms."""

    bench: Bench
    slack: Workspace
    teams: Team


@pytest.fixture
async def both(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[Both]:
    """A bot whose settings name a Slack workspace and a team, on each database in turn."""
    async with both_platforms(database_url, tmp_path, monkeypatch) as opened:
        yield opened


@asynccontextmanager
async def both_platforms(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[Both]:
    """The same, for a test that has settings to make before."""
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(serving(SystemClock()))
        set_up(monkeypatch, slack)
        vendor = await stack.enter_async_context(standing(SystemClock().now))
        bench = await stack.enter_async_context(on_teams(vendor, database_url, tmp_path / "home"))
        await slack.connected()
        yield Both(bench, Workspace(bench, slack, http=False), Team(bench, vendor))


async def test_one_incident_is_worked_on_in_both(both: Both) -> None:
    slack, teams = both.slack, both.teams
    await slack.hire("ana", "commander")
    general = slack.world.named("general")
    bo = await teams.join("bo", "commander")

    # Ana starts it in Slack. She is nobody in Teams yet, so she links the two.
    await slack.say("ana", general, '/incident start outage "Checkout is down"')
    room = await slack.room()
    (refused,) = await slack.say("ana", room, "/incident link teams #Incidents")
    assert "do not know who you are on teams" in refused
    ana_there = teams.vendor.hire("ana")
    await teams.say(ana_there, ROOMS, "link")
    code = teams.told(ana_there).split("/link ")[1].split()[0].rstrip(".")
    (asked,) = await slack.say("ana", room, f"/link {code}")
    assert "Go on only if both are you" in asked
    (_, _, question) = slack.world.ephemeral[-1]
    await slack.press("ana", room, question, "Both are me")
    assert "is @ana from now on" in seen(slack.world.ephemeral[-1][2])

    # She links a channel of Teams: a thread with the same panel comes there.
    told = await slack.say("ana", room, "/incident link teams #Incidents")
    assert "is worked on in" in told[0]
    there = teams.room("Checkout is down")
    panel = teams.panel(there)
    assert "INC-00001" in text(panel)

    # Bo joins. What he presses in Teams is seen in Slack, and the other way round.
    await teams.say(bo, panel.conversation, "incident join")
    await teams.press(bo, panel, "Check")
    await eventually(lambda: "(1/5)" in seen(slack.panel(room)))
    await slack.press("ana", room, slack.panel(room), "Check")
    await eventually(lambda: "2/5" in text(panel))

    # Updates go to both; so do words, once that is wanted.
    await teams.say(bo, panel.conversation, "incident update The disk is full")
    assert any("The disk is full" in one for one in slack.texts(room))
    await slack.say("ana", room, "/incident relay on")
    words = {
        "type": "message",
        "user": slack.people["ana"],
        "text": "deleting *logs* &lt;!here&gt;",
    }
    posted = slack.world.add_message(room, words)
    await slack.deliver(slack.slack.event({**posted, "channel": room.id}))
    await slack.quiet()
    passed = [one for one in teams.texts(there) if "deleting" in one]
    assert len(passed) == 1
    assert "in #inc-00001-checkout-is-down (slack)" in passed[0]

    # It is ended in Teams, and closed in both.
    await teams.say(bo, panel.conversation, "incident end")
    await eventually(lambda: "Closed" in seen(slack.panel(room)))
    assert any("INC-00001 is closed" in one for one in slack.texts(room))
    await eventually(lambda: "Restart" in text(teams.panel(there)))


async def test_a_thread_in_any_channel_of_teams_is_worked_in_and_let_go(both: Both) -> None:
    slack, teams = both.slack, both.teams
    await slack.hire("ana", "commander")
    ana = teams.vendor.hire("ana")
    await teams.link("ana", person(ana))
    cy = await teams.join("cy", "commander")
    await slack.say(
        "ana", slack.world.named("general"), '/incident start outage "Checkout is down"'
    )
    room = await slack.room()

    # Nothing is begun there for somebody who may not link it.
    before = len(teams.vendor.in_conversation(TEAM))
    asked = await teams.say(cy, ROOMS, "incident link teams #General INC-00001")
    assert any(
        "Only participants" in one for one in [teams.told(cy), *teams.texts(asked.conversation)]
    )
    assert len(teams.vendor.in_conversation(TEAM)) == before

    for unlinked in ("incident unlink", "/incident unlink teams #General"):
        assert (
            "is worked on in" in (await slack.say("ana", room, "/incident link teams #General"))[0]
        )
        there = teams.vendor.in_conversation(TEAM)[-1].conversation

        # Commands without a key mean this incident, and words are passed on.
        await teams.say(ana, there, "incident update The disk is full")
        assert any("The disk is full" in one for one in slack.texts(room))
        await slack.say("ana", room, "/incident relay on")
        await teams.vendor.bring(teams.vendor.spoken(ana, there, f"before {unlinked}"))
        await teams.settle()
        assert any(f"before {unlinked}" in one for one in slack.texts(room))

        if unlinked.startswith("/"):
            await slack.say("ana", room, unlinked)
        else:
            await teams.say(ana, there, unlinked)
        assert "no longer belongs to INC-00001" in teams.texts(there)[-1]


async def test_a_playbook_announces_on_another_platform(both: Both) -> None:
    slack, teams = both.slack, both.teams
    general = slack.world.named("general")
    ana = await teams.join("ana", "commander")
    playbooks = both.bench.house.desks.playbooks
    draft = PlaybookDraft.of(await playbooks.find(SYSTEM, "outage"))
    elsewhere = replace(draft.settings, announce_in=("slack:#general", "slack:nosuch"))
    await playbooks.edit(SYSTEM, "outage", replace(draft, settings=elsewhere))

    await teams.say(ana, ROOMS, 'incident start outage "Checkout is down"')

    (told,) = [one for one in slack.texts(general) if "INC-00001" in one]
    assert "Ongoing" in told
    direct = teams.texts(teams.vendor.chat(ana) or "")
    assert any("is not announced in #slack:nosuch" in one for one in direct)
    panel = teams.panel(teams.room("Checkout is down"))
    await teams.say(ana, panel.conversation, "incident end")
    await eventually(lambda: any("Closed" in one for one in slack.texts(general)))


@pytest.mark.parametrize(
    ("wanted", "opened"), [("", "local"), ("slack", "slack"), ("teams", "teams")]
)
async def test_what_no_chat_started_opens_where_the_operator_says(
    wanted: str, opened: str, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOCSIN_INCIDENT_PLATFORM", wanted)
    async with both_platforms(database_url, tmp_path, monkeypatch) as both:
        async with both.bench.http() as http:
            wish = {"playbook": "outage", "name": "Checkout is down"}
            answer = await http.post("/api/incidents/", json=wish)
            assert answer.status == 201
        await both.bench.settle()
        detail = await both.bench.house.desks.incidents.detail(SYSTEM, "INC-00001")
        assert [room.address.platform for room in detail.rooms] == [opened]


async def test_with_one_platform_it_opens_there(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with workspace(database_url, tmp_path / "home", monkeypatch, http=False) as place:
        async with place.bench.http() as http:
            await http.post("/api/incidents/", json={"playbook": "outage", "name": "Down"})
        await place.bench.settle()

        room = await place.room()

        assert room.name == "inc-00001-down"


async def test_a_platform_that_is_not_connected_is_refused_at_the_start(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOCSIN_INCIDENT_PLATFORM", "slak")
    with pytest.raises(BadInput, match=r"TOCSIN_INCIDENT_PLATFORM is “slak”.*Connected are: local"):
        async with on_the_bench(database_url, tmp_path / "home"):
            pass
