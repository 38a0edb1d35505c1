"""What an incident's stages and steps look like in JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from api.names import AccountRef, Known
from api.paging import PageOut
from api.shapes import WHOLE, In, Line, Out, Prose, Word
from chat.errors import NotFound
from playbooks.progress import Progress, Stage, Step, StepState


class StepOut(Out):
    """A step of an incident."""

    id: str
    number: str = Field(description="Stage and step as people type them, such as 2.3.")
    title: str
    description: str = Field(description="Markdown.")
    command: str = Field(description="The slash command behind Run; empty without one.")
    state: StepState
    changed_at: datetime | None
    changed_by: AccountRef | None
    assignee: AccountRef | None
    due_at: datetime | None
    ran_at: datetime | None

    @classmethod
    def of(cls, step: Step, number: str, known: Known) -> StepOut:
        """A step under its number."""
        return cls(
            id=step.id,
            number=number,
            title=step.title,
            description=step.description,
            command=step.command,
            state=step.state,
            changed_at=step.changed_at,
            changed_by=known.account(step.changed_by),
            assignee=known.account(step.assignee_id),
            due_at=step.due_at,
            ran_at=step.ran_at,
        )

    @classmethod
    def at(cls, progress: Progress, step_id: str, known: Known) -> StepOut:
        """The step with that id under its number.

        Raises:
            NotFound: It was removed.
        """
        for place, stage in enumerate(progress.stages, start=1):
            for row, step in enumerate(stage.steps, start=1):
                if step.id == step_id:
                    return cls.of(step, f"{place}.{row}", known)
        raise NotFound("That step is not there any more; somebody removed it.")


class StageOut(Out):
    """A stage of an incident: a named checklist."""

    id: str
    number: int
    name: str
    active: bool
    resolved: int = Field(description="Steps done or skipped.")
    total: int
    steps: tuple[StepOut, ...]

    @classmethod
    def of(cls, progress: Progress, stage: Stage, known: Known) -> StageOut:
        """One stage of a progress."""
        place = progress.stages.index(stage) + 1
        return cls(
            id=stage.id,
            number=place,
            name=stage.name,
            active=stage.id == progress.active,
            resolved=stage.resolved,
            total=len(stage.steps),
            steps=tuple(
                StepOut.of(step, f"{place}.{row}", known)
                for row, step in enumerate(stage.steps, start=1)
            ),
        )


class StagePage(PageOut[StageOut]):
    """The stages in order; exactly one of them is active."""


def names_in(progress: Progress) -> set[str | None]:
    """Ids of everybody a progress speaks of."""
    steps = [step for stage in progress.stages for step in stage.steps]
    return {step.changed_by for step in steps} | {step.assignee_id for step in steps}


class AddStep(In):
    """A step added while the incident runs."""

    title: Word
    description: Prose = ""
    command: Annotated[str, Field(max_length=1000)] = ""
    stage: Line | None = Field(default=None, description="Number, name or id; the active if null.")


class EditStep(In):
    """What is to change; what is left out stays."""

    title: Word | None = None
    position: Annotated[int, Field(ge=1, le=1000), WHOLE] | None = Field(
        default=None, description="From 1, in its stage or in `stage`."
    )
    stage: Line | None = Field(default=None, description="Number, name or id to move it to.")
    assignee: Line | None = Field(default=None, description="Name or id; empty for nobody.")
