"""The journal of inbound events in a transaction."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, exists, select

from chat.clock import new_id
from chat.inbound import Inbound
from chat.journal import Entry, EntryState
from security.audit import Outcome
from storage.rows.bound import Bound, columns, values
from storage.tables.audit import audit
from storage.tables.messages import journal

_ENTRY = columns(journal, Entry)


class JournalRows(Bound):
    """Implements `chat.journal.Journal`."""

    def receive(self, inbound: Inbound, now: datetime) -> tuple[Entry, bool]:
        """Write it down, or find it."""
        entry = Entry(new_id(), inbound, EntryState.RECEIVED, now)
        row = {**values(entry), "dedupe_key": inbound.dedupe_key, "note": ""}
        if self._add_new(journal, row, "dedupe_key"):
            return entry, True
        query = select(*_ENTRY).where(journal.c.dedupe_key == inbound.dedupe_key)
        return Entry(**self._connection.execute(query).mappings().one()), False

    def found(self, entry_id: str) -> Entry | None:
        """An event by its id; None when there never was one, or it is forgotten."""
        query = select(*_ENTRY).where(journal.c.id == entry_id)
        row = self._connection.execute(query).mappings().one_or_none()
        return Entry(**row) if row is not None else None

    def finish(
        self, entry_id: str, state: EntryState, now: datetime, rest: Inbound, note: str = ""
    ) -> None:
        """The work is over."""
        changes = {"state": state, "finished_at": now, "inbound": rest, "note": note}
        self._change(journal, changes, id=entry_id)

    def unfinished(self, before: datetime, limit: int) -> tuple[Entry, ...]:
        """Events still worked on, oldest first."""
        query = (
            select(*_ENTRY)
            .where(journal.c.finished_at.is_(None), journal.c.received_at < before)
            .order_by(journal.c.received_at, journal.c.id)
            .limit(limit)
        )
        return tuple(Entry(**row) for row in self._connection.execute(query).mappings())

    def acted(self, entry_id: str) -> bool:
        """Whether an act that this event caused has committed; a denial is no act."""
        query = select(exists().where(audit.c.cause == entry_id, audit.c.outcome != Outcome.DENIED))
        return bool(self._connection.scalar(query))

    def forget(self, before: datetime) -> int:
        """Delete finished events received before then."""
        return self._connection.execute(
            delete(journal).where(
                journal.c.finished_at.is_not(None), journal.c.received_at < before
            )
        ).rowcount
