"""A plan: every step of a runbook as it would be done, before it is.

What depends on the result of a step that has not run yet is left as it is written and
named. An approval is bound to the hash over the whole plan.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace

from automation.approval import PlannedItem, PlannedStep
from automation.executions.items import which
from automation.executions.listing import asks_of_items, values_of, with_item
from automation.executions.making import Here
from automation.executions.placing import nowhere
from automation.executions.planned import (
    described,
    of_rendered,
    planned,
    rendered_at,
    told,
    undo_planned,
    undo_written,
    unknown_in,
    with_undo,
)
from automation.executions.rendering import Rendered
from automation.hidden import hiding, masked
from automation.runbook import Content, Step
from automation.templates import template
from automation.values import Json
from automation.workshop import Workshop
from chat.errors import BadInput, UserError
from security.secrets import masked_json

_NO_ITEMS = frozenset[int]()


def plan_of(
    here: Here, content: Content, kept: Mapping[int, frozenset[int]] | None = None
) -> tuple[PlannedStep, ...]:
    """Every step as it would be done now.

    Args:
        here: What it is planned with; its place is filled in.
        content: The runbook.
        kept: By step, the items that were completed before and are not done again.
    """
    return tuple(
        _planned(here.at(f"steps[{number}]"), step, (kept or {}).get(number, _NO_ITEMS))
        for number, step in enumerate(content.steps)
    )


def _planned(here: Here, step: Step, kept: frozenset[int]) -> PlannedStep:
    """One step, its condition answered where that is known already.

    The condition is looked at first, as it is when the step is done: what is wrong with a
    step that is skipped does not matter, nor what it reads. Nobody agrees to such a step.
    """
    asks = bool(step.when) and not asks_of_items(step)
    unknown = _unknown_condition(here, step) if asks else ()
    mistake = ""
    if asks and not unknown:
        try:
            with hiding(here.secrets):
                holds = template.condition(step.when, here.context, place=f"{here.place}.when")
        except BadInput as wrong:
            holds, mistake = True, told(here, step, wrong)
        if not holds:
            return _skipped(here, step)
    if step.for_each is None:
        found = with_undo(here, step, planned(here, step))
    else:
        found = _for_each(here, step, kept)
    if step.for_each is None and not unknown and not found.mistake:
        mistake = mistake or nowhere(here, step, found.parameters)
    if mistake:
        return replace(found, mistake=mistake, digest="")
    return replace(found, open=tuple(sorted({*found.open, *unknown})))


def _unknown_condition(here: Here, step: Step) -> tuple[str, ...]:
    return unknown_in(here, {"when": f"{{{{ {template.bare(step.when)} }}}}"})


def _skipped(here: Here, step: Step) -> PlannedStep:
    """A step whose condition is known to be false, and that nobody agrees to."""
    alone = replace(here, caller=None)
    found = planned(alone, step) if step.for_each is None else list_step(alone, step)
    return replace(found, skipped=True, mistake="", open=(), digest="")


def _for_each(here: Here, step: Step, kept: frozenset[int]) -> PlannedStep:
    """A step that is done for each of a list, with its items where the list is known."""
    bare = list_step(here, step)
    given = step.for_each
    read = f"{{{{ {template.bare(given)} }}}}" if isinstance(given, str) else given
    if unknown := unknown_in(here, {"for_each": read}):
        return replace(bare, open=unknown)
    try:
        with hiding(here.secrets):
            values = values_of(step, here.place, here.context)
    except BadInput as wrong:
        return replace(bare, mistake=told(here, step, wrong))
    return planned_list(here, step, values, kept)


def planned_list(
    here: Here, step: Step, values: Sequence[Json], kept: frozenset[int]
) -> PlannedStep:
    """The step for each of `values`; those at the indexes `kept` are not done again."""
    bare = list_step(here, step)
    if not here.making.takes(len(values)):
        return replace(bare, open=(f"its {len(values)} items",))
    items = (
        PlannedItem(index, masked(item, here.secrets), kept=True)
        if index in kept
        else planned_item(here, step, index, item)
        for index, item in enumerate(values)
    )
    return with_items(here.workshop, bare, tuple(items))


def list_step(here: Here, step: Step) -> PlannedStep:
    """A step that is done for each of a list, whatever is in the list."""
    bare = masked_json(dict(step.parameters))
    given = step.for_each
    try:
        action = here.workshop.registry.find(step.action)
    except UserError as unknown:
        found = described(step, bare, step.timeout or 0.0, mistake=unknown.message)
    else:
        found = replace(described(step, bare, step.timeout or action.timeout), action=action.ref)
    written = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
    undone = undo_written(here, step)
    return replace(found, for_each=written, concurrency=step.concurrency, rollback=undone)


def with_items(
    workshop: Workshop, step: PlannedStep, items: tuple[PlannedItem, ...]
) -> PlannedStep:
    """The step with its items; its digest is over all that is done for them.

    What undoes them is agreed to with it, and looked at when it is done.
    """
    unknown = tuple(sorted({name for each in items for name in each.open}))
    wrong = next((each for each in items if each.mistake), None)
    mistake = step.mistake
    if wrong is not None and not mistake:
        mistake = f"Item {which(wrong.index, len(items), wrong.item)}: {wrong.mistake}"
    parts = {
        "items": [asdict(replace(each, undo=None)) for each in items],
        "concurrency": step.concurrency,
    }
    digest = "" if unknown else workshop.digest(parts)
    return replace(step, items=items, open=unknown, mistake=mistake, digest=digest)


def planned_item(here: Here, step: Step, index: int, item: Json) -> PlannedItem:
    """One item as it would be done now, its condition included where it is about the item."""
    found = PlannedItem(index, masked(item, here.secrets))
    here = here.with_context(with_item(here.context, index, item))
    if asks_of_items(step):
        if unknown := _unknown_condition(here, step):
            return replace(found, open=unknown)
        try:
            with hiding(here.secrets):
                holds = template.condition(step.when, here.context, place=f"{here.place}.when")
        except BadInput as wrong:
            return replace(found, mistake=told(here, step, wrong))
        if not holds:
            return replace(found, skipped=True)
    if unknown_in(here, step.parameters):
        left = planned(here, step)
        found = replace(found, parameters=left.parameters, command=left.command, open=left.open)
        found = replace(found, mistake=nowhere(here, step, found.parameters))
        return replace(found, undo=undo_planned(here, step))
    try:
        rendered = rendered_at(here, step)
    except UserError as wrong:
        return replace(found, mistake=told(here, step, wrong))
    return of_item(here, step, found, item, rendered)


def of_item(
    here: Here, step: Step, found: PlannedItem, item: Json, rendered: Rendered
) -> PlannedItem:
    """An item whose parameters have been filled in, as people read it.

    Args:
        here: With what templates read of the item.
        step: Its step.
        found: The item, with what is known of it.
        item: The item itself, secrets in the clear.
        rendered: What is done for it.
    """
    does = of_rendered(here, step, rendered)
    binds = {"does": does.digest, "item": item, "index": found.index}
    return replace(
        found,
        parameters=does.parameters,
        command=does.command,
        open=does.open,
        mistake=does.mistake or nowhere(here, step, does.parameters),
        digest=here.workshop.digest(binds) if does.digest else "",
        undo=undo_planned(here, step),
        calls=does.calls,
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
