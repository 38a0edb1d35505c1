"""The stages and steps of one incident, and what may happen to them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class StepState(StrEnum):
    """How far a step is."""

    OPEN = "open"
    DONE = "done"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an incident.

    Attributes:
        changed_at: When it was last checked, unchecked or skipped; None while untouched.
        changed_by: Account that did; None with `changed_at`.
        assignee_id: Account; None for nobody.
        due_at: None without a due time.
        ran_at: When its command was last run.
    """

    id: str
    title: str
    description: str = ""
    command: str = ""
    state: StepState = StepState.OPEN
    changed_at: datetime | None = None
    changed_by: str | None = None
    assignee_id: str | None = None
    due_at: datetime | None = None
    ran_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of an incident: a named checklist."""

    id: str
    name: str
    steps: tuple[Step, ...] = ()

    @property
    def resolved(self) -> int:
        """Steps done or skipped."""
        return sum(step.state is not StepState.OPEN for step in self.steps)


@dataclass(frozen=True, slots=True)
class Progress:
    """All stages of one incident, of which exactly one is active.

    Attributes:
        stages: At least one.
        active: Id of the active stage.
    """

    incident_id: str
    stages: tuple[Stage, ...]
    active: str

    @property
    def active_stage(self) -> Stage:
        """The stage people work on now."""
        return next(stage for stage in self.stages if stage.id == self.active)
