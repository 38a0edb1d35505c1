"""Playbooks, and the stages and steps of incidents."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table

from playbooks.progress import StepState
from storage.codec import BODY, PLAYBOOK
from storage.tables.columns import Choice, Json, UtcTime, Words
from storage.tables.metadata import METADATA

playbooks = Table(
    "playbooks",
    METADATA,
    Column("id", Words, primary_key=True),
    Column("team_id", Words, ForeignKey("teams.id"), nullable=False),
    Column("handle", Words, nullable=False),
    Column("name", Words, nullable=False),
    # Lower case, so that both databases sort alike.
    Column("name_key", Words, nullable=False),
    Column("description", Words, nullable=False),
    Column("body", Json(BODY), nullable=False),
    Column("created_by", Words, ForeignKey("accounts.id")),
    Column("created_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    Column("shared_with_team", Boolean, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("template", Words, nullable=False),
    Column("deleted_at", UtcTime),
    Column("search", Words, nullable=False),
)
Index(
    "uq_playbooks_handle",
    playbooks.c.team_id,
    playbooks.c.handle,
    unique=True,
    sqlite_where=playbooks.c.deleted_at.is_(None),
    postgresql_where=playbooks.c.deleted_at.is_(None),
)

playbook_members = Table(
    "playbook_members",
    METADATA,
    Column("playbook_id", Words, ForeignKey("playbooks.id"), primary_key=True),
    Column("account_id", Words, ForeignKey("accounts.id"), primary_key=True),
    Column("admin", Boolean, nullable=False),
    Index("ix_playbook_members_account", "account_id", "playbook_id"),
)

playbook_revisions = Table(
    "playbook_revisions",
    METADATA,
    Column("playbook_id", Words, ForeignKey("playbooks.id"), primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("playbook", Json(PLAYBOOK), nullable=False),
    Column("by_id", Words),
    Column("by_name", Words, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("note", Words, nullable=False),
)

progress = Table(
    "progress",
    METADATA,
    Column("incident_id", Words, ForeignKey("incidents.id"), primary_key=True),
    Column("active", Words, nullable=False),
)

stages = Table(
    "stages",
    METADATA,
    Column("id", Words, primary_key=True),
    Column("incident_id", Words, ForeignKey("incidents.id"), nullable=False, index=True),
    Column("position", Integer, nullable=False),
    Column("name", Words, nullable=False),
)

steps = Table(
    "steps",
    METADATA,
    Column("id", Words, primary_key=True),
    Column("incident_id", Words, ForeignKey("incidents.id"), nullable=False, index=True),
    Column("stage_id", Words, ForeignKey("stages.id"), nullable=False, index=True),
    Column("position", Integer, nullable=False),
    Column("title", Words, nullable=False),
    Column("description", Words, nullable=False),
    Column("command", Words, nullable=False),
    Column("state", Choice(StepState), nullable=False),
    Column("changed_at", UtcTime),
    Column("changed_by", Words),
    Column("assignee_id", Words, ForeignKey("accounts.id")),
    Column("due_at", UtcTime),
    Column("ran_at", UtcTime),
)
