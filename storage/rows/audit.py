"""The audit trail in a transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, select, update

from security.audit import GENESIS, Record, Sealed
from security.page import Page, Slice
from security.ports import AuditFilter
from storage.rows.bound import Bound, columns, folded, named, names, values
from storage.rows.listing import found_in, ordering
from storage.rows.statements import adding
from storage.tables.audit import audit

_NAMES = names(audit, Record)
_RECORD = columns(audit, Record)
_SEALED = [audit.c.id.label("_id"), audit.c.number.label("_number"), audit.c.hash.label("_hash")]
_SEALING_LOCK = 0x70C51
_LOCKING = select(func.pg_advisory_xact_lock(_SEALING_LOCK))
_HEAD = (
    select(audit.c.number, audit.c.hash)
    .where(audit.c.number.is_not(None))
    .order_by(audit.c.number.desc())
    .limit(1)
)
_ANY_UNSEALED = select(audit.c.id).where(audit.c.number.is_(None)).limit(1)
_UNSEALED = (
    select(*_SEALED, *_RECORD)
    .where(audit.c.number.is_(None))
    .order_by(audit.c.id)
    .limit(bindparam("limit"))
)
_SEALING = (
    update(audit)
    .where(audit.c.id == bindparam("_id"), audit.c.number.is_(None))
    .values(number=bindparam("_number"), hash=bindparam("_hash"))
)


class AuditRows(Bound):
    """Implements `security.ports.AuditTrail`."""

    def append(self, *entries: Record) -> None:
        """Add records in their order, unsealed."""
        if not entries:
            return
        rows = [
            {
                **values(entry),
                "search": folded(entry.action, entry.actor_name, entry.object_name),
            }
            for entry in entries
        ]
        self._connection.execute(adding(audit), rows)
        self._touched.add("audit")

    def any_unsealed(self) -> bool:
        """Whether a record waits for the chain."""
        return self._connection.execute(_ANY_UNSEALED).first() is not None

    def unsealed(self, limit: int) -> tuple[Sealed, ...]:
        """Records waiting for the chain, oldest first."""
        found = self._connection.execute(_UNSEALED, {"limit": limit})
        return tuple(_sealed(row) for row in found)

    def head(self, *, lock: bool = False) -> tuple[int, str]:
        """Number and hash of the last sealed record."""
        if lock and self._connection.dialect.name != "sqlite":
            self._connection.execute(_LOCKING)
        row = self._connection.execute(_HEAD).first()
        return (0, GENESIS) if row is None else (row.number, row.hash)

    def seal(self, entries: tuple[Sealed, ...]) -> None:
        """Write numbers and hashes."""
        if not entries:
            return
        self._connection.execute(
            _SEALING, [{"_id": it.id, "_number": it.number, "_hash": it.hash} for it in entries]
        )
        self._touched.add("sealed")

    def after(self, number: int, limit: int) -> tuple[Sealed, ...]:
        """Sealed records behind the one with that number, in order."""
        query = (
            select(*_SEALED, *_RECORD)
            .where(audit.c.number > number)
            .order_by(audit.c.number)
            .limit(limit)
        )
        return tuple(_sealed(row) for row in self._connection.execute(query))

    def chain(self) -> Iterator[Sealed]:
        """Every sealed record in order, a thousand at a time."""
        last = 0
        while records := self.after(last, 1000):
            yield from records
            last = records[-1].number

    def page(self, wanted: AuditFilter, part: Slice) -> Page[Sealed]:
        """Records that fit, newest first unless ordered otherwise."""
        fits = list(_conditions(wanted))
        count = select(func.count()).select_from(audit).where(*fits)
        known = {"at": audit.c.at, "action": audit.c.action, "actor": audit.c.actor_name}
        query = (
            select(*_SEALED, *_RECORD)
            .where(*fits)
            .order_by(*ordering(part.order or "-at", known, audit.c.id))
            .limit(part.limit)
            .offset(part.offset)
        )
        rows = self._connection.execute(query)
        return Page(tuple(_sealed(row) for row in rows), self._connection.scalar(count) or 0)


def _conditions(wanted: AuditFilter) -> Iterable[ColumnElement[bool]]:
    if wanted.team_ids is not None:
        yield audit.c.team_id.in_(wanted.team_ids)
    if wanted.actor is not None:
        yield (audit.c.actor_id == wanted.actor) | (audit.c.actor_name == wanted.actor)
    if wanted.action is not None:
        yield audit.c.action == wanted.action
    if wanted.outcome is not None:
        yield audit.c.outcome == wanted.outcome
    if wanted.object_kind is not None:
        yield audit.c.object_kind == wanted.object_kind
    if wanted.object_id is not None:
        yield audit.c.object_id == wanted.object_id
    if wanted.since is not None:
        yield audit.c.at >= wanted.since
    if wanted.until is not None:
        yield audit.c.at < wanted.until
    yield from found_in(audit.c.search, wanted.search)


def _sealed(row: Sequence[Any]) -> Sealed:
    """A record in the chain from a row of `_SEALED` and `_RECORD`."""
    key, number, link, *record = row
    return Sealed(key, number or 0, Record(**named(_NAMES, record)), link or "")
