"""Begins AUTOMATIC runbooks for incidents that fit their conditions, once for each incident."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from automation.execution import Trigger
from automation.executions.start import ExecuteWish, start
from automation.ports import AutomationStores
from automation.runbook import TriggerType
from automation.runbooks.conditions import facts_of, holds
from automation.triggers.refused import note_refused
from automation.workshop import Workshop
from chat.errors import UserError
from incidents.change import FOLLOWING
from incidents.drive_opening import hold
from incidents.ports import Lease
from security.actor import SYSTEM
from security.ports import Acts

__all__ = ["FOLLOWING", "IncidentDriver"]


class IncidentDriver:
    """Drives `following` work; the subject is the id of an incident that has changed."""

    def __init__(self, acts: Acts[AutomationStores], workshop: Workshop) -> None:
        self._acts = acts
        self._workshop = workshop

    async def drive(self, subject: str, lease: Lease) -> datetime | None:
        """Begin what fits the incident as it is now; a change of it wakes this again."""

        def act(stores: AutomationStores) -> None:
            hold(stores, lease)
            match(stores, self._workshop, subject, self._workshop.clock.now())

        await self._acts.run(act)
        return None


def match(stores: AutomationStores, workshop: Workshop, incident_id: str, now: datetime) -> None:
    """Begin every AUTOMATIC runbook of the team whose conditions hold."""
    incident = stores.incidents.get(incident_id)
    if incident is None or not incident.ongoing:
        return
    runbooks = stores.runbooks.active(TriggerType.AUTOMATIC, incident.team_id)
    if not runbooks:
        return
    team = stores.people.team(incident.team_id)
    playbook = stores.playbooks.get(incident.playbook_id)
    facts = facts_of(incident, team.name if team else "", playbook.handle if playbook else "")
    for runbook in runbooks:
        if not holds(runbook.content.trigger_conditions, facts):
            continue
        wish = ExecuteWish(
            runbook=runbook.id,
            trigger=Trigger.AUTOMATIC,
            trigger_data={"incident_id": incident.id, "matched": dict(facts)},
            incident=incident.id,
            key=f"automatic:{runbook.id}:{incident.id}",
        )
        try:
            start(stores, workshop, replace(SYSTEM, team_id=incident.team_id), wish, now)
        except UserError as wrong:
            note_refused(stores, runbook, wish.trigger, wrong, now)
