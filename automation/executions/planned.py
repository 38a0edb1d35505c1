"""One thing of a plan as it would be done: a step, or what undoes one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import cast

from automation.actions.action import Action
from automation.approval import PlannedStep
from automation.execution import TaskStatus
from automation.executions.calls import call_of
from automation.executions.making import Here
from automation.executions.rendering import Rendered, Wanted, render
from automation.executions.undoing import undo_of, undo_step
from automation.hidden import hiding, masked
from automation.runbook import Retry, Step
from automation.templates import template
from automation.values import Json
from automation.workshop import Workshop
from chat.errors import BadInput, UserError
from security.secrets import masked_json

_ENDED = frozenset(each.value for each in TaskStatus if each.ended)


def planned(here: Here, step: Step) -> PlannedStep:
    """A step that is done once, as it would be done now; its condition is left aside."""
    if unknown := unknown_in(here, step.parameters):
        return _left_open(here, step, unknown)
    try:
        rendered = rendered_at(here, step)
    except UserError as wrong:
        bare = masked_json(dict(step.parameters))
        return described(step, bare, 0.0, mistake=told(here, step, wrong))
    return of_rendered(here, step, rendered)


def rendered_at(here: Here, step: Step) -> Rendered:
    """What a step does, filled in.

    Raises:
        BadInput, NotFound: As `render`.
    """
    wanted = Wanted(step.action, step.parameters, step.timeout, f"{here.place}.parameters")
    with hiding(here.secrets | secrets_of(here.workshop, step)):
        return render(here.workshop, wanted, here.context, here.secrets, here.making.looked)


def secrets_of(workshop: Workshop, step: Step) -> frozenset[str]:
    """What is sealed in a step itself, as texts to be masked."""
    given = [dict(step.parameters)]
    if step.rollback is not None:
        given.append(dict(step.rollback.parameters))
    return workshop.secrets_in(given)


def told(here: Here, step: Step, wrong: UserError) -> str:
    """What is wrong with a step, as everybody who sees the plan may read it."""
    return str(masked(wrong.message, here.secrets | secrets_of(here.workshop, step)))


def of_rendered(here: Here, step: Step, rendered: Rendered) -> PlannedStep:
    """A step that has been rendered, as people read it."""
    found = replace(
        described(step, rendered.shown, rendered.timeout),
        action=rendered.action.ref,
        command=_command(rendered.action, rendered.shown),
        digest=rendered.digest,
    )
    call = call_of(here, rendered)
    if call is None:
        return found
    return replace(
        found,
        command=call.command,
        digest=call.digest,
        calls=call.steps,
        open=call.open,
        mistake=call.mistake,
    )


def undo_planned(here: Here, step: Step) -> PlannedStep | None:
    """What undoes a step, filled in as far as it is known before the step is done."""
    undo = undo_of(step, here.workshop.registry)
    if undo is None:
        return None
    there = replace(here, place=f"{here.place}.rollback", ended=_ended_in(here.context))
    return planned(there, undo_step(step, undo))


def undo_written(here: Here, step: Step) -> str:
    """What undoes a step, in one line and as it is written; empty for nothing."""
    undo = undo_of(step, here.workshop.registry)
    return _line(undo.action, masked_json(dict(undo.parameters))) if undo is not None else ""


def with_undo(here: Here, step: Step, found: PlannedStep) -> PlannedStep:
    """A step that is done once, with what undoes it."""
    undo = undo_planned(here, step)
    if undo is None:
        return found
    return replace(found, undo=undo, rollback=_line(undo.action, undo.parameters))


def _line(action: str, parameters: Json) -> str:
    given = json.dumps(parameters, ensure_ascii=False, default=str)
    return f"{action} {given}" if parameters else action


def described(step: Step, parameters: Json, timeout: float, *, mistake: str = "") -> PlannedStep:
    """A step with what is known of it without a look at its action."""
    return PlannedStep(
        name=step.name,
        action=step.action,
        parameters=parameters,
        timeout=timeout,
        when=step.when,
        approval=step.approval is not None,
        mistake=mistake,
        retry=_again(step.retry),
        on_failure=step.on_failure.value,
    )


def _again(retry: Retry) -> str:
    """How often a step is tried again: `2 more times, 5 s apart, each time 2 times as long`."""
    if not retry.count:
        return ""
    told = f"{retry.count} more time{'' if retry.count == 1 else 's'}"
    if retry.delay:
        told += f", after {retry.delay:g} s"
        if retry.count > 1 and retry.backoff != 1:
            told += f", each time {retry.backoff:g} times as long"
    return told


def _command(action: Action, values: Mapping[str, Json]) -> str:
    lines = [each.name for each in action.parameters if each.command_line]
    return str(values.get(lines[0]) or "") if lines else ""


def unknown_in(here: Here, values: Mapping[str, Json]) -> tuple[str, ...]:
    """What templates read there that is not known yet: results of steps that have not ended."""
    read = {path for value in values.values() for path in template.names(value)}
    return tuple(sorted(path for path in read if _unknown(here, path)))


def _unknown(here: Here, path: str) -> bool:
    if any(path == one or f"{path}.".startswith(f"{one}.") for one in here.hidden):
        return True
    if any(one.startswith(f"{path}.") for one in here.hidden):
        return True
    if here.ended is None:
        return False
    root, _, rest = path.partition(".")
    return root == "previous" or (root == "steps" and rest.partition(".")[0] not in here.ended)


def _ended_in(context: Mapping[str, Json]) -> frozenset[str]:
    """Slugs of the steps that have ended, by what templates read of them."""
    steps = cast("Mapping[str, Mapping[str, Json]]", context["steps"])
    return frozenset(slug for slug, facts in steps.items() if facts["status"] in _ENDED)


def _left_open(here: Here, step: Step, unknown: tuple[str, ...]) -> PlannedStep:
    """A step that reads what is not known yet: what is known is filled in, the rest stays."""
    values: dict[str, Json] = {}
    for name, value in masked_json(dict(step.parameters)).items():
        values[name] = value
        if not unknown_in(here, {name: value}):
            with suppress(BadInput):
                values[name] = template.render(value, here.context, place=name)
    shown = cast("dict[str, Json]", masked(values, here.secrets))
    try:
        action = here.workshop.registry.find(step.action)
    except UserError as missing:
        return described(step, shown, 0.0, mistake=missing.message)
    found = described(step, shown, step.timeout or action.timeout)
    return replace(found, action=action.ref, command=_command(action, shown), open=unknown)
