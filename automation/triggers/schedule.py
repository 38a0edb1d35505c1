"""Begins scheduled runbooks when they are due, each time once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from automation.execution import Trigger
from automation.executions.start import ExecuteWish, start
from automation.ports import AutomationStores
from automation.runbook import Runbook, RunbookStatus, TriggerType
from automation.runbooks.changes import SCHEDULE
from automation.runbooks.schedule import Schedule, schedule_of
from automation.triggers.refused import note_refused
from automation.workshop import Workshop
from chat.errors import UserError
from incidents.drive_opening import hold
from incidents.ports import Lease
from security.actor import SYSTEM
from security.ports import Acts

_LATE = timedelta(minutes=5)
"""Later than this, a time counts as missed: it is made up for once, or passed over."""


class ScheduleDriver:
    """Drives `schedule` work; the subject is a runbook's id."""

    def __init__(self, acts: Acts[AutomationStores], workshop: Workshop) -> None:
        self._acts = acts
        self._workshop = workshop

    async def drive(self, subject: str, lease: Lease) -> datetime | None:
        """Begin what is due; when the next time is, None when it has no schedule any more."""

        def act(stores: AutomationStores) -> datetime | None:
            hold(stores, lease)
            return tick(stores, self._workshop, subject, self._workshop.clock.now())

        return await self._acts.run(act)


def tick(
    stores: AutomationStores, workshop: Workshop, runbook_id: str, now: datetime
) -> datetime | None:
    """Begin the runbook if a time of its schedule has come; the next time."""
    runbook = stores.runbooks.get(runbook_id)
    if runbook is None or not _scheduled(runbook):
        return None
    plan = schedule_of(runbook.content.trigger_conditions)
    if plan is None:
        return None
    base = max(runbook.last_due or runbook.updated_at, runbook.updated_at)
    due = plan.after(base)
    if due <= now and not plan.catch_up:
        due = plan.after(max(base, now - _LATE))
    if due > now:
        return due
    _begin(stores, workshop, runbook, plan, due, now)
    # Whatever was due until now is done with, also when it was refused.
    stores.runbooks.was_due(runbook.id, now)
    return plan.after(now)


def _scheduled(runbook: Runbook) -> bool:
    return (
        runbook.status is RunbookStatus.ACTIVE
        and runbook.content.trigger_type is TriggerType.SCHEDULED
    )


def _begin(
    stores: AutomationStores,
    workshop: Workshop,
    runbook: Runbook,
    plan: Schedule,
    due: datetime,
    now: datetime,
) -> None:
    wish = ExecuteWish(
        runbook=runbook.id,
        parameters=plan.parameters,
        trigger=Trigger.SCHEDULED,
        trigger_data={"scheduled_for": due.isoformat()},
        key=f"{SCHEDULE}:{runbook.id}:{due.isoformat()}",
    )
    actor = replace(SYSTEM, team_id=runbook.team_id)
    try:
        start(stores, workshop, actor, wish, now)
    except UserError as wrong:
        note_refused(stores, runbook, wish.trigger, wrong, now)
