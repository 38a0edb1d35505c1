"""Carries executions on: does what is ready, keeps what came of it, stops when all waits.

Each round decides from what is stored and what has just come of running actions, and
writes the results of what ended together with what begins next in one transaction. When
the process dies, the next driver goes on from the rows: a task that is done is not done
again, and one that was under way is tried again only if its action is idempotent.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import takewhile
from typing import Literal, TypeAlias

from automation.actions.runner import Call, Emit, Outcome, Runner
from automation.actions.schema import output_mistake
from automation.execution import (
    Attempt,
    Task,
    TaskKind,
    TaskStatus,
    WaitsFor,
    Wish,
)
from automation.executions.decide import Decision, decide, done, failed, retried
from automation.executions.output import Output
from automation.executions.preparing import Preparing
from automation.executions.rendering import Rendered
from automation.executions.scene import Scene, look
from automation.executions.writing import Move, Rest, Written, write
from automation.hidden import hiding, masked
from automation.ports import AutomationStores
from automation.workshop import Workshop
from chat.errors import TocsinError
from incidents.ports import GIVEN_BACK, GivenBack, Lease
from security.ports import Acts

Boundary: TypeAlias = Literal["before", "after"]
"""A side of the write that ends one round and begins the next."""

_log = logging.getLogger("tocsin.executions")

_LOOK_EVERY = 0.5
"""Seconds between two looks whether people want something else, while actions run."""
_CANCEL_PATIENCE = 15.0
DIED = "was under way when Tocsin stopped, and it is not known whether it was done"
_MOST_DEATHS = 3
DIED_OFTEN = (
    f"was under way each of the last {_MOST_DEATHS} times that Tocsin stopped, and may be what "
    "stops it. Look at what it does before it is done again"
)


class ExecutionDriver:
    """Drives `execution` work; the subject is an execution's id."""

    def __init__(
        self,
        acts: Acts[AutomationStores],
        workshop: Workshop,
        runners: Mapping[str, Runner],
        preparing: Preparing,
        *,
        end_left: Callable[[str], Awaitable[None]] | None = None,
        boundary: Callable[[Boundary], None] | None = None,
    ) -> None:
        """Keep what the work needs.

        Args:
            acts: Stored state.
            workshop: The actions there are.
            runners: Outside runners by name.
            preparing: Looks up channels and files before a transaction.
            end_left: Ends what an earlier process has left running of a task, by its id.
            boundary: Called on both sides of each write, for tests of what a crash leaves.
        """
        self._acts = acts
        self._workshop = workshop
        self._runners = runners
        self._preparing = preparing
        self._end_left = end_left
        self._boundary = boundary
        self._winding_down = False

    def wind_down(self) -> None:
        """Begin nothing more in this process; what runs may come to its end."""
        self._winding_down = True

    async def drive(self, subject: str, lease: Lease) -> datetime | GivenBack | None:
        """Go on as far as possible; when to go on again, None when somebody will wake it."""
        scene = await self._acts.read(lambda stores: look(stores, self._workshop, subject))
        if scene is None or scene.execution.ended:
            return None
        await self._sweep(scene)
        run = _Run(
            self._acts,
            self._workshop,
            self._runners,
            self._preparing,
            scene,
            lease,
            self._boundary or _pass,
        )
        try:
            return await run.go(lambda: self._winding_down)
        finally:
            await run.close()

    async def _sweep(self, scene: Scene) -> None:
        """End what still runs of tasks whose driver has died."""
        if self._end_left is not None:
            for task in scene.tasks:
                if task.acting:
                    await self._end_left(task.id)


def _pass(_: Boundary) -> None:
    """Nothing happens at a boundary."""


