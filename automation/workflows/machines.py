"""Which state follows from what happens: of a task, of a task with items, of a workflow.

All of it is pure: the old state and what happened go in, the new state comes out, and None
where nothing changes.

Source: the states and their order are Orquesta's.
"""

from __future__ import annotations

from dataclasses import dataclass

from automation.workflows.statuses import (
    ABANDONED,
    ABENDED,
    CANCELED,
    CANCELING,
    CANCELS,
    COMPLETED,
    DELAYED,
    EXPIRED,
    FAILED,
    HELD,
    PAUSED,
    PAUSES,
    PAUSING,
    PENDING,
    REQUESTED,
    RESUMING,
    RETRYING,
    RUNNING,
    SCHEDULED,
    SUCCEEDED,
    UNSET,
    WAITING,
)

_ENDS = {
    PENDING: PENDING,
    PAUSING: PAUSING,
    PAUSED: PAUSED,
    CANCELING: CANCELING,
    CANCELED: CANCELED,
    FAILED: FAILED,
}
_BADLY = dict.fromkeys(ABENDED, FAILED)
_CANCELED = {CANCELING: CANCELING, CANCELED: CANCELED}
_WAITS = {DELAYED: DELAYED, RUNNING: RUNNING, **_ENDS, EXPIRED: EXPIRED, ABANDONED: ABANDONED}
_TASK: dict[str, dict[str, str]] = {
    UNSET: {each: each for each in (*WAITING, RUNNING, PENDING)},
    REQUESTED: {SCHEDULED: SCHEDULED, **_WAITS},
    SCHEDULED: _WAITS,
    DELAYED: {**_WAITS, DELAYED: DELAYED, SCHEDULED: SCHEDULED},
    RUNNING: {RUNNING: RUNNING, **_ENDS, **_BADLY, SUCCEEDED: SUCCEEDED},
    PENDING: {CANCELED: CANCELED, **_BADLY, SUCCEEDED: SUCCEEDED},
    PAUSING: {PAUSED: PAUSED, RESUMING: RESUMING, **_CANCELED, **_BADLY},
    PAUSED: {RUNNING: RUNNING, RESUMING: RESUMING, **_CANCELED},
    RESUMING: {RUNNING: RUNNING, **_CANCELED},
    RETRYING: {RUNNING: RUNNING, **_CANCELED},
    CANCELING: {PAUSED: CANCELED, CANCELED: CANCELED, **_BADLY},
}
_OF_ITEMS = frozenset({RESUMING, PENDING, PAUSED, SUCCEEDED, CANCELED}) | ABENDED


def task_after(status: str, event: str) -> str | None:
    """The state of a task whose action reports `event`."""
    return _TASK.get(status, {}).get(event)


@dataclass(frozen=True, slots=True)
class Others:
    """How the other items of a task stand: numbers of them.

    Attributes:
        open: Not ended, whether begun or not.
    """

    active: int = 0
    held: int = 0
    canceled: int = 0
    failed: int = 0
    open: int = 0


def items_after(status: str, event: str, others: Others) -> str | None:
    """The state of a task, one of whose items reports `event`."""
    if event not in _OF_ITEMS:
        return task_after(status, event)
    if event == RESUMING or status not in {RUNNING, PAUSING, CANCELING}:
        return None
    if others.active:
        return _while_others_work(event) if status == RUNNING else None
    if status == CANCELING:
        quiet = not (others.held or others.canceled or others.failed or others.open)
        return SUCCEEDED if event == SUCCEEDED and quiet else CANCELED
    return _when_all_rest(status, event, others)


def _while_others_work(event: str) -> str | None:
    if event in HELD:
        return PAUSING
    return {CANCELED: CANCELING, SUCCEEDED: RUNNING}.get(event)


def _when_all_rest(status: str, event: str, others: Others) -> str:  # noqa: PLR0911 - one rule a line
    if event == CANCELED:
        return CANCELED
    if others.held:
        return FAILED if event in ABENDED else PAUSED
    if others.canceled:
        return CANCELED
    if others.failed or event in ABENDED:
        return FAILED
    if event in HELD:
        return PAUSED
    if others.open:
        return RUNNING if status == RUNNING else PAUSED
    return SUCCEEDED


