"""Executions, their tasks and their output in a transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Update,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from automation.execution import (
    Execution,
    ExecutionFilter,
    ExecutionStatus,
    Piece,
    Task,
    Wish,
)
from incidents.ports import Lease
from security.page import Page, Slice
from storage.rows.bound import Bound, columns, folded, names, values
from storage.rows.counters import next_value
from storage.rows.incident_list import visible_to
from storage.rows.listing import found_in, ordering
from storage.rows.statements import adding, finding
from storage.tables.automation import answers, approvals, executions, output, questions, tasks
from storage.tables.engine import drives
from storage.tables.incidents import incidents

_EXECUTION = columns(executions, Execution)
_ENDED = [status for status in ExecutionStatus if status.ended]
_ORDERS: dict[str, ColumnElement[Any]] = {
    "created_at": executions.c.created_at,
    "ended_at": executions.c.ended_at,
    "number": executions.c.number,
    "name": executions.c.name,
}
_TASKS = finding(tasks, names(tasks, Task), ("execution_id",), ("position",))


class ExecutionRows(Bound):
    """Implements `automation.ports.ExecutionRows`."""

    def next_number(self) -> int:
        """A number no execution had before."""
        return next_value(self._connection, "execution")

    def add(self, execution: Execution, tasks: Iterable[Task]) -> bool:
        """Add an execution with its tasks; False when one with its `dedupe` is there already."""
        row = {**values(execution), "search": folded(execution.name, execution.key)}
        if execution.dedupe is None:
            self._add(executions, row)
        elif self.by_dedupe(execution.dedupe) is not None or not self._add_new(executions, row):
            return False
        self.add_tasks(tasks)
        self._touched.add("executions")
        return True

    def get(self, execution_id: str, *, lock: bool = False) -> Execution | None:
        """One execution."""
        return self._find(Execution, executions, lock=lock, id=execution_id)

    def by_number(self, number: int, *, lock: bool = False) -> Execution | None:
        """The same by number."""
        return self._find(Execution, executions, lock=lock, number=number)

    def by_dedupe(self, dedupe: str) -> Execution | None:
        """What was begun by the same cause."""
        return self._find(Execution, executions, dedupe=dedupe)

    def save(self, execution: Execution) -> None:
        """Write an execution that this act holds."""
        row = values(execution)
        self._connection.execute(_saving(), {**row, "_id": execution.id})
        self._touched.add("executions")

    def wish_under(self, lease: Lease, execution_id: str) -> Wish | None:
        """What people want now, read under the lease; None when the lease is lost."""
        keys = {
            "kind": lease.kind,
            "subject": lease.subject,
            "fence": lease.fence,
            "owner": lease.owner,
            "execution": execution_id,
        }
        return self._connection.scalar(_wish(self._dialect), keys)

    def page(self, wanted: ExecutionFilter, part: Slice) -> Page[Execution]:
        """Those that fit and whose incident may be seen."""
        fits = _fits(wanted)
        query = (
            select(*_EXECUTION)
            .where(*fits)
            .order_by(*ordering(part.order or "-created_at", _ORDERS, executions.c.number))
            .limit(part.limit)
            .offset(part.offset)
        )
        found = tuple(Execution(**row) for row in self._connection.execute(query).mappings())
        total = select(func.count()).select_from(executions).where(*fits)
        return Page(found, self._connection.scalar(total) or 0)

    def children(self, execution_id: str) -> tuple[Execution, ...]:
        """Those that its tasks called, oldest first."""
        return self._find_all(Execution, executions, "number", parent_id=execution_id)

    def tasks(self, execution_id: str) -> tuple[Task, ...]:
        """Its tasks by position."""
        rows = self._connection.execute(_TASKS, {"_execution_id": execution_id})
        return tuple(Task(**row) for row in rows.mappings())

    def task(self, task_id: str) -> Task | None:
        """One task."""
        return self._find(Task, tasks, id=task_id)

    def add_tasks(self, tasks: Iterable[Task]) -> None:
        """Add tasks."""
        rows = [values(task) for task in tasks]
        if rows:
            self._connection.execute(_ADD_TASKS, rows)

    def save_tasks(self, tasks: Iterable[Task]) -> None:
        """Write changed tasks."""
        rows = [{**values(task), "_id": task.id} for task in tasks]
        if rows:
            self._connection.execute(_saving_task(), rows)
            self._touched.add("executions")

    def add_output(self, pieces: Iterable[Piece]) -> None:
        """Add pieces of output; their ids are given by the rows."""
        rows = [{name: value for name, value in values(p).items() if name != "id"} for p in pieces]
        if rows:
            self._connection.execute(_ADD_OUTPUT, rows)
            self._touched.add("executions")

    def output(
        self, execution_id: str, *, after: int = 0, task_id: str | None = None, limit: int = 1000
    ) -> tuple[Piece, ...]:
        """Pieces behind the one with id `after`, in order."""
        query = (
            select(*columns(output, Piece))
            .where(output.c.execution_id == execution_id, output.c.id > after)
            .order_by(output.c.id)
            .limit(limit)
        )
        if task_id is not None:
            query = query.where(output.c.task_id == task_id)
        return tuple(Piece(**row) for row in self._connection.execute(query).mappings())

    def last_output(self, execution_id: str, limit: int) -> tuple[Piece, ...]:
        """The newest pieces, in order."""
        query = (
            select(*columns(output, Piece))
            .where(output.c.execution_id == execution_id)
            .order_by(output.c.id.desc())
            .limit(limit)
        )
        found = tuple(Piece(**row) for row in self._connection.execute(query).mappings())
        return found[::-1]

    def forget(self, before: datetime, limit: int) -> tuple[str, ...]:
        """Delete executions that ended before then, with all that belongs to them."""
        query = (
            select(executions.c.id)
            .where(executions.c.status.in_(_ENDED), executions.c.ended_at < before)
            .order_by(executions.c.ended_at)
            .limit(limit)
        )
        ids = tuple(self._connection.scalars(query))
        if ids:
            of_these = select(approvals.c.id).where(approvals.c.execution_id.in_(ids))
            self._connection.execute(delete(answers).where(answers.c.approval_id.in_(of_these)))
            for table in (approvals, questions, output, tasks):
                self._connection.execute(delete(table).where(table.c.execution_id.in_(ids)))
            self._connection.execute(delete(executions).where(executions.c.id.in_(ids)))
        return ids


_ADD_TASKS = adding(tasks)
_ADD_OUTPUT = insert(output)


@cache
def _saving() -> Update:
    changed = [name for name in names(executions, Execution) if name not in {"id", "number"}]
    return (
        update(executions)
        .where(executions.c.id == bindparam("_id"))
        .values({name: bindparam(name) for name in changed})
    )


@cache
def _saving_task() -> Update:
    fixed = {"id", "execution_id", "position", "name", "kind", "step"}
    changed = [name for name in names(tasks, Task) if name not in fixed]
    return (
        update(tasks)
        .where(tasks.c.id == bindparam("_id"))
        .values({name: bindparam(name) for name in changed})
    )


@cache
def _wish(dialect: str) -> Select[Any]:
    """One look at the lease and at the wish; both stay as they are until the act is over."""
    query = (
        select(executions.c.wish)
        .select_from(executions.join(drives, drives.c.kind == bindparam("kind")))
        .where(
            executions.c.id == bindparam("execution"),
            drives.c.subject == bindparam("subject"),
            drives.c.fence == bindparam("fence"),
            drives.c.owner == bindparam("owner"),
        )
    )
    if dialect == "postgresql":
        query = query.with_for_update(key_share=True)
    return query


def _fits(wanted: ExecutionFilter) -> list[ColumnElement[bool]]:
    fits: list[ColumnElement[bool]] = found_in(executions.c.search, wanted.search)
    if wanted.team_ids is not None:
        fits.append(executions.c.team_id.in_(sorted(wanted.team_ids)))
    if wanted.viewer is not None:
        seen = select(incidents.c.id).where(visible_to(wanted.viewer))
        hidden = or_(executions.c.incident_id.is_(None), executions.c.incident_id.in_(seen))
        own = wanted.viewer.account_id
        fits.append(
            hidden
            if own is None
            else or_(
                hidden,
                and_(executions.c.requested_by.is_not(None), executions.c.requested_by == own),
            )
        )
    exact: Mapping[str, object | None] = {
        "status": wanted.status,
        "runbook_id": wanted.runbook_id,
        "incident_id": wanted.incident_id,
        "requested_by": wanted.requested_by,
        "trigger": wanted.trigger,
    }
    fits += [executions.c[name] == value for name, value in exact.items() if value is not None]
    if wanted.active is not None:
        ended = executions.c.status.in_(_ENDED)
        fits.append(~ended if wanted.active else ended)
    if wanted.since is not None:
        fits.append(executions.c.created_at >= wanted.since)
    if wanted.until is not None:
        fits.append(executions.c.created_at < wanted.until)
    return fits
