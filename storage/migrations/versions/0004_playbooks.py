"""Playbooks, whom they are shared with, how they once were."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import TIME

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them."""
    _playbooks()
    _playbook_members()
    _playbook_revisions()


def downgrade() -> None:
    """Drop them, with what is in them."""
    op.drop_table("playbook_revisions")
    op.drop_table("playbook_members")
    op.drop_table("playbooks")


def _playbooks() -> None:
    op.create_table(
        "playbooks",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("handle", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.Column("shared_with_team", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("deleted_at", TIME, nullable=True),
        sa.Column("search", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["accounts.id"], name="fk_playbooks_created_by"),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name="fk_playbooks_team_id"),
        sa.PrimaryKeyConstraint("id", name="pk_playbooks"),
    )
    op.create_index(
        "uq_playbooks_handle",
        "playbooks",
        ["team_id", "handle"],
        unique=True,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )


def _playbook_members() -> None:
    op.create_table(
        "playbook_members",
        sa.Column("playbook_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("admin", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_playbook_members_account_id"
        ),
        sa.ForeignKeyConstraint(
            ["playbook_id"], ["playbooks.id"], name="fk_playbook_members_playbook_id"
        ),
        sa.PrimaryKeyConstraint("playbook_id", "account_id", name="pk_playbook_members"),
    )
    op.create_index(
        "ix_playbook_members_account", "playbook_members", ["account_id", "playbook_id"]
    )


def _playbook_revisions() -> None:
    op.create_table(
        "playbook_revisions",
        sa.Column("playbook_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("playbook", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Text(), nullable=True),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["playbook_id"], ["playbooks.id"], name="fk_playbook_revisions_playbook_id"
        ),
        sa.PrimaryKeyConstraint("playbook_id", "revision", name="pk_playbook_revisions"),
    )
