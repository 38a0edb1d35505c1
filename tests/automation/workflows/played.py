"""Rehearsals in a line."""

from __future__ import annotations

from typing import Any

from automation.workflows.cases import case_of
from automation.workflows.rehearsing import Limits, Rehearsal, prepared, rehearse


def played(
    definition: str | dict[str, Any],
    *mocks: dict[str, Any],
    limits: Limits | None = None,
    **inputs: Any,
) -> Rehearsal:
    """How a workflow goes."""
    given, made = case_of({"inputs": inputs, "mocks": list(mocks)})
    return rehearse(prepared(definition, made), given, made, limits=limits)


def order(found: Rehearsal) -> list[str]:
    """Names of the tasks as they began, those on further routes with the number."""
    return [f"{each.id}/{each.route}" if each.route else each.id for each in found.tasks]
