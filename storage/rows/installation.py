"""Leases on jobs that one process does at a time, usage events, settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select, update

from storage.rows.bound import Bound
from storage.rows.statements import finding, upsert
from storage.tables.engine import leases, settings, usage


class LeaseRows(Bound):
    """Who does a job that only one process may do, such as sealing."""

    def take(self, name: str, owner: str, now: datetime, until: datetime) -> int | None:
        """Take a lease that is free, over, or the owner's own; its fence, or None."""
        kept = {"owner": owner, "held_until": until}
        return self._connection.execute(
            upsert(self._dialect, leases)
            .values(name=name, fence=1, **kept)
            .on_conflict_do_update(
                index_elements=["name"],
                set_={"fence": leases.c.fence + 1, **kept},
                where=or_(leases.c.held_until <= now, leases.c.owner == owner),
            )
            .returning(leases.c.fence)
        ).scalar()

    def renew(self, name: str, owner: str, fence: int, until: datetime) -> bool:
        """Hold on to it; False when somebody else has it now."""
        renewed = self._connection.execute(
            update(leases)
            .where(leases.c.name == name, leases.c.owner == owner, leases.c.fence == fence)
            .values(held_until=until)
        )
        return renewed.rowcount > 0

    def release(self, name: str, owner: str, fence: int, now: datetime) -> None:
        """Give it back; the row stays, so that fences never repeat."""
        self._connection.execute(
            update(leases)
            .where(leases.c.name == name, leases.c.owner == owner, leases.c.fence == fence)
            .values(held_until=now)
        )


@dataclass(frozen=True, slots=True)
class UsageEvent:
    """A usage event that waits to be sent."""

    id: int
    name: str
    at: datetime
    properties: Mapping[str, Any]


class UsageRows(Bound):
    """Nothing is kept: the operator has not opted in."""

    def track(self, name: str, at: datetime, properties: Mapping[str, object]) -> None:
        """Keep nothing."""

    def waiting(self, limit: int) -> tuple[UsageEvent, ...]:
        """Events to be sent, oldest first."""
        rows = self._connection.execute(select(usage).order_by(usage.c.id).limit(limit))
        return tuple(UsageEvent(**row) for row in rows.mappings())

    def sent(self, ids: Iterable[int]) -> None:
        """They arrived, and are forgotten."""
        self._connection.execute(delete(usage).where(usage.c.id.in_(set(ids))))


class TrackedUsageRows(UsageRows):
    """Usage events are kept until they are sent."""

    def track(self, name: str, at: datetime, properties: Mapping[str, object]) -> None:
        """Keep an event."""
        self._add(usage, {"name": name, "at": at, "properties": dict(properties)})


class SettingRows(Bound):
    """Small facts about the installation."""

    def get(self, name: str) -> str | None:
        """A setting's value; None before it is first put."""
        return self._connection.scalar(finding(settings, ("value",), ("name",)), {"_name": name})

    def put(self, name: str, value: str) -> None:
        """Set it."""
        self._put(settings, {"name": name, "value": value}, "name")
