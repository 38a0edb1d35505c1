"""Changing an incident's checklists while it runs: adding, renaming, moving steps. Pure."""

from __future__ import annotations

from dataclasses import replace

from chat.errors import BadInput, Refused
from playbooks.draft import COMMAND_CHARS, TEXT_CHARS
from playbooks.mistakes import Mistakes, one_line
from playbooks.playbook import MAX_STEPS, TITLE_CHARS
from playbooks.progress import Progress, Spot, Stage, Step, change, find_stage, locate


def add(progress: Progress, step: Step, stage_id: str | None = None) -> Progress:
    """Put an open step behind the others of a stage, or of the active one with None.

    Raises:
        BadInput: Its title, description or command is not accepted.
        NotFound: There is no such stage.
        Refused: The stage is full.
    """
    mistakes = Mistakes()
    clean = replace(
        step,
        title=mistakes.line("title", step.title, TITLE_CHARS),
        description=mistakes.block("description", step.description, TEXT_CHARS),
        command=mistakes.line("command", step.command, COMMAND_CHARS, least=0),
    )
    if clean.command and not clean.command.startswith("/"):
        mistakes.add("command", "must begin with /, such as /incident update")
    mistakes.refuse("This step cannot be added")
    stage = progress.active_stage if stage_id is None else find_stage(progress, stage_id)
    return _with_steps(progress, stage, (*stage.steps, clean))


def rename(progress: Progress, step_id: str, title: str) -> Progress:
    """Give a step another title.

    Raises:
        BadInput: The title is not accepted.
        NotFound: There is no such step.
    """
    spot = locate(progress, step_id)
    return change(progress, replace(spot.step, title=one_line("title", title, TITLE_CHARS)))


def remove(progress: Progress, step_id: str) -> Progress:
    """Take a step out; its stage may become empty.

    Raises:
        NotFound: There is no such step.
    """
    spot = locate(progress, step_id)
    left = tuple(step for step in spot.stage.steps if step.id != spot.step.id)
    return _with_steps(progress, spot.stage, left)


def move(progress: Progress, step_id: str, position: int, stage_id: str | None = None) -> Progress:
    """Put a step at a position, from 1, in its own stage or another one.

    Raises:
        BadInput: There is no such position.
        NotFound: There is no such step or stage.
        Refused: It is there already, or the other stage is full.
    """
    spot = locate(progress, step_id)
    target = spot.stage if stage_id is None else find_stage(progress, stage_id)
    without = tuple(step for step in target.steps if step.id != spot.step.id)
    last = len(without) + 1
    if not 1 <= position <= last:
        raise BadInput(
            f"Position {position} is not in “{target.name}”; it has 1 to {last}.",
            details={"position": f"1 to {last}"},
        )
    _refuse_standing_still(spot, target, position)
    rest = progress if target.id == spot.stage.id else remove(progress, step_id)
    steps = (*without[: position - 1], spot.step, *without[position - 1 :])
    return _with_steps(rest, target, steps)


def _refuse_standing_still(spot: Spot, target: Stage, position: int) -> None:
    stands = spot.stage.steps.index(spot.step) + 1
    if target.id == spot.stage.id and stands == position:
        raise Refused(f"Step {spot.label} is at position {position} already.", code="ALREADY")


def _with_steps(progress: Progress, stage: Stage, steps: tuple[Step, ...]) -> Progress:
    if len(steps) > max(MAX_STEPS, len(stage.steps)):
        raise Refused(
            f"Stage “{stage.name}” has {MAX_STEPS} steps, which is the most it can hold.",
            code="STAGE_FULL",
        )
    return replace(
        progress,
        stages=tuple(
            replace(old, steps=steps) if old.id == stage.id else old for old in progress.stages
        ),
    )
