"""Incidents and what hangs on them."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, SmallInteger, Table, false, text

from incidents.incident import RoomKind, Severity, Status
from incidents.opening import TaskName, TaskState
from incidents.timeline import EventKind
from storage.codec import ADDRESS, FACTS
from storage.tables.columns import SERIAL, Choice, Json, Span, UtcTime, Words
from storage.tables.metadata import METADATA

incidents = Table(
    "incidents",
    METADATA,
    # The key that others join by: on SQLite it is the row itself.
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("id", Words, nullable=False, unique=True),
    Column("team_id", Words, ForeignKey("teams.id"), nullable=False),
    Column("name", Words, nullable=False),
    Column("summary", Words, nullable=False),
    Column("severity", Choice(Severity), nullable=False),
    Column("severity_rank", SmallInteger, nullable=False),
    Column("status", Choice(Status), nullable=False),
    Column("public", Boolean, nullable=False),
    Column("commander_id", Words, ForeignKey("accounts.id"), nullable=False),
    Column("reporter_id", Words, ForeignKey("accounts.id")),
    Column("playbook_id", Words, ForeignKey("playbooks.id"), nullable=False),
    Column("playbook_name", Words, nullable=False),
    Column("playbook_revision", Integer, nullable=False),
    Column("started_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
    # Beyond every time while ongoing: the databases disagree on where NULL sorts.
    Column("ended_order", UtcTime, nullable=False),
    Column("restarted_at", UtcTime),
    Column("update_every", Span),
    Column("update_due_at", UtcTime),
    Column("updated_at", UtcTime),
    Column("welcome", Words, nullable=False),
    Column("version", Integer, nullable=False),
    Column("search", Words, nullable=False),
)
ONGOING = text("status = 'ONGOING'")
# The list's own order, with all that decides who sees an incident: the first page of
# most lists, and the way to a far one, are read from here alone.
Index(
    "ix_incidents_newest",
    *(incidents.c[name] for name in ("started_at", "number", "public", "team_id", "status")),
    incidents.c.severity_rank,
)
for _order in ("ended_order", "severity_rank", "name"):
    Index(f"ix_incidents_by_{_order}", incidents.c[_order], incidents.c.number)
for _filter in ("team_id", "commander_id", "playbook_id"):
    Index(
        f"ix_incidents_of_{_filter}",
        incidents.c[_filter],
        incidents.c.started_at,
        incidents.c.number,
    )
Index(
    "ix_incidents_ongoing",
    incidents.c.started_at,
    incidents.c.number,
    sqlite_where=ONGOING,
    postgresql_where=ONGOING,
)
Index(
    "ix_incidents_update_due",
    incidents.c.update_due_at,
    sqlite_where=ONGOING,
    postgresql_where=ONGOING,
)

# How many incidents there are of each sort, kept by triggers (see the migrations):
# counting a hundred thousand rows for each page of a list takes too long.
incident_counts = Table(
    "incident_counts",
    METADATA,
    Column("team_id", Words, primary_key=True),
    Column("public", Boolean, primary_key=True),
    Column("status", Choice(Status), primary_key=True),
    Column("severity_rank", SmallInteger, primary_key=True, autoincrement=False),
    Column("total", Integer, nullable=False),
)

rooms = Table(
    "rooms",
    METADATA,
    Column("number", SERIAL, primary_key=True),
    Column("incident_id", Words, ForeignKey("incidents.id"), nullable=False, index=True),
    Column("address", Json(ADDRESS), nullable=False),
    Column("place", Words, nullable=False, unique=True),
    Column("name", Words, nullable=False),
    Column("kind", Choice(RoomKind), nullable=False),
    Column("relays", Boolean, nullable=False, server_default=false()),
)

participants = Table(
    "participants",
    METADATA,
    Column("incident_id", Words, ForeignKey("incidents.id"), primary_key=True),
    Column("account_id", Words, ForeignKey("accounts.id"), primary_key=True),
    # The incident's, so that lists need not look it up.
    Column("number", Integer, nullable=False),
    Column("joined_at", UtcTime, nullable=False),
    Index("ix_participants_account", "account_id", "number"),
)

role_holders = Table(
    "role_holders",
    METADATA,
    Column("incident_id", Words, ForeignKey("incidents.id"), primary_key=True),
    Column("role", Words, primary_key=True),
    Column("account_id", Words, ForeignKey("accounts.id"), nullable=False),
)

timeline = Table(
    "timeline",
    METADATA,
    Column("number", SERIAL, primary_key=True),
    Column("id", Words, nullable=False, unique=True),
    Column("incident_id", Words, ForeignKey("incidents.id"), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("kind", Choice(EventKind), nullable=False),
    Column("by_id", Words),
    Column("by_name", Words, nullable=False),
    Column("summary", Words, nullable=False),
    Column("details", Json(FACTS), nullable=False),
    Column("message", Json(ADDRESS)),
    Index("ix_timeline_incident", "incident_id", "at", "number"),
)

opening_tasks = Table(
    "opening_tasks",
    METADATA,
    Column("incident_id", Words, ForeignKey("incidents.id"), primary_key=True),
    Column("name", Choice(TaskName), primary_key=True),
    Column("state", Choice(TaskState), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("again_at", UtcTime),
    Column("error", Words, nullable=False),
    Column("result", Json(FACTS), nullable=False),
)
