"""Second factors; their secrets encrypted, their recovery codes hashed."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, Table

from storage.codec import TEXTS
from storage.tables.columns import Json, UtcTime, Words
from storage.tables.metadata import METADATA

second_factors = Table(
    "second_factors",
    METADATA,
    Column("account_id", Words, ForeignKey("accounts.id"), primary_key=True),
    Column("sealed", Words, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    # NULL while nobody has shown that their app has the secret.
    Column("confirmed_at", UtcTime),
    Column("last_step", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("locked_until", UtcTime),
    Column("recovery", Json(TEXTS), nullable=False),
)
