"""What is kept when a runbook could not be begun by itself."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime

from automation.execution import Trigger
from automation.ports import AutomationStores
from automation.runbook import Runbook
from chat.errors import UserError
from security.actor import SYSTEM
from security.audit import Outcome, record

_log = logging.getLogger("tocsin.triggers")


def note_refused(
    stores: AutomationStores, runbook: Runbook, trigger: Trigger, why: UserError, now: datetime
) -> None:
    """Write into log and audit trail that it could not be begun, and why."""
    _log.warning("the runbook “%s” could not be begun: %s", runbook.name, why.message)
    entry = record(
        SYSTEM,
        now,
        "execution.refused",
        kind="runbook",
        id=runbook.id,
        name=runbook.name,
        team_id=runbook.team_id,
        outcome=Outcome.FAILED,
    )
    details = {"trigger": trigger.value, "why": why.message[:500]}
    stores.audit.append(replace(entry, details=details))
