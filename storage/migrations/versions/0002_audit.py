"""The audit trail, which refuses every change but sealing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import SERIAL, TIME

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them."""
    _audit()
    _guards()


def downgrade() -> None:
    """Drop them, with what is in them."""
    op.drop_table("audit")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_guard()")


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("hash", sa.Text(), nullable=True),
        sa.Column("at", TIME, nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("object_kind", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("object_name", sa.Text(), nullable=False),
        sa.Column("team_id", sa.Text(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
        sa.UniqueConstraint("number", name="uq_audit_number"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_action", "audit", ["action"])
    op.create_index("ix_audit_actor_id", "audit", ["actor_id"])
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_index(
        "ix_audit_cause",
        "audit",
        ["cause"],
        sqlite_where=sa.text("cause IS NOT NULL"),
        postgresql_where=sa.text("cause IS NOT NULL"),
    )
    op.create_index("ix_audit_object", "audit", ["object_kind", "object_id"])
    op.create_index(
        "ix_audit_unsealed",
        "audit",
        ["id"],
        sqlite_where=sa.text("number IS NULL"),
        postgresql_where=sa.text("number IS NULL"),
    )


_SQLITE_FIXED = """
CREATE TRIGGER audit_fixed BEFORE UPDATE ON audit
WHEN NOT (
    OLD.number IS NULL AND NEW.number IS NOT NULL AND NEW.hash IS NOT NULL
    AND NEW.id IS OLD.id
    AND NEW.at IS OLD.at
    AND NEW.actor_id IS OLD.actor_id
    AND NEW.actor_name IS OLD.actor_name
    AND NEW.via IS OLD.via
    AND NEW.action IS OLD.action
    AND NEW.outcome IS OLD.outcome
    AND NEW.object_kind IS OLD.object_kind
    AND NEW.object_id IS OLD.object_id
    AND NEW.object_name IS OLD.object_name
    AND NEW.team_id IS OLD.team_id
    AND NEW.cause IS OLD.cause
    AND NEW.details IS OLD.details
    AND NEW.search IS OLD.search
)
BEGIN SELECT RAISE(ABORT, 'audit records are never changed'); END
"""
_SQLITE_KEPT = """
CREATE TRIGGER audit_kept BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'audit records are never deleted'); END
"""
_POSTGRESQL_GUARD = """
CREATE FUNCTION audit_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.number IS NULL AND NEW.number IS NOT NULL AND NEW.hash IS NOT NULL
            AND to_jsonb(NEW) - 'number' - 'hash' = to_jsonb(OLD) - 'number' - 'hash'
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'audit records are never changed or deleted'
        USING ERRCODE = 'integrity_constraint_violation';
END
$$
"""
_POSTGRESQL_ROWS = """
CREATE TRIGGER audit_fixed BEFORE UPDATE OR DELETE ON audit
FOR EACH ROW EXECUTE FUNCTION audit_guard()
"""
_POSTGRESQL_TABLE = """
CREATE TRIGGER audit_kept BEFORE TRUNCATE ON audit
FOR EACH STATEMENT EXECUTE FUNCTION audit_guard()
"""


def _guards() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(_SQLITE_FIXED)
        op.execute(_SQLITE_KEPT)
    else:
        op.execute(_POSTGRESQL_GUARD)
        op.execute(_POSTGRESQL_ROWS)
        op.execute(_POSTGRESQL_TABLE)
