"""What executions, their steps and their output look like in JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import Field

from api.names import AccountRef, Known, TeamRef
from api.paging import PageOut, Part
from api.shapes import Brief, Count, Flag, In, Json, Line, Moment, Out, Query, Search, Word
from automation.execution import (
    Attempt,
    Execution,
    ExecutionStatus,
    Piece,
    Task,
    TaskKind,
    TaskStatus,
    Trigger,
    WaitsFor,
)
from automation.executions.desk import ExecutionDetail, Verdict
from automation.executions.items import StepLine, items_of

Ordering = Literal[
    "created_at", "-created_at", "ended_at", "-ended_at", "number", "-number", "name", "-name"
]


class ExecutionQuery(Part):
    """Which executions."""

    status: ExecutionStatus | None = None
    active: Flag | None = Field(default=None, description="Whether it has not ended yet.")
    trigger: Trigger | None = None
    runbook: Line | None = Field(default=None, description="Id, handle or name.")
    incident: Line | None = Field(default=None, description="Key, number or id.")
    team: Line | None = Field(default=None, description="Name or id; all of yours if not given.")
    since: Moment | None = None
    until: Moment | None = None
    search: Search | None = Field(default=None, description="In name and key.")
    ordering: Ordering | None = Field(default=None, description="Newest first if not given.")


class OutputQuery(Query):
    """From where on."""

    after: Count = Field(default=0, description="Id of the last piece you have.")
    step: Line | None = Field(default=None, description="Id of a step; all when not given.")


class ExecuteAction(In):
    """A single action to be done."""

    action: Word = Field(description="Such as `core.local`.")
    parameters: dict[str, Json] = Field(default={}, description="By name.")
    trigger_data: dict[str, Json] = Field(default={}, description="For templates.")
    incident: Line | None = Field(default=None, description="Key, number or id.")
    reason: Brief = ""
    team: Line | None = Field(default=None, description="Name or id; yours when not given.")


class Settle(In):
    """What became of a step that was under way when Tocsin stopped."""

    verdict: Verdict = Field(strict=False)
    step: Line | None = Field(default=None, description="Needed where several are in question.")
    note: Brief = Field(default="", description="How you know.")


class ExecutionOut(Out):
    """An execution; secrets are masked."""

    id: str
    key: str = Field(description="`RUN-00042`.")
    name: str
    status: ExecutionStatus
    trigger: Trigger
    trigger_data: dict[str, Json]
    parameters: dict[str, Json]
    runbook_id: str | None = Field(description="Null for a single action.")
    version: str = Field(description="Of the runbook; empty for a single action.")
    revision: int
    reason: str
    requested_by: AccountRef | None = Field(description="Null when Tocsin began it by itself.")
    incident_id: str | None
    parent_id: str | None = Field(description="The execution that called it.")
    rerun_of: str | None
    error: str
    team: TeamRef | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @classmethod
    def of(cls, one: Execution, known: Known) -> ExecutionOut:
        """An execution in a list."""
        return cls.model_validate(_facts(one, known))


def _facts(one: Execution, known: Known) -> dict[str, object]:
    return {
        "id": one.id,
        "key": one.key,
        "name": one.name,
        "status": one.status,
        "trigger": one.trigger,
        "trigger_data": dict(one.trigger_data),
        "parameters": dict(one.parameters),
        "runbook_id": one.runbook_id,
        "version": one.label,
        "revision": one.revision,
        "reason": one.reason,
        "requested_by": known.account(one.requested_by),
        "incident_id": one.incident_id,
        "parent_id": one.parent_id,
        "rerun_of": one.rerun_of,
        "error": one.error,
        "team": known.team(one.team_id),
        "created_at": one.created_at,
        "started_at": one.started_at,
        "ended_at": one.ended_at,
    }


class AttemptOut(Out):
    """One try of a step."""

    number: int
    started_at: datetime
    ended_at: datetime | None
    error: str

    @classmethod
    def of(cls, attempt: Attempt) -> AttemptOut:
        """A try."""
        return cls(**{name: getattr(attempt, name) for name in cls.model_fields})


class ItemOut(Out):
    """What a step did for one item of its list; secrets are masked."""

    id: str
    name: str
    kind: TaskKind
    action: str
    status: TaskStatus
    index: int | None = Field(description="Which item of a list, from 0; null for none.")
    item: Json = Field(description="The item itself.")
    input: Json
    output: Json
    error: str
    waits_for: WaitsFor
    timeout: float | None = Field(description="Seconds an attempt may take.")
    attempts: tuple[AttemptOut, ...]
    log_file: str = Field(description="File with the whole output, where it was cut.")
    started_at: datetime | None
    ended_at: datetime | None

    @classmethod
    def of(cls, task: Task) -> Self:
        """An item, or what undoes one."""
        return cls(**_of_task(task))


class TaskOut(ItemOut):
    """A step as it is done; secrets are masked."""

    items: tuple[ItemOut, ...] = Field(description="Of a step with `for_each`, in order.")

    @classmethod
    def line(cls, line: StepLine, *, listed: bool) -> TaskOut:
        """A step; where it is done for each of a list, with its items and their outputs."""
        facts = _of_task(line.task)
        if listed and line.status.ended and line.task.input is not None:
            facts["output"] = [item.output for item in line.items]
        return cls(**facts, items=tuple(map(ItemOut.of, line.items)) if listed else ())


def _of_task(task: Task) -> dict[str, Any]:
    named = {*ItemOut.model_fields} - {"attempts", "index"}
    facts: dict[str, Any] = {name: getattr(task, name) for name in named}
    facts["index"] = task.index if task.index >= 0 else None
    return facts | {"attempts": tuple(map(AttemptOut.of, task.attempts))}


class ExecutionDetailOut(ExecutionOut):
    """An execution with its steps."""

    steps: tuple[TaskOut, ...]
    approvals: tuple[str, ...] = Field(description="Their keys, oldest first.")
    children: tuple[str, ...] = Field(description="Ids of executions that its steps called.")

    @classmethod
    def detailed(cls, found: ExecutionDetail, known: Known) -> ExecutionDetailOut:
        """All of it."""
        return cls.model_validate(
            {
                **_facts(found.execution, known),
                "steps": _steps(found),
                "approvals": tuple(each.key for each in found.approvals),
                "children": tuple(each.id for each in found.children),
            }
        )


def _steps(found: ExecutionDetail) -> tuple[TaskOut, ...]:
    """Its tasks, those of items within their steps."""
    steps = found.content.steps if found.content is not None else ()
    listed = {number for number, step in enumerate(steps) if step.for_each is not None}
    heads = [task for task in found.tasks if task.kind is not TaskKind.ITEM]
    return tuple(
        TaskOut.line(
            StepLine(head.name, head, items_of(found.tasks, head.step)),
            listed=head.kind is TaskKind.STEP and head.step in listed,
        )
        for head in heads
    )


class ExecutionPage(PageOut[ExecutionOut]):
    """Executions."""


class PieceOut(Out):
    """Some output, as it came; secrets are masked."""

    id: int = Field(description="Give the last one as `after` to read on.")
    step: str = Field(description="Id of the step.")
    at: datetime
    stream: str = Field(description="`stdout`, `stderr`, or `note` for what Tocsin says.")
    text: str

    @classmethod
    def of(cls, piece: Piece) -> PieceOut:
        """A piece."""
        return cls(
            id=piece.id, step=piece.task_id, at=piece.at, stream=piece.stream, text=piece.text
        )


class OutputOut(Out):
    """What was printed behind `after`."""

    status: ExecutionStatus
    ended: bool = Field(description="Whether nothing more will come.")
    pieces: tuple[PieceOut, ...]
