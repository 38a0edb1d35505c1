"""One approval in Slack and in Teams: pressed at once, answered in one, seen in both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from automation.approval import ApprovalStatus
from automation.execution import ExecutionStatus
from automation.executions.desk import ExecutionDetail
from chat.clock import SystemClock
from chat.rooms import ChannelKind, LocalMessage
from tests.adapters.slack.platform import seen
from tests.adapters.slack.standin import serving
from tests.adapters.slack.workspace import Workspace, set_up
from tests.adapters.slack.world import Channel, Json
from tests.adapters.teams.journey import Team, on_teams
from tests.adapters.teams.platform import person, standing, text
from tests.adapters.teams.standin import Message, User, card_of, pressable
from tests.automation.approving import RISKY
from tests.automation.runs import written
from tests.bench import Bench, eventually

WITHIN = 20


@dataclass
class Shared:
    """An incident with a room in each of the two, and somebody in each who may say yes.

    Attributes:
        ana: Began it, in Slack.
        cy: May answer, in Teams; `bo` may in Slack.
        there: The thread in Teams.
        stamp: Of the request in Slack.
        number: Id of the request in Teams.
    """

    bench: Bench
    slack: Workspace
    teams: Team
    room: Channel
    there: str
    cy: User
    stamp: str = ""
    number: str = ""

    async def ask(self) -> None:
        """Run what needs a yes, in Slack; both rooms show that it does."""
        runbook = {**RISKY, "approval": {"role": "approver"}}
        await written(self.bench, runbook)
        await self.slack.say("ana", self.room, "/runbook run try")
        await eventually(lambda: bool(self._slack() and self._teams()), within=WITHIN)
        self.stamp, self.number = self._slack()[0]["ts"], self._teams()[0].id

    def _slack(self) -> list[Json]:
        return [one for one in self.room.messages if "Asked by" in seen(one)]

    def _teams(self) -> list[Message]:
        said = self.teams.vendor.in_conversation(self.there)
        return [one for one in said if "Asked by" in text(one)]

    @property
    def on_slack(self) -> Json:
        """The request as the Slack room shows it."""
        return self.slack.world.message(self.room, self.stamp)

    @property
    def on_teams(self) -> Message:
        """The request as the thread in Teams shows it."""
        return self.teams.vendor.message(self.number)

    async def both_say(self, words: str) -> None:
        """Wait until both rooms say what became of it, with no button left."""

        def told() -> bool:
            return words in seen(self.on_slack) and words in text(self.on_teams)

        await eventually(told, within=WITHIN)
        assert "Reject" not in seen(self.on_slack)
        assert not pressable(card_of(self.on_teams))

    async def detail(self) -> ExecutionDetail:
        """The execution."""
        desk = self.bench.house.desks.executions
        return await desk.detail(await self.bench.actor("admin"), "RUN-1")


@pytest.fixture
async def shared(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[Shared]:
    """An incident in both, on each database in turn."""
    async with AsyncExitStack() as stack:
        vendor_slack = await stack.enter_async_context(serving(SystemClock()))
        set_up(monkeypatch, vendor_slack)
        vendor = await stack.enter_async_context(standing(SystemClock().now))
        bench = await stack.enter_async_context(on_teams(vendor, database_url, tmp_path / "home"))
        await vendor_slack.connected()
        slack, teams = Workspace(bench, vendor_slack, http=False), Team(bench, vendor)
        for name, role in (("ana", "commander"), ("bo", "approver")):
            await slack.hire(name, role)
        ana_there = vendor.hire("ana")
        await teams.link("ana", person(ana_there))
        cy = await teams.join("cy", "approver")
        general = slack.world.named("general")
        await slack.say("ana", general, '/incident start outage "Checkout is down"')
        room = await slack.room()
        await slack.say("ana", room, "/incident link teams #Incidents")
        yield Shared(bench, slack, teams, room, teams.room("Checkout is down"), cy)


async def test_pressed_in_both_at_once_one_counts_and_the_other_is_told(shared: Shared) -> None:
    await shared.ask()
    slack, teams = shared.slack, shared.teams
    said = len(slack.world.ephemeral)

    await asyncio.gather(
        slack.press("bo", shared.room, shared.on_slack, "Approve"),
        teams.press(shared.cy, shared.on_teams, "Approve"),
    )

    await shared.both_say("Was approved by")
    detail = await shared.detail()
    (approval,) = detail.approvals
    assert approval.status is ApprovalStatus.APPROVED
    answers = await shared.bench.house.acts.read(lambda to: to.approvals.answers(approval.id))
    assert len(answers) == 1
    told = [seen(one) for _, _, one in slack.world.ephemeral[said:]]
    if answers[0].name == "bo":
        told = teams.texts(teams.vendor.chat(shared.cy) or "")
    assert [one for one in told if "nothing more can be said to it" in one], told
    assert detail.execution.status is ExecutionStatus.COMPLETED


async def test_answered_in_teams_it_is_closed_in_slack(shared: Shared) -> None:
    await shared.ask()
    await shared.teams.press(shared.cy, shared.on_teams, "Approve")

    await shared.both_say("Was approved by @cy")
    assert (await shared.detail()).execution.status is ExecutionStatus.COMPLETED
    direct = [one for room in shared.slack.all if room.im for one in room.messages]
    assert [one for one in direct if "Was approved by @cy" in seen(one)]
    assert not [one for one in direct if "Approve" in seen(one)]


async def test_of_a_private_incident_both_rooms_follow_and_nobody_else_reads_it(
    shared: Shared,
) -> None:
    """Its rooms are a private channel in Slack, and one of Tocsin's own chat."""
    bench, slack, general = shared.bench, shared.slack, shared.slack.world.named("general")
    await slack.say("ana", general, "/incident start security-breach Breach")
    room = await slack.room()
    assert room.private
    ana, bo = await bench.person("ana"), await bench.person("bo")
    await bench.house.rooms.create(ana, "war", ChannelKind.PRIVATE, ("bo",))
    told = await slack.say("ana", room, "/incident link local #war")
    assert "is worked on in" in told[0], told
    await slack.say("ana", room, "/incident invite @bo")
    await written(bench, {**RISKY, "approval": {"role": "approver"}})

    await slack.say("ana", room, "/runbook run try")

    def on_slack() -> list[Json]:
        return [one for one in room.messages if "APR-00001" in seen(one)]

    async def here() -> list[LocalMessage]:
        found = await bench.house.rooms.messages(bo, "war")
        return [one for one in found if "Asked by" in one.text]

    await eventually(lambda: any("Asked by" in seen(one) for one in on_slack()), within=WITHIN)
    (request,) = await here()
    await bench.click("bo", request, "approval.approve")

    await eventually(
        lambda: any("Was approved by @bo" in seen(one) for one in on_slack()), within=WITHIN
    )
    again = await bench.house.rooms.message(bo, request.id)
    assert "Was approved by @bo" in again.text
    assert not [one for one in slack.texts(general) if "APR-" in one or "RUN-" in one]
    assert not [one for one in shared.teams.texts(shared.there) if "APR-" in one]
