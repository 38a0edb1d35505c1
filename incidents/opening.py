"""Opening an incident's room: a saga of tasks, each done once, resumed after a crash.

This file is the plan and holds no connection: `drive_opening.py` does the work.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from chat.delivery import backoff


class TaskName(StrEnum):
    """What is to be done, in the order of doing."""

    CHANNEL = "channel"
    MEMBERS = "members"
    ANNOUNCEMENT = "announcement"
    PANEL = "panel"
    PIN = "pin"
    WELCOME = "welcome"


class TaskState(StrEnum):
    """How far one task is."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


NEEDS: Mapping[TaskName, tuple[TaskName, ...]] = {
    TaskName.CHANNEL: (),
    TaskName.MEMBERS: (TaskName.CHANNEL,),
    TaskName.ANNOUNCEMENT: (TaskName.CHANNEL,),
    TaskName.PANEL: (TaskName.CHANNEL,),
    TaskName.PIN: (TaskName.PANEL,),
    TaskName.WELCOME: (TaskName.CHANNEL,),
}


@dataclass(frozen=True, slots=True)
class OpeningTask:
    """One task of one incident's opening.

    Attributes:
        attempts: Tries so far.
        again_at: Not to be tried before; None when at once.
        error: Why the last try failed, for people; empty when it did not.
        result: What later tasks need, such as an address.
    """

    incident_id: str
    name: TaskName
    state: TaskState = TaskState.WAITING
    attempts: int = 0
    again_at: datetime | None = None
    error: str = ""
    result: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def key(self) -> str:
        """Given to the adapter, so that a second try makes no second thing."""
        return f"incident:{self.incident_id}:{self.name}"

    def done(self, **result: str) -> OpeningTask:
        """The task after it worked."""
        return replace(
            self,
            state=TaskState.DONE,
            attempts=self.attempts + 1,
            again_at=None,
            error="",
            result=result,
        )

    def failed(self, error: str, now: datetime, retry_after: float | None = None) -> OpeningTask:
        """The task after a try that failed; tried again after 1, 2, 4, … 300 s, forever."""
        wait = max(backoff(self.attempts, 300.0), retry_after or 0.0)
        return replace(
            self,
            state=TaskState.FAILED,
            attempts=self.attempts + 1,
            again_at=now + timedelta(seconds=wait),
            error=error,
        )


def plan(incident_id: str) -> tuple[OpeningTask, ...]:
    """The tasks of a new incident."""
    return tuple(OpeningTask(incident_id, name) for name in TaskName)


def ready(tasks: Iterable[OpeningTask], now: datetime) -> OpeningTask | None:
    """The next task that may be tried now; None when all are done or must wait."""
    by_name = {task.name: task for task in tasks}
    for name in TaskName:
        task = by_name.get(name)
        if task is None or task.state is TaskState.DONE:
            continue
        if task.again_at is not None and task.again_at > now:
            continue
        if all(by_name[need].state is TaskState.DONE for need in NEEDS[name] if need in by_name):
            return task
    return None


def next_try(tasks: Iterable[OpeningTask]) -> datetime | None:
    """When the earliest failed task is to be tried again; None when nothing is left to do."""
    times = [task.again_at for task in tasks if task.state is TaskState.FAILED and task.again_at]
    return min(times, default=None)
