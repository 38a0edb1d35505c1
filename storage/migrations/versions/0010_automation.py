"""Runbooks, executions, approvals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import SERIAL, TIME

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them."""
    _runbooks()
    _runbook_versions()
    _executions()
    _execution_tasks()
    _execution_output()
    _approvals()
    _approval_answers()
    _questions()


def downgrade() -> None:
    """Drop them, with what is in them, and what else an earlier release cannot read."""
    _forget_what_is_driven_and_told()
    op.drop_table("questions")
    op.drop_table("approval_answers")
    op.drop_table("approvals")
    op.drop_table("execution_output")
    op.drop_table("execution_tasks")
    op.drop_table("executions")
    op.drop_table("runbook_versions")
    op.drop_table("runbooks")


def _forget_what_is_driven_and_told() -> None:
    drives, living = sa.table("drives", sa.column("kind")), sa.table("living", sa.column("subject"))
    outbox, timeline = sa.table("outbox", sa.column("job")), sa.table("timeline", sa.column("kind"))
    kinds = ("execution", "approval", "question", "schedule")
    op.execute(sa.delete(drives).where(drives.c.kind.in_(kinds)))
    op.execute(sa.delete(outbox).where(outbox.c.job.contains('"job":"direct-living"')))
    for kind in kinds:
        op.execute(sa.delete(outbox).where(outbox.c.job.contains(f'"subject":"{kind}:')))
        op.execute(sa.delete(living).where(living.c.subject.startswith(f"{kind}:")))
    told = ("execution_started", "execution_ended", "approval_requested", "approval_decided")
    op.execute(sa.delete(timeline).where(timeline.c.kind.in_(told)))


