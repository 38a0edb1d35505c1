"""Secrets that stand in a runbook itself: sealed when it is saved, never shown again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from automation.actions.action import Action
from automation.runbook import Content, Rollback, Step
from automation.values import Json
from automation.workshop import Workshop
from chat.errors import BadInput, NotFound
from security.secrets import MASK, masked_json


def sealed(workshop: Workshop, content: Content, before: Content | None) -> Content:
    """The content with literal values of secret parameters sealed.

    A value that is the mask stands for the one that was there before.

    Raises:
        BadInput: It is the mask, and there was none before.
    """
    old = {step.slug: step for step in before.steps} if before is not None else {}
    return replace(
        content,
        steps=tuple(
            _step(workshop, step, old.get(step.slug), f"steps[{number}]")
            for number, step in enumerate(content.steps)
        ),
    )


def _step(workshop: Workshop, step: Step, before: Step | None, place: str) -> Step:
    undo = step.rollback
    if undo is not None:
        was = before.rollback if before is not None else None
        kept = _values(workshop, undo.action, undo.parameters, was.parameters if was else {}, place)
        undo = Rollback(undo.action, kept, undo.timeout)
    was_given: Mapping[str, Json] = before.parameters if before is not None else {}
    parameters = _values(workshop, step.action, step.parameters, was_given, place)
    return replace(step, parameters=parameters, rollback=undo)


def _values(
    workshop: Workshop,
    ref: str,
    given: Mapping[str, Json],
    before: Mapping[str, Json],
    place: str,
) -> dict[str, Json]:
    action = _action(workshop, ref)
    kept = dict(given)
    for name, value in given.items():
        if value == MASK:
            if not _is_sealed(before.get(name)):
                raise BadInput(
                    f"{place}: {name} is {MASK}, which stands for a secret that is kept already, "
                    "and none is. Give the secret itself.",
                    details={f"{place}.parameters.{name}": "give the secret itself"},
                )
            kept[name] = before[name]
        elif action is not None and name in action.secrets and not _open(value):
            kept[name] = {"$sealed": workshop.vault.seal(json.dumps(value))}
    return kept


def _action(workshop: Workshop, ref: str) -> Action | None:
    try:
        return workshop.registry.find(ref)
    except NotFound:
        return None


def _is_sealed(value: Json) -> bool:
    return isinstance(value, dict) and "$sealed" in value


def _open(value: Json) -> bool:
    """Whether a value is a template, or sealed already, or nothing."""
    return value is None or _is_sealed(value) or (isinstance(value, str) and "{{" in value)


def unsealed(workshop: Workshop, value: Json) -> Json:
    """The value with every sealed part opened."""
    match value:
        case {"$sealed": str(secret)}:
            return json.loads(workshop.vault.open(secret))
        case dict():
            return {name: unsealed(workshop, each) for name, each in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - JSON
        case list():
            return [unsealed(workshop, each) for each in value]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - JSON
        case _:
            return value


def shown(content: Content) -> Content:
    """The content with the mask in the place of each secret."""
    return replace(
        content,
        steps=tuple(
            replace(
                step,
                parameters=masked_json(dict(step.parameters)),
                rollback=replace(
                    step.rollback, parameters=masked_json(dict(step.rollback.parameters))
                )
                if step.rollback is not None
                else None,
            )
            for step in content.steps
        ),
    )
