"""Changing the stages and steps of a playbook draft, one at a time. Pure.

A stage is named by its number or its name, a step by stage and number: `2.3`.
"""

from __future__ import annotations

import re
from dataclasses import replace

from chat.errors import BadInput, NotFound, Refused
from chat.text import counted
from playbooks.draft import PlaybookDraft, StageDraft, StepDraft


def stage_at(draft: PlaybookDraft, ref: str) -> int:
    """Index of the stage with that number or name; the beginning of a name will do.

    Raises:
        NotFound: There is none, or several begin that way.
    """
    text = ref.strip()
    names = [stage.name for stage in draft.stages]
    if re.fullmatch(r"[0-9]{1,4}", text) and 1 <= int(text) <= len(names):
        return int(text) - 1
    wanted = text.casefold()
    found = [i for i, name in enumerate(names) if name.casefold() == wanted]
    found = found or [
        i for i, name in enumerate(names) if wanted and name.casefold().startswith(wanted)
    ]
    if len(found) == 1:
        return found[0]
    listed = ", ".join(f"{number} {name}" for number, name in enumerate(names, 1))
    raise NotFound(f"There is no one stage “{text[:40]}”. The stages are: {listed}.")


def step_at(draft: PlaybookDraft, ref: str) -> tuple[int, int]:
    """Indexes of stage and step for `2.3`; `3` alone counts in a playbook's only stage.

    Raises:
        BadInput: It is not written like that.
        NotFound: There is no such step.
    """
    match = re.fullmatch(r"(?:([0-9]{1,4})\.)?([0-9]{1,4})", ref.strip())
    if match is None or (match[1] is None and len(draft.stages) > 1):
        raise BadInput(
            f"“{ref.strip()[:40]}” is not a step. Give stage and number, such as 2.3 for "
            "step 3 of stage 2.",
            details={"step": "stage and number, such as 2.3"},
        )
    stage, step = int(match[1] or "1") - 1, int(match[2]) - 1
    if not (0 <= stage < len(draft.stages) and 0 <= step < len(draft.stages[stage].steps)):
        counts = ", ".join(
            f"{number} {one.name} ({counted(len(one.steps), 'step')})"
            for number, one in enumerate(draft.stages, 1)
        )
        raise NotFound(f"There is no step {ref.strip()}. The stages are: {counts}.")
    return stage, step


def add_stage(draft: PlaybookDraft, name: str) -> PlaybookDraft:
    """Put an empty stage behind the others."""
    return replace(draft, stages=(*draft.stages, StageDraft(name)))


def rename_stage(draft: PlaybookDraft, ref: str, name: str) -> PlaybookDraft:
    """Give a stage another name."""
    index = stage_at(draft, ref)
    return _put(draft, index, replace(draft.stages[index], name=name))


def move_stage(draft: PlaybookDraft, ref: str, position: int) -> PlaybookDraft:
    """Put a stage at a position, from 1.

    Raises:
        BadInput: There is no such position.
    """
    index = stage_at(draft, ref)
    _position(position, len(draft.stages))
    left = [stage for i, stage in enumerate(draft.stages) if i != index]
    left.insert(position - 1, draft.stages[index])
    return replace(draft, stages=tuple(left))


def remove_stage(draft: PlaybookDraft, ref: str) -> PlaybookDraft:
    """Take a stage out with its steps.

    Raises:
        Refused: It is the only one.
    """
    index = stage_at(draft, ref)
    if len(draft.stages) == 1:
        raise Refused(
            "A playbook keeps at least one stage. Rename this one, or add another first.",
            code="LAST_STAGE",
        )
    return replace(draft, stages=draft.stages[:index] + draft.stages[index + 1 :])


def add_step(draft: PlaybookDraft, step: StepDraft, stage: str | None) -> PlaybookDraft:
    """Put a step at the end of a stage; of the last one when none is named."""
    index = stage_at(draft, stage) if stage is not None else len(draft.stages) - 1
    old = draft.stages[index]
    return _put(draft, index, replace(old, steps=(*old.steps, step)))


def change_step(
    draft: PlaybookDraft,
    ref: str,
    *,
    title: str | None = None,
    description: str | None = None,
    command: str | None = None,
) -> PlaybookDraft:
    """Change what is given of a step."""
    stage, step = step_at(draft, ref)
    old = draft.stages[stage]
    before = old.steps[step]
    after = replace(
        before,
        title=before.title if title is None else title,
        description=before.description if description is None else description,
        command=before.command if command is None else command,
    )
    return _put(
        draft, stage, replace(old, steps=(*old.steps[:step], after, *old.steps[step + 1 :]))
    )


def move_step(
    draft: PlaybookDraft, ref: str, position: int, stage: str | None = None
) -> PlaybookDraft:
    """Put a step at a position, from 1, of its own stage or another one.

    Raises:
        BadInput: There is no such position.
    """
    moving = step_at(draft, ref)
    target = moving[0] if stage is None else stage_at(draft, stage)
    step = draft.stages[moving[0]].steps[moving[1]]
    without = remove_step(draft, ref)
    steps = list(without.stages[target].steps)
    _position(position, len(steps) + 1)
    steps.insert(position - 1, step)
    return _put(without, target, replace(without.stages[target], steps=tuple(steps)))


def remove_step(draft: PlaybookDraft, ref: str) -> PlaybookDraft:
    """Take a step out; its stage may become empty."""
    stage, step = step_at(draft, ref)
    old = draft.stages[stage]
    return _put(draft, stage, replace(old, steps=old.steps[:step] + old.steps[step + 1 :]))


def _put(draft: PlaybookDraft, index: int, stage: StageDraft) -> PlaybookDraft:
    return replace(draft, stages=(*draft.stages[:index], stage, *draft.stages[index + 1 :]))


def _position(position: int, last: int) -> None:
    if not 1 <= position <= last:
        raise BadInput(
            f"There is no position {position}; give one from 1 to {last}.",
            details={"position": f"1 to {last}"},
        )
