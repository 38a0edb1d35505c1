"""Several changes of one step at once, as a plain function of an open transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from incidents.access import workable
from incidents.change import account_named
from playbooks import checklist
from playbooks.checklist import StepChanged
from playbooks.ports import PlaybookStores
from playbooks.progress import find_stage, locate
from security.actor import Actor


@dataclass(frozen=True, slots=True)
class StepEdit:
    """What is to be so afterwards; None leaves it.

    Attributes:
        position: From 1; the end of `stage` when only that is given.
        stage: Number, name or id.
        assignee: Account name or id; empty for nobody.
    """

    title: str | None = None
    position: int | None = None
    stage: str | None = None
    assignee: str | None = None


def edit(
    stores: PlaybookStores, actor: Actor, ref: str, step_ref: str, wish: StepEdit, now: datetime
) -> StepChanged:
    """Make it so; what is so already is left alone, so that asking twice does no harm."""
    incident = workable(stores, actor, ref)
    step_id = locate(checklist.look(stores, actor, incident.id), step_ref).step.id
    if wish.title is not None:
        checklist.rename(stores, actor, incident.id, step_id, wish.title, now)
    _move(stores, actor, incident.id, step_id, wish, now)
    if wish.assignee is not None:
        account = account_named(stores, incident.team_id, wish.assignee) if wish.assignee else None
        spot = locate(checklist.look(stores, actor, incident.id), step_id)
        if spot.step.assignee_id != (account.id if account else None):
            name = account.name if account else None
            checklist.assign(stores, actor, incident.id, step_id, name, now)
    after = checklist.look(stores, actor, incident.id)
    spot = locate(after, step_id)
    return StepChanged(incident, spot.step, spot.stage, spot.label, after)


def _move(
    stores: PlaybookStores,
    actor: Actor,
    incident_id: str,
    step_id: str,
    wish: StepEdit,
    now: datetime,
) -> None:
    """Put it where it is wanted, unless it stands there."""
    if wish.position is None and wish.stage is None:
        return
    before = checklist.look(stores, actor, incident_id)
    spot = locate(before, step_id)
    target = spot.stage if wish.stage is None else find_stage(before, wish.stage)
    here = target.id == spot.stage.id
    if wish.position is None:
        if here:
            return
        position = len(target.steps) + 1
    else:
        position = wish.position
        if here and target.steps.index(spot.step) + 1 == position:
            return
    checklist.move(stores, actor, incident_id, step_id, position, target.id, now)
