"""Answering the questions that runbooks ask, as plain functions of an open transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from automation.access import sees_but_for_runbook
from automation.approval import Question
from automation.approvals.subjects import EXECUTION_DRIVE, question_subject
from automation.ports import AutomationStores
from chat.errors import BadInput, Denied, NotFound, Refused
from incidents.access import works_on
from security.actor import Actor
from security.audit import record
from security.permissions import Permission

_LONGEST = 2000
_SHOWN = 60


def answer_question(
    stores: AutomationStores, actor: Actor, question_id: str, text: str, now: datetime
) -> Question:
    """Answer a question that a runbook asked.

    Raises:
        NotFound: It is not there for them.
        Denied: They may not answer it.
        Refused: It is closed.
        BadInput: The answer is none of its options, or empty.
    """
    question = stores.approvals.question(question_id.strip(), lock=True)
    execution = stores.executions.get(question.execution_id) if question is not None else None
    if question is None or execution is None or not sees_but_for_runbook(stores, actor, execution):
        raise NotFound("That question is not there any more.")
    _may_tell(stores, actor, question)
    if question.closed_at is not None:
        said = f"answered by @{question.answered_name}" if question.answered_by else "closed"
        raise Refused(f"This question was {said} already.", code="DECIDED")
    clean = text.strip()
    if question.options and clean not in question.options:
        raise BadInput(
            f"“{clean[:_SHOWN]}” is no answer to this. Choose: {', '.join(question.options)}.",
            details={"answer": f"one of {', '.join(question.options)}"},
        )
    if not clean or len(clean) > _LONGEST:
        raise BadInput(
            f"An answer has 1 to {_LONGEST} characters.",
            details={"answer": f"1 to {_LONGEST} characters"},
        )
    after = replace(
        question,
        answer=clean,
        answered_by=actor.account_id,
        answered_name=actor.name,
        closed_at=now,
    )
    stores.approvals.save_question(after)
    stores.drives.wake(EXECUTION_DRIVE, question.execution_id, now)
    stores.audit.append(
        record(
            actor,
            now,
            "question.answered",
            kind="execution",
            id=execution.id,
            name=execution.key,
            team_id=execution.team_id,
            question=question.text[:500],
            answer=clean[:500],
        )
    )
    stores.outbox.refresh(question_subject(question.id))
    return after


def _may_tell(stores: AutomationStores, actor: Actor, question: Question) -> None:
    if question.of:
        if actor.account_id is not None and actor.name in question.of:
            return
        names = ", ".join(f"@{name}" for name in question.of)
        raise Denied(f"This is asked of {names}.", permission="", thing="this question")
    incident = stores.incidents.get(question.incident_id) if question.incident_id else None
    if incident is not None and works_on(stores, actor, incident):
        return
    if incident is None and actor.may(Permission.RUNBOOK_RUN, question.team_id):
        return
    raise Denied(
        "Only who works on it may answer this.",
        permission=Permission.RUNBOOK_RUN,
        thing="this question",
    )


def pass_question_time(
    stores: AutomationStores, question_id: str, now: datetime
) -> datetime | None:
    """Close a question that nobody answered in time; when to look again, None for never."""
    question = stores.approvals.question(question_id, lock=True)
    if question is None or question.closed_at is not None or question.expires_at is None:
        return None
    if question.expires_at > now:
        return question.expires_at
    stores.approvals.save_question(replace(question, closed_at=now))
    stores.drives.wake(EXECUTION_DRIVE, question.execution_id, now)
    stores.outbox.refresh(question_subject(question.id))
    return None
