"""What is to be done next of an execution. Pure: looks at a scene, changes nothing.

Steps are done in order, those marked `parallel` together with the one before them. A
step that failed for good ends the execution, is passed over, or has what was done before
undone, as it says itself. Nobody waits here: what waits for somebody or for a moment is
a task that says so, and the execution is looked at again when that comes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from automation.actions.registry import Registry
from automation.approval import ApprovalStatus, OnExpiry
from automation.execution import (
    Execution,
    ExecutionStatus,
    Task,
    TaskKind,
    TaskStatus,
    WaitsFor,
    Wish,
)
from automation.executions.agreed import passed
from automation.executions.items import NEVER_REACHED, items_of, startable, wound_up
from automation.executions.scene import Scene
from automation.executions.undoing import undo_of
from automation.runbook import OnFailure
from chat.clock import new_id


@dataclass(frozen=True, slots=True)
class Ending:
    """How the execution ends."""

    status: ExecutionStatus
    error: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows from a scene.

    Attributes:
        settled: Tasks that have changed without anything being done: skipped, cancelled,
            answered, or added to undo others.
        ready: Tasks that may begin now.
        ending: None while there is something left.
        again_at: When something waiting is due; None when only an answer helps.
    """

    settled: tuple[Task, ...] = ()
    ready: tuple[Task, ...] = ()
    ending: Ending | None = None
    again_at: datetime | None = None


def decide(scene: Scene, registry: Registry, now: datetime, *, winding_down: bool) -> Decision:
    """What is to be done next.

    Args:
        scene: How it stands; what has just come of running tasks is in there.
        registry: The actions there are, for what undoes them.
        now: The time.
        winding_down: Whether this process is about to stop, so that nothing begins.
    """
    if scene.execution.wish is Wish.CANCEL:
        return _cancelled(scene, now)
    woken = tuple(_woken(scene, now))
    scene = scene.changed(woken)
    if any(task.leading for task in scene.tasks):
        woken = _merged(woken, tuple(_wound_up(scene, now)))
        scene = scene.changed(woken)
    states = {task.status for task in scene.tasks}
    attention = TaskStatus.NEEDS_ATTENTION in states
    if winding_down or attention or scene.execution.wish is Wish.PAUSE:
        return Decision(settled=woken, again_at=_next_moment(scene.tasks))
    running = TaskStatus.RUNNING in states and any(task.acting for task in scene.tasks)
    decision = _next(scene, registry, now, running=running)
    return replace(decision, settled=_merged(woken, decision.settled)) if woken else decision


def _merged(first: Sequence[Task], second: Sequence[Task]) -> tuple[Task, ...]:
    later = {task.id for task in second}
    return (*(task for task in first if task.id not in later), *second)


def _woken(scene: Scene, now: datetime) -> Iterable[Task]:
    """Waiting tasks whose wait is over, as what they are then."""
    for task in scene.tasks:
        if task.status is not TaskStatus.WAITING:
            continue
        match task.waits_for:
            case WaitsFor.APPROVAL:
                found = _answered(scene, task, now)
            case WaitsFor.QUESTION:
                found = _told(scene, task, now)
            case WaitsFor.EXECUTION:
                found = _returned(scene, task, now)
            case WaitsFor.TIME if task.again_at is not None and task.again_at <= now:
                found = done(task, now, {"waited_until": task.again_at.isoformat()})
            case WaitsFor.RETRY if task.again_at is None or task.again_at <= now:
                found = replace(task, status=TaskStatus.PENDING, again_at=None)
            case _:
                found = None
        if found is not None:
            yield found


def _answered(scene: Scene, task: Task, now: datetime) -> Task | None:
    approval = scene.approvals.get(task.waiting_id)
    if approval is None or approval.pending:
        return None
    if passed(approval) and task.kind is TaskKind.APPROVAL:
        return done(replace(task, approved=approval.plan_hash), now, {"verdict": approval.verdict})
    if passed(approval):
        # It is rendered again before it begins, and asks again when anything has changed.
        return replace(task, status=TaskStatus.PENDING, approved=approval.plan_hash, again_at=None)
    return failed(task, now, f"{approval.key} {approval.verdict}")


def _told(scene: Scene, task: Task, now: datetime) -> Task | None:
    question = scene.questions.get(task.waiting_id)
    if question is None or question.closed_at is None:
        return None
    if question.answered_by is None:
        return failed(task, now, "nobody answered in time")
    return done(task, now, {"answer": question.answer, "by": question.answered_name})


