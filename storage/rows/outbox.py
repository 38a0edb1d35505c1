"""The outbox and the living messages in a transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, delete, func, or_, select, update

from chat.address import Address
from chat.clock import new_id
from chat.outbox import GivenUp, Living, Outgoing, Queued, Refresh, SetTopic
from storage.rows.bound import Bound, place, values
from storage.rows.statements import Upsert, finding, upsert
from storage.tables.messages import GIVEN_UP, REFRESHING, WAITING, living, outbox

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
        if isinstance(outgoing.job, SetTopic):
            self._put_topic(outgoing)
        elif not isinstance(outgoing.job, Refresh):
            self._add_new(outbox, _row(outgoing), "key")
        elif self._connection.scalar(_KNOWN, {"_key": outgoing.key}) is None:
            self._ask(outgoing)
        self._touched.add("outbox")

    def _put_topic(self, outgoing: Outgoing) -> None:
        """In its channel's order, or in the place of one that waits by itself."""
        row = _row(outgoing)
        waits = select(outbox.c.id).where(_at(row["platform"], outgoing.side_lane))
        earlier = self._connection.scalars(waits).all()
        lane = outgoing.side_lane if earlier else row["lane"]
        if self._add_new(outbox, {**row, "lane": lane}, "key"):
            self._pass_over(earlier)

    def _pass_over(self, ids: Sequence[int]) -> None:
        """A newer one takes their place; their keys stay known."""
        passed = {"waiting": False, "arrived_at": outbox.c.due_at}
        self._connection.execute(update(outbox).where(outbox.c.id.in_(ids)).values(passed))

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

    def failed(
        self, queued: Queued, error: str, *, again_at: datetime, aside: bool = False
    ) -> None:
        """It did not; try again then."""
        tried = {"error": error, "attempts": queued.attempts + 1, "due_at": again_at}
        if aside:
            tried["lane"] = queued.outgoing.side_lane
        self._change(outbox, tried, id=queued.id)
        if aside and self._newer_topic(queued):
            self._pass_over([queued.id])

    def _newer_topic(self, queued: Queued) -> bool:
        platform, lane = queued.outgoing.address.platform, queued.outgoing.lane
        later = select(outbox.c.job).where(_at(platform, lane), outbox.c.id > queued.id)
        return any(isinstance(job, SetTopic) for job in self._connection.scalars(later))

    def give_up(self, queued: Queued, error: str, now: datetime) -> None:
        """It never will; when that was stands where the next try would."""
        tried = {"error": error, "attempts": queued.attempts + 1, "due_at": now, "waiting": False}
        self._change(outbox, tried, id=queued.id)

    def given_up(self, since: datetime | None = None, limit: int = 200) -> tuple[GivenUp, ...]:
        """What was given up since then, newest first."""
        query = select(outbox).where(GIVEN_UP, outbox.c.due_at >= (since or _AT_ONCE))
        query = query.order_by(outbox.c.due_at.desc(), outbox.c.id.desc()).limit(limit)
        return tuple(
            GivenUp(
                row.id,
                Outgoing(row.address, row.job, row.key, row.cause),
                row.attempts,
                row.error,
                row.due_at,
            )
            for row in self._connection.execute(query)
        )

    def retry(self, number: int) -> bool:
        """Have it tried again, as if for the first time."""
        again = {"waiting": True, "attempts": 0, "due_at": _AT_ONCE, "error": ""}
        query = update(outbox).where(GIVEN_UP, outbox.c.id == number).values(again)
        self._touched.add("outbox")
        return self._connection.execute(query).rowcount > 0

    def forget(self, before: datetime, *, given_up: datetime | None = None) -> int:
        """Delete what was delivered before then, and what was given up before that."""
        old = outbox.c.arrived_at < before
        if given_up is not None:
            old = or_(old, and_(GIVEN_UP, outbox.c.due_at < given_up))
        return self._connection.execute(delete(outbox).where(old)).rowcount


def _at(platform: str, lane: str) -> ColumnElement[bool]:
    return and_(outbox.c.platform == platform, outbox.c.lane == lane, WAITING)


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
