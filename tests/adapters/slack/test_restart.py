"""What was pressed in Slack in the moment in which the bot died is done at its next start."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from adapters.slack import inbound
from automation.approval import ApprovalStatus
from automation.execution import ExecutionStatus
from chat.clock import SystemClock
from tests.adapters.slack.platform import seen
from tests.adapters.slack.standin import serving
from tests.adapters.slack.workspace import Workspace, control_of, set_up
from tests.automation.approving import RISKY
from tests.automation.runs import written
from tests.bench import eventually, on_the_bench

LONG_AGO = timedelta(minutes=10)
"""So long that no process of a cluster can still be at work on it."""


async def test_an_approval_pressed_just_before_the_bot_died_counts_at_the_next_start(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, clock = tmp_path / "home", SystemClock()
    async with serving(clock) as slack:
        set_up(monkeypatch, slack)
        general = slack.world.named("general")
        async with on_the_bench(database_url, home) as bench:
            await slack.connected()
            people = Workspace(bench, slack, http=False)
            await people.hire("ana", "commander")
            bo = await people.hire("bo", "approver")
            await written(bench, {**RISKY, "approval": {"role": "approver"}})
            await people.say("ana", general, "/runbook run try")
            await eventually(lambda: any("Asked by" in seen(one) for one in general.messages))
            request = next(one for one in general.messages if "Asked by" in seen(one))
            stamp = request["ts"]
            # It is written down and acknowledged, and the process comes no further.
            body = slack.press(bo, general.id, stamp, control_of(request, "Approve"))
            event = inbound.click(body)
            assert event is not None
            await bench.house.acts.run(lambda to: to.journal.receive(event, clock.now() - LONG_AGO))
            detail = await bench.house.desks.executions.detail(await bench.actor("admin"), "RUN-1")
            assert detail.approvals[0].pending

        async with on_the_bench(database_url, home) as bench:
            desk, admin = bench.house.desks.executions, await bench.actor("admin")

            async def ended() -> bool:
                return (await desk.detail(admin, "RUN-1")).execution.ended

            await eventually(ended, within=60)
            detail = await desk.detail(admin, "RUN-1")
            assert detail.execution.status is ExecutionStatus.COMPLETED
            assert [one.status for one in detail.approvals] == [ApprovalStatus.APPROVED]
            await eventually(
                lambda: "Was approved by @bo" in seen(slack.world.message(general, stamp)),
                within=60,
            )
