"""Runbooks and their versions in a transaction."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, false, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from automation.runbook import Runbook, RunbookFilter, RunbookStatus, TriggerType, Version
from chat.errors import Refused, Stale
from security.page import Page, Slice
from storage.rows.bound import Bound, changes, columns, folded, values
from storage.rows.listing import among, found_in, ordering
from storage.tables.automation import runbook_versions, runbooks

_RUNBOOK = columns(runbooks, Runbook)
_LEFT_ALONE = ("run_count", "ended_count", "success_count", "last_due")
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
        if not self._add_new(runbooks, _row(runbook)):
            raise self._taken(runbook)

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
        row = changes(_row(runbook), "id", *_LEFT_ALONE)
        try:
            with self._connection.begin_nested():
                written = self._change(runbooks, row, id=runbook.id, revision=was)
        except IntegrityError:
            raise self._taken(runbook) from None
        if not written:
            raise Stale(
                f"Somebody else changed “{runbook.name}” meanwhile. Look again, then repeat yours."
            )

    def _taken(self, runbook: Runbook) -> Refused:
        """Why it cannot be kept, since a unique index refused it."""
        holder = self.by_name(runbook.team_id, runbook.name)
        if holder is not None and holder.id != runbook.id:
            said = f"There is a runbook “{holder.name}” already. Choose another name."
            details = {"name": "is taken by another runbook"}
            return Refused(said, code="NAME_TAKEN", details=details)
        said = f"There is a runbook “{runbook.handle}” already. Choose another handle."
        return Refused(said, code="HANDLE_TAKEN", details={"handle": "is taken"})

    def delete(self, runbook_id: str) -> None:
        """Take it away; its versions go once no execution needs them (see `forgetting`)."""
        self._remove(runbooks, id=runbook_id)

    def page(self, wanted: RunbookFilter, part: Slice) -> Page[Runbook]:
        """Those that fit, by name unless ordered otherwise."""
        fits = tuple(_fits(wanted))
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
        keys: dict[str, object] = {"trigger_type": trigger, "status": RunbookStatus.ACTIVE}
        if team_id is not None:
            keys["team_id"] = team_id
        return self._find_all(Runbook, runbooks, "name_key", **keys)

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

    def was_due(self, runbook_id: str, at: datetime) -> None:
        """What its schedule said until then has been done or refused."""
        self._change(runbooks, {"last_due": at}, id=runbook_id)

    def count(self, runbook_id: str, *, begun: int = 0, ended: int = 0, good: int = 0) -> None:
        """Add to its counts."""
        more = {"begun": begun, "ended": ended, "good": good}
        self._connection.execute(_COUNTING, {**more, "runbook": runbook_id})


_COUNTING = (
    update(runbooks)
    .where(runbooks.c.id == bindparam("runbook"))
    .values(
        run_count=runbooks.c.run_count + bindparam("begun"),
        ended_count=runbooks.c.ended_count + bindparam("ended"),
        success_count=runbooks.c.success_count + bindparam("good"),
    )
)


def _row(runbook: Runbook) -> dict[str, Any]:
    content = runbook.content
    return {
        **values(runbook),
        "name_key": folded(content.name),
        "trigger_type": content.trigger_type,
        "category_key": folded(content.category),
        "tag_keys": "\n".join(("", *(folded(tag) for tag in content.tags), "")),
        "search": folded(
            content.name, runbook.handle, content.description, content.category, *content.tags
        ),
    }


def _fits(wanted: RunbookFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.team_ids is not None:
        yield among(runbooks.c.team_id, wanted.team_ids)
    if wanted.all_team_ids is not None:
        yield or_(
            runbooks.c.is_public.is_(True),
            runbooks.c.team_id.in_(sorted(wanted.all_team_ids)),
            runbooks.c.created_by == wanted.author_id if wanted.author_id else false(),
        )
    for name in ("status", "trigger_type", "is_public"):
        value = getattr(wanted, name)
        if value is not None:
            yield runbooks.c[name] == value
    if wanted.category:
        yield runbooks.c.category_key == folded(wanted.category)
    if wanted.tag:
        yield runbooks.c.tag_keys.contains(f"\n{folded(wanted.tag)}\n", autoescape=True)
    yield from found_in(runbooks.c.search, wanted.search)
