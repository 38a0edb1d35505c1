"""Approvals, their answers, and questions in a transaction."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, false, func, not_, or_, select

from automation.approval import Answer, Approval, ApprovalFilter, ApprovalStatus, Question
from chat.errors import Stale
from incidents.ports import Viewer
from security.page import Page, Slice
from storage.rows.bound import Bound, changes, columns, folded, values
from storage.rows.counters import next_value
from storage.rows.execution_list import hidden_runbooks
from storage.rows.incident_list import seen_with
from storage.rows.listing import NEVER, among, found_in, ordering
from storage.tables.automation import answers, approvals, executions, questions

_APPROVAL = columns(approvals, Approval)
_OLDEST = ("requested_at", "number")
_ORDERS: dict[str, ColumnElement[Any]] = {
    "requested_at": approvals.c.requested_at,
    "decided_at": approvals.c.decided_order,
    "number": approvals.c.number,
}


class ApprovalRows(Bound):
    """Implements `automation.ports.ApprovalRows`."""

    def next_number(self) -> int:
        """A number no approval had before."""
        return next_value(self._connection, "approval")

    def add(self, approval: Approval) -> None:
        """Keep it."""
        row = {**_kept(approval), "search": folded(approval.subject, approval.reason)}
        self._add(approvals, row)
        self._touched.add("approvals")

    def get(self, approval_id: str, *, lock: bool = False) -> Approval | None:
        """One approval."""
        return self._find(Approval, approvals, lock=lock, id=approval_id)

    def by_number(self, number: int, *, lock: bool = False) -> Approval | None:
        """The same by number."""
        return self._find(Approval, approvals, lock=lock, number=number)

    def save(self, approval: Approval) -> None:
        """Write a changed approval that this act has locked."""
        row = changes(_kept(approval), "id", "number", "plan", "policy")
        if not self._change(approvals, row, id=approval.id, version=approval.version - 1):
            raise Stale(
                f"Somebody else changed {approval.key} meanwhile. Look again, then repeat yours."
            )
        self._touched.add("approvals")

    def of(self, execution_id: str) -> tuple[Approval, ...]:
        """Every approval of an execution, oldest first."""
        return self._find_all(Approval, approvals, *_OLDEST, execution_id=execution_id)

    def pending_of_incident(self, incident_id: str) -> tuple[Approval, ...]:
        """Those of an incident that wait, oldest first."""
        keys = {"incident_id": incident_id, "status": ApprovalStatus.PENDING}
        return self._find_all(Approval, approvals, *_OLDEST, **keys)

    def page(self, wanted: ApprovalFilter, part: Slice) -> Page[Approval]:
        """Those that fit, newest first unless ordered otherwise."""
        where, visible = self._seen(wanted.viewer)
        fits = tuple(_fits(wanted))
        if wanted.hidden:
            seen = (false() if visible is None else not_(func.coalesce(visible, false())),)
        elif visible is None:
            seen = ()
        else:
            seen = (
                or_(visible, approvals.c.id.in_(wanted.besides)) if wanted.besides else visible,
            )
        query = (
            select(*_APPROVAL)
            .select_from(where)
            .where(*seen, *fits)
            .order_by(*ordering(part.order or "-requested_at", _ORDERS, approvals.c.number))
            .limit(part.limit)
            .offset(part.offset)
        )
        found = tuple(Approval(**row) for row in self._connection.execute(query).mappings())
        total = select(func.count()).select_from(where).where(*seen, *fits)
        return Page(found, self._connection.scalar(total) or 0)

    def _seen(self, viewer: Viewer | None) -> tuple[FromClause, ColumnElement[bool] | None]:
        """Where to look for what somebody sees, and what holds for it; None: they see all.

        As it is with executions: hidden is what belongs to an incident or to a private runbook
        that they do not see, unless they asked for it themselves.
        """
        where, seen = seen_with(viewer, approvals)
        if ids := hidden_runbooks(self._connection, viewer):
            theirs = select(executions.c.id).where(executions.c.runbook_id.in_(ids))
            private = approvals.c.execution_id.in_(theirs)
            if viewer is not None and viewer.account_id is not None:
                others = func.coalesce(approvals.c.requested_by, "") != viewer.account_id
                private = and_(private, others)
            seen = (*seen, not_(private))
        return where, and_(*seen) if seen else None

    def answer(self, answer: Answer) -> bool:
        """Keep an answer; False when that account has answered already."""
        kept = self._add_new(answers, values(answer), "approval_id", "account_id")
        if kept:
            self._touched.add("approvals")
        return kept

    def answers(self, approval_id: str) -> tuple[Answer, ...]:
        """What was answered, in order of time."""
        return self._find_all(Answer, answers, "at", "account_id", approval_id=approval_id)

    def ask(self, question: Question) -> None:
        """Keep a question."""
        self._add(questions, values(question))
        self._touched.add("approvals")

    def question(self, question_id: str, *, lock: bool = False) -> Question | None:
        """One question."""
        return self._find(Question, questions, lock=lock, id=question_id)

    def save_question(self, question: Question) -> None:
        """Write a changed question."""
        self._change(questions, changes(values(question), "id"), id=question.id)
        self._touched.add("approvals")


def _kept(approval: Approval) -> dict[str, Any]:
    return {**values(approval), "decided_order": approval.decided_at or NEVER}


def _fits(wanted: ApprovalFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.team_ids is not None:
        yield among(approvals.c.team_id, wanted.team_ids)
    for name in ("status", "incident_id", "execution_id"):
        value = getattr(wanted, name)
        if value is not None:
            yield approvals.c[name] == value
    if wanted.since is not None:
        yield approvals.c.requested_at >= wanted.since
    yield from found_in(approvals.c.search, wanted.search)