def task_when_workflow(status: str, event: str, others: Others | None) -> str | None:
    """The state of a task when its workflow is asked to pause or to be canceled.

    Args:
        status: Of the task.
        event: The state that was asked for.
        others: How its items stand; None for a task without items.
    """
    if status == RETRYING and event in CANCELS and others is None:
        return CANCELED
    if status != RUNNING or others is None or not others.open:
        return None
    if event in PAUSES:
        return PAUSING if others.active else PAUSED
    if event in CANCELS:
        return CANCELING if others.active else CANCELED
    return None


def workflow_when_asked(status: str, wish: str, *, active: bool, over: bool) -> str | None:  # noqa: PLR0911 - one rule a line
    """The state of a workflow that is asked to go into the state `wish`.

    Args:
        status: Of the workflow.
        wish: What was asked for.
        active: Whether tasks are at work.
        over: Whether nothing is left to be done.
    """
    if status in {CANCELED, FAILED}:
        return None
    if wish == FAILED:
        return FAILED
    if status == SUCCEEDED:
        return None
    if wish in CANCELS:
        if status == UNSET or (active and status in WAITING | {PAUSED}):
            return None
        return CANCELING if active else CANCELED
    if wish in PAUSES:
        if status in {RUNNING, PAUSING, RESUMING}:
            return PAUSING if active else PAUSED
        return PAUSED if status in WAITING and not active else None
    return _when_to_go_on(status, wish, over=over)


def _when_to_go_on(status: str, wish: str, *, over: bool) -> str | None:
    if status == PAUSED and wish in {RUNNING, RESUMING}:
        return SUCCEEDED if over else wish
    allowed: dict[str, set[str]] = {
        UNSET: {*WAITING, RUNNING},
        REQUESTED: {SCHEDULED, DELAYED, RUNNING},
        SCHEDULED: {DELAYED, RUNNING},
        DELAYED: {SCHEDULED, RUNNING},
        RUNNING: {SUCCEEDED},
        PAUSING: {RUNNING, RESUMING},
        RESUMING: {RUNNING},
    }
    return wish if wish in allowed.get(status, set()) else None


@dataclass(frozen=True, slots=True)
class Around:
    """How a workflow stands when one of its tasks has changed its state.

    Attributes:
        remedied: The task did not end well, and something follows it.
        active: Tasks are at work.
        held: Tasks are paused or pending, or about to be.
        canceled: Tasks are canceled, or about to be.
        more: Something is to be started, or follows the task.
    """

    remedied: bool
    active: bool
    held: bool
    canceled: bool
    more: bool


def workflow_after(status: str, event: str, around: Around) -> str | None:  # noqa: PLR0911 - one rule a line
    """The state of a workflow, one of whose tasks is now in the state `event`."""
    if status == PAUSED:
        return RUNNING if event in {RUNNING, RESUMING} else None
    if status == CANCELING:
        ends = HELD | COMPLETED | {RETRYING}
        if event not in ends:
            return None
        return CANCELING if around.active else CANCELED
    if status not in {RUNNING, PAUSING, RESUMING}:
        return None
    if event == CANCELING:
        return CANCELING
    if event == CANCELED:
        return CANCELING if around.active else CANCELED
    if event in ABENDED and not around.remedied:
        return FAILED
    if event == SUCCEEDED or event in ABENDED:
        return _when_one_is_done(status, event, around)
    return _when_one_goes_on(status, event, active=around.active)


def _when_one_is_done(status: str, event: str, around: Around) -> str | None:
    if around.active and status == RESUMING and (around.canceled or around.held):
        return None
    if around.canceled:
        if status == PAUSING and around.active and event == SUCCEEDED:
            return PAUSING
        return CANCELING if around.active else CANCELED
    if status == PAUSING or around.held:
        return PAUSING if around.active else PAUSED
    return RUNNING if around.active or around.more else SUCCEEDED


def _when_one_goes_on(status: str, event: str, *, active: bool) -> str | None:
    match status, event:
        case (_, "pending"):
            return PAUSING if active else PAUSED
        case ("running", "paused"):
            return RUNNING if active else PAUSED
        case ("pausing", "paused" | "retrying"):
            return PAUSING if active else PAUSED
        case ("resuming", "running"):
            return RUNNING
        case _:
            return None
