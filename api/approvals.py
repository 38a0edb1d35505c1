"""`/api/automation/approvals/` and `…/questions/`: what waits for a person's answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated

from pydantic import Field

from api.names import AccountRef, Known, Names
from api.paging import PageOut, Part, page_out
from api.routing import AnyRoute, Call, Route
from api.runbook_shapes import PlannedStepOut
from api.shapes import Brief, Flag, In, Json, Line, NoQuery, Nothing, Out, Search, described
from automation.approval import Answer, Approval, ApprovalFilter, ApprovalStatus, Question
from automation.approvals.desk import ApprovalDesk, ApprovalDetail
from automation.executions.desk import ExecutionDesk
from automation.runbooks.writing import policy_document
from chat.errors import BadInput
from incidents.desk import IncidentDesk
from incidents.incident import Incident, Severity, Status
from security.actor import Actor
from security.permissions import Permission

ROOT = "/api/automation/approvals/"
ONE = "/api/automation/approvals/{ref}/"
QUESTION = "/api/automation/questions/{ref}/"


class ApprovalQuery(Part):
    """Which approvals."""

    status: ApprovalStatus | None = None
    mine: Flag = Field(default=False, description="Only what waits for you.")
    incident: Line | None = Field(default=None, description="Key, number or id.")
    execution: Line | None = Field(default=None, description="Key, number or id.")
    search: Search | None = Field(default=None, description="In subject and reason.")


_Hash = Annotated[str, Field(max_length=64), described(pattern="^[0-9a-f]{0,64}$")]


class Approve(In):
    """Yes."""

    approval_notes: Brief = Field(default="", description="Why; some approvals need it.")
    second_factor_code: Line = Field(default="", description="Where the policy asks for one.")
    plan_hash: _Hash = Field(default="", description="Of the plan you looked at; checked if given.")


class Reject(In):
    """No."""

    rejection_notes: Brief = Field(default="", description="Why; some approvals need it.")
    second_factor_code: Line = Field(default="", description="Where the policy asks for one.")
    plan_hash: _Hash = Field(default="", description="Of the plan you looked at; checked if given.")


class IncidentRef(Out):
    """An incident, in short."""

    id: str
    key: str
    name: str
    severity: Severity
    status: Status

    @classmethod
    def of(cls, incident: Incident) -> IncidentRef:
        """The reference to an incident."""
        return cls(**{name: getattr(incident, name) for name in cls.model_fields})


class AnswerOut(Out):
    """What somebody said."""

    name: str
    approve: bool
    note: str
    at: datetime
    via: str = Field(description="The door they came by, such as `chat:slack`.")

    @classmethod
    def of(cls, answer: Answer) -> AnswerOut:
        """An answer."""
        return cls(**{name: getattr(answer, name) for name in cls.model_fields})


class ApprovalOut(Out):
    """An approval with the exact plan; secrets are masked."""

    id: str
    key: str = Field(description="`APR-00017`.")
    status: ApprovalStatus
    subject: str
    reason: str
    execution: str | None = Field(description="Key of the execution; null when it is forgotten.")
    incident: IncidentRef | None
    plan: tuple[PlannedStepOut, ...]
    plan_hash: str = Field(description="The approval counts for this plan only.")
    policy: dict[str, Json]
    requested_by: AccountRef | None = Field(description="Null when Tocsin began it by itself.")
    requested_at: datetime
    expires_at: datetime | None
    escalate_at: datetime | None
    decided_at: datetime | None
    verdict: str
    answers: tuple[AnswerOut, ...]
    eligible: tuple[AccountRef, ...] = Field(description="Who may answer now.")
    mine: bool = Field(description="Whether you may answer now.")

    @classmethod
    def of(cls, found: ApprovalDetail, known: Known) -> ApprovalOut:
        """An approval as somebody sees it."""
        one = found.approval
        return cls(
            id=one.id,
            key=one.key,
            status=one.status,
            subject=one.subject,
            reason=one.reason,
            execution=found.execution.key if found.execution else None,
            incident=IncidentRef.of(found.incident) if found.incident else None,
            plan=tuple(map(PlannedStepOut.of, one.plan)),
            plan_hash=one.plan_hash,
            policy=policy_document(one.policy) or {},
            requested_by=known.account(one.requested_by),
            requested_at=one.requested_at,
            expires_at=one.expires_at,
            escalate_at=one.escalate_at,
            decided_at=one.decided_at,
            verdict=one.verdict,
            answers=tuple(map(AnswerOut.of, found.answers)),
            eligible=tuple(map(AccountRef.of, found.eligible)),
            mine=found.mine,
        )


class ApprovalPage(PageOut[ApprovalOut]):
    """Approvals, newest first."""


class Tell(In):
    """An answer to a question."""

    answer: Brief


class QuestionOut(Out):
    """Something a runbook asks."""

    id: str
    text: str
    options: tuple[str, ...] = Field(description="Empty takes any text.")
    answer: str
    answered_by: str
    asked_at: datetime
    expires_at: datetime | None
    closed_at: datetime | None = Field(description="Null while it is open.")

    @classmethod
    def of(cls, question: Question) -> QuestionOut:
        """A question."""
        return cls(
            id=question.id,
            text=question.text,
            options=question.options,
            answer=question.answer,
            answered_by=question.answered_name,
            asked_at=question.asked_at,
            expires_at=question.expires_at,
            closed_at=question.closed_at,
        )


class Approvals:
    """Approvals over HTTP."""

    def __init__(
        self, desk: ApprovalDesk, executions: ExecutionDesk, incidents: IncidentDesk, names: Names
    ) -> None:
        self._desk = desk
        self._executions = executions
        self._incidents = incidents
        self._names = names

    def routes(self) -> tuple[AnyRoute, ...]:
        """Its rows."""
        view = Permission.RUNBOOK_VIEW
        return (
            Route(
                "GET", ROOT, self.page, view, "List approvals", ApprovalPage, query=ApprovalQuery
            ),
            Route("GET", ONE, self.get, view, "Look at an approval", ApprovalOut),
            # Who may answer is the policy's matter: the domain decides.
            Route(
                "POST", f"{ONE}approve/", self.approve, view, "Say yes", ApprovalOut,
                body=Approve,
            ),
            Route("POST", f"{ONE}reject/", self.reject, view, "Say no", ApprovalOut, body=Reject),
            Route("GET", QUESTION, self.question, view, "Look at a question", QuestionOut),
            Route(
                "POST", f"{QUESTION}answer/", self.tell, view, "Answer a question",
                QuestionOut, body=Tell,
            ),
        )  # fmt: skip

    async def page(self, call: Call[ApprovalQuery, Nothing]) -> ApprovalPage:
        """Those that fit."""
        query = call.query
        incident_id = execution_id = None
        if query.incident:
            incident_id = (await self._incidents.detail(call.actor, query.incident)).incident.id
        if query.execution:
            found = await self._executions.detail(call.actor, query.execution)
            execution_id = found.execution.id
        wanted = ApprovalFilter(
            status=query.status,
            incident_id=incident_id,
            execution_id=execution_id,
            search=query.search,
        )
        page = await self._desk.page(call.actor, wanted, query.part(), mine=query.mine)
        known = await self._names.of(each.approval.requested_by for each in page.items)
        return page_out(
            ApprovalPage, call.request, query, page, lambda each: ApprovalOut.of(each, known)
        )

    async def get(self, call: Call[NoQuery, Nothing]) -> ApprovalOut:
        """One with its plan."""
        return await self._shown(call.actor, call.path["ref"])

    async def approve(self, call: Call[NoQuery, Approve]) -> ApprovalOut:
        """Yes."""
        with _named("approval_notes"):
            return await self._answered(call, self._desk.approve, call.body.approval_notes)

    async def reject(self, call: Call[NoQuery, Reject]) -> ApprovalOut:
        """No."""
        with _named("rejection_notes"):
            return await self._answered(call, self._desk.reject, call.body.rejection_notes)

    async def _answered(
        self,
        call: Call[NoQuery, Approve] | Call[NoQuery, Reject],
        say: Callable[..., Awaitable[Approval]],
        note: str,
    ) -> ApprovalOut:
        """The approval after it was answered by `approve` or `reject` of the desk."""
        after = await say(
            call.actor,
            call.path["ref"],
            note,
            code=call.body.second_factor_code or None,
            plan_hash=call.body.plan_hash or None,
        )
        return await self._shown(call.actor, after.id)

    async def question(self, call: Call[NoQuery, Nothing]) -> QuestionOut:
        """What is asked."""
        return QuestionOut.of(await self._desk.question(call.actor, call.path["ref"]))

    async def tell(self, call: Call[NoQuery, Tell]) -> QuestionOut:
        """The answer."""
        told = await self._desk.tell(call.actor, call.path["ref"], call.body.answer)
        return QuestionOut.of(told)

    async def _shown(self, actor: Actor, ref: str) -> ApprovalOut:
        found = await self._desk.detail(actor, ref)
        return ApprovalOut.of(found, await self._names.of([found.approval.requested_by]))


@contextmanager
def _named(field: str) -> Generator[None]:
    """A mistake in the note, named as this call names it."""
    try:
        yield
    except BadInput as wrong:
        if "note" not in wrong.details:
            raise
        why = wrong.details["note"]
        raise BadInput(f"The field `{field}` {why}.", details={field: why}) from None
