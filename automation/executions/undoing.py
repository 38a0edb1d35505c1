"""What undoes a step."""

from __future__ import annotations

from automation.actions.registry import Registry
from automation.runbook import Rollback, Step
from chat.errors import UserError


def undo_of(step: Step, registry: Registry) -> Rollback | None:
    """What undoes a step: what it says itself, or what its action names; None for neither."""
    if step.rollback is not None:
        return step.rollback
    try:
        action = registry.find(step.action)
    except UserError:
        return None
    return Rollback(action.undo, step.parameters, None) if action.undo else None


def undo_step(step: Step, undo: Rollback) -> Step:
    """What undoes it, as a step of its own."""
    return Step(f"Undo {step.name}", undo.action, undo.timeout, undo.parameters)
