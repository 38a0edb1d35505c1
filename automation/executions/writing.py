"""Writes what was decided of an execution in one act, under its lease."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from automation.approvals.asking import withdraw
from automation.execution import (
    Attempt,
    Execution,
    ExecutionStatus,
    Piece,
    Task,
    TaskKind,
    TaskStatus,
    WaitsFor,
    Wish,
)
from automation.executions.agreeing import Agreeing, outdated
from automation.executions.attention import ask_people
from automation.executions.decide import Decision, failed, status_of
from automation.executions.family import cancel_children, wake_parent
from automation.executions.inside import NOTHING_PREPARED, Here, Prepared, do
from automation.executions.items import begun_list, items_of, new_items
from automation.executions.listing import Listed
from automation.executions.proposing import Proposal
from automation.executions.rendering import Rendered
from automation.executions.scene import Scene
from automation.executions.traces import ended, show, subject_of, task_ended
from automation.hidden import hiding, masked
from automation.ports import AutomationStores
from automation.workshop import Workshop
from incidents.ports import Lease, LostLease

TOLD = {TaskStatus.COMPLETED, TaskStatus.FAILED}
_MOST_ROUNDS = 20
"""Rounds of one act at most, so that nobody else waits long for theirs."""


@dataclass(frozen=True, slots=True)
class Readied:
    """A task that may begin, with all it needs.

    Attributes:
        rendered: None where it could not be rendered (`problem` says why), where its condition
            does not hold, or where it is a step with a list.
        problem: Why it fails before it begins; empty when it does not.
        skipped: Whether its condition does not hold.
        inside: Whether it is done in the act itself.
        said: Whether it says something in chat.
        looks_outside: Whether a channel, a file or a runbook has still to be looked up before,
            or a plan be made.
        proposal: What it is about to do, where somebody has to agree to it.
        listed: The list of a step that is done for each of one.
    """

    task: Task
    rendered: Rendered | None = None
    problem: str = ""
    skipped: bool = False
    inside: bool = False
    said: bool = False
    looks_outside: bool = False
    prepared: Prepared = NOTHING_PREPARED
    sealed: str = ""
    proposal: Proposal | None = None
    listed: Listed | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """One step forward of an execution.

    Attributes:
        scene: With what has come of running tasks in it.
        changed: Tasks of the scene that differ from what is stored.
        decision: What follows.
        readied: What may begin.
        output: What running tasks have printed.
        stored: The tasks as they are stored.
    """

    scene: Scene
    changed: tuple[Task, ...]
    decision: Decision
    readied: tuple[Readied, ...]
    output: tuple[Piece, ...] = ()
    stored: tuple[Task, ...] = ()


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing follows until somebody wakes the execution, or until then."""

    again_at: datetime | None


Follow: TypeAlias = Callable[[Scene], Move | Rest | None]
"""What follows from a scene at once; None where something outside comes first."""


@dataclass(frozen=True, slots=True)
class Written:
    """What was written.

    Attributes:
        decision: The last one.
        begun: What is to be done outside now, by task id.
        wish: What people want; when it is another than the scene says, nothing was written.
        given_back: Whether the lease was given back in the same act, since nothing follows.
    """

    scene: Scene
    begun: Mapping[str, Rendered]
    wish: Wish
    decision: Decision
    given_back: bool = False


def write(
    stores: AutomationStores,
    workshop: Workshop,
    move: Move,
    lease: Lease,
    now: datetime,
    follow: Follow,
) -> Written:
    """Write a move and what follows from it at once, or nothing when people want otherwise.

    Steps that are done in the act itself follow one another in it: each would be done or
    not done as a whole anyway, and so they are done or not done together.

    Raises:
        LostLease: Somebody else drives this execution.
    """
    execution = move.scene.execution
    wish = stores.executions.wish_under(lease, execution.id)
    if wish is None:
        raise LostLease("another process drives this execution now")
    if wish is not execution.wish:
        scene = replace(move.scene, execution=replace(execution, wish=wish))
        return Written(scene, {}, wish, move.decision)
    scribe = _Scribe(stores, workshop, move, now)
    written = scribe.written(wish, follow)
    rest = Rest(None) if written.scene.execution.ended else scribe.rest
    if rest is None:
        return written
    stores.drives.release(lease, rest.again_at)
    return replace(written, given_back=True)


