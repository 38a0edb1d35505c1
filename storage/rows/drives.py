"""Durable work in a transaction: what must be driven, by whom it is, and when."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from sqlalchemy import ColumnElement, and_, case, func, null, or_, select, update

from incidents.ports import Lease
from storage.rows.bound import Bound
from storage.rows.statements import Upsert, upsert
from storage.tables.engine import drives

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
        query = (
            select(drives.c.kind, drives.c.subject, _segment())
            .where(_takeable(now))
            .order_by(func.coalesce(drives.c.due_at, drives.c.held_until), drives.c.subject)
            .limit(limit)
        )
        if kinds is not None:
            # Joined with nothing: otherwise every row of these kinds would be looked at.
            query = query.where(drives.c.kind.concat("").in_(sorted(kinds)))
        return tuple((kind, subject, at) for kind, subject, at in self._connection.execute(query))

    def take(
        self, kind: str, subject: str, owner: str, now: datetime, until: datetime
    ) -> Lease | None:
        """Take the lease if it is due and free or expired."""
        later = case((drives.c.due_at > now, drives.c.due_at), else_=null())
        taken = self._connection.execute(
            update(drives)
            .where(drives.c.kind == kind, drives.c.subject == subject, _takeable(now))
            .values(
                segment=_segment(),
                owner=owner,
                held_until=until,
                fence=drives.c.fence + 1,
                due_at=later,
            )
            .returning(drives.c.segment, drives.c.fence)
        ).first()
        return None if taken is None else Lease(kind, subject, taken.segment, taken.fence, owner)

    def renew(self, lease: Lease, until: datetime) -> bool:
        """Hold on to it."""
        renewed = self._connection.execute(
            update(drives).where(*_held(lease)).values(held_until=until)
        )
        return renewed.rowcount > 0

    def holds(self, lease: Lease) -> bool:
        """Whether this lease is still the current one; while the act runs it stays so."""
        query = select(drives.c.fence).where(*_held(lease)).with_for_update(read=True)
        return self._connection.execute(query).first() is not None

    def release(self, lease: Lease, again_at: datetime | None) -> None:
        """Give it back."""
        due_at: ColumnElement[datetime] | datetime = drives.c.due_at
        if again_at is not None:
            due_at = case((drives.c.due_at < again_at, drives.c.due_at), else_=again_at)
        self._connection.execute(
            update(drives)
            .where(*_held(lease))
            .values(owner=None, held_until=None, due_at=due_at, segment=drives.c.segment + 1)
        )
        # Something may have woken it meanwhile, so listeners look again in any case.
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


def _takeable(now: datetime) -> ColumnElement[bool]:
    due = and_(_FREE, _ON_TIME, drives.c.due_at <= now)
    return or_(due, and_(drives.c.owner.is_not(None), drives.c.held_until <= now))


def _segment() -> ColumnElement[int]:
    """The segment that the next driver is given: an expired lease has used its own up."""
    return case((_FREE, drives.c.segment), else_=drives.c.segment + 1)


def _held(lease: Lease) -> tuple[ColumnElement[bool], ...]:
    return (
        drives.c.kind == lease.kind,
        drives.c.subject == lease.subject,
        drives.c.fence == lease.fence,
        drives.c.owner == lease.owner,
    )
