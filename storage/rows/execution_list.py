"""The list of executions: who sees which, filtered, ordered, counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, not_, select, true

from automation.execution import Execution, ExecutionFilter, Eyes
from incidents.ports import Viewer
from security.page import Page, Slice
from storage.rows.bound import columns
from storage.rows.incident_list import seen_with
from storage.rows.listing import among, found_in, ordering
from storage.tables.automation import UNDER_WAY, executions, runbooks

_EXECUTION = columns(executions, Execution)
_ORDERS: dict[str, ColumnElement[Any]] = {
    "created_at": executions.c.created_at,
    "ended_at": executions.c.ended_order,
    "number": executions.c.number,
    "name": executions.c.name,
}


def execution_page(connection: Connection, wanted: ExecutionFilter, part: Slice) -> Page[Execution]:
    """Those that fit and may be seen."""
    where, seen = seen_with(wanted.viewer, executions)
    hidden = _hidden(connection, wanted.viewer)
    if hidden is not None:
        # Without a runbook it is unknown whether the runbook is hidden, which hides nothing.
        seen = (*seen, func.coalesce(not_(hidden), true()))
    query = (
        select(*_EXECUTION)
        .select_from(where)
        .where(*seen, *_fits(wanted))
        .order_by(*ordering(part.order or "-created_at", _ORDERS, executions.c.number))
        .limit(part.limit)
        .offset(part.offset)
    )
    found = tuple(Execution(**row) for row in connection.execute(query).mappings())
    total = _count(connection, wanted)
    if hidden is not None:
        # Those are few, and found by their runbook.
        total -= _count(connection, wanted, hidden)
    return Page(found, total)


def _count(connection: Connection, wanted: ExecutionFilter, *more: ColumnElement[bool]) -> int:
    """How many fit and whose incident may be seen."""
    if wanted.active is False:
        # Few are under way and all are counted in an index: no need to look at each that ended.
        every, under_way = replace(wanted, active=None), replace(wanted, active=True)
        return _count(connection, every, *more) - _count(connection, under_way, *more)
    where, seen = seen_with(wanted.viewer, executions)
    count = select(func.count()).select_from(where).where(*seen, *_fits(wanted), *more)
    return connection.scalar(count) or 0


def _hidden(connection: Connection, viewer: Viewer | None) -> ColumnElement[bool] | None:
    """That an execution is of a private runbook which somebody does not see; None: none is."""
    ids = hidden_runbooks(connection, viewer)
    if viewer is None or not ids:
        return None
    of_them = executions.c.runbook_id.in_(ids)
    if viewer.account_id is None:
        return of_them
    return and_(of_them, func.coalesce(executions.c.requested_by, "") != viewer.account_id)


def hidden_runbooks(connection: Connection, viewer: Viewer | None) -> Sequence[str]:
    """Ids of the private runbooks that somebody does not see; they are few."""
    if not isinstance(viewer, Eyes) or viewer.private_team_ids is None:
        return ()
    private: list[ColumnElement[bool]] = [runbooks.c.is_public.is_(False)]
    if viewer.private_team_ids:
        private.append(runbooks.c.team_id.not_in(sorted(viewer.private_team_ids)))
    if viewer.account_id is not None:
        private.append(func.coalesce(runbooks.c.created_by, "") != viewer.account_id)
    return connection.scalars(select(runbooks.c.id).where(*private)).all()


def _fits(wanted: ExecutionFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.team_ids is not None:
        yield among(executions.c.team_id, wanted.team_ids)
    if wanted.status is not None:
        yield executions.c.status == wanted.status
    if wanted.active is not None:
        yield UNDER_WAY if wanted.active else executions.c.ended_at.is_not(None)
    for name in ("runbook_id", "incident_id", "requested_by", "trigger"):
        value = getattr(wanted, name)
        if value is not None:
            yield executions.c[name] == value
    if wanted.since is not None:
        yield executions.c.created_at >= wanted.since
    if wanted.until is not None:
        yield executions.c.created_at < wanted.until
    yield from found_in(executions.c.search, wanted.search)