def _runbooks() -> None:
    op.create_table(
        "runbooks",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("handle", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.Column("webhook_secret", sa.Text(), nullable=False),
        sa.Column("run_count", sa.Integer(), nullable=False),
        sa.Column("ended_count", sa.Integer(), nullable=False),
        sa.Column("success_count", sa.Integer(), nullable=False),
        sa.Column("shipped", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("trigger_type", sa.Text(), nullable=False),
        sa.Column("category_key", sa.Text(), nullable=False),
        sa.Column("tag_keys", sa.Text(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name="fk_runbooks_team_id"),
        sa.PrimaryKeyConstraint("id", name="pk_runbooks"),
    )
    op.create_index("uq_runbooks_handle", "runbooks", ["team_id", "handle"], unique=True)
    op.create_index("uq_runbooks_name_key", "runbooks", ["team_id", "name_key"], unique=True)
    op.create_index("ix_runbooks_of_trigger", "runbooks", ["trigger_type", "status", "name_key"])
    for order in ("name_key", "created_at", "updated_at"):
        op.create_index(f"ix_runbooks_by_{order}", "runbooks", [order, "id"])


def _runbook_versions() -> None:
    op.create_table(
        "runbook_versions",
        sa.Column("runbook_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("runbook_id", "revision", name="pk_runbook_versions"),
    )


def _executions() -> None:
    op.create_table(
        "executions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.Column("runbook_id", sa.Text(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("wish", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=True),
        sa.Column("requested_name", sa.Text(), nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.Text(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=True),
        sa.Column("parent_id", sa.Text(), nullable=True),
        sa.Column("parent_task", sa.Text(), nullable=True),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("rerun_of", sa.Text(), nullable=True),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("dedupe", sa.Text(), nullable=True),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("started_at", TIME, nullable=True),
        sa.Column("ended_at", TIME, nullable=True),
        sa.Column("ended_order", TIME, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("inline", sa.Text(), nullable=True),
        sa.Column("parameters", sa.Text(), nullable=False),
        sa.Column("trigger_data", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name="fk_executions_team_id"),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name="fk_executions_incident_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_executions"),
        sa.UniqueConstraint("number", name="uq_executions_number"),
    )
    _indexes_of_executions()


def _indexes_of_executions() -> None:
    newest = ["created_at", "number"]
    seen = ["team_id", "incident_id", "requested_by"]
    op.create_index("ix_executions_newest", "executions", [*newest, *seen])
    under_way = sa.text("ended_at IS NULL")
    op.create_index(
        "ix_executions_under_way",
        "executions",
        newest,
        sqlite_where=under_way,
        postgresql_where=under_way,
    )
    op.create_index("ix_executions_of_team_by_status", "executions", ["team_id", "status", *newest])
    for name in ("team_id", "status", "runbook_id", "incident_id", "requested_by", "trigger"):
        op.create_index(f"ix_executions_of_{name}", "executions", [name, *newest])
    for order in ("ended_order", "name"):
        op.create_index(f"ix_executions_by_{order}", "executions", [order, "number"])
    op.create_index(
        "uq_executions_dedupe",
        "executions",
        ["dedupe"],
        unique=True,
        sqlite_where=sa.text("dedupe IS NOT NULL"),
        postgresql_where=sa.text("dedupe IS NOT NULL"),
    )
    op.create_index(
        "ix_executions_of_parent",
        "executions",
        ["parent_id", "number"],
        sqlite_where=sa.text("parent_id IS NOT NULL"),
        postgresql_where=sa.text("parent_id IS NOT NULL"),
    )


def _execution_tasks() -> None:
    op.create_table(
        "execution_tasks",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("execution_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Text(), nullable=False),
        sa.Column("input", sa.Text(), nullable=True),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("approved", sa.Text(), nullable=False),
        sa.Column("output", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("started_at", TIME, nullable=True),
        sa.Column("ended_at", TIME, nullable=True),
        sa.Column("waits_for", sa.Text(), nullable=False),
        sa.Column("waiting_id", sa.Text(), nullable=False),
        sa.Column("again_at", TIME, nullable=True),
        sa.Column("timeout", sa.Float(), nullable=True),
        sa.Column("log_file", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["execution_id"], ["executions.id"], name="fk_execution_tasks_execution_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_execution_tasks"),
    )
    op.create_index("ix_execution_tasks_execution", "execution_tasks", ["execution_id", "position"])


def _execution_output() -> None:
    op.create_table(
        "execution_output",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("execution_id", sa.Text(), nullable=False),
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["execution_id"], ["executions.id"], name="fk_execution_output_execution_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_execution_output"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_execution_output_execution", "execution_output", ["execution_id", "id"])


def _approvals() -> None:
    op.create_table(
        "approvals",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("execution_id", sa.Text(), nullable=False),
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("plan_hash", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=True),
        sa.Column("requested_name", sa.Text(), nullable=False),
        sa.Column("requested_at", TIME, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("expires_at", TIME, nullable=True),
        sa.Column("escalate_at", TIME, nullable=True),
        sa.Column("escalated", sa.Boolean(), nullable=False),
        sa.Column("decided_at", TIME, nullable=True),
        sa.Column("decided_order", TIME, nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name="fk_approvals_team_id"),
        sa.ForeignKeyConstraint(
            ["execution_id"], ["executions.id"], name="fk_approvals_execution_id"
        ),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name="fk_approvals_incident_id"),
        sa.PrimaryKeyConstraint("id", name="pk_approvals"),
        sa.UniqueConstraint("number", name="uq_approvals_number"),
    )
    newest = ["requested_at", "number"]
    seen = ["team_id", "incident_id", "requested_by"]
    op.create_index("ix_approvals_newest", "approvals", [*newest, *seen])
    op.create_index("ix_approvals_of_team_by_status", "approvals", ["team_id", "status", *newest])
    for name in ("team_id", "status", "incident_id", "execution_id"):
        op.create_index(f"ix_approvals_of_{name}", "approvals", [name, *newest])
    op.create_index("ix_approvals_by_decided_order", "approvals", ["decided_order", "number"])


def _approval_answers() -> None:
    op.create_table(
        "approval_answers",
        sa.Column("approval_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("approve", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["approval_id"], ["approvals.id"], name="fk_approval_answers_approval_id"
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_approval_answers_account_id"
        ),
        sa.PrimaryKeyConstraint("approval_id", "account_id", name="pk_approval_answers"),
    )


def _questions() -> None:
    op.create_table(
        "questions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("execution_id", sa.Text(), nullable=False),
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("asked_at", TIME, nullable=False),
        sa.Column("options", sa.Text(), nullable=False),
        sa.Column("of", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.Text(), nullable=True),
        sa.Column("expires_at", TIME, nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.Column("answered_name", sa.Text(), nullable=False),
        sa.Column("closed_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name="fk_questions_team_id"),
        sa.ForeignKeyConstraint(
            ["execution_id"], ["executions.id"], name="fk_questions_execution_id"
        ),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name="fk_questions_incident_id"),
        sa.PrimaryKeyConstraint("id", name="pk_questions"),
    )
    op.create_index("ix_questions_execution_id", "questions", ["execution_id"])
