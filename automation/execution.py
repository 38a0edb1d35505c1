"""An execution: one run of a runbook, or of a single action, and its tasks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from automation.runbook import Content
from automation.values import Json
from chat.address import Address
from incidents.ports import Viewer


class Trigger(StrEnum):
    """What began an execution."""

    MANUAL = "MANUAL"
    AUTOMATIC = "AUTOMATIC"
    SCHEDULED = "SCHEDULED"
    WEBHOOK = "WEBHOOK"
    CHATOPS = "CHATOPS"
    RUNBOOK = "RUNBOOK"


class ExecutionStatus(StrEnum):
    """How an execution stands.

    WAITING waits for somebody or for a moment; NEEDS_ATTENTION for a person to say what
    became of a step that was under way when the process died.
    """

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    WAITING = "WAITING"
    PAUSED = "PAUSED"
    NEEDS_ATTENTION = "NEEDS_ATTENTION"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    @property
    def ended(self) -> bool:
        """Whether nothing will happen any more."""
        return self in _ENDED_EXECUTION


class TaskStatus(StrEnum):
    """How a task stands."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    WAITING = "WAITING"
    NEEDS_ATTENTION = "NEEDS_ATTENTION"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"
    CANCELLED = "CANCELLED"

    @property
    def ended(self) -> bool:
        """Whether it will not change any more."""
        return self in _ENDED_TASK


# Asked of every task each time that something is decided, so these are not made anew.
_ENDED_EXECUTION = frozenset(
    {ExecutionStatus.COMPLETED, ExecutionStatus.FAILED, ExecutionStatus.CANCELLED}
)
_ENDED_TASK = frozenset(
    {TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.SKIPPED, TaskStatus.CANCELLED}
)


class TaskKind(StrEnum):
    """What a task is: a step, one item of it, the approval before all steps, or an undoing.

    A step that is done for each of a list has a task of its own, and one for each item.
    """

    STEP = "step"
    ITEM = "item"
    APPROVAL = "approval"
    ROLLBACK = "rollback"


class Wish(StrEnum):
    """What people want of an execution under way; its driver obeys."""

    GO = "go"
    PAUSE = "pause"
    CANCEL = "cancel"