class _Run:
    """One driver's time with one execution."""

    def __init__(
        self,
        acts: Acts[AutomationStores],
        workshop: Workshop,
        runners: Mapping[str, Runner],
        preparing: Preparing,
        scene: Scene,
        lease: Lease,
        boundary: Callable[[Boundary], None],
    ) -> None:
        self._acts = acts
        self._boundary = boundary
        self._workshop = workshop
        self._runners = runners
        self._preparing = preparing
        self._scene = scene
        self._lease = lease
        self._running: dict[str, asyncio.Task[Outcome]] = {}
        self._rendered: dict[str, Rendered] = {}
        self._output = Output(acts, workshop.clock, scene.execution.id)
        self._writer: asyncio.Task[None] | None = None

    async def go(self, winding_down: Callable[[], bool]) -> datetime | GivenBack | None:
        """Round after round until nothing runs and nothing is ready."""
        changed = self._interrupted()
        while True:
            scene = self._scene.changed(changed)
            now = self._workshop.clock.now()
            decision = decide(scene, self._workshop.registry, now, winding_down=winding_down())
            written = await self._write(scene, changed, decision, winding_down)
            decision = written.decision
            if written.wish is not scene.execution.wish:
                # Nothing was written; what has ended must not be forgotten.
                self._scene = replace(self._scene, execution=written.scene.execution)
                changed = _both(changed, await self._heed(written.wish))
                continue
            self._scene = written.scene
            if written.given_back:
                return GIVEN_BACK
            self._begin(written)
            if self._running:
                changed = await self._next_ended(decision.again_at)
            elif decision.ready or decision.settled or changed:
                changed = ()
            else:
                soon = now if winding_down() and _startable(self._scene) else None
                return soon or decision.again_at

    async def close(self) -> None:
        """End whatever still runs, and wait until it has."""
        await self._stop_all()
        if self._writer is not None:
            self._writer.cancel()
            await asyncio.gather(self._writer, return_exceptions=True)

    def _interrupted(self) -> tuple[Task, ...]:
        """Tasks that an earlier driver had begun and did not live to see the end of."""
        now = self._workshop.clock.now()
        return tuple(self._after_death(task, now) for task in self._scene.tasks if task.acting)

    def _after_death(self, task: Task, now: datetime) -> Task:
        task = _attempt_ended(task, now, DIED)
        try:
            idempotent = self._workshop.registry.find(task.action).idempotent
        except TocsinError:
            idempotent = False
        if idempotent and _deaths(task) >= _MOST_DEATHS:
            return replace(task, status=TaskStatus.NEEDS_ATTENTION, error=DIED_OFTEN)
        if idempotent:
            return replace(
                task,
                status=TaskStatus.WAITING,
                waits_for=WaitsFor.RETRY,
                again_at=None,
                error=DIED,
            )
        return replace(task, status=TaskStatus.NEEDS_ATTENTION, error=DIED)

    async def _write(
        self,
        scene: Scene,
        changed: tuple[Task, ...],
        decision: Decision,
        winding_down: Callable[[], bool],
    ) -> Written:
        scene_now = scene.changed(decision.settled)
        readied = tuple([await self._preparing.ready(scene_now, task) for task in decision.ready])
        move = Move(scene, changed, decision, readied, self._output.take(), self._scene.tasks)
        self._boundary("before")
        now = self._workshop.clock.now()

        def follow(scene: Scene) -> Move | Rest | None:
            return self._following(scene, now, winding_down)

        written = await self._acts.run(
            lambda stores: write(stores, self._workshop, move, self._lease, now, follow)
        )
        self._boundary("after")
        return written

    def _following(
        self, scene: Scene, now: datetime, winding_down: Callable[[], bool]
    ) -> Move | Rest | None:
        """What follows at once from what is being written; None when something else comes first."""
        if self._running or winding_down():
            return None
        decision = decide(scene, self._workshop.registry, now, winding_down=False)
        if not decision.ready and decision.ending is None:
            return None if decision.settled else Rest(decision.again_at)
        settled = scene.changed(decision.settled)
        readied = tuple(self._preparing.at_once(settled, task) for task in decision.ready)
        if any(each.looks_outside for each in readied):
            return None
        return Move(scene, (), decision, readied)

    async def _heed(self, wish: Wish) -> tuple[Task, ...]:
        """Do what people want of what runs: end it, when they cancel."""
        if wish is not Wish.CANCEL or not self._running:
            return ()
        ended = await self._stop_all()
        now = self._workshop.clock.now()
        return tuple(
            replace(
                _attempt_ended(task, now, "cancelled"),
                status=TaskStatus.CANCELLED,
                error="cancelled",
                ended_at=now,
            )
            for task in self._scene.tasks
            if task.id in ended
        )

    async def _stop_all(self) -> frozenset[str]:
        """Cancel what runs; ids of those tasks, once they have ended."""
        running, self._running = dict(self._running), {}
        for each in running.values():
            each.cancel()
        if running:
            await asyncio.wait(running.values(), timeout=_CANCEL_PATIENCE)
        return frozenset(running)

    def _begin(self, written: Written) -> None:
        for task in written.scene.tasks:
            rendered = written.begun.get(task.id)
            if rendered is None:
                continue
            emit = self._output.of(task.id, rendered.secrets | self._scene.secrets)
            runner = self._runners[rendered.action.runner]
            self._rendered[task.id] = rendered
            call = self._call(task, rendered)
            self._running[task.id] = asyncio.create_task(
                _run(runner, call, emit), name=f"{self._scene.execution.key} {task.name}"
            )
        if self._running and self._writer is None:
            self._writer = asyncio.create_task(self._output.keep_writing())

    def _call(self, task: Task, rendered: Rendered) -> Call:
        scene = self._scene
        folder = self._workshop.folder(scene.execution.id)
        environment = {
            "TOCSIN_EXECUTION": scene.execution.key,
            "TOCSIN_EXECUTION_ID": scene.execution.id,
            "TOCSIN_TASK_ID": task.id,
            "TOCSIN_FILES": str(folder),
        }
        if scene.incident is not None:
            environment["TOCSIN_INCIDENT"] = scene.incident.key
        return Call(
            key=task.id,
            action=rendered.action,
            parameters=rendered.given,
            timeout=rendered.timeout,
            files=folder,
            attempt=len(task.attempts),
            environment=environment,
            secrets=rendered.secrets | scene.secrets,
        )

    async def _next_ended(self, due: datetime | None) -> tuple[Task, ...]:
        """The tasks whose actions have ended.

        None when people want something else first, or when what waits beside them is due.
        """
        while self._running:
            finished, _ = await asyncio.wait(
                self._running.values(),
                timeout=_LOOK_EVERY,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if finished:
                ids = [key for key, each in self._running.items() if each in finished]
                return tuple(self._ended(key, self._running.pop(key)) for key in ids)
            wish = await self._wish()
            if wish is not self._scene.execution.wish:
                self._scene = replace(
                    self._scene, execution=replace(self._scene.execution, wish=wish)
                )
                return await self._heed(wish)
            if due is not None and due <= self._workshop.clock.now():
                return ()
        return ()

    async def _wish(self) -> Wish:
        found = await self._acts.read(
            lambda stores: stores.executions.get(self._scene.execution.id)
        )
        return found.wish if found is not None else Wish.CANCEL

    def _log_of(self, task: Task) -> str:
        """Name of the file that holds the whole output of the attempt; empty without one."""
        folder = self._workshop.folder(self._scene.execution.id)
        names = (f"{task.id}.{len(task.attempts)}.{stream}.log" for stream in ("stdout", "stderr"))
        return next((name for name in names if (folder / name).is_file()), "")

    def _ended(self, task_id: str, running: asyncio.Task[Outcome]) -> Task:
        """The task after its action has ended."""
        task = next(each for each in self._scene.tasks if each.id == task_id)
        rendered = self._rendered.pop(task_id)
        self._output.end(task_id)
        now = self._workshop.clock.now()
        outcome = running.result()
        secrets = rendered.secrets | self._scene.secrets
        wrong = outcome.error
        if outcome.ok:
            wrong = output_mistake(rendered.action, outcome.output)
        error = str(masked(wrong, secrets))
        output = masked(outcome.output, secrets)
        task = replace(
            _attempt_ended(task, now, error),
            output=output,
            log_file=self._log_of(task) if outcome.truncated else task.log_file,
        )
        if outcome.ok and not wrong:
            return done(task, now, output)
        if task.kind is not TaskKind.ROLLBACK:
            return retried(self._scene, task, now, error)
        return failed(task, now, error)


async def _run(runner: Runner, call: Call, emit: Emit) -> Outcome:
    """One attempt; whatever goes wrong is an outcome, except being cancelled."""
    try:
        await asyncio.to_thread(call.files.mkdir, 0o700, parents=True, exist_ok=True)
        with hiding(call.secrets):
            return await runner.run(call, emit)
    except TocsinError as wrong:
        return Outcome(ok=False, error=wrong.message)
    except Exception as bug:  # noqa: BLE001 - a runner's bug is this step's failure, no more
        _log.exception("the runner %s failed", runner.name)
        return Outcome(ok=False, error=f"{type(bug).__name__}: {bug}")


def _deaths(task: Task) -> int:
    """How many of the last attempts in a row ended with the process."""
    ended = takewhile(lambda attempt: attempt.error == DIED, reversed(task.attempts))
    return sum(1 for _ in ended)


def _attempt_ended(task: Task, now: datetime, error: str) -> Task:
    if not task.attempts:
        return replace(task, attempts=(Attempt(1, now, now, error),))
    last = replace(task.attempts[-1], ended_at=now, error=error[:2000])
    return replace(task, attempts=(*task.attempts[:-1], last))


def _both(first: tuple[Task, ...], second: tuple[Task, ...]) -> tuple[Task, ...]:
    later = {task.id for task in second}
    return (*(task for task in first if task.id not in later), *second)


def _startable(scene: Scene) -> bool:
    return any(task.status is TaskStatus.PENDING for task in scene.tasks)
