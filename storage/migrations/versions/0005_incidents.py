"""Incidents and what hangs on them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import SERIAL, TIME

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them."""
    _incidents()
    _rooms()
    _participants()
    _role_holders()
    _timeline()
    _opening_tasks()


def downgrade() -> None:
    """Drop them, with what is in them."""
    op.drop_table("opening_tasks")
    op.drop_table("timeline")
    op.drop_table("role_holders")
    op.drop_table("participants")
    op.drop_table("rooms")
    op.drop_table("incidents")


def _incidents() -> None:
    op.create_table(
        "incidents",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("severity_rank", sa.SmallInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("commander_id", sa.Text(), nullable=False),
        sa.Column("reporter_id", sa.Text(), nullable=True),
        sa.Column("playbook_id", sa.Text(), nullable=False),
        sa.Column("playbook_name", sa.Text(), nullable=False),
        sa.Column("playbook_revision", sa.Integer(), nullable=False),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.Column("restarted_at", TIME, nullable=True),
        sa.Column("update_every", sa.BigInteger(), nullable=True),
        sa.Column("update_due_at", TIME, nullable=True),
        sa.Column("updated_at", TIME, nullable=True),
        sa.Column("welcome", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["commander_id"], ["accounts.id"], name="fk_incidents_commander_id"
        ),
        sa.ForeignKeyConstraint(["playbook_id"], ["playbooks.id"], name="fk_incidents_playbook_id"),
        sa.ForeignKeyConstraint(["reporter_id"], ["accounts.id"], name="fk_incidents_reporter_id"),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name="fk_incidents_team_id"),
        sa.PrimaryKeyConstraint("id", name="pk_incidents"),
        sa.UniqueConstraint("number", name="uq_incidents_number"),
    )
    op.create_index(
        "ix_incidents_newest",
        "incidents",
        [sa.literal_column("started_at DESC"), sa.literal_column("number DESC")],
    )


def _rooms() -> None:
    op.create_table(
        "rooms",
        sa.Column("number", SERIAL, nullable=False),
        sa.Column("incident_id", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name="fk_rooms_incident_id"),
        sa.PrimaryKeyConstraint("number", name="pk_rooms"),
        sa.UniqueConstraint("place", name="uq_rooms_place"),
    )
    op.create_index("ix_rooms_incident_id", "rooms", ["incident_id"])


def _participants() -> None:
    op.create_table(
        "participants",
        sa.Column("incident_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("joined_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_participants_account_id"),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name="fk_participants_incident_id"
        ),
        sa.PrimaryKeyConstraint("incident_id", "account_id", name="pk_participants"),
    )
    op.create_index("ix_participants_account", "participants", ["account_id", "incident_id"])


def _role_holders() -> None:
    op.create_table(
        "role_holders",
        sa.Column("incident_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_role_holders_account_id"),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name="fk_role_holders_incident_id"
        ),
        sa.PrimaryKeyConstraint("incident_id", "role", name="pk_role_holders"),
    )


def _timeline() -> None:
    op.create_table(
        "timeline",
        sa.Column("number", SERIAL, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Text(), nullable=True),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name="fk_timeline_incident_id"),
        sa.PrimaryKeyConstraint("number", name="pk_timeline"),
        sa.UniqueConstraint("id", name="uq_timeline_id"),
    )
    op.create_index("ix_timeline_incident", "timeline", ["incident_id", "at", "number"])


def _opening_tasks() -> None:
    op.create_table(
        "opening_tasks",
        sa.Column("incident_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("again_at", TIME, nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name="fk_opening_tasks_incident_id"
        ),
        sa.PrimaryKeyConstraint("incident_id", "name", name="pk_opening_tasks"),
    )
