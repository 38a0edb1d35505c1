"""Whether somebody must agree before a task begins, and asking them in the same act."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

from automation.access import visible
from automation.approval import ApprovalStatus, PlannedItem, PlannedStep
from automation.approvals.asking import ask_approval
from automation.execution import Task, TaskKind, TaskStatus, WaitsFor
from automation.executions.decide import failed
from automation.executions.plan import hash_of, list_step, of_rendered, plan_of, with_items
from automation.executions.rendering import Rendered
from automation.executions.scene import Scene
from automation.ports import AutomationStores
from automation.values import Json
from automation.workshop import Workshop
from chat.errors import UserError
from security.reach import acting

_NO_POLICY = "its approval's policy is gone"


@dataclass(frozen=True, slots=True)
class Agreeing:
    """What is agreed to in one act."""

    stores: AutomationStores
    workshop: Workshop
    scene: Scene
    now: datetime

    def needed(self, task: Task, rendered: Rendered, item: PlannedItem | None) -> bool:
        """Whether somebody must say yes to exactly this, and nobody has yet.

        Args:
            task: A step, an item of one, or what undoes one.
            rendered: What it is about to do.
            item: The same as an item's plan; None for what is no item.
        """
        if task.kind not in {TaskKind.STEP, TaskKind.ITEM}:
            return False
        if not self._asks(task) and not task.approved:
            return False
        return self._disagrees(task, self._planned(task, rendered, item))

    def needed_for_all(self, task: Task, plan: PlannedStep) -> bool:
        """The same for all items of a step at once, of which something is to be done."""
        if all(each.skipped or each.kept for each in plan.items):
            return False
        return self._disagrees(task, plan)

    def _asks(self, task: Task) -> bool:
        step = self.scene.step(task)
        return step.approval is not None or self.scene.content.approval is not None

    def _disagrees(self, task: Task, plan: PlannedStep) -> bool:
        content = self.scene.content
        if self.scene.step(task).approval is not None or task.approved:
            return task.approved != hash_of(self.workshop, content, (plan,))
        return content.approval is not None and self._differs_from_whole(task, plan)

    def _differs_from_whole(self, task: Task, step: PlannedStep) -> bool:
        """Whether the step is another by now than in the plan that was approved as a whole.

        What could not be known when the plan was shown was not approved.
        """
        whole = next(
            (
                approval
                for approval in self.scene.approvals.values()
                if approval.task_id == self.scene.tasks[0].id
                and approval.status is not ApprovalStatus.WITHDRAWN
            ),
            None,
        )
        if whole is None or task.step is None:
            return True
        return whole.plan[task.step].digest != step.digest

    def hashes(self, task: Task, plan: PlannedStep | None) -> Mapping[int, str]:
        """By index, what has been agreed to for each item; empty where nobody need agree."""
        if plan is None:
            return {}
        bare = list_step(self.workshop, self.scene.step(task))
        plans = {each.index: self._alone(bare, each) for each in plan.items}
        content = self.scene.content
        return {index: hash_of(self.workshop, content, (one,)) for index, one in plans.items()}

    def _alone(self, bare: PlannedStep, item: PlannedItem) -> PlannedStep:
        return with_items(self.workshop, bare, (item,))

    def _planned(self, task: Task, rendered: Rendered, item: PlannedItem | None) -> PlannedStep:
        step = self.scene.step(task)
        if item is None:
            return self.bound(of_rendered(step, rendered))
        return self.bound(self._alone(list_step(self.workshop, step), item))

    def bound(self, step: PlannedStep) -> PlannedStep:
        """The step, bound to the version of the runbook that it calls, where it calls one."""
        if self._runner(step.action) != "runbook":
            return step
        if step.items:
            items: list[PlannedItem] = []
            for each in step.items:
                command, digest = self._called(each.parameters, each.command, each.digest)
                items.append(replace(each, command=command, digest=digest))
            return with_items(self.workshop, step, tuple(items))
        command, digest = self._called(step.parameters, step.command, step.digest)
        return replace(step, command=command, digest=digest)

    def _called(self, parameters: Json, command: str, digest: str) -> tuple[str, str]:
        """What a call of a runbook shows and is bound to."""
        given = cast("Mapping[str, Json]", parameters or {})
        ref: Json = given.get("runbook") if isinstance(parameters, dict) else None
        if not digest or not ref:
            return command, digest
        try:
            execution = self.scene.execution
            asks = acting(self.stores, execution.requested_by, execution.team_id)
            called = visible(self.stores, asks, str(ref))
        except UserError:
            return command, digest
        binds = {"step": digest, "runbook": called.id, "revision": called.revision}
        return f"runbook “{called.name}”, version {called.label}", self.workshop.digest(binds)

    def _runner(self, ref: str) -> str:
        try:
            return self.workshop.registry.find(ref).runner
        except UserError:
            return ""

    def ask_for_step(self, task: Task, rendered: Rendered, item: PlannedItem | None) -> Task:
        """The task, waiting for an approval of exactly what it is about to do."""
        return self._ask(task, (self._planned(task, rendered, item),))

    def ask_for_list(self, task: Task, plan: PlannedStep) -> Task:
        """The step, waiting for an approval of all that it is about to do."""
        return self._ask(task, (plan,))

    def ask_for_all(self, task: Task) -> Task:
        """The first task, waiting for an approval of the whole runbook."""
        scene = self.scene
        kept = scene.kept_items()
        whole = plan_of(self.workshop, scene.content, scene.context(), scene.secrets, kept=kept)
        asked = self._ask(task, tuple(map(self.bound, whole)))
        return replace(asked, started_at=asked.started_at or self.now)

    def _ask(self, task: Task, plan: tuple[PlannedStep, ...]) -> Task:
        scene = self.scene
        own = None if task.kind is TaskKind.APPROVAL else scene.step(task).approval
        policy = own or scene.content.approval
        if policy is None:
            return failed(task, self.now, _NO_POLICY)
        approval = ask_approval(
            self.stores,
            scene.execution,
            scene.incident,
            task,
            policy,
            plan,
            hash_of(self.workshop, scene.content, plan),
            self.now,
        )
        return replace(
            task,
            status=TaskStatus.WAITING,
            waits_for=WaitsFor.APPROVAL,
            waiting_id=approval.id,
            again_at=None,
        )
