"""The outbox and the living messages in a transaction."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam, delete, func, select

from chat.address import Address
from chat.clock import new_id
from chat.outbox import Living, Outgoing, Queued, Refresh
from storage.rows.bound import Bound, place, values
from storage.rows.statements import Upsert, finding, upsert
from storage.tables.messages import REFRESHING, WAITING, living, outbox

_KNOWN = finding(outbox, ("id",), ("key",))
_AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)


_HEADS = (
    select(func.min(outbox.c.id))
    .where(outbox.c.platform == bindparam("platform"), WAITING)
    .group_by(outbox.c.lane)
)
# Built once: it is asked after each delivery.
_DUE = (
    select(outbox)
    .where(outbox.c.id.in_(_HEADS), outbox.c.due_at <= bindparam("now"))
    .order_by(outbox.c.id)
    .limit(bindparam("limit"))
)


class OutboxRows(Bound):
    """Implements `chat.outbox.Outbox`."""

    def put(self, outgoing: Outgoing) -> None:
        """Have it delivered after the commit."""
        if not isinstance(outgoing.job, Refresh):
            self._add_new(outbox, _row(outgoing), "key")
        elif self._connection.scalar(_KNOWN, {"_key": outgoing.key}) is None:
            self._ask(outgoing)
        self._touched.add("outbox")

    def refresh(self, subject: str) -> None:
        """Have every living message of `subject` rendered anew."""
        for message in self.living(subject):
            self._ask(Outgoing(message.address, Refresh(message.id), f"refresh:{new_id()}"))

    def _ask(self, refresh: Outgoing) -> None:
        self._connection.execute(_refreshing(self._dialect), _row(refresh))
        self._touched.add("outbox")

    def keep_alive(self, living: Living) -> None:
        """Register a message as living, or change its view."""
        self._put(_TABLE, {**values(living), "place": place(living.address)}, "id")

    def living(self, subject: str) -> tuple[Living, ...]:
        """The living messages of `subject`, oldest first."""
        return self._find_all(Living, _TABLE, "number", subject=subject)

    def living_at(self, address: Address) -> Living | None:
        """The living message at `address`."""
        return self._find(Living, _TABLE, place=place(address))

    def let_rest(self, living: Living) -> None:
        """Forget that the message is living."""
        self._remove(_TABLE, id=living.id)

    def due(self, now: datetime, platform: str, limit: int) -> tuple[Queued, ...]:
        """The head of each lane that may be tried now, oldest first."""
        found = self._connection.execute(_DUE, {"platform": platform, "now": now, "limit": limit})
        return tuple(
            Queued(
                row.id,
                Outgoing(row.address, row.job, row.key, row.cause),
                row.attempts,
                row.due_at,
                row.asked,
            )
            for row in found
        )

    def delivered(self, queued: Queued, now: datetime) -> None:
        """It arrived; it stays for a while, so that its key is known."""
        self._change(
            outbox,
            {
                "waiting": False,
                "arrived_at": now,
                "error": "",
                "attempts": queued.attempts + 1,
            },
            id=queued.id,
            asked=queued.asked,
        )

    def failed(self, queued: Queued, error: str, *, again_at: datetime | None) -> None:
        """It did not; try again then, or give up and keep it."""
        next_try = {"waiting": False} if again_at is None else {"due_at": again_at}
        tried = {"error": error, "attempts": queued.attempts + 1, **next_try}
        self._change(outbox, tried, id=queued.id)

    def forget(self, before: datetime) -> int:
        """Delete what was delivered before then; given-up ones stay."""
        return self._connection.execute(delete(outbox).where(outbox.c.arrived_at < before)).rowcount


def _row(outgoing: Outgoing) -> dict[str, Any]:
    return {
        **values(outgoing),
        "platform": outgoing.address.platform,
        "lane": outgoing.lane,
        "living": outgoing.job.living if isinstance(outgoing.job, Refresh) else None,
        "attempts": 0,
        "due_at": _AT_ONCE,
        "error": "",
        "asked": 1,
        "waiting": True,
    }


@cache
def _refreshing(dialect: str) -> Upsert:
    """Have it wait once more, or have the one that waits count it."""
    return upsert(dialect, outbox).on_conflict_do_update(
        index_elements=["living"], index_where=REFRESHING, set_={"asked": outbox.c.asked + 1}
    )


_TABLE = living
"""The table, for methods in which `living` is something else."""
