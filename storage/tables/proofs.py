"""API tokens, browser sessions, sign-in links, codes; only hashes of their secrets."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Table

from storage.codec import PERSON, RIGHTS
from storage.tables.columns import Json, UtcTime, Words
from storage.tables.metadata import METADATA

tokens = Table(
    "tokens",
    METADATA,
    Column("id", Words, primary_key=True),
    Column("account_id", Words, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("name", Words, nullable=False),
    Column("scopes", Json(RIGHTS)),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime),
    Column("last_used_at", UtcTime),
    Column("revoked_at", UtcTime),
    Column("digest", Words, nullable=False, unique=True),
)

sessions = Table(
    "sessions",
    METADATA,
    Column("id", Words, primary_key=True),
    Column("account_id", Words, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("created_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False, index=True),
    Column("digest", Words, nullable=False, unique=True),
)

link_codes = Table(
    "link_codes",
    METADATA,
    Column("digest", Words, primary_key=True),
    Column("person", Json(PERSON), nullable=False),
    Column("account_id", Words, ForeignKey("accounts.id")),
    Column("expires_at", UtcTime, nullable=False, index=True),
    Column("typed_by", Json(PERSON)),
)

sign_in_links = Table(
    "sign_in_links",
    METADATA,
    Column("id", Words, primary_key=True),
    Column("account_id", Words, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False, index=True),
    Column("used_at", UtcTime),
    Column("digest", Words, nullable=False, unique=True),
)
