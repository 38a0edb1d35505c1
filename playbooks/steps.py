"""The desk for the stages and steps of incidents, each call one act.

The rules stand in `checklist.py`. An `incident_ref` is an id, a key or a number; it may
be None where the step or stage is given by its id. A `step_ref` is its number in the
active stage (`3`), stage and number (`2.3`), or its id. Every method raises `NotFound`
for what is not there or not for the actor, `Denied` for who may not work on the
incident, and `Refused` for a closed one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from chat.clock import Clock
from incidents.incident import Incident
from playbooks import checklist
from playbooks.checklist import StepChanged
from playbooks.ports import PlaybookStores
from playbooks.progress import Progress, Step, StepState
from playbooks.step_edit import StepEdit, edit
from security.actor import Actor
from security.ports import Acts

__all__ = ["StepChanged", "StepDesk"]

T = TypeVar("T")


class StepDesk:
    """Stages and steps for every door."""

    def __init__(self, acts: Acts[PlaybookStores], clock: Clock) -> None:
        self._acts = acts
        self._clock = clock

    async def _change(self, actor: Actor, act: Callable[[PlaybookStores, datetime], T]) -> T:
        """Run `act` with the present moment in one transaction."""
        return await self._acts.run(lambda stores: act(stores, self._clock.now()), actor=actor)

    async def _mark(
        self, actor: Actor, incident_ref: str | None, step_ref: str, state: StepState
    ) -> StepChanged:
        return await self._change(
            actor, lambda s, now: checklist.mark(s, actor, incident_ref, step_ref, state, now)
        )

    async def progress(self, actor: Actor, incident_ref: str) -> Progress:
        """All stages of an incident that `actor` may see, open or closed."""
        return await self._acts.read(
            lambda stores: checklist.look(stores, actor, incident_ref), actor=actor
        )

    async def check(self, actor: Actor, incident_ref: str | None, step_ref: str) -> StepChanged:
        """Mark a step done.

        Raises:
            Refused: It is done already (`ALREADY`); the message says by whom and when.
        """
        return await self._mark(actor, incident_ref, step_ref, StepState.DONE)

    async def uncheck(self, actor: Actor, incident_ref: str | None, step_ref: str) -> StepChanged:
        """Open a step again, done or skipped.

        Raises:
            Refused: It is open already.
        """
        return await self._mark(actor, incident_ref, step_ref, StepState.OPEN)

    async def skip(self, actor: Actor, incident_ref: str | None, step_ref: str) -> StepChanged:
        """Mark a step as not needed this time.

        Raises:
            Refused: It is skipped or done already.
        """
        return await self._mark(actor, incident_ref, step_ref, StepState.SKIPPED)

    async def add(
        self,
        actor: Actor,
        incident_ref: str,
        title: str,
        *,
        stage: str | None = None,
        description: str = "",
        command: str = "",
    ) -> StepChanged:
        """Put a new step at the end of a stage (the active one with None).

        Raises:
            BadInput: Title, description or command is not accepted.
        """
        step = Step(id="", title=title, description=description, command=command)
        return await self._change(
            actor, lambda s, now: checklist.add(s, actor, incident_ref, step, stage, now)
        )

    async def rename(
        self, actor: Actor, incident_ref: str | None, step_ref: str, title: str
    ) -> StepChanged:
        """Give a step another title.

        Raises:
            BadInput: The title is not accepted.
        """
        return await self._change(
            actor, lambda s, now: checklist.rename(s, actor, incident_ref, step_ref, title, now)
        )

    async def move(
        self,
        actor: Actor,
        incident_ref: str | None,
        step_ref: str,
        position: int,
        stage: str | None = None,
    ) -> StepChanged:
        """Put a step at a position, from 1, in its own stage or another one.

        Raises:
            BadInput: There is no such position.
            Refused: It is there already.
        """
        return await self._change(
            actor,
            lambda s, now: checklist.move(s, actor, incident_ref, step_ref, position, stage, now),
        )

    async def edit(
        self, actor: Actor, incident_ref: str, step_ref: str, wish: StepEdit
    ) -> StepChanged:
        """Rename, move and assign a step in one act; what is so already is left alone.

        Raises:
            BadInput: The title or the position is not accepted.
            Refused: Who is to have it does not take part.
        """
        return await self._change(
            actor, lambda s, now: edit(s, actor, incident_ref, step_ref, wish, now)
        )

    async def remove(self, actor: Actor, incident_ref: str | None, step_ref: str) -> StepChanged:
        """Take a step out."""
        return await self._change(
            actor, lambda s, now: checklist.remove(s, actor, incident_ref, step_ref, now)
        )

    async def assign(
        self, actor: Actor, incident_ref: str | None, step_ref: str, account_name: str | None
    ) -> StepChanged:
        """Give a step to a participant, or, with None, to nobody.

        Raises:
            Refused: They do not take part, or it is theirs already.
        """
        return await self._change(
            actor,
            lambda s, now: checklist.assign(s, actor, incident_ref, step_ref, account_name, now),
        )

    async def activate(
        self, actor: Actor, incident_ref: str | None, stage_ref: str
    ) -> tuple[Incident, Progress]:
        """Make a stage the active one: `next`, its number, name or id.

        Raises:
            Refused: It is active already, or there is no next one.
        """
        return await self._change(
            actor, lambda s, now: checklist.activate(s, actor, incident_ref, stage_ref, now)
        )

    async def command(
        self, actor: Actor, incident_ref: str | None, step_ref: str
    ) -> tuple[Incident, Step]:
        """The step whose command `actor` is about to run, and its incident.

        Raises:
            Refused: The step has no command.
        """
        return await self._acts.run(
            lambda stores: checklist.command(stores, actor, incident_ref, step_ref), actor=actor
        )

    async def ran(self, actor: Actor, incident_ref: str | None, step_ref: str) -> StepChanged:
        """Note that the step's command was run."""
        return await self._change(
            actor, lambda s, now: checklist.ran(s, actor, incident_ref, step_ref, now)
        )