class WaitsFor(StrEnum):
    """What a WAITING task waits for; `waiting_id` names it where it is a row.

    A RUNNING task that waits for `items` does nothing itself: its items are what is done.
    """

    NOTHING = ""
    APPROVAL = "approval"
    QUESTION = "question"
    EXECUTION = "execution"
    RETRY = "retry"
    TIME = "time"
    ITEMS = "items"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of a task.

    Attributes:
        error: Empty when it went well.
    """

    number: int
    started_at: datetime
    ended_at: datetime | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """One step of an execution as it is done.

    Attributes:
        position: From 0, in the order of doing; the approval of a whole runbook is -1. Items
            have that of their step.
        index: Which item of the step's list it does or undoes, from 0; -1 for none.
        item: The item, secrets masked.
        step: Index of the step in the content; None for the approval of the whole.
        action: Ref of the action; empty for an approval.
        input: What the action was given, secrets masked; None before it was rendered. Of a step
            with items, the list of them.
        sealed: The same with its secrets, encrypted; empty when there are none.
        digest: Over action and input, secrets included; empty before it was rendered.
        approved: The digest that was approved; empty when none was.
        output: JSON; secrets masked. None without one.
        error: One sentence; empty when nothing went wrong.
        again_at: When a waiting task is due; None when only an answer wakes it.
        timeout: Seconds an attempt may take.
        log_file: Name of the file that holds the whole output; empty when none was cut.
    """

    id: str
    execution_id: str
    position: int
    name: str
    kind: TaskKind = TaskKind.STEP
    step: int | None = None
    action: str = ""
    status: TaskStatus = TaskStatus.PENDING
    attempts: tuple[Attempt, ...] = ()
    input: Json = None
    sealed: str = ""
    digest: str = ""
    approved: str = ""
    output: Json = None
    error: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    waits_for: WaitsFor = WaitsFor.NOTHING
    waiting_id: str = ""
    again_at: datetime | None = None
    timeout: float | None = None
    log_file: str = ""
    index: int = -1
    item: Json = None

    @property
    def acting(self) -> bool:
        """Whether its own action is under way."""
        return self.status is TaskStatus.RUNNING and not self.leading

    @property
    def leading(self) -> bool:
        """Whether it is a step whose items are under way."""
        return self.status is TaskStatus.RUNNING and self.waits_for is WaitsFor.ITEMS

    @property
    def order(self) -> tuple[int, int]:
        """What the tasks of an execution are sorted by."""
        return self.position, self.index


@dataclass(frozen=True, slots=True)
class Execution:
    """One run.

    Attributes:
        number: Counts from 1 across the installation; see `key`.
        runbook_id: None for a single action.
        revision: Of the runbook; 0 for a single action.
        inline: What is done when there is no runbook; None otherwise.
        trigger_data: What came with the trigger; JSON object, what it says under the name of
            a credential sealed.
        parameters: Checked; secret ones sealed as `{"$sealed": …}`.
        reason: Why, as whoever began it said; may be empty.
        requested_by: Account; None when Tocsin began it by itself.
        via: The door it came by.
        origin: Where it was asked in chat; None elsewhere.
        parent_id: The execution whose task called this one; None at the top.
        depth: How many callers stand above it.
        rerun_of: The execution it repeats from a failed step on.
        failed: Whether a step has failed for good, so that what is left is undoing.
        dedupe: What began it; the same never begins two.
        shown: Whether a message in chat follows it.
        error: One sentence; empty when nothing went wrong.
        version: Grows with each change.
    """

    id: str
    number: int
    team_id: str
    name: str
    trigger: Trigger
    created_at: datetime
    updated_at: datetime
    runbook_id: str | None = None
    revision: int = 0
    label: str = ""
    inline: Content | None = None
    status: ExecutionStatus = ExecutionStatus.PENDING
    wish: Wish = Wish.GO
    trigger_data: Mapping[str, Json] = field(default_factory=dict[str, Json])
    parameters: Mapping[str, Json] = field(default_factory=dict[str, Json])
    reason: str = ""
    requested_by: str | None = None
    requested_name: str = ""
    via: str = ""
    incident_id: str | None = None
    origin: Address | None = None
    parent_id: str | None = None
    parent_task: str | None = None
    depth: int = 0
    rerun_of: str | None = None
    failed: bool = False
    cause: str | None = None
    dedupe: str | None = None
    shown: bool = False
    error: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    version: int = 1

    @property
    def key(self) -> str:
        """What people call it: `RUN-00042`."""
        return f"RUN-{self.number:05d}"

    @property
    def ended(self) -> bool:
        """Whether nothing will happen any more."""
        return self.status.ended


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a task's output, as it came.

    Attributes:
        id: Grows with time, across all executions.
        stream: `stdout`, `stderr`, or `note` for what Tocsin says itself.
        text: Secrets masked.
    """

    id: int
    execution_id: str
    task_id: str
    at: datetime
    stream: str
    text: str


@dataclass(frozen=True, slots=True)
class Eyes(Viewer):
    """Whose eyes executions are seen with: a private runbook's are hidden, too.

    What somebody asked for themselves, and what is of their own runbooks, they always see.

    Attributes:
        private_team_ids: Teams in which they see every runbook; None means in all teams.
    """

    private_team_ids: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class ExecutionFilter:
    """Which executions; None and empty mean any.

    Attributes:
        team_ids: Of these teams; None means all.
        viewer: Whose eyes the incidents, and as `Eyes` the private runbooks, are seen with;
            None hides nothing.
        active: Only those that have not ended (True) or have (False).
    """

    team_ids: frozenset[str] | None = None
    viewer: Viewer | None = None
    status: ExecutionStatus | None = None
    active: bool | None = None
    runbook_id: str | None = None
    incident_id: str | None = None
    requested_by: str | None = None
    trigger: Trigger | None = None
    since: datetime | None = None
    until: datetime | None = None
    search: str | None = None


EXECUTION_ORDERS: tuple[str, ...] = ("created_at", "ended_at", "number", "name")
"""What a list of executions may be ordered by; newest first is the list's own order."""


def parse_execution_key(ref: str) -> int | None:
    """The number in `RUN-00042`, `run-42`, `#42` or `42`; None when it is none of these."""
    match = re.fullmatch(r"(?:run-|#)?0*([1-9][0-9]{0,8})", ref.strip(), re.IGNORECASE)
    return int(match[1]) if match else None
