"""The stages and steps of one incident, and what may happen to them. Pure.

Every function gives a new `Progress` that keeps what always holds: one active
stage, no id twice, at least one stage. `reshape.py` has the rest: adding, renaming,
moving and removing steps.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches
from enum import StrEnum

from chat.clock import new_id
from chat.errors import BadInput, NotFound, Refused
from playbooks.playbook import StagePlan


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

    def resolved_last(self, most: int) -> tuple[Step, ...]:
        """Up to `most` steps that are done or skipped now, in the order in which they became so."""
        changed = [
            (step.changed_at, step)
            for stage in self.stages
            for step in stage.steps
            if step.state is not StepState.OPEN and step.changed_at is not None
        ]
        return tuple(step for _, step in sorted(changed, key=lambda pair: pair[0])[-most:])


@dataclass(frozen=True, slots=True)
class Spot:
    """A step and where it stands.

    Attributes:
        label: What people type for it: `3` in the active stage, `2.3` in another.
    """

    stage: Stage
    step: Step
    label: str


def begin(
    incident_id: str,
    plans: Iterable[StagePlan],
    started_at: datetime,
    account_of: Callable[[str], str | None],
) -> Progress:
    """The progress of a new incident: every step open, the first stage active.

    Args:
        incident_id: The incident's.
        plans: The playbook's stages, at least one.
        started_at: What due times count from.
        account_of: Account id for a plan's `assignee`; None for nobody.
    """
    stages = tuple(
        Stage(
            id=new_id(),
            name=plan.name,
            steps=tuple(
                Step(
                    id=new_id(),
                    title=step.title,
                    description=step.description,
                    command=step.command,
                    assignee_id=account_of(step.assignee) if step.assignee else None,
                    due_at=None if step.due_after is None else started_at + step.due_after,
                )
                for step in plan.steps
            ),
        )
        for plan in plans
    )
    return Progress(incident_id, stages, active=stages[0].id)


def locate(progress: Progress, ref: str) -> Spot:
    """The step that `ref` names.

    Args:
        progress: Where to look.
        ref: Its number in the active stage (`3`), stage and number (`2.3`), or its id.

    Raises:
        NotFound: There is no such step.
        BadInput: `ref` is none of these.
    """
    text = ref.strip().lstrip("#")
    if numbers := re.fullmatch(r"(?:([0-9]{1,6})\.)?([0-9]{1,6})", text):
        stage = _stage_numbered(progress, int(numbers[1])) if numbers[1] else progress.active_stage
        number = int(numbers[2])
        if not 1 <= number <= len(stage.steps):
            raise NotFound(f"There is no step {text}. {_counted(stage)}")
        return _spot(progress, stage, number)
    for stage in progress.stages:
        for number, step in enumerate(stage.steps, start=1):
            if step.id == text:
                return _spot(progress, stage, number)
    if re.fullmatch(r"[0-9a-fA-F-]{36}", text):
        raise NotFound("That step is not there any more; somebody removed it.")
    raise BadInput(
        f"“{text[:40]}” is not a step. Give its number, such as 3, or 2.3 for step 3 of stage 2.",
        details={"step": "a number such as 3, or 2.3"},
    )


def find_stage(progress: Progress, ref: str) -> Stage:
    """The stage that `ref` names: `next`, its number, its name or its beginning, or its id.

    Raises:
        NotFound: There is no such stage, or several begin that way.
        Refused: `next` was asked for in the last one.
    """
    text = ref.strip()
    if text.casefold() == "next":
        index = progress.stages.index(progress.active_stage) + 1
        if index == len(progress.stages):
            raise Refused(
                f"“{progress.active_stage.name}” is the last stage. "
                "When all is well, type /incident end.",
                code="LAST_STAGE",
            )
        return progress.stages[index]
    if re.fullmatch(r"[0-9]{1,6}", text):
        return _stage_numbered(progress, int(text))
    wanted = text.casefold()
    exact = [s for s in progress.stages if text == s.id or wanted == s.name.casefold()]
    near = exact or [s for s in progress.stages if wanted and s.name.casefold().startswith(wanted)]
    if len(near) == 1:
        return near[0]
    names = ", ".join(f"{n} {stage.name}" for n, stage in enumerate(progress.stages, start=1))
    by_name = {stage.name.casefold(): stage.name for stage in progress.stages}
    close = get_close_matches(wanted[:80], by_name, n=1, cutoff=0.6) if not near else []
    meant = f" Did you mean “{by_name[close[0]]}”?" if close else ""
    raise NotFound(f"There is no one stage “{text[:40]}”.{meant} The stages are: {names}.")


def mark(
    progress: Progress,
    step_id: str,
    state: StepState,
    *,
    by: str | None,
    at: datetime,
    name_of: Callable[[str], str],
) -> Progress:
    """Check a step (`DONE`), skip it, or open it again.

    Args:
        progress: Where the step is.
        step_id: Which.
        state: What it is to be.
        by: Account that does it; None for Tocsin.
        at: When.
        name_of: Handle of an account, asked only to say who was first.

    Raises:
        NotFound: There is no such step.
        Refused: It is so already (`ALREADY`), or it is done and cannot be skipped.
    """
    spot = locate(progress, step_id)
    step = spot.step
    if step.state is state:
        raise Refused(_already(spot, name_of), code="ALREADY")
    if step.state is StepState.DONE and state is StepState.SKIPPED:
        raise Refused(
            f"Step {spot.label} is checked{_by_whom(step, name_of)}. To skip it after all, "
            f"type /incident uncheck {spot.label} first.",
            code="STEP_DONE",
        )
    return change(progress, replace(step, state=state, changed_at=at, changed_by=by))


def activate(progress: Progress, stage_id: str) -> Progress:
    """Make a stage the active one.

    Raises:
        NotFound: There is no such stage.
        Refused: It is active already.
    """
    stage = find_stage(progress, stage_id)
    if stage.id == progress.active:
        raise Refused(f"“{stage.name}” is already the active stage.", code="ALREADY")
    return replace(progress, active=stage.id)


def change(progress: Progress, step: Step) -> Progress:
    """The same with `step` in place of the one with its id."""
    return replace(
        progress,
        stages=tuple(
            replace(
                stage,
                steps=tuple(step if step.id == old.id else old for old in stage.steps),
            )
            for stage in progress.stages
        ),
    )


def _spot(progress: Progress, stage: Stage, number: int) -> Spot:
    if stage.id == progress.active:
        return Spot(stage, stage.steps[number - 1], str(number))
    return Spot(stage, stage.steps[number - 1], f"{progress.stages.index(stage) + 1}.{number}")


def _stage_numbered(progress: Progress, number: int) -> Stage:
    if not 1 <= number <= len(progress.stages):
        raise NotFound(
            f"There is no stage {number}; they are numbered 1 to {len(progress.stages)}."
        )
    return progress.stages[number - 1]


def _counted(stage: Stage) -> str:
    if not stage.steps:
        return f"Stage “{stage.name}” has no steps yet; /incident step add TITLE adds one."
    if len(stage.steps) == 1:
        return f"Stage “{stage.name}” has one step: 1."
    return f"Stage “{stage.name}” has steps 1 to {len(stage.steps)}."


def _by_whom(step: Step, name_of: Callable[[str], str]) -> str:
    who = "" if step.changed_by is None else f" by @{name_of(step.changed_by)}"
    when = "" if step.changed_at is None else f" at {step.changed_at:%H:%M} UTC"
    return f",{who}{when}" if who or when else ""


def _already(spot: Spot, name_of: Callable[[str], str]) -> str:
    if spot.step.state is StepState.OPEN:
        return f"Step {spot.label} is not checked."
    word = "checked" if spot.step.state is StepState.DONE else "skipped"
    return f"Step {spot.label} is already {word}{_by_whom(spot.step, name_of)}."
