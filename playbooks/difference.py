"""What an edit changed about a playbook, in words for its history. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields

from chat.fit import shorten
from chat.text import counted
from playbooks.playbook import Playbook, StagePlan, StepPlan

_LONGEST = 300
_QUOTED = 40


def what_changed(before: Playbook, after: Playbook) -> str:
    """A line such as `added the step “Call legal”; changed severity, keywords`.

    Stages and steps are the same where their ids are.
    """
    parts = [
        *_name(before, after),
        *_stages(before.stages, after.stages),
        *_steps(before.stages, after.stages),
        *_rest(before, after),
    ]
    return shorten("; ".join(parts) or "edited", _LONGEST)


def _name(before: Playbook, after: Playbook) -> Iterator[str]:
    if before.name != after.name:
        yield f"renamed to {_quoted(after.name)}"
    if before.handle != after.handle:
        yield f"gave it the handle {after.handle}"


def _stages(before: Sequence[StagePlan], after: Sequence[StagePlan]) -> Iterator[str]:
    old = {stage.id: stage.name for stage in before}
    new = {stage.id: stage.name for stage in after}
    yield from _counted("added", "stage", [name for id_, name in new.items() if id_ not in old])
    yield from _counted("removed", "stage", [name for id_, name in old.items() if id_ not in new])
    for id_, name in old.items():
        if new.get(id_, name) != name:
            yield f"renamed the stage {_quoted(name)} to {_quoted(new[id_])}"
    if [id_ for id_ in old if id_ in new] != [id_ for id_ in new if id_ in old]:
        yield "moved stages"


def _steps(before: Sequence[StagePlan], after: Sequence[StagePlan]) -> Iterator[str]:
    """Leaves out the steps of stages that came or went as a whole."""
    old, new = _by_id(before), _by_id(after)
    stages = {stage.id for stage in before} & {stage.id for stage in after}
    fresh = [step.title for id_, (stage, step) in new.items() if id_ not in old and stage in stages]
    gone = [step.title for id_, (stage, step) in old.items() if id_ not in new and stage in stages]
    kept = [id_ for id_ in new if id_ in old]
    yield from _counted("added", "step", fresh)
    yield from _counted("removed", "step", gone)
    yield from _counted(
        "changed", "step", [new[id_][1].title for id_ in kept if old[id_][1] != new[id_][1]]
    )
    if any(_order(old, new, stage) != _order(new, old, stage) for stage in stages):
        yield "moved steps"


def _by_id(stages: Sequence[StagePlan]) -> dict[str, tuple[str, StepPlan]]:
    """Step id to the id of its stage and the step, in order."""
    return {step.id: (stage.id, step) for stage in stages for step in stage.steps}


def _order(
    these: Mapping[str, tuple[str, StepPlan]], others: Mapping[str, object], stage: str
) -> list[str]:
    """Ids of a stage's steps that are in both."""
    return [id_ for id_, (where, _) in these.items() if where == stage and id_ in others]


def _rest(before: Playbook, after: Playbook) -> Iterator[str]:
    changed = [
        field.name.replace("_", " ")
        for field in fields(before.settings)
        if getattr(before.settings, field.name) != getattr(after.settings, field.name)
    ]
    if before.metrics != after.metrics:
        changed.insert(0, "metrics")
    if before.description != after.description:
        changed.insert(0, "description")
    if changed:
        yield f"changed {', '.join(changed)}"


def _counted(verb: str, thing: str, names: Sequence[str]) -> Iterator[str]:
    if len(names) == 1:
        yield f"{verb} the {thing} {_quoted(names[0])}"
    elif names:
        yield f"{verb} {counted(len(names), thing)}"


def _quoted(name: str) -> str:
    return f"“{shorten(name, _QUOTED)}”"
