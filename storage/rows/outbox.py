"""The outbox and the living messages in a transaction."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import delete, func, select, update

from chat.address import Address
from chat.clock import new_id
from chat.outbox import Living, Outgoing, Queued, Refresh
from storage.rows.bound import Bound, columns, made, place, values
from storage.tables.messages import REFRESHING, WAITING, living, outbox

_LIVING = columns(living, Living)
_AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)


class OutboxRows(Bound):
    """Implements `chat.outbox.Outbox`."""

    def put(self, outgoing: Outgoing) -> None:
        """Have it delivered after the commit."""
        self._touched.add("outbox")
        refreshed = outgoing.job.living if isinstance(outgoing.job, Refresh) else None
        insert = self._insert(outbox).values(
            key=outgoing.key,
            platform=outgoing.address.platform,
            lane=outgoing.lane,
            address=outgoing.address,
            job=outgoing.job,
            cause=outgoing.cause,
            living=refreshed,
            attempts=0,
            due_at=_AT_ONCE,
            error="",
            asked=1,
            waiting=True,
        )
        if refreshed is None:
            insert = insert.on_conflict_do_nothing(index_elements=["key"])
        elif self._known(outgoing.key):
            return
        else:
            insert = insert.on_conflict_do_update(
                index_elements=["living"],
                index_where=REFRESHING,
                set_={"asked": outbox.c.asked + 1},
            )
        self._connection.execute(insert)

    def _known(self, key: str) -> bool:
        return self._connection.scalar(select(outbox.c.id).where(outbox.c.key == key)) is not None

    def refresh(self, subject: str) -> None:
        """Have every living message of `subject` rendered anew."""
        for message in self.living(subject):
            self.put(Outgoing(message.address, Refresh(message.id), f"refresh:{new_id()}"))

    def keep_alive(self, living: Living) -> None:
        """Register a message as living, or change its view."""
        kept = {**values(living), "place": place(living.address)}
        self._connection.execute(
            self._insert(_TABLE)
            .values(**kept)
            .on_conflict_do_update(index_elements=["id"], set_=kept)
        )

    def living(self, subject: str) -> tuple[Living, ...]:
        """The living messages of `subject`, oldest first."""
        query = select(*_LIVING).where(_TABLE.c.subject == subject).order_by(_TABLE.c.number)
        return tuple(Living(**row) for row in self._connection.execute(query).mappings())

    def living_at(self, address: Address) -> Living | None:
        """The living message at `address`."""
        query = select(*_LIVING).where(_TABLE.c.place == place(address)).limit(1)
        return made(Living, self._connection.execute(query).mappings().first())

    def due(self, now: datetime, platform: str, limit: int) -> tuple[Queued, ...]:
        """The head of each lane that may be tried now, oldest first."""
        heads = (
            select(func.min(outbox.c.id))
            .where(outbox.c.platform == platform, WAITING)
            .group_by(outbox.c.lane)
        )
        query = (
            select(outbox)
            .where(outbox.c.id.in_(heads), outbox.c.due_at <= now)
            .order_by(outbox.c.id)
            .limit(limit)
        )
        return tuple(
            Queued(
                row.id,
                Outgoing(row.address, row.job, row.key, row.cause),
                row.attempts,
                row.due_at,
                row.asked,
            )
            for row in self._connection.execute(query)
        )

    def delivered(self, queued: Queued, now: datetime) -> None:
        """It arrived; it stays for a while, so that its key is known."""
        self._connection.execute(
            update(outbox)
            .where(outbox.c.id == queued.id, outbox.c.asked == queued.asked)
            .values(waiting=False, arrived_at=now, error="", attempts=queued.attempts + 1)
        )

    def failed(self, queued: Queued, error: str, *, again_at: datetime | None) -> None:
        """It did not; try again then, or give up and keep it."""
        tried = update(outbox).where(outbox.c.id == queued.id)
        if again_at is None:
            tried = tried.values(waiting=False, error=error, attempts=queued.attempts + 1)
        else:
            tried = tried.values(due_at=again_at, error=error, attempts=queued.attempts + 1)
        self._connection.execute(tried)

    def forget(self, before: datetime) -> int:
        """Delete what was delivered before then; given-up ones stay."""
        return self._connection.execute(delete(outbox).where(outbox.c.arrived_at < before)).rowcount


_TABLE = living
"""The table, for methods in which `living` is something else."""