class _Scribe:
    """One act's writing."""

    def __init__(
        self, stores: AutomationStores, workshop: Workshop, move: Move, now: datetime
    ) -> None:
        self._stores = stores
        self._workshop = workshop
        self._move = move
        self._decision = move.decision
        self._now = now
        self._scene = move.scene
        self._tasks: dict[str, Task] = {task.id: task for task in move.changed}
        self._begun: dict[str, Rendered] = {}
        self.rest: Rest | None = None

    def written(self, wish: Wish, follow: Follow) -> Written:
        known = {task.id for task in self._scene.tasks}
        # First, so that it stands above what its steps post and ask.
        shown = self._scene.execution.shown or show(self._stores, self._scene.execution)
        following: Move | Rest | None = self._move
        for _ in range(_MOST_ROUNDS):
            if not isinstance(following, Move):
                break
            self._take(following)
            over = self._begun or following.decision.ending is not None
            following = None if over else follow(self._scene)
        self.rest = following if isinstance(following, Rest) else None
        self._keep_tasks(known)
        if self._move.output:
            self._stores.executions.add_output(self._move.output)
        execution = self._keep_execution(shown=shown)
        scene = replace(self._scene, execution=execution)
        return Written(scene, self._begun, wish, self._decision)

    def _take(self, move: Move) -> None:
        """Take on what one move brings."""
        self._decision = move.decision
        for task in move.decision.settled:
            self._tasks[task.id] = task
        self._scene = self._scene.changed(move.decision.settled)
        for readied in move.readied:
            # What was planned with runbooks that are others by now is planned again.
            if not outdated(self._stores, self._scene, readied.proposal):
                self._tasks[readied.task.id] = self._begin(readied)
        self._scene = self._scene.changed(self._tasks.values())

    def _keep_tasks(self, known: set[str]) -> None:
        added = [task for task in self._tasks.values() if task.id not in known]
        if added:
            self._stores.executions.add_tasks(added)
        kept = [task for task in self._tasks.values() if task.id in known]
        if kept:
            self._stores.executions.save_tasks(kept, self._move.stored)
        told = [
            task_ended(self._scene.execution, task, self._now)
            for task in self._tasks.values()
            if task.kind is not TaskKind.APPROVAL and task.status in TOLD
        ]
        self._stores.audit.append(*told)

    def _begin(self, readied: Readied) -> Task:
        task, rendered = readied.task, readied.rendered
        proposal = readied.proposal
        agreeing = Agreeing(self._stores, self._scene, self._now)
        if task.kind is TaskKind.APPROVAL and proposal is not None:
            return agreeing.ask(task, proposal)
        if readied.listed is not None:
            return self._begin_list(task, readied, readied.listed, agreeing)
        if rendered is None:
            return self._not_begun(readied)
        filled_in = {
            "action": rendered.action.ref,
            "input": rendered.shown,
            "sealed": readied.sealed,
            "digest": rendered.digest,
            "timeout": rendered.timeout,
        }
        if proposal is not None:
            asking = replace(task, **filled_in)
            if agreeing.needed(asking, proposal):
                return agreeing.ask(asking, proposal)
        # What is done in this act begins and ends at one moment.
        attempt = Attempt(len(task.attempts) + 1, self._now, self._now if readied.inside else None)
        task = replace(
            task,
            **filled_in,
            status=TaskStatus.RUNNING,
            attempts=(*task.attempts, attempt),
            started_at=task.started_at or self._now,
            waits_for=WaitsFor.NOTHING,
            waiting_id="",
            again_at=None,
            error="",
        )
        if readied.inside:
            return self._do_inside(task, readied, rendered)
        self._begun[task.id] = rendered
        return task

    def _not_begun(self, readied: Readied) -> Task:
        if readied.skipped:
            return replace(readied.task, status=TaskStatus.SKIPPED, ended_at=self._now)
        return failed(readied.task, self._now, readied.problem)

    def _begin_list(self, task: Task, readied: Readied, listed: Listed, agreeing: Agreeing) -> Task:
        """Begin a step that is done for each of a list: its items may begin after it."""
        proposal = readied.proposal
        if proposal is not None and agreeing.needed(task, proposal):
            return agreeing.ask(task, proposal)
        known = items_of(self._scene.tasks, task.step)
        hashes: Mapping[int, str] = proposal.items if proposal is not None else {}
        for item in new_items(task, listed, known, hashes):
            self._tasks[item.id] = item
        return begun_list(task, listed, readied.sealed, self._now)

    def _do_inside(self, task: Task, readied: Readied, rendered: Rendered) -> Task:
        secrets = rendered.secrets | self._scene.secrets
        here = Here(
            self._stores,
            self._workshop,
            self._scene,
            task,
            # What is said in chat is read by many.
            masked(dict(rendered.given), secrets) if readied.said else rendered.given,
            readied.prepared,
            self._now,
        )
        with hiding(secrets):
            after = do(here, rendered)
        if after.ended_at is not None and not after.error and not secrets:
            return after
        error = str(masked(after.error, secrets))
        last = replace(after.attempts[-1], ended_at=after.ended_at, error=error)
        return replace(
            after,
            output=masked(after.output, secrets),
            error=error,
            attempts=(*after.attempts[:-1], last),
        )

    def _keep_execution(self, *, shown: bool) -> Execution:
        """Write the execution where it has changed, and tell whoever follows it."""
        scene, old = self._scene, self._move.scene.execution
        ending = self._decision.ending
        after = replace(
            old,
            status=ending.status if ending is not None else status_of(old, scene.tasks),
            failed=any(task.kind is TaskKind.ROLLBACK for task in scene.tasks),
            started_at=old.started_at or self._now,
            shown=shown,
        )
        if ending is not None:
            after = replace(after, ended_at=self._now, error=ending.error[:2000])
        if after != old:
            after = replace(after, updated_at=self._now, version=old.version + 1)
            self._stores.executions.save(after)
        if ending is not None:
            self._end(after)
        asks = ExecutionStatus.NEEDS_ATTENTION
        if after.status is asks and old.status is not asks:
            ask_people(self._stores, after)
        if old.shown and (after != old or self._tasks):
            self._stores.outbox.refresh(subject_of(after.id))
        return after

    def _end(self, execution: Execution) -> None:
        ended(self._stores, execution, self._scene.incident, self._now)
        if execution.status is ExecutionStatus.CANCELLED:
            withdraw(self._stores, self._scene.execution.id, self._now)
            cancel_children(self._stores, execution, self._now)
        if execution.parent_id is not None:
            wake_parent(self._stores, execution, self._now)
