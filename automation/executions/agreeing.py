"""Whether somebody must agree before a task begins, and asking them in the same act."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from automation.approval import PlannedItem, PlannedStep
from automation.approvals.asking import ask_approval
from automation.execution import Task, TaskKind, TaskStatus, WaitsFor
from automation.executions.agreed import agreed_to
from automation.executions.calls import unchanged
from automation.executions.decide import failed
from automation.executions.proposing import Proposal, requester
from automation.executions.scene import Scene
from automation.ports import AutomationStores
from chat.errors import UserError

_NO_POLICY = "its approval's policy is gone"


@dataclass(frozen=True, slots=True)
class Agreeing:
    """What is agreed to in one act."""

    stores: AutomationStores
    scene: Scene
    now: datetime

    def needed(self, task: Task, proposal: Proposal) -> bool:
        """Whether somebody must say yes to exactly this, and nobody has yet.

        What could not be known when a plan was shown was not approved.
        """
        (plan,) = proposal.plan
        if plan.items and all(each.skipped or each.kept for each in plan.items):
            return False
        if task.approved:
            return task.approved != proposal.hash
        if task.kind is TaskKind.ROLLBACK:
            return self._undone_otherwise(task, plan)
        content, inherited = self.scene.content, self.scene.inherited
        if self.scene.step(task).approval is not None:
            return True
        if content.approval is None and inherited is None:
            return False
        agreed = self._agreed(task)
        return agreed is None or not agreed.digest or agreed.digest != plan.digest

    def _undone_otherwise(self, task: Task, plan: PlannedStep) -> bool:
        """Whether a step is undone in another way than was shown before it was done."""
        agreed = self._agreed(task)
        undo = agreed.undo if agreed is not None else None
        return undo is None or not undo.digest or undo.digest != plan.digest

    def _agreed(self, task: Task) -> PlannedStep | PlannedItem | None:
        scene = self.scene
        return agreed_to(scene.tasks, scene.approvals.values(), scene.inherited, task)

    def ask(self, task: Task, proposal: Proposal) -> Task:
        """The task, waiting for an approval of exactly what it is about to do."""
        scene = self.scene
        whole = task.kind is TaskKind.APPROVAL
        policy = (None if whole else scene.step(task).approval) or scene.content.approval
        if policy is None and scene.inherited is not None:
            policy = scene.inherited.policy
        if policy is None:
            return failed(task, self.now, _NO_POLICY)
        approval = ask_approval(
            self.stores,
            scene.execution,
            scene.incident,
            task,
            policy,
            proposal.plan,
            proposal.hash,
            self.now,
        )
        return replace(
            task,
            status=TaskStatus.WAITING,
            waits_for=WaitsFor.APPROVAL,
            waiting_id=approval.id,
            again_at=None,
            started_at=task.started_at or (self.now if whole else None),
        )


def outdated(stores: AutomationStores, scene: Scene, proposal: Proposal | None) -> bool:
    """Whether a runbook that was read for a proposal is another by now."""
    if proposal is None or not proposal.read:
        return False
    try:
        actor = requester(stores, scene.execution)
    except UserError:
        return False
    return not unchanged(stores, actor, proposal.read)