def _returned(scene: Scene, task: Task, now: datetime) -> Task | None:
    child = scene.children.get(task.waiting_id)
    if child is None or not child.ended:
        return None
    output = {"execution": child.key, "status": child.status.value}
    if child.status is ExecutionStatus.COMPLETED:
        return done(task, now, output)
    return failed(
        replace(task, output=output),
        now,
        f"{child.key} {child.status.value.lower()}: {child.error}",
    )


def _cancelled(scene: Scene, now: datetime) -> Decision:
    settled = tuple(
        replace(task, status=TaskStatus.CANCELLED, ended_at=now, again_at=None)
        for task in scene.tasks
        if not task.status.ended and not task.acting
    )
    if any(task.acting for task in scene.tasks):
        return Decision(settled=settled)
    return Decision(settled=settled, ending=Ending(ExecutionStatus.CANCELLED))


def _next(scene: Scene, registry: Registry, now: datetime, *, running: bool) -> Decision:
    if scene.execution.failed:
        return _undoing(scene, now, running=running)
    for group in groups(scene):
        broken = _broken_in(scene, group)
        if broken and not _busy(group):
            return _broken(scene, registry, _gravest(scene, broken), now)
        if broken:
            # Those beside it come to their end; nothing else begins.
            return Decision(again_at=_next_moment(group))
        if all(task.status.ended for task in group):
            continue
        ready = tuple(startable(group, scene.content.steps))
        return Decision(ready=ready, again_at=_next_moment(group))
    return Decision() if running else Decision(ending=Ending(ExecutionStatus.COMPLETED))


def _broken_in(scene: Scene, group: Sequence[Task]) -> list[Task]:
    """Steps that failed so that nothing after them is done."""
    return [
        task
        for task in group
        if task.kind is not TaskKind.ITEM
        and task.status is TaskStatus.FAILED
        and _fatal(scene, task)
    ]


def _wound_up(scene: Scene, now: datetime) -> Iterable[Task]:
    """Steps whose items have come to their end, and items that are not begun any more."""
    # Nothing after a group that has broken is begun, so that it is the one under way.
    broken = bool(_broken_in(scene, scene.tasks))
    for head in scene.tasks:
        if head.leading:
            items = items_of(scene.tasks, head.step)
            bad = (each for each in items if each.status is TaskStatus.FAILED)
            stopping = next((each for each in bad if _fatal(scene, each)), None)
            yield from wound_up(head, items, now, stopping=stopping, broken=broken)


def groups(scene: Scene) -> list[tuple[Task, ...]]:
    """Tasks that are done together, in order; undoing is not among them."""
    found: list[list[Task]] = []
    for task in scene.tasks:
        if task.kind is TaskKind.ROLLBACK:
            continue
        together = task.kind is TaskKind.ITEM or (
            task.kind is TaskKind.STEP and scene.step(task).parallel
        )
        if together and found:
            found[-1].append(task)
        else:
            found.append([task])
    return [tuple(group) for group in found]


def _busy(tasks: Iterable[Task]) -> bool:
    return any(task.status in {TaskStatus.RUNNING, TaskStatus.WAITING} for task in tasks)


def _fatal(scene: Scene, task: Task) -> bool:
    if task.kind is TaskKind.APPROVAL:
        return True
    return scene.step(task).on_failure is not OnFailure.CONTINUE or _cancels(scene, task)


def _gravest(scene: Scene, broken: Sequence[Task]) -> Task:
    """Of several that failed together, the one that says the most about what follows."""

    def undoes(task: Task) -> bool:
        return task.kind is TaskKind.STEP and scene.step(task).on_failure is OnFailure.ROLL_BACK

    ends = next((task for task in broken if _cancels(scene, task)), None)
    return ends or next(filter(undoes, broken), broken[0])


def _cancels(scene: Scene, task: Task) -> bool:
    """Whether it failed since an approval expired that then ends everything."""
    approval = scene.approvals.get(task.waiting_id)
    return (
        task.waits_for is WaitsFor.APPROVAL
        and approval is not None
        and approval.status is ApprovalStatus.EXPIRED
        and approval.policy.on_expiry is OnExpiry.CANCEL
    )


