"""What came in (the journal), what is to go out (outbox, living messages), what went."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, Table, and_, text

from chat.journal import EntryState
from storage.codec import ADDRESS, INBOUND, JOB
from storage.tables.columns import SERIAL, Choice, Json, UtcTime, Words
from storage.tables.metadata import METADATA

journal = Table(
    "journal",
    METADATA,
    Column("id", Words, primary_key=True),
    Column("dedupe_key", Words, nullable=False, unique=True),
    Column("inbound", Json(INBOUND), nullable=False),
    Column("state", Choice(EntryState), nullable=False),
    Column("received_at", UtcTime, nullable=False, index=True),
    Column("finished_at", UtcTime),
    Column("note", Words, nullable=False),
)
Index(
    "ix_journal_unfinished",
    journal.c.received_at,
    sqlite_where=journal.c.finished_at.is_(None),
    postgresql_where=journal.c.finished_at.is_(None),
)

outbox = Table(
    "outbox",
    METADATA,
    Column("id", SERIAL, primary_key=True),
    Column("key", Words, nullable=False, unique=True),
    Column("platform", Words, nullable=False),
    Column("lane", Words, nullable=False),
    Column("address", Json(ADDRESS), nullable=False),
    Column("job", Json(JOB), nullable=False),
    Column("cause", Words),
    # The living message that a Refresh is about; NULL for every other job.
    Column("living", Words),
    Column("attempts", Integer, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("error", Words, nullable=False),
    # How often a Refresh was asked for: what came after it was handed out is not lost.
    Column("asked", Integer, nullable=False),
    Column("waiting", Boolean, nullable=False),
    # When it arrived; NULL while waiting, and for ever when it was given up.
    Column("arrived_at", UtcTime, index=True),
    sqlite_autoincrement=True,
)
# Words, since each database has its own way to compare with true, and the condition of
# a query must be the index's own.
WAITING = text("waiting")
REFRESHING = and_(outbox.c.living.is_not(None), WAITING)
GIVEN_UP = and_(outbox.c.arrived_at.is_(None), outbox.c.living.is_(None), text("not waiting"))
"""Refreshes left out: the next change draws the message anew, or finds that it is gone."""
Index(
    "ix_outbox_heads",
    outbox.c.platform,
    outbox.c.lane,
    outbox.c.id,
    sqlite_where=WAITING,
    postgresql_where=WAITING,
)
Index(
    "uq_outbox_refresh",
    outbox.c.living,
    unique=True,
    sqlite_where=REFRESHING,
    postgresql_where=REFRESHING,
)

sent = Table(
    "sent",
    METADATA,
    Column("platform", Words, primary_key=True),
    Column("key", Words, primary_key=True),
    Column("begun_at", UtcTime, nullable=False, index=True),
    # NULL while nobody knows what came of it.
    Column("result", Words),
)

living = Table(
    "living",
    METADATA,
    Column("number", SERIAL, primary_key=True),
    Column("id", Words, nullable=False, unique=True),
    Column("subject", Words, nullable=False, index=True),
    Column("address", Json(ADDRESS), nullable=False),
    Column("place", Words, nullable=False, index=True),
    Column("view", Words, nullable=False),
)
