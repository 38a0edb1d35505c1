"""What `tocsin doctor` finds out about Teams."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chat.health import State
from tests.adapters.marks import on_one_database
from tests.adapters.teams.platform import TeamsPlatform
from tests.clock import SetClock

pytestmark = on_one_database


async def found(teams: TeamsPlatform) -> dict[str, tuple[State, str]]:
    return {each.subject: (each.state, each.told) async for each in teams.teams.examine()}


@pytest.fixture
def now(clock: SetClock) -> SetClock:
    """Now, by the stand-in's HTTP headers too."""
    clock.set(datetime.now(UTC))
    return clock


async def test_all_that_is_well(now: SetClock, teams: TeamsPlatform) -> None:
    teams.vendor.hire("ana")
    said = await found(teams)

    # The stand-in cannot be reached under the public address of the tests.
    callback = said.pop("teams callback")
    assert callback[0] is State.WRONG
    assert {state for state, _ in said.values()} == {State.OK}
    assert "“Operations”" in said["teams team"][1]
    assert "threads in “Incidents”" in said["teams channel"][1]
    assert "1 people in the team, 1 of them" in said["teams people"][1]


async def test_a_wrong_password_hides_nothing_else(now: SetClock, teams: TeamsPlatform) -> None:
    teams.vendor.password = "changed"
    said = await found(teams)

    assert said["teams token"][0] is State.WRONG
    assert "AADSTS7000215" in said["teams token"][1]
    assert "app-password" not in str(said)
    assert said["teams keys"][0] is State.OK


async def test_a_clock_that_is_wrong(now: SetClock, teams: TeamsPlatform) -> None:
    now.advance(timedelta(minutes=10))
    said = await found(teams)

    assert said["teams clock"][0] is State.WRONG
    assert "differs from Microsoft's by" in said["teams clock"][1]


async def test_a_channel_and_a_team_that_are_gone(now: SetClock, teams: TeamsPlatform) -> None:
    del teams.vendor.channels["19:incidents@thread.tacv2"]
    assert "no channel of the team" in (await found(teams))["teams channel"][1]

    teams.vendor.team = "19:another@thread.tacv2"
    said = await found(teams)
    assert said["teams team"][0] is State.WRONG
    assert "not in that team" in said["teams team"][1]


async def test_permissions_one_by_one(now: SetClock, with_graph: TeamsPlatform) -> None:
    with_graph.vendor.roles = ["Channel.Create", "ChannelMessage.Read.All"]
    said = await found(with_graph)

    assert said["teams graph Channel.Create"] == (State.OK, "Makes a channel for each incident.")
    assert "ChannelSettings.ReadWrite.Group" in said["teams graph ChannelSettings.ReadWrite.All"][1]
    state, told = said["teams graph ChannelMember.ReadWrite.All"]
    assert state is State.WRONG
    assert "Give it in Entra" in told


async def test_what_does_not_answer(now: SetClock, teams: TeamsPlatform) -> None:
    await teams.vendor.stop()
    said = await found(teams)

    assert {state for state, _ in said.values()} == {State.WRONG}