def _broken(scene: Scene, registry: Registry, task: Task, now: datetime) -> Decision:
    """A step has failed for good: leave out the rest, and undo what is to be undone."""
    left = tuple(
        replace(each, status=TaskStatus.SKIPPED, ended_at=now, error=NEVER_REACHED)
        for each in scene.tasks
        if each.status is TaskStatus.PENDING
    )
    why = f"{task.name}: {task.error}"
    if task.kind is TaskKind.APPROVAL or _cancels(scene, task):
        return Decision(settled=left, ending=Ending(ExecutionStatus.CANCELLED, why))
    if scene.step(task).on_failure is OnFailure.ROLL_BACK:
        undoing = tuple(_undo_tasks(scene, registry))
        if undoing:
            return Decision(settled=(*left, *undoing))
    return Decision(settled=left, ending=Ending(ExecutionStatus.FAILED, why))


def _undo_tasks(scene: Scene, registry: Registry) -> Iterable[Task]:
    """A task for each completed step that can be undone, the newest step first."""
    position = max(task.position for task in scene.tasks)
    for task in reversed(scene.tasks):
        if task.status is not TaskStatus.COMPLETED or not _did(scene, task):
            continue
        undo = undo_of(scene.step(task), registry)
        if undo is None:
            continue
        position += 1
        yield Task(
            id=new_id(),
            execution_id=task.execution_id,
            position=position,
            name=f"Undo {task.name}",
            kind=TaskKind.ROLLBACK,
            step=task.step,
            action=undo.action,
            timeout=undo.timeout,
            index=task.index,
            item=task.item,
        )


def _did(scene: Scene, task: Task) -> bool:
    """Whether it did something itself: a step done once, or an item of one."""
    if task.kind is TaskKind.STEP:
        return scene.step(task).for_each is None
    return task.kind is TaskKind.ITEM


def _undoing(scene: Scene, now: datetime, *, running: bool) -> Decision:
    """The next thing to undo; one that fails does not keep the others from being undone."""
    del now
    undoing = [task for task in scene.tasks if task.kind is TaskKind.ROLLBACK]
    for task in undoing:
        if task.status is TaskStatus.PENDING:
            return Decision(ready=(task,))
        if not task.status.ended:
            return Decision(again_at=_next_moment([task]))
    if running:
        return Decision()
    why = next(
        (
            f"{task.name}: {task.error}"
            for task in scene.tasks
            if task.status is TaskStatus.FAILED
            and task.kind is TaskKind.STEP
            and _fatal(scene, task)
        ),
        scene.execution.error,
    )
    bad = [task.name for task in undoing if task.status is TaskStatus.FAILED]
    rest = f" Could not be undone: {', '.join(bad)}." if bad else " What was done was undone."
    return Decision(ending=Ending(ExecutionStatus.FAILED, f"{why}.{rest}"))


def _next_moment(tasks: Iterable[Task]) -> datetime | None:
    moments = [
        task.again_at
        for task in tasks
        if task.status is TaskStatus.WAITING and task.again_at is not None
    ]
    return min(moments, default=None)


def done(task: Task, now: datetime, output: object) -> Task:
    """The task, completed."""
    return replace(
        task,
        status=TaskStatus.COMPLETED,
        output=output,
        error="",
        started_at=task.started_at or now,
        ended_at=now,
        again_at=None,
    )


def failed(task: Task, now: datetime, error: str) -> Task:
    """The task, failed for good."""
    return replace(
        task,
        status=TaskStatus.FAILED,
        error=error[:2000],
        started_at=task.started_at or now,
        ended_at=now,
        again_at=None,
    )


def retried(scene: Scene, task: Task, now: datetime, error: str) -> Task:
    """The task after a failed attempt: waiting for the next one, or failed for good."""
    retry = scene.step(task).retry
    attempt = len(task.attempts)
    if task.kind not in {TaskKind.STEP, TaskKind.ITEM} or attempt > retry.count:
        return failed(task, now, error)
    return replace(
        task,
        status=TaskStatus.WAITING,
        waits_for=WaitsFor.RETRY,
        waiting_id="",
        error=error[:2000],
        again_at=now + timedelta(seconds=retry.wait(attempt)),
    )


def status_of(execution: Execution, tasks: Sequence[Task]) -> ExecutionStatus:
    """How an execution that has not ended stands, by its tasks."""
    # Of a step with items, these say how it stands.
    states = {task.status for task in tasks if not task.leading}
    if TaskStatus.NEEDS_ATTENTION in states:
        return ExecutionStatus.NEEDS_ATTENTION
    if TaskStatus.RUNNING in states:
        return ExecutionStatus.RUNNING
    if execution.wish is Wish.PAUSE:
        return ExecutionStatus.PAUSED
    if TaskStatus.WAITING in states:
        return ExecutionStatus.WAITING
    return ExecutionStatus.RUNNING
