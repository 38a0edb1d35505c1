"""What the machine itself needs to remember: drives, leases, counters, usage, settings."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table

from storage.codec import PROPERTIES
from storage.tables.columns import SERIAL, Json, UtcTime, Words
from storage.tables.metadata import METADATA

drives = Table(
    "drives",
    METADATA,
    Column("kind", Words, primary_key=True),
    Column("subject", Words, primary_key=True),
    Column("segment", Integer, nullable=False),
    # NULL when nothing is to be done, or when that which was due is being done.
    Column("due_at", UtcTime),
    # NULL when nobody drives.
    Column("owner", Words),
    Column("held_until", UtcTime),
    Column("fence", Integer, nullable=False),
)
Index(
    "ix_drives_due",
    drives.c.due_at,
    sqlite_where=drives.c.due_at.is_not(None),
    postgresql_where=drives.c.due_at.is_not(None),
)
Index(
    "ix_drives_held",
    drives.c.held_until,
    sqlite_where=drives.c.owner.is_not(None),
    postgresql_where=drives.c.owner.is_not(None),
)

leases = Table(
    "leases",
    METADATA,
    Column("name", Words, primary_key=True),
    Column("owner", Words, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("held_until", UtcTime, nullable=False),
)

counters = Table(
    "counters",
    METADATA,
    Column("name", Words, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

usage = Table(
    "usage",
    METADATA,
    Column("id", SERIAL, primary_key=True),
    Column("name", Words, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("properties", Json(PROPERTIES), nullable=False),
    sqlite_autoincrement=True,
)

settings = Table(
    "settings",
    METADATA,
    Column("name", Words, primary_key=True),
    Column("value", Words, nullable=False),
)
