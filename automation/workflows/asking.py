"""Asking a run to go into a state: to pause, to go on, to be canceled, to fail."""

from __future__ import annotations

from automation.workflows.machines import task_when_workflow, workflow_when_asked
from automation.workflows.state import State
from automation.workflows.statuses import ACTIVE, HELD


def ask(state: State, wish: str) -> bool:
    """Ask it; whether it is in that state, or on its way there."""
    before = state.status
    for place, number in list(state.latest.items()):
        entry = state.entries[number]
        if entry.status not in ACTIVE:
            continue
        staged = state.staged.get(place)
        items = staged.items if staged is not None else None
        others = items.others() if items is not None else None
        after = task_when_workflow(entry.status, wish, others)
        if after is not None:
            state.set_status(number, after)
    active = state.some(ACTIVE)
    over = not (active or state.has_staged or state.some(HELD))
    after = workflow_when_asked(before, wish, active=active, over=over)
    if after is not None:
        state.set_workflow(after)
    return after is not None or wish == before
