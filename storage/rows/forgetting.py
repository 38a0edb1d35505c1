"""Forgetting executions, with everything that hangs on them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, exists, select

from automation.approvals.subjects import (
    APPROVAL_DRIVE,
    EXECUTION_DRIVE,
    QUESTION_DRIVE,
    approval_subject,
    question_subject,
)
from automation.executions.traces import subject_of
from storage.tables.automation import (
    answers,
    approvals,
    executions,
    output,
    questions,
    runbook_versions,
    runbooks,
    tasks,
)
from storage.tables.engine import drives
from storage.tables.messages import living


def forget_executions(connection: Connection, before: datetime, limit: int) -> tuple[str, ...]:
    """Delete those that ended before then, the earliest first; their ids."""
    query = (
        select(executions.c.id)
        .where(executions.c.ended_order < before)
        .order_by(executions.c.ended_order)
        .limit(limit)
    )
    ids = tuple(connection.scalars(query))
    if ids:
        asked = tuple(
            connection.scalars(select(approvals.c.id).where(approvals.c.execution_id.in_(ids)))
        )
        put = tuple(
            connection.scalars(select(questions.c.id).where(questions.c.execution_id.in_(ids)))
        )
        _undrive(connection, EXECUTION_DRIVE, ids)
        _undrive(connection, APPROVAL_DRIVE, asked)
        _undrive(connection, QUESTION_DRIVE, put)
        subjects = [
            *map(subject_of, ids),
            *map(approval_subject, asked),
            *map(question_subject, put),
        ]
        connection.execute(delete(living).where(living.c.subject.in_(subjects)))
        connection.execute(delete(answers).where(answers.c.approval_id.in_(asked)))
        for table in (approvals, questions, output, tasks):
            connection.execute(delete(table).where(table.c.execution_id.in_(ids)))
        connection.execute(delete(executions).where(executions.c.id.in_(ids)))
    _forget_versions(connection)
    return ids


def _undrive(connection: Connection, kind: str, subjects: Sequence[str]) -> None:
    connection.execute(delete(drives).where(drives.c.kind == kind, drives.c.subject.in_(subjects)))


def _forget_versions(connection: Connection) -> None:
    """Delete the versions of runbooks that are gone and that no execution needs any more."""
    runbook_id = runbook_versions.c.runbook_id
    connection.execute(
        delete(runbook_versions).where(
            ~exists().where(runbooks.c.id == runbook_id),
            ~exists().where(executions.c.runbook_id == runbook_id),
        )
    )
