"""Executions, their tasks and their output in a transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, select

from automation.execution import Execution, ExecutionFilter, Piece, Task, Wish
from incidents.ports import Lease
from security.page import Page, Slice
from storage.rows.bound import Bound, changes, columns, folded, values
from storage.rows.counters import give_back, next_value
from storage.rows.execution_list import execution_page
from storage.rows.forgetting import forget_executions
from storage.rows.listing import NEVER
from storage.rows.statements import Upsert, adding, changing, upsert
from storage.tables import automation as t
from storage.tables.engine import drives

_CHANGING = (
    *("status", "wish", "failed", "shown", "error"),
    *("started_at", "ended_at", "updated_at", "version"),
)
"""What of an execution ever changes: the rest is what it was begun with."""
_FIXED = ("id", "execution_id", "position", "name", "kind", "step", "index", "item")
"""What of a task never changes."""
_PLANNED = {*_FIXED, "action", "timeout"}
_AT_FIRST = {each.name: each.default for each in fields(Task) if each.name not in _PLANNED}
"""What a task is before anything has come of it; adding one writes it by itself."""


class ExecutionRows(Bound):
    """Implements `automation.ports.ExecutionRows`."""

    def __init__(self, connection: Connection, touched: set[str]) -> None:
        super().__init__(connection, touched)
        # Executions whose rows this act has locked with their leases.
        self._held: set[str] = set()

    def next_number(self) -> int:
        """A number no execution had before."""
        return next_value(self._connection, "execution")

    def give_back(self, number: int) -> None:
        """The number that this act took last is free again."""
        give_back(self._connection, "execution", number)

    def add(self, execution: Execution, tasks: Iterable[Task]) -> bool:
        """Add an execution with its tasks; False when one with its `dedupe` is there already."""
        row = {
            **values(execution),
            "ended_order": execution.ended_at or NEVER,
            "search": folded(execution.name, execution.key),
        }
        if not self._connection.execute(_adding(self._dialect), row).rowcount:
            return False
        self.add_tasks(tasks)
        self._touched.add("executions")
        return True

    def get(self, execution_id: str, *, lock: bool = False) -> Execution | None:
        """One execution."""
        return self._find(Execution, t.executions, lock=lock, id=execution_id)

    def by_number(self, number: int, *, lock: bool = False) -> Execution | None:
        """The same by number."""
        return self._find(Execution, t.executions, lock=lock, number=number)

    def by_dedupe(self, dedupe: str) -> Execution | None:
        """What was begun by the same cause."""
        return self._find(Execution, t.executions, dedupe=dedupe)

    def save(self, execution: Execution) -> None:
        """Write what has changed of an execution that this act holds."""
        row = {name: getattr(execution, name) for name in _CHANGING}
        row["ended_order"] = execution.ended_at or NEVER
        self._change(t.executions, row, id=execution.id)
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
        wish: Wish | None = self._connection.scalar(_WISH, keys)
        if wish is not None:
            self._held.add(execution_id)
        return wish

    def page(self, wanted: ExecutionFilter, part: Slice) -> Page[Execution]:
        """Those that fit and whose incident and runbook may be seen."""
        return execution_page(self._connection, wanted, part)

    def children(self, execution_id: str) -> tuple[Execution, ...]:
        """Those that its tasks called, oldest first."""
        return self._find_all(Execution, t.executions, "number", parent_id=execution_id)

    def tasks(self, execution_id: str) -> tuple[Task, ...]:
        """Its tasks by position."""
        return self._find_all(Task, t.tasks, "position", "index", execution_id=execution_id)

    def task(self, task_id: str) -> Task | None:
        """One task."""
        return self._find(Task, t.tasks, id=task_id)

    def add_tasks(self, tasks: Iterable[Task]) -> None:
        """Add tasks."""
        for rows in _alike(_unlike(_AT_FIRST, task) for task in tasks):
            self._connection.execute(adding(t.tasks), rows)
            self._touched.add("executions")

    def save_tasks(self, tasks: Iterable[Task], stored: Iterable[Task] = ()) -> None:
        """Write changed tasks; of those that are `stored` like that, only what differs."""
        known = {task.id: values(task) for task in stored}
        changed = (
            {**changes(_unlike(known.get(task.id, {}), task), *_FIXED), "_id": task.id}
            for task in tasks
        )
        for rows in _alike(changed):
            if len(rows[0]) > 1:
                self._connection.execute(changing(t.tasks, ("id",)), rows)
                self._touched.add("executions")

    def add_output(self, pieces: Iterable[Piece]) -> None:
        """Add pieces of output; whoever has seen one id misses none before it."""
        rows = [changes(values(piece), "id") for piece in pieces]
        if not rows:
            return
        if self._dialect == "postgresql":
            # Ids are given before the commit: of two acts that write at once, the one with
            # the earlier ids could be seen last.
            for execution_id in sorted({row["execution_id"] for row in rows} - self._held):
                self._connection.execute(_HOLDING, {"execution": execution_id})
        self._connection.execute(adding(t.output), rows)
        self._touched.add("executions")

    def output(
        self, execution_id: str, *, after: int = 0, task_id: str | None = None, limit: int = 1000
    ) -> tuple[Piece, ...]:
        """Pieces behind the one with id `after`, in order."""
        keys = {"execution": execution_id, "after": after, "limit": limit}
        query = _OUTPUT
        if task_id is not None:
            query, keys = _OUTPUT_OF_TASK, {**keys, "task": task_id}
        return tuple(Piece(**row) for row in self._connection.execute(query, keys).mappings())

    def last_output(self, execution_id: str, limit: int) -> tuple[Piece, ...]:
        """The newest pieces, in order."""
        keys = {"execution": execution_id, "limit": limit}
        found = self._connection.execute(_LAST_OUTPUT, keys).mappings().all()
        return tuple(Piece(**row) for row in reversed(found))

    def forget(self, before: datetime, limit: int) -> tuple[str, ...]:
        """Delete executions that ended before then, with all that belongs to them."""
        ids = forget_executions(self._connection, before, limit)
        if ids:
            self._touched.update(("executions", "approvals"))
        return ids


def _unlike(known: Mapping[str, object], task: Task) -> dict[str, Any]:
    """The fields of a task that are not the very values that are known, by name."""
    # Not what is equal: of two results one may say 1 and the other true.
    return {
        name: each
        for name, each in values(task).items()
        if name not in known or known[name] is not each
    }


def _alike(rows: Iterable[dict[str, Any]]) -> Collection[list[dict[str, Any]]]:
    """The rows that have the same names together, since one statement writes those."""
    found: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(tuple(row), []).append(row)
    return found.values()


# One look at the lease and at the wish; both stay as they are until the act is over.
_WISH = (
    select(t.executions.c.wish)
    .select_from(t.executions.join(drives, drives.c.subject == bindparam("subject")))
    .where(
        t.executions.c.id == bindparam("execution"),
        drives.c.kind == bindparam("kind"),
        drives.c.fence == bindparam("fence"),
        drives.c.owner == bindparam("owner"),
    )
    .with_for_update(key_share=True)
)
_HOLDING = (
    select(t.executions.c.id)
    .where(t.executions.c.id == bindparam("execution"))
    .with_for_update(key_share=True)
)
_PIECES = (
    select(*columns(t.output, Piece))
    .where(t.output.c.execution_id == bindparam("execution"))
    .limit(bindparam("limit"))
)
_OUTPUT = _PIECES.where(t.output.c.id > bindparam("after")).order_by(t.output.c.id)
_OUTPUT_OF_TASK = _OUTPUT.where(t.output.c.task_id == bindparam("task"))
_LAST_OUTPUT = _PIECES.order_by(t.output.c.id.desc())


@cache
def _adding(dialect: str) -> Upsert:
    """Add an execution unless there is one with its `dedupe`."""
    return upsert(dialect, t.executions).on_conflict_do_nothing(
        index_elements=["dedupe"], index_where=t.DEDUPED
    )
