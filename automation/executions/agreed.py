"""What people have agreed to already: by a step, as a whole, or with what calls the runbook."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from automation.approval import (
    Approval,
    ApprovalStatus,
    OnExpiry,
    PlannedItem,
    PlannedStep,
    Policy,
)
from automation.execution import Execution, Task, TaskKind
from automation.executions.start import content_of
from automation.ports import AutomationStores
from automation.runbook import Content


@dataclass(frozen=True, slots=True)
class Inherited:
    """What was agreed to of a runbook with the step that calls it.

    Attributes:
        steps: As they were shown; empty where they were not.
        policy: Who is asked about whatever differs.
    """

    steps: tuple[PlannedStep, ...]
    policy: Policy


def passed(approval: Approval) -> bool:
    """Whether it lets go on what waits for it."""
    return approval.status is ApprovalStatus.APPROVED or (
        approval.status is ApprovalStatus.EXPIRED and approval.policy.expired_as is OnExpiry.APPROVE
    )


def asks_anybody(content: Content) -> bool:
    """Whether anything of it may need an approval."""
    return content.approval is not None or any(step.approval for step in content.steps)


def agreed_to(
    tasks: Iterable[Task],
    approvals: Iterable[Approval],
    inherited: Inherited | None,
    task: Task,
) -> PlannedStep | PlannedItem | None:
    """The newest plan that was agreed to of the step, or item, that a task does or undoes.

    Args:
        tasks: Of its execution.
        approvals: Of its execution.
        inherited: What was agreed to with the step that calls it; None for nothing.
        task: A step, an item, or what undoes one.

    Returns:
        None where nobody has agreed to any.
    """
    own = {each.id: each for each in tasks}
    for approval in sorted(approvals, key=lambda one: one.number, reverse=True):
        about = own.get(approval.task_id)
        if about is None or not passed(approval) or about.kind is TaskKind.ROLLBACK:
            continue
        whole = about.kind is TaskKind.APPROVAL
        if (whole or about.step == task.step) and (
            found := _part(approval.plan, (task.step or 0) if whole else 0, task.index)
        ):
            return found
    return _part(inherited.steps, task.step or 0, task.index) if inherited is not None else None


def _part(
    plan: tuple[PlannedStep, ...], number: int, index: int
) -> PlannedStep | PlannedItem | None:
    if number >= len(plan):
        return None
    if index < 0:
        return plan[number]
    return next((each for each in plan[number].items if each.index == index), None)


def inherited_by(stores: AutomationStores, execution: Execution) -> Inherited | None:
    """What was agreed to with the step that calls an execution; None where nobody need agree."""
    if execution.parent_id is None or execution.parent_task is None:
        return None
    parent = stores.executions.get(execution.parent_id)
    task = stores.executions.task(execution.parent_task)
    content = content_of(stores, parent) if parent is not None else None
    if parent is None or task is None or content is None:
        return None
    above = inherited_by(stores, parent)
    policy = content.steps[task.step or 0].approval or content.approval
    policy = policy or (above.policy if above is not None else None)
    if policy is None:
        return None
    tasks = stores.executions.tasks(parent.id)
    found = agreed_to(tasks, stores.approvals.of(parent.id), above, task)
    return Inherited(found.calls if found is not None else (), policy)
