"""The chat platform `local`."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import SERIAL, TIME

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them."""
    _local_channels()
    _local_events()
    _local_forms()
    _local_members()
    _local_messages()
    _local_files()
    _local_mentions()


def downgrade() -> None:
    """Drop them, with what is in them."""
    op.drop_table("local_mentions")
    op.drop_table("local_files")
    op.drop_table("local_messages")
    op.drop_table("local_members")
    op.drop_table("local_forms")
    op.drop_table("local_events")
    op.drop_table("local_channels")


def _local_channels() -> None:
    op.create_table(
        "local_channels",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_local_channels"),
        sa.UniqueConstraint("key", name="uq_local_channels_key"),
    )
    op.create_index("uq_local_channels_name", "local_channels", ["team", "name"], unique=True)


def _local_events() -> None:
    op.create_table(
        "local_events",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("channel_id", sa.Text(), nullable=False),
        sa.Column("message_id", SERIAL, nullable=True),
        sa.Column("form_id", sa.Text(), nullable=True),
        sa.Column("only_for", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_local_events"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_local_events_at", "local_events", ["at"])


def _local_forms() -> None:
    op.create_table(
        "local_forms",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("channel_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("ticket", sa.Text(), nullable=True),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("errors", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("opened_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["local_channels.id"], name="fk_local_forms_channel_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_local_forms"),
        sa.UniqueConstraint("ticket", name="uq_local_forms_ticket"),
    )
    op.create_index("ix_local_forms_opened_at", "local_forms", ["opened_at"])


def _local_members() -> None:
    op.create_table(
        "local_members",
        sa.Column("channel_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("joined_at", TIME, nullable=False),
        sa.Column("seen", SERIAL, nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["local_channels.id"], name="fk_local_members_channel_id"
        ),
        sa.PrimaryKeyConstraint("channel_id", "person_id", name="pk_local_members"),
    )
    op.create_index("ix_local_members_person_id", "local_members", ["person_id"])


def _local_messages() -> None:
    op.create_table(
        "local_messages",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("channel_id", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("card", sa.Text(), nullable=True),
        sa.Column("system", sa.Boolean(), nullable=False),
        sa.Column("posted_at", TIME, nullable=False),
        sa.Column("edited_at", TIME, nullable=True),
        sa.Column("only_for", sa.Text(), nullable=True),
        sa.Column("thread", SERIAL, nullable=True),
        sa.Column("pinned_at", TIME, nullable=True),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("old_buttons", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["local_channels.id"], name="fk_local_messages_channel_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_local_messages"),
        sa.UniqueConstraint("key", name="uq_local_messages_key"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_local_messages_cause",
        "local_messages",
        ["cause"],
        sqlite_where=sa.text("cause IS NOT NULL"),
        postgresql_where=sa.text("cause IS NOT NULL"),
    )
    op.create_index("ix_local_messages_channel", "local_messages", ["channel_id", "id"])
    op.create_index(
        "ix_local_messages_pinned",
        "local_messages",
        ["channel_id", "pinned_at"],
        sqlite_where=sa.text("pinned_at IS NOT NULL"),
        postgresql_where=sa.text("pinned_at IS NOT NULL"),
    )
    op.create_index(
        "ix_local_messages_thread",
        "local_messages",
        ["thread", "id"],
        sqlite_where=sa.text("thread IS NOT NULL"),
        postgresql_where=sa.text("thread IS NOT NULL"),
    )


def _local_files() -> None:
    op.create_table(
        "local_files",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("message_id", SERIAL, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["local_messages.id"], name="fk_local_files_message_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_local_files"),
    )
    op.create_index("ix_local_files_message_id", "local_files", ["message_id"])


def _local_mentions() -> None:
    op.create_table(
        "local_mentions",
        sa.Column("message_id", SERIAL, nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["local_messages.id"], name="fk_local_mentions_message_id"
        ),
        sa.PrimaryKeyConstraint("message_id", "person_id", name="pk_local_mentions"),
    )
    op.create_index("ix_local_mentions_person_id", "local_mentions", ["person_id"])
