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
    _incident_counts()
    _rooms()
    _participants()
    _role_holders()
    _timeline()
    _opening_tasks()
    _counting()


def downgrade() -> None:
    """Drop them, with what is in them."""
    op.drop_table("opening_tasks")
    op.drop_table("timeline")
    op.drop_table("role_holders")
    op.drop_table("participants")
    op.drop_table("rooms")
    op.drop_table("incident_counts")
    op.drop_table("incidents")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION count_incident()")


def _incidents() -> None:
    op.create_table(
        "incidents",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
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
        sa.Column("ended_order", TIME, nullable=False),
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
        sa.PrimaryKeyConstraint("number", name="pk_incidents"),
        sa.UniqueConstraint("id", name="uq_incidents_id"),
    )
    op.create_index("ix_incidents_by_ended_order", "incidents", ["ended_order", "number"])
    op.create_index("ix_incidents_by_name", "incidents", ["name", "number"])
    op.create_index("ix_incidents_by_severity_rank", "incidents", ["severity_rank", "number"])
    op.create_index(
        "ix_incidents_newest",
        "incidents",
        ["started_at", "number", "public", "team_id", "status", "severity_rank"],
    )
    op.create_index(
        "ix_incidents_of_commander_id", "incidents", ["commander_id", "started_at", "number"]
    )
    op.create_index(
        "ix_incidents_of_playbook_id", "incidents", ["playbook_id", "started_at", "number"]
    )
    op.create_index("ix_incidents_of_team_id", "incidents", ["team_id", "started_at", "number"])
    op.create_index(
        "ix_incidents_ongoing",
        "incidents",
        ["started_at", "number"],
        sqlite_where=sa.text("status = 'ONGOING'"),
        postgresql_where=sa.text("status = 'ONGOING'"),
    )
    op.create_index(
        "ix_incidents_update_due",
        "incidents",
        ["update_due_at"],
        sqlite_where=sa.text("status = 'ONGOING'"),
        postgresql_where=sa.text("status = 'ONGOING'"),
    )


def _incident_counts() -> None:
    op.create_table(
        "incident_counts",
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("severity_rank", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "team_id", "public", "status", "severity_rank", name="pk_incident_counts"
        ),
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
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("joined_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_participants_account_id"),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name="fk_participants_incident_id"
        ),
        sa.PrimaryKeyConstraint("incident_id", "account_id", name="pk_participants"),
    )
    op.create_index("ix_participants_account", "participants", ["account_id", "number"])


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


# Both rows of a change in one statement and in one order, so that two changes that
# cross each other wait for one another instead of locking each other out.
_RECOUNT = """
INSERT INTO incident_counts (team_id, public, status, severity_rank, total)
{rows} ORDER BY 1, 2, 3, 4
ON CONFLICT (team_id, public, status, severity_rank)
DO UPDATE SET total = incident_counts.total + excluded.total
"""
_CHANGES = {
    "INSERT": "SELECT NEW.team_id, NEW.public, NEW.status, NEW.severity_rank, 1 WHERE true",
    "DELETE": "SELECT OLD.team_id, OLD.public, OLD.status, OLD.severity_rank, -1 WHERE true",
    "UPDATE OF team_id, public, status, severity_rank": """
        SELECT * FROM (
            SELECT OLD.team_id, OLD.public, OLD.status, OLD.severity_rank, -1
            UNION ALL
            SELECT NEW.team_id, NEW.public, NEW.status, NEW.severity_rank, 1
        ) AS changed
        WHERE OLD.team_id <> NEW.team_id OR OLD.public <> NEW.public
            OR OLD.status <> NEW.status OR OLD.severity_rank <> NEW.severity_rank
    """,
}


def _counting() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    if postgresql:
        branches = " ELSIF ".join(
            f"TG_OP = '{change.split()[0]}' THEN {_RECOUNT.format(rows=rows)};"
            for change, rows in _CHANGES.items()
        )
        op.execute(
            "CREATE FUNCTION count_incident() RETURNS trigger LANGUAGE plpgsql AS $$ "
            f"BEGIN IF {branches} END IF; RETURN NULL; END $$"
        )
    for change, rows in _CHANGES.items():
        name = f"incidents_counted_{change.split()[0].lower()}"
        work = (
            "EXECUTE FUNCTION count_incident()"
            if postgresql
            else f"BEGIN {_RECOUNT.format(rows=rows)}; END"
        )
        op.execute(f"CREATE TRIGGER {name} AFTER {change} ON incidents FOR EACH ROW {work}")
