"""The desk for executions: everything people do with them, each call one act.

`ref` is a key such as `RUN-00042`, a number or an id. Every method raises `NotFound` for
what is not there or not for the actor, and `Denied` when a right is missing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from automation.access import (
    execution_seen,
    named,
    seen_executions,
    sees_execution,
    visible,
)
from automation.actions.action import Action
from automation.approval import Approval, PlannedStep
from automation.execution import Execution, ExecutionFilter, Piece, Task
from automation.executions import control, triggered
from automation.executions.context import context_of, incident_facts
from automation.executions.control import Verdict
from automation.executions.making import Caller, Here, Making
from automation.executions.plan import plan_of
from automation.executions.rerunning import rerun
from automation.executions.start import (
    ExecuteWish,
    content_of,
    opened,
    parameters_for,
    same_team,
    start,
)
from automation.ports import AutomationStores
from automation.runbook import Content, Runbook
from automation.values import Json
from automation.workshop import Workshop
from chat.clock import Clock
from chat.errors import NotFound
from incidents.access import visible as visible_incident
from incidents.incident import Incident
from security.actor import Actor, require
from security.page import Page, Slice
from security.permissions import Permission
from security.ports import Acts
from security.secrets import Vault, masked_json

__all__ = ["DryRun", "ExecuteWish", "ExecutionDesk", "ExecutionDetail", "Verdict"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ExecutionDetail:
    """An execution with everything that is shown of it; secrets are masked.

    Attributes:
        tasks: By position.
        approvals: Oldest first.
        children: Executions that its steps called, oldest first.
    """

    execution: Execution
    content: Content | None
    tasks: tuple[Task, ...]
    approvals: tuple[Approval, ...]
    children: tuple[Execution, ...]


@dataclass(frozen=True, slots=True)
class DryRun:
    """What would be done, without doing any of it.

    Attributes:
        parameters: As they would be taken, secrets masked.
    """

    runbook: Runbook
    parameters: Mapping[str, Json]
    plan: tuple[PlannedStep, ...]

    @property
    def good(self) -> bool:
        """Whether every step, those of called runbooks included, could be done as far as known."""
        return not any(map(_wrong, self.plan))


def _wrong(step: PlannedStep) -> bool:
    """Whether something is wrong with a step, or with what it calls."""
    called = (*step.calls, *(each for item in step.items for each in item.calls))
    return bool(step.mistake) or any(map(_wrong, called))


class ExecutionDesk:
    """Executions for every door."""

    def __init__(self, acts: Acts[AutomationStores], workshop: Workshop, clock: Clock) -> None:
        self._acts = acts
        self._workshop = workshop
        self._clock = clock

    @property
    def vault(self) -> Vault:
        """What seals the secrets that are kept until an execution begins."""
        return self._workshop.vault

    async def _change(self, actor: Actor, act: Callable[[AutomationStores, datetime], T]) -> T:
        return await self._acts.run(lambda stores: act(stores, self._clock.now()), actor=actor)

    async def start(self, actor: Actor, wish: ExecuteWish) -> Execution:
        """Begin an execution of a runbook or of a single action; it goes on by itself.

        Raises:
            Refused: The runbook is not ACTIVE.
            BadInput: A parameter is missing or does not fit; `details` says which.
        """
        return await self._change(
            actor, lambda stores, now: start(stores, self._workshop, actor, wish, now)
        )

    async def dry_run(self, actor: Actor, wish: ExecuteWish) -> DryRun:
        """Every step of a runbook as it would be done; nothing is done, nothing is kept.

        Raises:
            BadInput: A parameter is missing or does not fit; `details` says which.
        """

        def look(stores: AutomationStores) -> DryRun:
            runbook = visible(stores, actor, wish.runbook)
            require(actor, Permission.RUNBOOK_VIEW, team_id=runbook.team_id, thing=named(runbook))
            ref = wish.incident or str(wish.trigger_data.get("incident_id") or "")
            found = visible_incident(stores, actor, ref) if ref else None
            if found is not None:
                same_team(found, runbook.team_id, runbook.name)
            return self._planned(stores, actor, wish, runbook, found)

        # On the thread of a look: up to a thousand items take their time.
        return await self._acts.read(look, actor=actor)

    def _planned(
        self,
        stores: AutomationStores,
        actor: Actor,
        wish: ExecuteWish,
        runbook: Runbook,
        incident: Incident | None,
    ) -> DryRun:
        now = self._clock.now()
        facts = incident_facts(stores, incident) if incident is not None else {}
        parameters = parameters_for(self._workshop, runbook, wish)
        pretended = Execution(
            id="dry-run",
            number=0,
            team_id=runbook.team_id,
            name=runbook.name,
            trigger=wish.trigger,
            created_at=now,
            updated_at=now,
            runbook_id=runbook.id,
            revision=runbook.revision,
            label=runbook.label,
            trigger_data=triggered.kept(self._workshop, wish.trigger_data, runbook.content),
            parameters=parameters,
            reason=wish.reason,
            requested_by=actor.account_id,
            requested_name=actor.name,
            incident_id=incident.id if incident is not None else None,
            origin=wish.origin,
        )
        clear = opened(self._workshop, pretended)
        trigger = triggered.clear(self._workshop, pretended)
        context = context_of(pretended, runbook.content, (), facts, clear, trigger)
        secrets = self._workshop.secrets_in(parameters)
        secrets |= triggered.secrets(self._workshop, pretended)
        above = frozenset({runbook.id})
        caller = Caller(stores, actor, pretended, facts, above, 0, plan_of)
        making, nothing = Making(self._workshop, dry=True), frozenset[str]()
        here = Here(making, "", context, secrets, ended=nothing, caller=caller)
        plan = plan_of(here, runbook.content)
        return DryRun(runbook, masked_json(parameters), plan)

    async def page(
        self, actor: Actor, wanted: ExecutionFilter, part: Slice, *, team: str | None = None
    ) -> Page[Execution]:
        """Those that fit and `actor` sees, newest first unless ordered otherwise.

        Args:
            actor: For whose eyes.
            wanted: What is looked for; teams and eyes are filled in here.
            part: Which part of them.
            team: Id or name of one team; None for all of theirs.
        """

        def look(stores: AutomationStores) -> Page[Execution]:
            eyes = seen_executions(stores, actor, team)
            fitting = replace(wanted, team_ids=eyes.team_ids, viewer=eyes.viewer)
            return stores.executions.page(fitting, part)

        found = await self._acts.read(look, actor=actor)
        return Page(tuple(shown(one) for one in found.items), found.total)

    async def detail(self, actor: Actor, ref: str) -> ExecutionDetail:
        """One execution with its steps."""

        def look(stores: AutomationStores) -> ExecutionDetail:
            execution = execution_seen(stores, actor, ref)
            return ExecutionDetail(
                execution=shown(execution),
                content=content_of(stores, execution),
                tasks=tuple(
                    replace(task, sealed="") for task in stores.executions.tasks(execution.id)
                ),
                approvals=stores.approvals.of(execution.id),
                children=tuple(
                    shown(one)
                    for one in stores.executions.children(execution.id)
                    if sees_execution(stores, actor, one)
                ),
            )

        return await self._acts.read(look, actor=actor)

    async def output(
        self,
        actor: Actor,
        ref: str,
        *,
        after: int = 0,
        task_id: str | None = None,
        limit: int = 1000,
    ) -> tuple[Execution, tuple[Piece, ...]]:
        """What its steps have printed behind the piece with id `after`, and how it stands."""

        def look(stores: AutomationStores) -> tuple[Execution, tuple[Piece, ...]]:
            execution = execution_seen(stores, actor, ref)
            rows = stores.executions
            return shown(execution), rows.output(
                execution.id, after=after, task_id=task_id, limit=limit
            )

        return await self._acts.read(look, actor=actor)

    async def newest_output(self, actor: Actor, ref: str, limit: int) -> tuple[Piece, ...]:
        """The last pieces of what its steps have printed, in order."""

        def look(stores: AutomationStores) -> tuple[Piece, ...]:
            execution = execution_seen(stores, actor, ref)
            return stores.executions.last_output(execution.id, limit)

        return await self._acts.read(look, actor=actor)

    async def cancel(self, actor: Actor, ref: str) -> Execution:
        """End it: what runs is stopped, what waits is not done.

        Raises:
            Refused: It has ended.
        """
        return await self._change(
            actor, lambda stores, now: control.cancel(stores, actor, ref, now)
        )

    async def pause(self, actor: Actor, ref: str) -> Execution:
        """Begin nothing more of it until it is resumed.

        Raises:
            Refused: It has ended, or is paused already.
        """
        return await self._change(actor, lambda stores, now: control.pause(stores, actor, ref, now))

    async def resume(self, actor: Actor, ref: str) -> Execution:
        """Go on with what was paused.

        Raises:
            Refused: It is not paused.
        """
        return await self._change(
            actor, lambda stores, now: control.resume(stores, actor, ref, now)
        )

    async def rerun(self, actor: Actor, ref: str) -> Execution:
        """Begin again where it failed; what completed before is kept, not done again.

        Raises:
            Refused: It has not ended, or nothing of it failed.
        """
        return await self._change(actor, lambda stores, now: rerun(stores, actor, ref, now))

    async def settle(
        self, actor: Actor, ref: str, step: str | None, verdict: Verdict, note: str = ""
    ) -> Execution:
        """Say what became of a step that was under way when the process died.

        Raises:
            BadInput: Several steps are in question, and none was named.
        """
        return await self._change(
            actor,
            lambda stores, now: control.settle(stores, actor, ref, step, verdict, note, now),
        )

    async def actions(self, actor: Actor) -> tuple[Action, ...]:
        """Every action there is, by ref."""

        def look(_: AutomationStores) -> None:
            require(actor, Permission.RUNBOOK_VIEW, team_id=None, thing="actions")

        await self._acts.read(look, actor=actor)
        return tuple(sorted(self._workshop.registry.all(), key=lambda action: action.ref))

    async def action(self, actor: Actor, ref: str) -> Action:
        """One action by its ref, or by a name that only one pack has."""
        await self.actions(actor)
        return self._workshop.registry.find(ref)

    async def file(self, actor: Actor, ref: str, name: str) -> Path:
        """Where a file is that a step of it has left; it may be of any size.

        Raises:
            NotFound: There is none of that name.
        """
        execution = await self._acts.read(
            lambda stores: execution_seen(stores, actor, ref), actor=actor
        )
        folder = self._workshop.folder(execution.id)
        found = await asyncio.to_thread(_left, folder, name)
        if found is None:
            raise NotFound(f"{execution.key} has left no file “{name[:80]}”.")
        return found


def _left(folder: Path, name: str) -> Path | None:
    path = (folder / name).resolve()
    return path if folder.resolve() in path.parents and path.is_file() else None


def shown(execution: Execution) -> Execution:
    """The execution with its secrets masked."""
    return replace(
        execution,
        parameters=masked_json(dict(execution.parameters)),
        trigger_data=triggered.shown(execution),
    )
