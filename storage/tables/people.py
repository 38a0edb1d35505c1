"""Accounts, teams, roles, grants, chat identities."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table

from storage.codec import PERSON, RIGHTS
from storage.tables.columns import SERIAL, Json, UtcTime, Words
from storage.tables.metadata import METADATA

accounts = Table(
    "accounts",
    METADATA,
    Column("id", Words, primary_key=True),
    Column("name", Words, nullable=False, unique=True),
    Column("display", Words, nullable=False),
    Column("email", Words),
    # Lower case, for finding; an address is shown as it was given.
    Column("email_key", Words, index=True),
    Column("active", Boolean, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("version", Integer, nullable=False),
    Column("search", Words, nullable=False),
)

teams = Table(
    "teams",
    METADATA,
    Column("id", Words, primary_key=True),
    Column("name", Words, nullable=False, unique=True),
    Column("display", Words, nullable=False),
)

roles = Table(
    "roles",
    METADATA,
    Column("name", Words, primary_key=True),
    Column("description", Words, nullable=False),
    Column("permissions", Json(RIGHTS), nullable=False),
)

grants = Table(
    "grants",
    METADATA,
    Column("id", SERIAL, primary_key=True),
    Column("account_id", Words, ForeignKey(accounts.c.id), nullable=False),
    Column("role", Words, nullable=False, index=True),
    Column("team_id", Words, ForeignKey(teams.c.id), index=True),
)
# Two indexes, since NULLs are never equal to one another in a unique one.
Index(
    "uq_grants_in_team",
    grants.c.account_id,
    grants.c.role,
    grants.c.team_id,
    unique=True,
    sqlite_where=grants.c.team_id.is_not(None),
    postgresql_where=grants.c.team_id.is_not(None),
)
Index(
    "uq_grants_everywhere",
    grants.c.account_id,
    grants.c.role,
    unique=True,
    sqlite_where=grants.c.team_id.is_(None),
    postgresql_where=grants.c.team_id.is_(None),
)

identities = Table(
    "identities",
    METADATA,
    Column("platform", Words, primary_key=True),
    Column("workspace", Words, primary_key=True),
    Column("person_id", Words, primary_key=True),
    Column("account_id", Words, ForeignKey(accounts.c.id), nullable=False, index=True),
    Column("person", Json(PERSON), nullable=False),
)
