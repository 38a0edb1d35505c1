"""An execution with everything that deciding about it needs, read in one look."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from automation.approval import Approval, Question
from automation.execution import Execution, Task, TaskKind, TaskStatus, WaitsFor
from automation.executions import triggered
from automation.executions.agreed import Inherited, asks_anybody, inherited_by
from automation.executions.context import context_of, incident_facts
from automation.executions.start import content_of, opened
from automation.ports import AutomationStores
from automation.runbook import Content, Step
from automation.values import Json
from automation.workshop import Workshop
from incidents.incident import Incident


@dataclass(frozen=True, slots=True)
class Scene:
    """How an execution stands.

    Attributes:
        tasks: By position: the approval of the whole, the steps, what undoes them.
        incident: None without one.
        facts: The incident as templates see it.
        parameters: Secrets in the clear.
        trigger: What came with the trigger, in the clear, too.
        secrets: Texts to be masked.
        approvals: Those that tasks wait for or were let through by, by id.
        questions: Those that tasks wait for, by id.
        children: Executions that tasks wait for, by id.
        inherited: What was agreed to with the step that calls it; None where nobody need agree.
    """

    execution: Execution
    content: Content
    tasks: tuple[Task, ...]
    incident: Incident | None
    facts: Mapping[str, Json]
    parameters: Mapping[str, Json]
    trigger: Mapping[str, Json]
    secrets: frozenset[str]
    approvals: Mapping[str, Approval]
    questions: Mapping[str, Question]
    children: Mapping[str, Execution]
    inherited: Inherited | None = None

    @property
    def verbatim(self) -> bool:
        """Whether it is a single action, whose parameters are taken as they are."""
        return self.execution.inline is not None

    def context(self) -> dict[str, Json]:
        """What templates read now."""
        return context_of(
            self.execution, self.content, self.tasks, self.facts, self.parameters, self.trigger
        )

    def step(self, task: Task) -> Step:
        """The step that a task does or undoes."""
        return self.content.steps[task.step or 0]

    def ended_steps(self) -> frozenset[str]:
        """Slugs of the steps that have ended."""
        return frozenset(
            self.step(task).slug
            for task in self.tasks
            if task.kind is TaskKind.STEP and task.status.ended
        )

    def kept_items(self) -> Mapping[int, frozenset[int]]:
        """By step, the items that were completed in the execution that this one repeats."""
        found: dict[int, set[int]] = {}
        for task in self.tasks:
            if task.kind is TaskKind.ITEM and task.status is TaskStatus.COMPLETED:
                found.setdefault(task.step or 0, set()).add(task.index)
        return {step: frozenset(indexes) for step, indexes in found.items()}

    def head(self, task: Task) -> Task:
        """The task of the step whose item a task does or undoes."""
        return next(
            each for each in self.tasks if each.kind is TaskKind.STEP and each.step == task.step
        )

    def changed(self, tasks: Iterable[Task], execution: Execution | None = None) -> Scene:
        """The scene with these tasks in the place of what they were, or added."""
        fresh = {task.id: task for task in tasks}
        if not fresh and execution is None:
            return self
        both = [fresh.pop(task.id, task) for task in self.tasks]
        if fresh:
            both = sorted([*both, *fresh.values()], key=lambda task: task.order)
        return replace(self, tasks=tuple(both), execution=execution or self.execution)


def look(stores: AutomationStores, workshop: Workshop, execution_id: str) -> Scene | None:
    """The scene as it stands; None when the execution or what it does is gone."""
    execution = stores.executions.get(execution_id)
    content = content_of(stores, execution) if execution is not None else None
    if execution is None or content is None:
        return None
    tasks = stores.executions.tasks(execution_id)
    incident = stores.incidents.get(execution.incident_id) if execution.incident_id else None
    inherited = inherited_by(stores, execution)
    asked = asks_anybody(content) or inherited is not None
    return Scene(
        execution=execution,
        content=content,
        tasks=tasks,
        incident=incident,
        facts=incident_facts(stores, incident) if incident is not None else {},
        parameters=opened(workshop, execution),
        trigger=triggered.clear(workshop, execution),
        secrets=workshop.secrets_in(dict(execution.parameters))
        | triggered.secrets(workshop, execution),
        approvals={each.id: each for each in (stores.approvals.of(execution_id) if asked else ())},
        questions=_questions(stores, tasks),
        children=_children(stores, tasks),
        inherited=inherited,
    )


def _waiting(tasks: Iterable[Task], kind: WaitsFor) -> list[str]:
    return [task.waiting_id for task in tasks if task.waits_for is kind and not task.status.ended]


def _questions(stores: AutomationStores, tasks: tuple[Task, ...]) -> dict[str, Question]:
    found = (stores.approvals.question(each) for each in _waiting(tasks, WaitsFor.QUESTION))
    return {each.id: each for each in found if each is not None}


def _children(stores: AutomationStores, tasks: tuple[Task, ...]) -> dict[str, Execution]:
    found = (stores.executions.get(each) for each in _waiting(tasks, WaitsFor.EXECUTION))
    return {each.id: each for each in found if each is not None}
