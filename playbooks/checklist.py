"""What people do with the steps of an incident, as plain functions of an open transaction.

Each one locks the incident, so that of two people who check the same step one is told
that the other was first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from chat.address import Address
from chat.card import Card
from chat.clock import new_id
from chat.errors import NotFound, Refused
from chat.outbox import DirectCard, Outgoing
from chat.text import Bold
from incidents.access import visible, workable
from incidents.change import account_named, author, note, persons
from incidents.incident import Incident
from incidents.timeline import EventKind
from playbooks import progress, reshape
from playbooks.ports import PlaybookStores
from playbooks.progress import Progress, Spot, Stage, Step, StepState, find_stage, locate
from security.account import Account
from security.actor import Actor


@dataclass(frozen=True, slots=True)
class StepChanged:
    """A step after a change.

    Attributes:
        step: As it is now, or, once removed, as it was.
        stage: Where it stands, or stood.
        label: What people type for it: `3`, or `2.3` outside the active stage.
        progress: All of the incident's stages.
    """

    incident: Incident
    step: Step
    stage: Stage
    label: str
    progress: Progress


@dataclass(frozen=True, slots=True)
class _Marking:
    """What goes with a new state of a step."""

    kind: EventKind
    told: str
    tracked: str


_MARKINGS = {
    StepState.DONE: _Marking(EventKind.STEP_CHECKED, "checked", "Unchecked checklist item checked"),
    StepState.OPEN: _Marking(
        EventKind.STEP_UNCHECKED, "unchecked", "Checked checklist item unchecked"
    ),
    StepState.SKIPPED: _Marking(EventKind.STEP_SKIPPED, "skipped", ""),
}


def look(stores: PlaybookStores, actor: Actor, ref: str) -> Progress:
    """All stages of an incident that `actor` may see."""
    return _progress(stores, visible(stores, actor, ref))


def mark(
    stores: PlaybookStores,
    actor: Actor,
    ref: str | None,
    step_ref: str,
    state: StepState,
    now: datetime,
) -> StepChanged:
    """Check, skip or open a step."""
    incident, before = _open(stores, actor, ref, step_ref)
    spot = locate(before, step_ref)
    after = progress.mark(
        before,
        spot.step.id,
        state,
        by=actor.account_id,
        at=now,
        name_of=lambda account_id: _name(stores, account_id),
    )
    marking = _MARKINGS[state]
    if marking.tracked and StepState.SKIPPED is not spot.step.state:
        _track(stores, actor, incident, marking.tracked, now)
    return _keep(stores, actor, incident, after, spot, now, marking.kind, marking.told)


def add(
    stores: PlaybookStores,
    actor: Actor,
    ref: str,
    step: Step,
    stage_ref: str | None,
    now: datetime,
) -> StepChanged:
    """Put a new step at the end of a stage, or of the active one with None."""
    incident, before = _open(stores, actor, ref)
    fresh = replace(step, id=new_id())
    stage = before.active_stage if stage_ref is None else find_stage(before, stage_ref)
    after = reshape.add(before, fresh, stage.id)
    _track(stores, actor, incident, "Checklist item created", now)
    spot = locate(after, fresh.id)
    return _keep(stores, actor, incident, after, spot, now, EventKind.STEP_ADDED, "added")


def rename(
    stores: PlaybookStores, actor: Actor, ref: str | None, step_ref: str, title: str, now: datetime
) -> StepChanged:
    """Give a step another title; the same one again leaves no trace."""
    incident, before = _open(stores, actor, ref, step_ref)
    spot = locate(before, step_ref)
    after = reshape.rename(before, spot.step.id, title)
    new = locate(after, spot.step.id).step.title
    if new == spot.step.title:
        return StepChanged(incident, spot.step, spot.stage, spot.label, before)
    _track(stores, actor, incident, "Checklist item renamed", now)
    told = f"renamed “{spot.step.title}” to"
    return _keep(
        stores, actor, incident, after, spot, now, EventKind.STEP_RENAMED, told,
        old=spot.step.title, new=new,
    )  # fmt: skip


def move(
    stores: PlaybookStores,
    actor: Actor,
    ref: str | None,
    step_ref: str,
    position: int,
    stage_ref: str | None,
    now: datetime,
) -> StepChanged:
    """Put a step at a position, from 1, in its own stage or another one."""
    incident, before = _open(stores, actor, ref, step_ref)
    spot = locate(before, step_ref)
    after = reshape.move(before, spot.step.id, position, stage_ref)
    _track(stores, actor, incident, "Checklist item moved", now)
    landed = locate(after, spot.step.id).stage.name
    return _keep(
        stores, actor, incident, after, spot, now, EventKind.STEP_MOVED, "moved",
        position=str(position), old_stage=spot.stage.name, new_stage=landed,
    )  # fmt: skip


def remove(
    stores: PlaybookStores, actor: Actor, ref: str | None, step_ref: str, now: datetime
) -> StepChanged:
    """Take a step out."""
    incident, before = _open(stores, actor, ref, step_ref)
    spot = locate(before, step_ref)
    after = reshape.remove(before, spot.step.id)
    _track(stores, actor, incident, "Checklist item removed", now)
    return _keep(stores, actor, incident, after, spot, now, EventKind.STEP_REMOVED, "removed")


def assign(
    stores: PlaybookStores,
    actor: Actor,
    ref: str | None,
    step_ref: str,
    who: str | None,
    now: datetime,
) -> StepChanged:
    """Give a step to a participant, or, with None, to nobody."""
    incident, before = _open(stores, actor, ref, step_ref)
    spot = locate(before, step_ref)
    account = None if who is None else _participant(stores, incident, who)
    if spot.step.assignee_id == (account.id if account else None):
        whose = f"@{account.name}'s" if account else "nobody's"
        raise Refused(f"Step {spot.label} is {whose} already.", code="ALREADY")
    after = progress.change(before, replace(spot.step, assignee_id=account.id if account else None))
    if account is not None and account.id != actor.account_id:
        _tell_assignee(stores, actor, incident, account, spot, now)
    old = _name(stores, spot.step.assignee_id) if spot.step.assignee_id else ""
    new = account.name if account else ""
    told = f"gave @{new} the step" if new else "took everybody off the step"
    return _keep(
        stores, actor, incident, after, spot, now, EventKind.STEP_ASSIGNED, told, old=old, new=new
    )


def activate(
    stores: PlaybookStores, actor: Actor, ref: str | None, stage_ref: str, now: datetime
) -> tuple[Incident, Progress]:
    """Make a stage the active one; nothing is posted, the panels follow."""
    incident, before = _open(stores, actor, ref, stage_ref)
    after = progress.activate(before, find_stage(before, stage_ref).id)
    stores.progress.save(after)
    old, new = before.active_stage.name, after.active_stage.name
    told = f"made “{new}” the active stage"
    note(stores, actor, incident, now, EventKind.STAGE_CHANGED, told, old=old, new=new)
    return incident, after


def command(
    stores: PlaybookStores, actor: Actor, ref: str | None, step_ref: str
) -> tuple[Incident, Step]:
    """The step whose command is to be run, by somebody who may work on the incident."""
    incident, before = _open(stores, actor, ref, step_ref)
    spot = locate(before, step_ref)
    if not spot.step.command:
        raise Refused(f"Step {spot.label} has no command to run.", code="NO_COMMAND")
    return incident, spot.step


def ran(
    stores: PlaybookStores, actor: Actor, ref: str | None, step_ref: str, now: datetime
) -> StepChanged:
    """Note that a step's command was run."""
    incident, before = _open(stores, actor, ref, step_ref)
    spot = locate(before, step_ref)
    after = progress.change(before, replace(spot.step, ran_at=now))
    kind, told = EventKind.STEP_COMMAND_RAN, f"ran {spot.step.command} of"
    return _keep(stores, actor, incident, after, spot, now, kind, told, command=spot.step.command)


