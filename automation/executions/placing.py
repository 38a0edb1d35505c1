"""Where chat actions speak, and which of them would have nowhere to."""

from __future__ import annotations

from typing import cast

from automation.actions.action import Action
from automation.execution import Execution
from automation.executions.making import Here
from automation.runbook import Step
from automation.values import Json
from chat.errors import UserError

CHANNEL = "channel"
"""The parameter that names another channel than the execution's own."""
PANEL = "chat-panel"
TALKING = frozenset({"chat-post", "chat-ask", "chat-invite", "chat-topic", PANEL})
"""Runners that do something in a channel."""
NO_PLACE = (
    "There is no channel to post in: this execution belongs to no incident and was "
    f"not begun in chat. Name one with the parameter “{CHANNEL}”."
)
NO_PANEL = "This execution belongs to no incident, so there is no panel to post."


def nowhere(here: Here, step: Step, given: Json) -> str:
    """Why a chat action would fail for certain, with its place; empty where it would not.

    Only what is tried dry is told so: what is under way says it when it fails.

    Args:
        here: Where it stands in the plan.
        step: The step.
        given: What the action would be given, as far as it is known.
    """
    if not here.making.dry or here.caller is None:
        return ""
    try:
        action = here.making.looked.current(step.action)
    except UserError:
        return ""
    if action.runner not in TALKING or _is_placed(here.caller.execution, action, given):
        return ""
    if action.runner == PANEL:
        return f"{here.place}: {NO_PANEL} Give one."
    return (
        f"{here.place}.parameters.{CHANNEL} is not given, and there is no other channel to post "
        "in: it is tried without an incident and not in chat. Name one, or give an incident."
    )


def _is_placed(execution: Execution, action: Action, given: Json) -> bool:
    if execution.incident_id is not None:
        return True
    if action.runner == PANEL:
        return False
    named = cast("dict[str, Json]", given).get(CHANNEL) if isinstance(given, dict) else None
    default = next((each.default for each in action.parameters if each.name == CHANNEL), None)
    return bool(named or default) or execution.origin is not None
