"""What people do about an execution under way, as plain functions of an open transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from automation.access import execution_controlled
from automation.approvals.subjects import EXECUTION_DRIVE
from automation.execution import Execution, Task, TaskStatus, WaitsFor, Wish
from automation.executions.traces import controlled
from automation.ports import AutomationStores
from chat.errors import BadInput, NotFound, Refused
from security.actor import Actor


class Verdict(StrEnum):
    """What a person says of a step of which nobody knows whether it was done.

    `done` counts it as completed; `again` does it once more; `failed` lets the runbook
    say what follows.
    """

    DONE = "done"
    AGAIN = "again"
    FAILED = "failed"


def cancel(stores: AutomationStores, actor: Actor, ref: str, now: datetime) -> Execution:
    """End it: what runs is stopped, what waits is not done.

    Raises:
        NotFound: It is not there for `actor`.
        Denied: They may not execute runbooks.
        Refused: It has ended.
    """
    return _wish(stores, actor, ref, Wish.CANCEL, "cancelled", now)


def pause(stores: AutomationStores, actor: Actor, ref: str, now: datetime) -> Execution:
    """Begin nothing more of it, nor of what it called, until it is resumed.

    What runs comes to its end.

    Raises:
        Refused: It has ended, or is paused or being cancelled.
    """
    return _wish(stores, actor, ref, Wish.PAUSE, "paused", now)


def resume(stores: AutomationStores, actor: Actor, ref: str, now: datetime) -> Execution:
    """Go on with what was paused, and with what it called.

    Raises:
        Refused: It has ended, or is not paused.
    """
    return _wish(stores, actor, ref, Wish.GO, "resumed", now)


def _wish(
    stores: AutomationStores, actor: Actor, ref: str, wish: Wish, word: str, now: datetime
) -> Execution:
    execution = execution_controlled(stores, actor, ref)
    if execution.ended:
        raise Refused(f"{execution.key} has ended already: {execution.status}.", code="ENDED")
    if execution.wish is wish:
        raise Refused(f"{execution.key} is {_being(wish)} already.", code="ALREADY")
    if execution.wish is Wish.CANCEL:
        raise Refused(f"{execution.key} is being cancelled.", code="CANCELLING")
    after = replace(execution, wish=wish, updated_at=now, version=execution.version + 1)
    stores.executions.save(after)
    stores.drives.wake(EXECUTION_DRIVE, execution.id, now)
    controlled(stores, actor, after, now, word)
    if wish is not Wish.CANCEL:
        _have_called_follow(stores, actor, after, wish, word, now)
    return after


def _have_called_follow(
    stores: AutomationStores,
    actor: Actor,
    execution: Execution,
    wish: Wish,
    word: str,
    now: datetime,
) -> None:
    """Pause or resume what it has called, too, and what that has called.

    What is cancelled ends what it called when it ends itself.
    """
    for child in stores.executions.children(execution.id):
        held = None if child.ended else stores.executions.get(child.id, lock=True)
        if held is None or held.ended or held.wish is Wish.CANCEL:
            continue
        if held.wish is not wish:
            held = replace(held, wish=wish, updated_at=now, version=held.version + 1)
            stores.executions.save(held)
            stores.drives.wake(EXECUTION_DRIVE, held.id, now)
            controlled(stores, actor, held, now, word)
        _have_called_follow(stores, actor, held, wish, word, now)


def _being(wish: Wish) -> str:
    return {Wish.CANCEL: "being cancelled", Wish.PAUSE: "paused", Wish.GO: "going on"}[wish]


def settle(
    stores: AutomationStores,
    actor: Actor,
    ref: str,
    step: str | None,
    verdict: Verdict,
    note: str,
    now: datetime,
) -> Execution:
    """Say what became of a step that was under way when the process died.

    Args:
        stores: The open transaction's.
        actor: Who knows.
        ref: The execution.
        step: The step's name or its task's id; None where only one is in question.
        verdict: What became of it, or what is to be done.
        note: How they know; may be empty.
        now: The time.

    Raises:
        NotFound: No such step is in question.
        BadInput: Several are, and none was named.
    """
    execution = execution_controlled(stores, actor, ref)
    task = _in_question(stores, execution, step)
    said = f"{verdict.value} by @{actor.name}" + (f": {note.strip()[:500]}" if note.strip() else "")
    match verdict:
        case Verdict.DONE:
            after = replace(
                task, status=TaskStatus.COMPLETED, error="", ended_at=now, output={"settled": said}
            )
        case Verdict.AGAIN:
            after = replace(
                task,
                status=TaskStatus.WAITING,
                waits_for=WaitsFor.RETRY,
                waiting_id="",
                again_at=now,
            )
        case Verdict.FAILED:
            after = replace(task, status=TaskStatus.FAILED, error=f"called {said}", ended_at=now)
    stores.executions.save_tasks([after])
    stores.drives.wake(EXECUTION_DRIVE, execution.id, now)
    controlled(
        stores,
        actor,
        execution,
        now,
        "step-settled",
        step=task.name,
        verdict=verdict.value,
        note=note.strip()[:500],
    )
    return execution


def _in_question(stores: AutomationStores, execution: Execution, step: str | None) -> Task:
    found = [
        task
        for task in stores.executions.tasks(execution.id)
        if task.status is TaskStatus.NEEDS_ATTENTION
    ]
    if step is not None:
        wanted = step.strip().casefold()
        found = [task for task in found if wanted in {task.id, task.name.casefold()}]
    if not found:
        raise NotFound(f"No such step of {execution.key} is in question now.")
    if len(found) > 1:
        names = ", ".join(f"“{task.name}”" for task in found)
        raise BadInput(
            f"Several steps of {execution.key} are in question: {names}. Name one.",
            details={"step": f"one of {names}"},
        )
    return found[0]