def _open(
    stores: PlaybookStores, actor: Actor, ref: str | None, within: str = ""
) -> tuple[Incident, Progress]:
    """The incident, locked, and its progress; without `ref` the one that has step `within`.

    Raises:
        NotFound: There is none that `actor` can see.
        Denied: They may not work on it.
        Refused: It is closed.
    """
    found = stores.progress.incident_of(within.strip()) if ref is None else ref
    if found is None:
        raise NotFound("That step is not there any more; somebody removed it.")
    incident = workable(stores, actor, found)
    return incident, _progress(stores, incident)


def _progress(stores: PlaybookStores, incident: Incident) -> Progress:
    found = stores.progress.get(incident.id)
    if found is None:
        raise NotFound(f"{incident.key} has no stages.")
    return found


def _keep(
    stores: PlaybookStores,
    actor: Actor,
    incident: Incident,
    after: Progress,
    spot: Spot,
    now: datetime,
    kind: EventKind,
    told: str,
    **details: str,
) -> StepChanged:
    """Write the progress and the story; the step named is the one at `spot`."""
    stores.progress.save(after)
    gone = kind is EventKind.STEP_REMOVED
    new = spot if gone else locate(after, spot.step.id)
    named = {"step": new.step.title, "step_id": new.step.id, "stage": new.stage.name}
    summary = f"{told} “{new.step.title}”"
    note(stores, actor, incident, now, kind, summary, **(named | details))
    return StepChanged(incident, new.step, new.stage, new.label, after)


def _track(
    stores: PlaybookStores, actor: Actor, incident: Incident, event: str, now: datetime
) -> None:
    """A usage event, with exactly the properties that the telemetry page lists."""
    stores.telemetry.track(
        event, now, {"IncidentID": incident.id, "UserID": actor.account_id or ""}
    )


def _name(stores: PlaybookStores, account_id: str) -> str:
    account = stores.people.account(account_id)
    return account.name if account else "somebody who left"


def _participant(stores: PlaybookStores, incident: Incident, who: str) -> Account:
    account = account_named(stores, incident.team_id, who)
    if not stores.incidents.is_participant(incident.id, account.id):
        raise Refused(
            f"@{account.name} does not take part in {incident.key}. "
            f"Add them first: /incident invite @{account.name}",
            code="NOT_A_MEMBER",
        )
    return account


def _tell_assignee(
    stores: PlaybookStores,
    actor: Actor,
    incident: Incident,
    account: Account,
    spot: Spot,
    now: datetime,
) -> None:
    """A direct message to who has something to do now, on the incident's platform."""
    said = f"{author(actor)} gave you step {spot.label} of {incident.key}: {spot.step.title}"
    card = Card(
        said,
        rich=(f"{author(actor)} gave you step {spot.label} of {incident.key}: ",
              Bold(spot.step.title)),
    )  # fmt: skip
    for person in persons(stores, incident, [account.id]):
        place = Address(person.platform, person.workspace, f"@{person.id}")
        key = f"assigned:{spot.step.id}:{account.id}:{now.timestamp()}"
        stores.outbox.put(Outgoing(place, DirectCard(person, card), key, actor.cause))
