"""Whether an event fits a run, before anything is changed."""

from __future__ import annotations

from automation.workflows.definition import COMMANDS, Workflow
from automation.workflows.events import TaskEvent
from automation.workflows.pieces import Entry
from automation.workflows.state import State
from automation.workflows.statuses import ALL, COMPLETED, RETRYING, STARTING, UNSET
from chat.errors import BadInput

_TOLD = ALL - {UNSET, RETRYING}


def admit(event: TaskEvent, workflow: Workflow, state: State) -> None:
    """Let an event pass.

    Raises:
        BadInput: There is no such task, item or state, or it is not its turn.
    """
    place = (event.task, event.route)
    staged, entry = state.staged.get(place), state.entry(place)
    if event.status not in _TOLD:
        raise BadInput(f"A task cannot be “{event.status}”; it can be {', '.join(sorted(_TOLD))}.")
    if event.task not in workflow.tasks or (staged is None and entry is None):
        raise BadInput(f"The task “{event.task}” on route {event.route} is not to be done now.")
    if staged is None and entry is not None and begins_anew(event, entry):
        raise BadInput(f"The task “{event.task}” has ended; it is not to be begun again.")
    items = staged.items if staged is not None else None
    if event.item is not None and (items is None or not 0 <= event.item < len(items.runs)):
        raise BadInput(f"The task “{event.task}” has no item {event.item} to be done now.")


def begins_anew(event: TaskEvent, entry: Entry) -> bool:
    """Whether an event begins a task once more that has been done before."""
    if event.task in COMMANDS:
        return True
    return entry.status in COMPLETED and event.status in STARTING
