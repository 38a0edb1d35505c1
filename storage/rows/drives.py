"""Durable work in a transaction: what must be driven, by whom it is, and when."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    func,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from incidents.ports import Lease
from storage.rows.bound import Bound
from storage.rows.statements import Upsert, upsert
from storage.tables.engine import drives

_LEASE = ("kind", "subject", "fence", "owner")
_FREE = drives.c.owner.is_(None)
_ON_TIME = drives.c.due_at.is_not(None)


class DriveRows(Bound):
    """Implements `incidents.ports.Drives`.

    Taking a lease clears `due_at`, so that a wake during the drive is seen at its end.
    A segment ends with its lease, however that ends: what drives next has a new one.
    """

    def wake(self, kind: str, subject: str, at: datetime) -> None:
        """Have it driven at that time, or sooner when it was due sooner."""
        self._touched.add("drives")
        row = {"kind": kind, "subject": subject, "segment": 1, "due_at": at, "fence": 0}
        self._connection.execute(_waking(self._dialect), row)

    def due(
        self, now: datetime, limit: int, kinds: frozenset[str] | None = None
    ) -> tuple[tuple[str, str, int], ...]:
        """What is due and not held under a live lease, the longest waiting first."""
        given: dict[str, object] = {"_now": now, "_limit": limit}
        if kinds is not None:
            given["_kinds"] = sorted(kinds)
        found = self._connection.execute(_due(of_kinds=kinds is not None), given)
        return tuple((kind, subject, at) for kind, subject, at in found)

    def take(
        self, kind: str, subject: str, owner: str, now: datetime, until: datetime
    ) -> Lease | None:
        """Take the lease if it is due and free or expired."""
        given = {"_kind": kind, "_subject": subject, "_owner": owner, "_now": now, "_until": until}
        taken = self._connection.execute(_taking(), given).first()
        return None if taken is None else Lease(kind, subject, taken.segment, taken.fence, owner)

    def renew(self, lease: Lease, until: datetime) -> bool:
        """Hold on to it."""
        renewed = self._connection.execute(
            update(drives).where(*_held(lease)).values(held_until=until)
        )
        return renewed.rowcount > 0

    def holds(self, lease: Lease) -> bool:
        """Whether this lease is still the current one; while the act runs it stays so."""
        return self._connection.execute(_HOLDING, _keys(lease)).first() is not None

    def release(self, lease: Lease, again_at: datetime | None) -> None:
        """Give it back."""
        given = _keys(lease)
        if again_at is not None:
            given["_again_at"] = again_at
        left = self._connection.execute(_releasing(again=again_at is not None), given).scalar()
        if left is not None:
            self._touched.add("drives")

    def free(self, owner: str, now: datetime) -> int:
        """Give back every lease that an earlier life of `owner` died with."""
        freed = self._connection.execute(
            update(drives)
            .where(drives.c.owner == owner)
            .values(owner=None, held_until=None, due_at=now, segment=drives.c.segment + 1)
        )
        self._touched.add("drives")
        return freed.rowcount


@cache
def _waking(dialect: str) -> Upsert:
    insert = upsert(dialect, drives)
    at = insert.excluded.due_at
    later = or_(drives.c.due_at.is_(None), drives.c.due_at > at)
    return insert.on_conflict_do_update(
        index_elements=["kind", "subject"],
        set_={"due_at": case((later, at), else_=drives.c.due_at)},
    )


# Statements that are executed many times a second are made once.


@cache
def _due(*, of_kinds: bool) -> Select[Any, Any, int]:
    query = (
        select(drives.c.kind, drives.c.subject, _segment())
        .where(_takeable())
        .order_by(func.coalesce(drives.c.due_at, drives.c.held_until), drives.c.subject)
        .limit(bindparam("_limit"))
    )
    if not of_kinds:
        return query
    # Joined with nothing: otherwise every row of these kinds would be looked at.
    return query.where(drives.c.kind.concat("").in_(bindparam("_kinds", expanding=True)))


@cache
def _taking() -> ReturningUpdate[Any, Any]:
    later = case((drives.c.due_at > _at("_now"), drives.c.due_at), else_=null())
    return (
        update(drives)
        .where(
            drives.c.kind == bindparam("_kind"),
            drives.c.subject == bindparam("_subject"),
            _takeable(),
        )
        .values(
            segment=_segment(),
            owner=bindparam("_owner"),
            held_until=_at("_until"),
            fence=drives.c.fence + 1,
            due_at=later,
        )
        .returning(drives.c.segment, drives.c.fence)
    )


@cache
def _releasing(*, again: bool) -> ReturningUpdate[Any]:
    due_at: ColumnElement[datetime] = drives.c.due_at
    if again:
        due_at = case((drives.c.due_at < _at("_again_at"), drives.c.due_at), else_=_at("_again_at"))
    return (
        update(drives)
        .where(
            drives.c.kind == bindparam("_kind"),
            drives.c.subject == bindparam("_subject"),
            drives.c.fence == bindparam("_fence"),
            drives.c.owner == bindparam("_owner"),
        )
        .values(owner=None, held_until=None, due_at=due_at, segment=drives.c.segment + 1)
        .returning(drives.c.due_at)
    )


def _at(name: str) -> BindParameter[datetime]:
    """A moment that is given when the statement is executed."""
    return bindparam(name, type_=drives.c.due_at.type)


def _takeable() -> ColumnElement[bool]:
    due = and_(_FREE, _ON_TIME, drives.c.due_at <= _at("_now"))
    return or_(due, and_(drives.c.owner.is_not(None), drives.c.held_until <= _at("_now")))


def _segment() -> ColumnElement[int]:
    """The segment that the next driver is given: an expired lease has used its own up."""
    return case((_FREE, drives.c.segment), else_=drives.c.segment + 1)


def _keys(lease: Lease) -> dict[str, object]:
    return {
        "_kind": lease.kind,
        "_subject": lease.subject,
        "_fence": lease.fence,
        "_owner": lease.owner,
    }


_HOLDING = (
    select(drives.c.fence)
    .where(*(drives.c[name] == bindparam(f"_{name}") for name in _LEASE))
    .with_for_update(read=True)
)


def _held(lease: Lease) -> tuple[ColumnElement[bool], ...]:
    return (
        drives.c.kind == lease.kind,
        drives.c.subject == lease.subject,
        drives.c.fence == lease.fence,
        drives.c.owner == lease.owner,
    )
