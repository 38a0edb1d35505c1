"""A plan: every step of a runbook as it would be done, before it is.

What depends on the result of a step that has not run yet is left as it is written and
named. An approval is bound to the hash over the whole plan.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from automation.actions.action import Action
from automation.approval import PlannedItem, PlannedStep
from automation.executions.items import which
from automation.executions.listing import asks_of_items, values_of, with_item
from automation.executions.rendering import Rendered, Wanted, render
from automation.hidden import hiding, masked
from automation.runbook import Content, Rollback, Step
from automation.runbooks.sealing import shown
from automation.templates import template
from automation.values import Json
from automation.workshop import Workshop
from chat.errors import BadInput, NotFound, UserError
from security.secrets import masked_json


def plan_of(
    workshop: Workshop,
    content: Content,
    context: Mapping[str, Json],
    secrets: frozenset[str],
    ended: frozenset[str] = frozenset(),
    *,
    verbatim: bool = False,
    kept: Mapping[int, frozenset[int]] | None = None,
) -> tuple[PlannedStep, ...]:
    """Every step as it would be done now.

    Args:
        workshop: The actions there are.
        content: The runbook.
        context: What templates read.
        secrets: Texts to be masked.
        ended: Slugs of steps whose results are in `context`.
        verbatim: See `rendering.Wanted`.
        kept: By step, the items that were completed before and are not done again.
    """
    bare = shown(content)
    found: list[PlannedStep] = []
    for number, step in enumerate(content.steps):
        place = f"steps[{number}]"
        here = Here(workshop, place, context, secrets, ended)
        if step.for_each is not None:
            each = _for_each(here, step, (kept or {}).get(number, frozenset()))
        elif _open(step.parameters, ended):
            each = _left_open(workshop, bare.steps[number], step, context, secrets, ended)
        else:
            each = planned(workshop, step, place, context, secrets, verbatim=verbatim)
        found.append(_truth(each, step, here))
    return tuple(found)


def planned(
    workshop: Workshop,
    step: Step,
    place: str,
    context: Mapping[str, Json],
    secrets: frozenset[str],
    *,
    verbatim: bool = False,
) -> PlannedStep:
    """One step whose parameters are all known, its condition left aside."""
    wanted = Wanted(
        step.action, step.parameters, step.timeout, f"{place}.parameters", verbatim=verbatim
    )
    try:
        with hiding(secrets | secrets_of(workshop, step)):
            rendered = render(workshop, wanted, context, secrets)
    except UserError as wrong:
        bare = masked_json(dict(step.parameters))
        return _described(step, bare, 0.0, mistake=_told(workshop, step, wrong, secrets))
    return of_rendered(step, rendered)


def of_rendered(step: Step, rendered: Rendered) -> PlannedStep:
    """A step that has been rendered, as people read it."""
    return replace(
        _described(step, rendered.shown, rendered.timeout),
        action=rendered.action.ref,
        command=_command(rendered.action, rendered.shown),
        digest=rendered.digest,
    )


def secrets_of(workshop: Workshop, step: Step) -> frozenset[str]:
    """What is sealed in a step itself, as texts to be masked."""
    given = [dict(step.parameters)]
    if step.rollback is not None:
        given.append(dict(step.rollback.parameters))
    return workshop.secrets_in(given)


def _told(workshop: Workshop, step: Step, wrong: UserError, secrets: frozenset[str]) -> str:
    """What is wrong with a step, as everybody who sees the plan may read it."""
    return str(masked(wrong.message, secrets | secrets_of(workshop, step)))


def _described(step: Step, parameters: Json, timeout: float, *, mistake: str = "") -> PlannedStep:
    return PlannedStep(
        name=step.name,
        action=step.action,
        parameters=parameters,
        timeout=timeout,
        when=step.when,
        approval=step.approval is not None,
        rollback=_undoing(step.rollback),
        mistake=mistake,
    )


def _undoing(undo: Rollback | None) -> str:
    """What undoes a step, with what it is given; empty for nothing of its own."""
    if undo is None:
        return ""
    given = masked_json(dict(undo.parameters))
    return f"{undo.action} {json.dumps(given, ensure_ascii=False)}" if given else undo.action


def _for_each(here: Here, step: Step, kept: frozenset[int]) -> PlannedStep:
    """A step that is done for each of a list, with its items where the list is known."""
    bare = list_step(here.workshop, step)
    given = step.for_each
    read = f"{{{{ {template.bare(given)} }}}}" if isinstance(given, str) else given
    if unknown := here.unknown({"for_each": read}):
        return replace(bare, open=unknown)
    try:
        with hiding(here.secrets):
            values = values_of(step, here.place, here.context)
    except BadInput as wrong:
        return replace(bare, mistake=_told(here.workshop, step, wrong, here.secrets))
    return planned_list(here, step, values, kept)


def planned_list(
    here: Here, step: Step, values: Sequence[Json], kept: frozenset[int]
) -> PlannedStep:
    """The step for each of `values`; those at the indexes `kept` are not done again."""
    items = (
        PlannedItem(index, masked(item, here.secrets), kept=True)
        if index in kept
        else planned_item(here, step, index, item)
        for index, item in enumerate(values)
    )
    return with_items(here.workshop, list_step(here.workshop, step), tuple(items))


def list_step(workshop: Workshop, step: Step) -> PlannedStep:
    """A step that is done for each of a list, whatever is in the list."""
    bare = masked_json(dict(step.parameters))
    given = step.for_each
    try:
        action = workshop.registry.find(step.action)
    except UserError as unknown:
        found = _described(step, bare, step.timeout or 0.0, mistake=unknown.message)
    else:
        found = replace(_described(step, bare, step.timeout or action.timeout), action=action.ref)
    written = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
    return replace(found, for_each=written, concurrency=step.concurrency)


def with_items(
    workshop: Workshop, step: PlannedStep, items: tuple[PlannedItem, ...]
) -> PlannedStep:
    """The step with its items; its digest is over all that is done for them."""
    unknown = tuple(sorted({name for each in items for name in each.open}))
    wrong = next((each for each in items if each.mistake), None)
    mistake = step.mistake
    if wrong is not None and not mistake:
        mistake = f"Item {which(wrong.index, len(items), wrong.item)}: {wrong.mistake}"
    parts = {"items": [asdict(each) for each in items], "concurrency": step.concurrency}
    digest = "" if unknown else workshop.digest(parts)
    return replace(step, items=items, open=unknown, mistake=mistake, digest=digest)


@dataclass(frozen=True, slots=True)
class Here:
    """What an item is planned with.

    Attributes:
        place: Of its step: `steps[1]`.
        context: What templates read, the item left aside.
        secrets: Texts to be masked.
        ended: Slugs of steps whose results are known; None where all are that may be read.
    """

    workshop: Workshop
    place: str
    context: Mapping[str, Json]
    secrets: frozenset[str]
    ended: frozenset[str] | None = None

    def unknown(self, values: Mapping[str, Json]) -> tuple[str, ...]:
        """What is read there and not known yet."""
        return () if self.ended is None else _open(values, self.ended)


def planned_item(here: Here, step: Step, index: int, item: Json) -> PlannedItem:
    """One item as it would be done now, its condition included where it is about the item."""
    context = with_item(here.context, index, item)
    found = PlannedItem(index, masked(item, here.secrets))
    if asks_of_items(step):
        if unknown := here.unknown({"when": f"{{{{ {template.bare(step.when)} }}}}"}):
            return replace(found, open=unknown)
        try:
            with hiding(here.secrets):
                holds = template.condition(step.when, context, place=f"{here.place}.when")
        except BadInput as wrong:
            return replace(found, mistake=_told(here.workshop, step, wrong, here.secrets))
        if not holds:
            return replace(found, skipped=True)
    if unknown := here.unknown(step.parameters):
        ended = here.ended or frozenset()
        bare = replace(step, parameters=masked_json(dict(step.parameters)))
        left = _left_open(here.workshop, bare, step, context, here.secrets, ended)
        return replace(found, parameters=left.parameters, command=left.command, open=unknown)
    wanted = Wanted(step.action, step.parameters, step.timeout, f"{here.place}.parameters")
    try:
        with hiding(here.secrets | secrets_of(here.workshop, step)):
            rendered = render(here.workshop, wanted, context, here.secrets)
    except UserError as wrong:
        return replace(found, mistake=_told(here.workshop, step, wrong, here.secrets))
    return of_item(here.workshop, found, item, rendered)


def of_item(workshop: Workshop, found: PlannedItem, item: Json, rendered: Rendered) -> PlannedItem:
    """An item whose parameters have been filled in, as people read it."""
    return replace(
        found,
        parameters=rendered.shown,
        command=_command(rendered.action, rendered.shown),
        digest=workshop.digest({"does": rendered.digest, "item": item, "index": found.index}),
    )


def _truth(found: PlannedStep, step: Step, here: Here) -> PlannedStep:
    """The step with its condition answered, where that is known already.

    The condition is looked at first, as it is when the step is done: what is wrong with a
    step that is skipped does not matter, nor what it reads.
    """
    if not step.when or asks_of_items(step):
        return found
    if unknown := here.unknown({"when": f"{{{{ {template.bare(step.when)} }}}}"}):
        return replace(found, open=tuple(sorted({*found.open, *unknown})))
    try:
        with hiding(here.secrets):
            holds = template.condition(step.when, here.context, place=f"{here.place}.when")
    except BadInput as wrong:
        return replace(found, mistake=_told(here.workshop, step, wrong, here.secrets))
    return found if holds else replace(found, skipped=True, mistake="", open=(), items=())


def _command(action: Action, values: Mapping[str, Json]) -> str:
    lines = [each.name for each in action.parameters if each.command_line]
    return str(values.get(lines[0]) or "") if lines else ""


def _open(parameters: Mapping[str, Json], ended: frozenset[str]) -> tuple[str, ...]:
    """What is read there of steps that have not ended."""
    read = {path for value in parameters.values() for path in template.names(value)}
    return tuple(
        sorted(
            path
            for path in read
            if path == "previous"
            or path.startswith("previous.")
            or (path.startswith("steps.") and path.split(".")[1] not in ended)
            or path == "steps"
        )
    )


def _left_open(
    workshop: Workshop,
    bare: Step,
    step: Step,
    context: Mapping[str, Json],
    secrets: frozenset[str],
    ended: frozenset[str],
) -> PlannedStep:
    """A step that reads what is not known yet: what is known is filled in, the rest stays."""
    values: dict[str, Json] = {}
    for name, value in bare.parameters.items():
        values[name] = value
        if not _open({name: value}, ended):
            try:
                values[name] = masked(template.render(value, context, place=name), secrets)
            except BadInput:
                values[name] = value
    try:
        action = workshop.registry.find(step.action)
    except NotFound as unknown:
        return replace(_described(step, values, 0.0), mistake=unknown.message)
    found = _described(step, masked(values, secrets), step.timeout or action.timeout)
    return replace(
        found,
        action=action.ref,
        command=_command(action, values),
        open=_open(step.parameters, ended),
    )


def hash_of(workshop: Workshop, content: Content, plan: tuple[PlannedStep, ...]) -> str:
    """The hash that an approval of this plan is bound to: 64 hexadecimal digits.

    A step that is fully rendered counts with its digest, which covers secrets and the
    action's own content; one that is not, with its text as it is written.
    """
    parts: list[Json] = []
    for number, each in enumerate(plan):
        part: dict[str, Json] = asdict(each)
        if not each.digest and number < len(content.steps):
            part["as_written"] = asdict(content.steps[number])
        parts.append(part)
    return workshop.digest(parts)
