"""The audit trail, and how far it was sent. Triggers refuse every change of it but sealing."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table

from security.audit import Outcome
from storage.codec import FACTS
from storage.tables.columns import SERIAL, Choice, Json, UtcTime, Words
from storage.tables.metadata import METADATA

audit = Table(
    "audit",
    METADATA,
    Column("id", SERIAL, primary_key=True),
    # Both are NULL until the record is sealed.
    Column("number", BigInteger, unique=True),
    Column("hash", Words),
    Column("at", UtcTime, nullable=False, index=True),
    Column("actor_id", Words, index=True),
    Column("actor_name", Words, nullable=False),
    Column("via", Words, nullable=False),
    Column("action", Words, nullable=False, index=True),
    Column("outcome", Choice(Outcome), nullable=False),
    Column("object_kind", Words, nullable=False),
    Column("object_id", Words, nullable=False),
    Column("object_name", Words, nullable=False),
    Column("team_id", Words),
    Column("cause", Words),
    Column("details", Json(FACTS), nullable=False),
    Column("search", Words, nullable=False),
    sqlite_autoincrement=True,
)
Index("ix_audit_object", audit.c.object_kind, audit.c.object_id)
Index(
    "ix_audit_cause",
    audit.c.cause,
    sqlite_where=audit.c.cause.is_not(None),
    postgresql_where=audit.c.cause.is_not(None),
)
Index(
    "ix_audit_unsealed",
    audit.c.id,
    sqlite_where=audit.c.number.is_(None),
    postgresql_where=audit.c.number.is_(None),
)

audit_sinks = Table(
    "audit_sinks",
    METADATA,
    Column("name", Words, primary_key=True),
    # Number of the last record that the sink was sent.
    Column("position", BigInteger, nullable=False),
    Column("moved_at", UtcTime, nullable=False),
)
