"""Runbooks and their versions in a transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from automation.runbook import Runbook, RunbookFilter, RunbookStatus, TriggerType, Version
from chat.errors import Refused, Stale
from security.page import Page, Slice
from storage.rows.bound import Bound, changes, columns, folded, values
from storage.rows.listing import found_in, ordering
from storage.tables.automation import runbook_versions, runbooks

_RUNBOOK = columns(runbooks, Runbook)
_COUNTS = ("run_count", "ended_count", "success_count")
_ORDERS: dict[str, ColumnElement[Any]] = {
    "name": runbooks.c.name_key,
    "created_at": runbooks.c.created_at,
    "updated_at": runbooks.c.updated_at,
    "run_count": runbooks.c.run_count,
}


class RunbookRows(Bound):
    """Implements `automation.ports.RunbookRows`."""

    def add(self, runbook: Runbook) -> None:
        """Add a runbook."""
        try:
            with self._connection.begin_nested():
                self._add(runbooks, _row(runbook))
        except IntegrityError:
            raise _taken(runbook) from None

    def get(self, runbook_id: str, *, lock: bool = False) -> Runbook | None:
        """One runbook with its current content."""
        return self._find(Runbook, runbooks, lock=lock, id=runbook_id)

    def by_handle(self, team_id: str, handle: str) -> Runbook | None:
        """By what people type."""
        return self._find(Runbook, runbooks, team_id=team_id, handle=handle)

    def by_name(self, team_id: str, name: str) -> Runbook | None:
        """By its name, case ignored."""
        return self._find(Runbook, runbooks, team_id=team_id, name_key=folded(name))

    def save(self, runbook: Runbook, *, was: int) -> None:
        """Write a changed runbook whose stored revision is `was`."""
        row = changes(_row(runbook), "id", *_COUNTS)
        try:
            with self._connection.begin_nested():
                written = self._change(runbooks, row, id=runbook.id, revision=was)
        except IntegrityError:
            raise _taken(runbook) from None
        if not written:
            raise Stale("Somebody changed this runbook meanwhile. Load it again.")

    def delete(self, runbook_id: str) -> None:
        """Take it away; its versions stay for executions that are under way."""
        self._remove(runbooks, id=runbook_id)

    def page(self, wanted: RunbookFilter, part: Slice) -> Page[Runbook]:
        """Those that fit, by name unless ordered otherwise."""
        fits = _fits(wanted)
        query = (
            select(*_RUNBOOK)
            .where(*fits)
            .order_by(*ordering(part.order or "name", _ORDERS, runbooks.c.id))
            .limit(part.limit)
            .offset(part.offset)
        )
        found = tuple(Runbook(**row) for row in self._connection.execute(query).mappings())
        total = select(func.count()).select_from(runbooks).where(*fits)
        return Page(found, self._connection.scalar(total) or 0)

    def active(self, trigger: TriggerType, team_id: str | None = None) -> tuple[Runbook, ...]:
        """Every ACTIVE one with that trigger type."""
        query = select(*_RUNBOOK).where(
            runbooks.c.trigger_type == trigger, runbooks.c.status == RunbookStatus.ACTIVE
        )
        if team_id is not None:
            query = query.where(runbooks.c.team_id == team_id)
        rows = self._connection.execute(query.order_by(runbooks.c.name_key)).mappings()
        return tuple(Runbook(**row) for row in rows)

    def keep_version(self, version: Version) -> None:
        """Keep how it is after a change."""
        self._add(runbook_versions, values(version))

    def version(self, runbook_id: str, revision: int) -> Version | None:
        """One version."""
        return self._find(Version, runbook_versions, runbook_id=runbook_id, revision=revision)

    def versions(self, runbook_id: str) -> tuple[Version, ...]:
        """Every version, newest first."""
        found = self._find_all(Version, runbook_versions, "revision", runbook_id=runbook_id)
        return found[::-1]

    def count(self, runbook_id: str, *, begun: int = 0, ended: int = 0, good: int = 0) -> None:
        """Add to its counts."""
        self._connection.execute(
            update(runbooks)
            .where(runbooks.c.id == runbook_id)
            .values(
                run_count=runbooks.c.run_count + begun,
                ended_count=runbooks.c.ended_count + ended,
                success_count=runbooks.c.success_count + good,
            )
        )


def _row(runbook: Runbook) -> dict[str, Any]:
    content = runbook.content
    return {
        **values(runbook),
        "name": content.name,
        "name_key": folded(content.name),
        "trigger_type": content.trigger_type,
        "category": content.category,
        "tags": "\n".join(("", *(tag.casefold() for tag in content.tags), "")),
        "search": folded(
            content.name, runbook.handle, content.description, content.category, *content.tags
        ),
    }


def _fits(wanted: RunbookFilter) -> list[ColumnElement[bool]]:
    fits: list[ColumnElement[bool]] = found_in(runbooks.c.search, wanted.search)
    if wanted.team_ids is not None:
        fits.append(runbooks.c.team_id.in_(sorted(wanted.team_ids)))
    if wanted.all_team_ids is not None:
        fits.append(
            or_(
                runbooks.c.is_public.is_(True),
                runbooks.c.team_id.in_(sorted(wanted.all_team_ids)),
                and_(runbooks.c.created_by.is_not(None), runbooks.c.created_by == wanted.author_id),
            )
        )
    exact: Mapping[str, object | None] = {
        "status": wanted.status,
        "trigger_type": wanted.trigger_type,
        "is_public": wanted.is_public,
    }
    fits += [runbooks.c[name] == value for name, value in exact.items() if value is not None]
    if wanted.category:
        fits.append(func.lower(runbooks.c.category) == wanted.category.lower())
    if wanted.tag:
        fits.append(runbooks.c.tags.contains(f"\n{wanted.tag.casefold()}\n", autoescape=True))
    return fits


def _taken(runbook: Runbook) -> Refused:
    return Refused(
        f"There is a runbook “{runbook.name}” already. Choose another name.",
        code="NAME_TAKEN",
        details={"name": "is taken by another runbook"},
    )
