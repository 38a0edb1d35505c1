"""What executions leave behind: the audit trail, the incident's story, messages in chat."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from automation.execution import Execution, ExecutionStatus, Task, TaskKind
from automation.executions import triggered
from automation.ports import AutomationStores
from automation.values import Json
from chat.address import Address
from chat.outbox import Outgoing, PostLiving
from incidents.change import note
from incidents.incident import Incident
from incidents.timeline import EventKind
from security.actor import SYSTEM, Actor
from security.audit import Outcome, Record, record
from security.secrets import masked_json

_FACT = 2000
"""Characters of one fact in an audit record."""


def subject_of(execution_id: str) -> str:
    """The subject under which an execution's messages live."""
    return f"execution:{execution_id}"


def begun(
    stores: AutomationStores,
    actor: Actor,
    execution: Execution,
    incident: Incident | None,
    now: datetime,
) -> None:
    """An execution was asked for."""
    _audit(
        stores,
        actor,
        execution,
        now,
        "execution.requested",
        {
            "trigger": execution.trigger.value,
            "trigger_data": fact(triggered.shown(execution)),
            "parameters": fact(masked_json(dict(execution.parameters))),
            "reason": execution.reason[:_FACT],
            "incident": incident.key if incident else "",
            "rerun_of": execution.rerun_of or "",
        },
    )
    if incident is not None:
        told = f"began {execution.key} “{execution.name}”"
        note(
            stores,
            actor,
            incident,
            now,
            EventKind.EXECUTION_STARTED,
            told,
            execution=execution.key,
            runbook=execution.name,
        )


def show(stores: AutomationStores, execution: Execution) -> bool:
    """Post the message that follows an execution; whether there was anywhere to post it.

    It stands in every room of its incident and, for one without, where it was asked. What
    is called by another shows in the caller's own message.
    """
    if execution.parent_id is not None:
        return True
    places = places_of(stores, execution)
    for number, place in enumerate(places):
        job = PostLiving(subject_of(execution.id))
        stores.outbox.put(Outgoing(place, job, key=f"execution:{execution.id}:{number}"))
    return bool(places)


def places_of(stores: AutomationStores, execution: Execution) -> tuple[Address, ...]:
    """Where an execution is talked about; nowhere for one that began outside of chat."""
    if execution.incident_id is not None:
        rooms = stores.incidents.rooms(execution.incident_id)
        return tuple(room.address for room in rooms)
    return (execution.origin,) if execution.origin is not None else ()


def task_ended(execution: Execution, task: Task, now: datetime) -> Record:
    """What the audit trail is to hold of a step that has ended: what it was given, what came."""
    entry = record(
        SYSTEM,
        now,
        f"step.{task.status.value.lower()}",
        kind="execution",
        id=execution.id,
        name=execution.key,
        team_id=execution.team_id,
        outcome=Outcome.FAILED if task.error else Outcome.OK,
    )
    details = {
        "runbook": execution.name,
        "step": task.name,
        "action": task.action,
        "item": fact(task.item) if task.index >= 0 else "",
        "step_kind": task.kind.value if task.kind is not TaskKind.STEP else "",
        "parameters": fact(task.input),
        "result": fact(task.output),
        "error": task.error[:_FACT],
        "attempts": str(len(task.attempts)),
        "duration_ms": milliseconds(task.started_at, task.ended_at),
        "requested_by": execution.requested_name,
    }
    kept = {name: value for name, value in details.items() if value}
    return replace(entry, cause=execution.cause, details=kept)


def ended(
    stores: AutomationStores, execution: Execution, incident: Incident | None, now: datetime
) -> None:
    """An execution has ended."""
    good = execution.status is ExecutionStatus.COMPLETED
    _audit(
        stores,
        SYSTEM,
        execution,
        now,
        f"execution.{execution.status.value.lower()}",
        {
            "trigger": execution.trigger.value,
            "requested_by": execution.requested_name,
            "incident": incident.key if incident else "",
            "error": execution.error[:_FACT],
            "duration_ms": milliseconds(execution.started_at, execution.ended_at),
        },
        Outcome.OK if good else Outcome.FAILED,
    )
    if execution.runbook_id is not None and execution.status is not ExecutionStatus.CANCELLED:
        stores.runbooks.count(execution.runbook_id, ended=1, good=int(good))
    if incident is not None and execution.parent_id is None:
        told = f"{execution.key} “{execution.name}” {execution.status.value.lower()}"
        note(
            stores,
            SYSTEM,
            incident,
            now,
            EventKind.EXECUTION_ENDED,
            told,
            execution=execution.key,
            runbook=execution.name,
            status=execution.status.value,
        )


def controlled(
    stores: AutomationStores,
    actor: Actor,
    execution: Execution,
    now: datetime,
    action: str,
    **details: str,
) -> None:
    """Somebody cancelled, paused or went on with an execution."""
    _audit(stores, actor, execution, now, f"execution.{action}", details)
    stores.outbox.refresh(subject_of(execution.id))


def _audit(
    stores: AutomationStores,
    actor: Actor,
    execution: Execution,
    now: datetime,
    action: str,
    details: Mapping[str, str],
    outcome: Outcome = Outcome.OK,
) -> None:
    entry = record(
        actor,
        now,
        action,
        kind="execution",
        id=execution.id,
        name=execution.key,
        team_id=execution.team_id,
        outcome=outcome,
    )
    facts = {"runbook": execution.name, "version": execution.label, **details}
    kept = {name: value for name, value in facts.items() if value}
    stores.audit.append(replace(entry, cause=entry.cause or execution.cause, details=kept))


def fact(value: Json) -> str:
    """Some JSON as one fact of an audit record, cut where it is long; empty for nothing."""
    if value is None or value in ({}, []):
        return ""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return text if len(text) <= _FACT else f"{text[: _FACT - 1]}…"


def milliseconds(since: datetime | None, until: datetime | None) -> str:
    """How long it took; empty where that is not known."""
    if since is None or until is None:
        return ""
    return str(round((until - since).total_seconds() * 1000))
