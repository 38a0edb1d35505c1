"""Stages and steps of incidents."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import TIME

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them."""
    _progress()
    _stages()
    _steps()


def downgrade() -> None:
    """Drop them, with what is in them."""
    op.drop_table("steps")
    op.drop_table("stages")
    op.drop_table("progress")


def _progress() -> None:
    op.create_table(
        "progress",
        sa.Column("incident_id", sa.Text(), nullable=False),
        sa.Column("active", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name="fk_progress_incident_id"),
        sa.PrimaryKeyConstraint("incident_id", name="pk_progress"),
    )


def _stages() -> None:
    op.create_table(
        "stages",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name="fk_stages_incident_id"),
        sa.PrimaryKeyConstraint("id", name="pk_stages"),
    )
    op.create_index("ix_stages_incident_id", "stages", ["incident_id"])


def _steps() -> None:
    op.create_table(
        "steps",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.Text(), nullable=False),
        sa.Column("stage_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("changed_at", TIME, nullable=True),
        sa.Column("changed_by", sa.Text(), nullable=True),
        sa.Column("assignee_id", sa.Text(), nullable=True),
        sa.Column("due_at", TIME, nullable=True),
        sa.Column("ran_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["assignee_id"], ["accounts.id"], name="fk_steps_assignee_id"),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name="fk_steps_incident_id"),
        sa.ForeignKeyConstraint(["stage_id"], ["stages.id"], name="fk_steps_stage_id"),
        sa.PrimaryKeyConstraint("id", name="pk_steps"),
    )
    op.create_index("ix_steps_incident_id", "steps", ["incident_id"])
    op.create_index("ix_steps_stage_id", "steps", ["stage_id"])
