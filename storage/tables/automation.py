"""Runbooks, executions, approvals."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, Table, text

from automation.approval import ApprovalStatus
from automation.execution import ExecutionStatus, TaskKind, TaskStatus, Trigger, WaitsFor, Wish
from automation.runbook import RunbookStatus, TriggerType
from storage.codec import ADDRESS, ANY, ATTEMPTS, CONTENT, PLAN, POLICY, PROPERTIES, TEXTS
from storage.tables.columns import SERIAL, Choice, Json, UtcTime, Words
from storage.tables.metadata import METADATA

runbooks = Table(
    "runbooks",
    METADATA,
    Column("id", Words, primary_key=True),
    Column("team_id", Words, ForeignKey("teams.id"), nullable=False),
    Column("handle", Words, nullable=False),
    Column("status", Choice(RunbookStatus), nullable=False),
    Column("label", Words, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("is_public", Boolean, nullable=False),
    Column("created_by", Words),
    Column("created_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    Column("webhook_secret", Words, nullable=False),
    Column("run_count", Integer, nullable=False),
    Column("ended_count", Integer, nullable=False),
    Column("success_count", Integer, nullable=False),
    Column("shipped", Words, nullable=False),
    Column("last_due", UtcTime),
    # What lists look for, out of the content; folded all of it.
    Column("name_key", Words, nullable=False),
    Column("trigger_type", Choice(TriggerType), nullable=False),
    Column("category_key", Words, nullable=False),
    Column("tag_keys", Words, nullable=False),
    Column("search", Words, nullable=False),
    # Last, so that SQLite comes by everything else without reading it.
    Column("content", Json(CONTENT), nullable=False),
)
Index("uq_runbooks_handle", runbooks.c.team_id, runbooks.c.handle, unique=True)
Index("uq_runbooks_name_key", runbooks.c.team_id, runbooks.c.name_key, unique=True)
Index("ix_runbooks_of_trigger", runbooks.c.trigger_type, runbooks.c.status, runbooks.c.name_key)
# None by `run_count`, which grows with each execution: sorting some hundred costs less.
for _order in ("name_key", "created_at", "updated_at"):
    Index(f"ix_runbooks_by_{_order}", runbooks.c[_order], runbooks.c.id)

runbook_versions = Table(
    "runbook_versions",
    METADATA,
    # Kept when the runbook is deleted: executions under way go on with their version.
    Column("runbook_id", Words, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("label", Words, nullable=False),
    Column("content", Json(CONTENT), nullable=False),
    Column("created_by", Words),
    Column("created_at", UtcTime, nullable=False),
    Column("note", Words, nullable=False),
)

executions = Table(
    "executions",
    METADATA,
    Column("id", Words, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("team_id", Words, ForeignKey("teams.id"), nullable=False),
    Column("name", Words, nullable=False),
    Column("trigger", Choice(Trigger), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    Column("runbook_id", Words),
    Column("revision", Integer, nullable=False),
    Column("label", Words, nullable=False),
    Column("status", Choice(ExecutionStatus), nullable=False),
    Column("wish", Choice(Wish), nullable=False),
    Column("requested_by", Words),
    Column("requested_name", Words, nullable=False),
    Column("via", Words, nullable=False),
    Column("incident_id", Words, ForeignKey("incidents.id")),
    Column("origin", Json(ADDRESS)),
    Column("parent_id", Words),
    Column("parent_task", Words),
    Column("depth", Integer, nullable=False),
    Column("rerun_of", Words),
    Column("failed", Boolean, nullable=False),
    Column("cause", Words),
    Column("dedupe", Words),
    Column("shown", Boolean, nullable=False),
    Column("error", Words, nullable=False),
    Column("started_at", UtcTime),
    Column("ended_at", UtcTime),
    # Beyond every time until it has ended: the databases disagree on where NULL sorts.
    Column("ended_order", UtcTime, nullable=False),
    Column("version", Integer, nullable=False),
    Column("search", Words, nullable=False),
    # Last, so that SQLite comes by everything else without reading them.
    Column("reason", Words, nullable=False),
    Column("inline", Json(CONTENT)),
    Column("parameters", Json(PROPERTIES), nullable=False),
    Column("trigger_data", Json(PROPERTIES), nullable=False),
)
UNDER_WAY = executions.c.ended_at.is_(None)
_NEWEST = (executions.c.created_at, executions.c.number)
# With all that decides who sees one, so that they are counted without reading the rows.
Index(
    "ix_executions_newest",
    *_NEWEST,
    *(executions.c[name] for name in ("team_id", "incident_id", "requested_by")),
)
Index("ix_executions_under_way", *_NEWEST, sqlite_where=UNDER_WAY, postgresql_where=UNDER_WAY)
Index("ix_executions_of_team_by_status", executions.c.team_id, executions.c.status, *_NEWEST)
for _filter in ("team_id", "status", "runbook_id", "incident_id", "requested_by", "trigger"):
    Index(f"ix_executions_of_{_filter}", executions.c[_filter], *_NEWEST)
for _order in ("ended_order", "name"):
    Index(f"ix_executions_by_{_order}", executions.c[_order], executions.c.number)
DEDUPED = executions.c.dedupe.is_not(None)
Index(
    "uq_executions_dedupe",
    executions.c.dedupe,
    unique=True,
    sqlite_where=DEDUPED,
    postgresql_where=DEDUPED,
)
_CALLED = executions.c.parent_id.is_not(None)
Index(
    "ix_executions_of_parent",
    executions.c.parent_id,
    executions.c.number,
    sqlite_where=_CALLED,
    postgresql_where=_CALLED,
)

# What a task is before anything has come of it stands in the statement that adds it: most are
# added like that, and a value costs more to hand over than to write.
_EMPTY = text("''")
tasks = Table(
    "execution_tasks",
    METADATA,
    Column("id", Words, primary_key=True),
    Column("execution_id", Words, ForeignKey("executions.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("name", Words, nullable=False),
    Column("kind", Choice(TaskKind), nullable=False),
    Column("step", Integer),
    Column("action", Words, nullable=False),
    Column("status", Choice(TaskStatus), nullable=False, default=text("'PENDING'")),
    Column("attempts", Json(ATTEMPTS), nullable=False, default=text("'[]'")),
    Column("input", Json(ANY)),
    Column("sealed", Words, nullable=False, default=_EMPTY),
    Column("digest", Words, nullable=False, default=_EMPTY),
    Column("approved", Words, nullable=False, default=_EMPTY),
    Column("output", Json(ANY)),
    Column("error", Words, nullable=False, default=_EMPTY),
    Column("started_at", UtcTime),
    Column("ended_at", UtcTime),
    Column("waits_for", Choice(WaitsFor), nullable=False, default=_EMPTY),
    Column("waiting_id", Words, nullable=False, default=_EMPTY),
    Column("again_at", UtcTime),
    Column("timeout", Float),
    Column("log_file", Words, nullable=False, default=_EMPTY),
    Column("index", Integer, nullable=False, server_default="-1"),
    Column("item", Json(ANY)),
)
Index("ix_execution_tasks_execution", tasks.c.execution_id, tasks.c.position, tasks.c.index)

output = Table(
    "execution_output",
    METADATA,
    Column("id", SERIAL, primary_key=True),
    Column("execution_id", Words, ForeignKey("executions.id"), nullable=False),
    Column("task_id", Words, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("stream", Words, nullable=False),
    Column("text", Words, nullable=False),
    sqlite_autoincrement=True,
)
Index("ix_execution_output_execution", output.c.execution_id, output.c.id)

approvals = Table(
    "approvals",
    METADATA,
    Column("id", Words, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("team_id", Words, ForeignKey("teams.id"), nullable=False),
    Column("execution_id", Words, ForeignKey("executions.id"), nullable=False),
    Column("task_id", Words, nullable=False),
    Column("subject", Words, nullable=False),
    Column("plan_hash", Words, nullable=False),
    Column("requested_by", Words),
    Column("requested_name", Words, nullable=False),
    Column("requested_at", UtcTime, nullable=False),
    Column("reason", Words, nullable=False),
    Column("incident_id", Words, ForeignKey("incidents.id")),
    Column("status", Choice(ApprovalStatus), nullable=False),
    Column("expires_at", UtcTime),
    Column("escalate_at", UtcTime),
    Column("escalated", Boolean, nullable=False),
    Column("decided_at", UtcTime),
    # Beyond every time while pending, as `ended_order` above.
    Column("decided_order", UtcTime, nullable=False),
    Column("verdict", Words, nullable=False),
    Column("version", Integer, nullable=False),
    Column("search", Words, nullable=False),
    Column("policy", Json(POLICY), nullable=False),
    Column("plan", Json(PLAN), nullable=False),
)
_ASKED = (approvals.c.requested_at, approvals.c.number)
Index(
    "ix_approvals_newest",
    *_ASKED,
    *(approvals.c[name] for name in ("team_id", "incident_id", "requested_by")),
)
Index("ix_approvals_of_team_by_status", approvals.c.team_id, approvals.c.status, *_ASKED)
for _filter in ("team_id", "status", "incident_id", "execution_id"):
    Index(f"ix_approvals_of_{_filter}", approvals.c[_filter], *_ASKED)
Index("ix_approvals_by_decided_order", approvals.c.decided_order, approvals.c.number)

answers = Table(
    "approval_answers",
    METADATA,
    Column("approval_id", Words, ForeignKey("approvals.id"), primary_key=True),
    Column("account_id", Words, ForeignKey("accounts.id"), primary_key=True),
    Column("name", Words, nullable=False),
    Column("approve", Boolean, nullable=False),
    Column("note", Words, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("via", Words, nullable=False),
)

questions = Table(
    "questions",
    METADATA,
    Column("id", Words, primary_key=True),
    Column("team_id", Words, ForeignKey("teams.id"), nullable=False),
    Column("execution_id", Words, ForeignKey("executions.id"), nullable=False, index=True),
    Column("task_id", Words, nullable=False),
    Column("text", Words, nullable=False),
    Column("asked_at", UtcTime, nullable=False),
    Column("options", Json(TEXTS), nullable=False),
    Column("of", Json(TEXTS), nullable=False),
    Column("incident_id", Words, ForeignKey("incidents.id")),
    Column("expires_at", UtcTime),
    Column("answer", Words, nullable=False),
    Column("answered_by", Words),
    Column("answered_name", Words, nullable=False),
    Column("closed_at", UtcTime),
)
