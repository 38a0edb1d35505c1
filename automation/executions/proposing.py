"""What somebody has to agree to before a task begins, planned outside of the act that asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from automation.approval import PlannedItem, PlannedStep
from automation.execution import Execution, Task, TaskKind
from automation.executions.calls import CALLS
from automation.executions.listing import Listed, with_item
from automation.executions.making import Caller, Here, Making, Read
from automation.executions.plan import (
    hash_of,
    list_step,
    of_item,
    plan_of,
    planned_list,
    with_items,
)
from automation.executions.planned import of_rendered, with_undo
from automation.executions.rendering import Rendered
from automation.executions.scene import Scene
from automation.executions.undoing import undo_of, undo_step
from automation.ports import AutomationStores
from automation.values import Json
from automation.workshop import Workshop
from chat.errors import UserError
from security.actor import Actor
from security.reach import acting


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is about to be done, for whoever has to agree to it.

    Attributes:
        plan: One step, or all of them before the first.
        hash: Of the plan.
        items: By index, the hash of each item by itself; empty where there are none.
        read: The runbooks that were read for it.
    """

    plan: tuple[PlannedStep, ...]
    hash: str
    items: Mapping[int, str]
    read: tuple[Read, ...] = ()


def asks(scene: Scene, task: Task) -> bool:
    """Whether a task may need somebody's yes."""
    if task.kind is TaskKind.APPROVAL or task.approved:
        return True
    everything = scene.content.approval is not None or scene.inherited is not None
    return everything or scene.step(task).approval is not None


def calls(workshop: Workshop, scene: Scene, task: Task, rendered: Rendered) -> bool:
    """Whether what it does, or what undoes it, calls a runbook, which has to be looked up."""
    if rendered.action.runner == CALLS:
        return True
    undo = None if task.kind is TaskKind.ROLLBACK else undo_of(scene.step(task), workshop.registry)
    try:
        return undo is not None and workshop.registry.find(undo.action).runner == CALLS
    except UserError:
        return False


def propose(
    workshop: Workshop,
    scene: Scene,
    task: Task,
    *,
    stores: AutomationStores | None = None,
    rendered: Rendered | None = None,
    item: Json = None,
    listed: Listed | None = None,
) -> Proposal:
    """Plan what a task is about to do.

    Args:
        workshop: The actions there are.
        scene: How its execution stands.
        task: What is about to begin; the approval of a whole runbook stands for all steps.
        stores: Of an open transaction; None where no runbook is called.
        rendered: What it does, filled in; None for a list and for the whole.
        item: The item that it is about, secrets in the clear; None for none.
        listed: The list of a step that is done for each of one; None for any other.
    """
    making = Making(workshop)
    caller = _caller(stores, scene) if stores is not None else None
    place = f"steps[{task.step}]"
    here = Here(making, place, scene.context(), scene.secrets, caller=caller)
    items: dict[int, str] = {}
    if task.kind is TaskKind.APPROVAL:
        ended = frozenset[str]()
        whole = Here(making, "", here.context, here.secrets, ended, caller=caller)
        plan = plan_of(whole, scene.content, scene.kept_items())
    elif listed is not None:
        kept = scene.kept_items().get(task.step or 0, frozenset())
        found = planned_list(here, scene.step(task), listed.values, kept)
        alone = {each.index: _alone(here, scene, task, each) for each in found.items}
        items = {index: hash_of(workshop, scene.content, (one,)) for index, one in alone.items()}
        plan = (found,)
    else:
        plan = (_one(here, scene, task, rendered, item),) if rendered is not None else ()
    read = tuple(making.read.values())
    return Proposal(plan, hash_of(workshop, scene.content, plan), items, read)


def _one(here: Here, scene: Scene, task: Task, rendered: Rendered, item: Json) -> PlannedStep:
    """One thing that is about to be done."""
    step = scene.step(task)
    if task.kind is TaskKind.ITEM:
        found = PlannedItem(task.index, task.item)
        there = here.with_context(with_item(here.context, task.index, item))
        return _alone(here, scene, task, of_item(there, step, found, item, rendered))
    if task.kind is TaskKind.ROLLBACK:
        undo = undo_of(step, here.workshop.registry)
        return of_rendered(here, undo_step(step, undo) if undo is not None else step, rendered)
    return with_undo(here, step, of_rendered(here, step, rendered))


def _alone(here: Here, scene: Scene, task: Task, item: PlannedItem) -> PlannedStep:
    """The step for one item only."""
    return with_items(here.workshop, list_step(here, scene.step(task)), (item,))


def requester(stores: AutomationStores, execution: Execution) -> Actor:
    """Whoever began the execution, with the rights they have now.

    Raises:
        Denied: The account is gone or inactive.
    """
    return acting(stores, execution.requested_by, execution.team_id)


def _caller(stores: AutomationStores, scene: Scene) -> Caller | None:
    execution = scene.execution
    try:
        actor = requester(stores, execution)
    except UserError:
        return None
    above: set[str] = set()
    one: Execution | None = execution
    while one is not None:
        if one.runbook_id is not None:
            above.add(one.runbook_id)
        one = stores.executions.get(one.parent_id) if one.parent_id else None
    return Caller(stores, actor, execution, scene.facts, frozenset(above), execution.depth, plan_of)
