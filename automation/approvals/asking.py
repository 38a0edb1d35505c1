"""Asking for an approval: kept before anybody is shown it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from automation.approval import Approval, ApprovalStatus, PlannedStep, Policy
from automation.approvals.eligible import eligible
from automation.approvals.subjects import (
    APPROVAL_DRIVE,
    approval_subject,
)
from automation.execution import Execution, Task, TaskKind
from automation.ports import AutomationStores
from chat.address import Address
from chat.clock import new_id
from chat.outbox import DirectLiving, Outgoing, PostLiving
from incidents.change import note, panel_of
from incidents.incident import Incident
from incidents.timeline import EventKind
from security.actor import SYSTEM
from security.audit import record


def ask_approval(
    stores: AutomationStores,
    execution: Execution,
    incident: Incident | None,
    task: Task,
    policy: Policy,
    plan: tuple[PlannedStep, ...],
    plan_hash: str,
    now: datetime,
) -> Approval:
    """Keep an approval, and have it shown in the channel and to those who may answer."""
    withdraw(stores, execution.id, now, task_id=task.id, why="the plan has changed")
    whole = task.kind is TaskKind.APPROVAL
    expires = _after(now, policy.expires_after)
    approval = Approval(
        id=new_id(),
        number=stores.approvals.next_number(),
        team_id=execution.team_id,
        execution_id=execution.id,
        task_id=task.id,
        subject=execution.name if whole else f"{execution.name}: {task.name}",
        policy=policy,
        plan=plan,
        plan_hash=plan_hash,
        requested_by=execution.requested_by,
        requested_name=execution.requested_name,
        requested_at=now,
        reason=execution.reason,
        incident_id=execution.incident_id,
        expires_at=expires,
        escalate_at=_after(now, policy.escalate_after) if policy.escalate_to else None,
    )
    stores.approvals.add(approval)
    moments = [each for each in (approval.expires_at, approval.escalate_at) if each is not None]
    if moments:
        stores.drives.wake(APPROVAL_DRIVE, approval.id, min(moments))
    _post(stores, execution, approval)
    tell(stores, approval, (account.id for account in eligible(stores, approval)))
    _traces(stores, execution, incident, approval, now)
    return approval


def _after(now: datetime, seconds: float | None) -> datetime | None:
    return now + timedelta(seconds=seconds) if seconds is not None else None


def _post(stores: AutomationStores, execution: Execution, approval: Approval) -> None:
    """Show it in every room of the incident, or where the execution was asked for."""
    places: tuple[Address, ...] = ()
    if execution.incident_id is not None:
        places = tuple(room.address for room in stores.incidents.rooms(execution.incident_id))
    elif execution.origin is not None:
        places = (execution.origin,)
    for number, place in enumerate(places):
        job = PostLiving(approval_subject(approval.id))
        stores.outbox.put(Outgoing(place, job, key=f"approval:{approval.id}:{number}"))


def tell(stores: AutomationStores, approval: Approval, account_ids: Iterable[str]) -> None:
    """Send it directly to these accounts, however many, on every platform they are on."""
    for account_id in dict.fromkeys(account_ids):
        for number, identity in enumerate(stores.people.identities(account_id)):
            person = identity.person
            place = Address(person.platform, person.workspace, f"@{person.id}")
            job = DirectLiving(person, approval_subject(approval.id))
            key = f"approval:{approval.id}:{account_id}:{number}"
            stores.outbox.put(Outgoing(place, job, key=key))


def _traces(
    stores: AutomationStores,
    execution: Execution,
    incident: Incident | None,
    approval: Approval,
    now: datetime,
) -> None:
    entry = record(
        SYSTEM,
        now,
        "approval.requested",
        kind="approval",
        id=approval.id,
        name=approval.key,
        team_id=approval.team_id,
        execution=execution.key,
        subject=approval.subject[:500],
        requested_by=approval.requested_name,
        plan_hash=approval.plan_hash,
        needed=str(approval.policy.needed),
    )
    stores.audit.append(replace(entry, cause=execution.cause))
    if incident is not None:
        told = f"asked for {approval.key}: {approval.subject}"
        note(
            stores, SYSTEM, incident, now, EventKind.APPROVAL_REQUESTED, told, approval=approval.key
        )


def withdraw(
    stores: AutomationStores,
    execution_id: str,
    now: datetime,
    *,
    task_id: str | None = None,
    why: str = "the execution was cancelled",
) -> None:
    """Take back what is still being asked: everything of an execution, or of one task."""
    for approval in stores.approvals.of(execution_id):
        if approval.pending and task_id in {None, approval.task_id}:
            after = replace(
                approval,
                status=ApprovalStatus.WITHDRAWN,
                decided_at=now,
                verdict=f"was withdrawn, since {why}",
                version=approval.version + 1,
            )
            stores.approvals.save(after)
            entry = record(
                SYSTEM,
                now,
                "approval.withdrawn",
                kind="approval",
                id=after.id,
                name=after.key,
                team_id=after.team_id,
                why=why,
            )
            stores.audit.append(entry)
            refresh(stores, after)


def refresh(stores: AutomationStores, approval: Approval) -> None:
    """Have every message that shows it, and the incident's panel, follow."""
    stores.outbox.refresh(approval_subject(approval.id))
    if approval.incident_id is not None:
        stores.outbox.refresh(panel_of(approval.incident_id))
