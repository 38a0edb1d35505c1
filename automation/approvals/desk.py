"""The desk for approvals and questions: each call one act.

`ref` is a key such as `APR-00017`, a number or an id.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from automation.access import execution_seen, seen_executions, sees_execution
from automation.approval import Answer, Approval, ApprovalFilter, ApprovalStatus, Question
from automation.approvals import answering, questions
from automation.approvals.eligible import Standing, Standings
from automation.execution import Execution, WaitsFor
from automation.ports import AutomationStores
from chat.clock import Clock
from chat.errors import NotFound
from incidents.incident import Incident
from security.account import Account
from security.actor import Actor, require
from security.page import Page, Slice
from security.permissions import Permission
from security.ports import Acts
from security.second_factor import Proof, SecondFactorDesk, consume

T = TypeVar("T")
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class ApprovalDetail:
    """An approval with everything that is shown of it.

    Attributes:
        execution: None when it is gone.
        incident: None without one.
        answers: In order of time.
        eligible: Who may answer it now, by name.
        mine: Whether who looks may answer it now, and has not.
    """

    approval: Approval
    execution: Execution | None
    incident: Incident | None
    answers: tuple[Answer, ...]
    eligible: tuple[Account, ...]
    mine: bool


class ApprovalDesk:
    """Approvals for every door."""

    def __init__(
        self, acts: Acts[AutomationStores], second_factors: SecondFactorDesk, clock: Clock
    ) -> None:
        self._acts = acts
        self._second_factors = second_factors
        self._clock = clock

    async def _change(self, actor: Actor, act: Callable[[AutomationStores, datetime], T]) -> T:
        return await self._acts.run(lambda stores: act(stores, self._clock.now()), actor=actor)

    async def page(
        self, actor: Actor, wanted: ApprovalFilter, part: Slice, *, mine: bool = False
    ) -> Page[ApprovalDetail]:
        """Those that fit and `actor` sees, newest first unless ordered otherwise.

        That is what belongs to executions that they see, and what waits and they may answer.

        Args:
            actor: For whose eyes.
            wanted: What is looked for; teams and eyes are filled in here.
            part: Which part of them.
            mine: Only those that wait for `actor` themselves.
        """

        def look(stores: AutomationStores) -> Page[ApprovalDetail]:
            require(actor, Permission.RUNBOOK_VIEW, team_id=None, thing="approvals")
            eyes = seen_executions(stores, actor)
            fitting = replace(wanted, team_ids=eyes.team_ids, viewer=eyes.viewer)
            fitting = replace(fitting, besides=_besides(stores, actor, fitting))
            found = (
                _mine(stores, actor, fitting, part)
                if mine
                else stores.approvals.page(fitting, part)
            )
            show = _Showing(stores, actor)
            return Page(tuple(show.detail(each) for each in found.items), found.total)

        return await self._acts.read(look, actor=actor)

    async def detail(self, actor: Actor, ref: str) -> ApprovalDetail:
        """One approval.

        Raises:
            NotFound: It is not there for `actor`.
        """
        return await self._acts.read(
            lambda stores: _Showing(stores, actor).detail(answering.seen(stores, actor, ref)),
            actor=actor,
        )

    async def let_answer(self, actor: Actor, ref: str) -> Approval:
        """The approval, if they may answer it now; nothing is said by it.

        Raises:
            NotFound, Denied, Refused: As `approve`.
        """
        now = self._clock.now()
        return await self._acts.read(
            lambda stores: answering.let_answer(stores, actor, ref, now), actor=actor
        )

    async def approve(
        self,
        actor: Actor,
        ref: str,
        note: str = "",
        *,
        code: str | None = None,
        plan_hash: str | None = None,
    ) -> Approval:
        """Say yes.

        Args:
            actor: Who answers.
            ref: The approval.
            note: Why; may be empty where the policy does not ask for one.
            code: Of their second factor; None or empty when they gave none.
            plan_hash: Of the plan they looked at, or its beginning; None for the present one.

        Raises:
            NotFound: It is not there for them.
            Denied: They may not answer it.
            Refused: It is decided, they have answered already, or a code is needed
                (`SECOND_FACTOR_NEEDED`).
            BadInput: The code is wrong, or a note is needed.
        """
        return await self._answer(actor, ref, note, code, plan_hash, approve=True)

    async def reject(
        self,
        actor: Actor,
        ref: str,
        note: str = "",
        *,
        code: str | None = None,
        plan_hash: str | None = None,
    ) -> Approval:
        """Say no; one no is enough. As `approve`."""
        return await self._answer(actor, ref, note, code, plan_hash, approve=False)

    async def _answer(
        self,
        actor: Actor,
        ref: str,
        note: str,
        code: str | None,
        plan_hash: str | None,
        *,
        approve: bool,
    ) -> Approval:
        proof: Proof | None = None
        if code and code.strip():
            # In an act of its own: a wrong code has to be counted, whatever comes after.
            proof = await self._second_factors.prove(actor, code)

        def act(stores: AutomationStores, now: datetime) -> Approval:
            def prove(_: AutomationStores) -> None:
                if proof is not None:
                    consume(actor, proof, now)

            return answering.answer(
                stores,
                actor,
                ref,
                approve=approve,
                note_text=note,
                now=now,
                plan_hash=plan_hash,
                prove=prove if proof is not None else None,
            )

        return await self._change(actor, act)

    async def question(self, actor: Actor, question_id: str) -> Question:
        """A question that a runbook asks.

        Raises:
            NotFound: It is not there.
        """

        def look(stores: AutomationStores) -> Question:
            found = stores.approvals.question(question_id)
            execution = stores.executions.get(found.execution_id) if found else None
            if found is None or execution is None or not sees_execution(stores, actor, execution):
                raise NotFound("That question is not there any more.")
            return found

        return await self._acts.read(look, actor=actor)

    async def tell(self, actor: Actor, question_id: str, text: str) -> Question:
        """Answer a question.

        Raises:
            NotFound: It is not there for them.
            Denied: They may not answer it.
            Refused: It is closed.
            BadInput: That is none of its options.
        """
        return await self._change(
            actor,
            lambda stores, now: questions.answer_question(stores, actor, question_id, text, now),
        )

    async def tell_execution(self, actor: Actor, ref: str, text: str) -> Question:
        """Answer the question that an execution waits for.

        Raises:
            NotFound: It is not there for them, or asks nothing now.
            Denied, Refused, BadInput: As `tell`.
        """

        def act(stores: AutomationStores, now: datetime) -> Question:
            execution = execution_seen(stores, actor, ref)
            asked = next(
                (
                    task.waiting_id
                    for task in stores.executions.tasks(execution.id)
                    if task.waits_for is WaitsFor.QUESTION and not task.status.ended
                ),
                None,
            )
            if asked is None:
                raise NotFound(f"{execution.key} asks nothing now.")
            return questions.answer_question(stores, actor, asked, text, now)

        return await self._change(actor, act)


def _mine(
    stores: AutomationStores, actor: Actor, wanted: ApprovalFilter, part: Slice
) -> Page[Approval]:
    """Those that wait for `actor`, who may answer them and has not."""
    account = stores.people.account(actor.account_id) if actor.account_id else None
    if account is None or wanted.status not in {None, ApprovalStatus.PENDING}:
        return Page((), 0)
    found = _answerable(stores, account, wanted, part.order)
    open_ones = [
        each
        for each in found
        # Where one yes is enough, who has given it would have decided it.
        if each.policy.needed == 1 or not _answered(stores, each, account.id)
    ]
    return Page(tuple(open_ones[part.offset : part.offset + part.limit]), len(open_ones))


def _besides(stores: AutomationStores, actor: Actor, wanted: ApprovalFilter) -> frozenset[str]:
    """Ids of those that are hidden from `actor`, wait, and may be answered by them."""
    account = stores.people.account(actor.account_id) if actor.account_id else None
    if account is None or wanted.status not in {None, ApprovalStatus.PENDING}:
        return frozenset()
    hidden = _answerable(stores, account, replace(wanted, hidden=True))
    return frozenset(each.id for each in hidden)


def _answerable(
    stores: AutomationStores, account: Account, wanted: ApprovalFilter, order: str = ""
) -> list[Approval]:
    """Those that wait and that an account may answer, whether it has or not."""
    standing = Standing.of(stores, account)
    pending = replace(wanted, status=ApprovalStatus.PENDING)
    found: list[Approval] = []
    offset, total = 0, 1
    while offset < total:
        page = stores.approvals.page(pending, Slice(_AT_ONCE, offset, order))
        found += [each for each in page.items if standing.may_answer(each)]
        offset, total = offset + _AT_ONCE, page.total
    return found


def _answered(stores: AutomationStores, approval: Approval, account_id: str) -> bool:
    return any(each.account_id == account_id for each in stores.approvals.answers(approval.id))


class _Showing:
    """Approvals as one person sees them; who may answer is looked up once for all."""

    def __init__(self, stores: AutomationStores, actor: Actor) -> None:
        self._stores = stores
        self._actor = actor
        self._standings = Standings(stores)
        account = stores.people.account(actor.account_id) if actor.account_id else None
        self._own = Standing.of(stores, account) if account is not None else None

    def detail(self, approval: Approval) -> ApprovalDetail:
        """One of them."""
        stores, incident = self._stores, approval.incident_id
        answers = stores.approvals.answers(approval.id)
        answered = any(each.account_id == self._actor.account_id for each in answers)
        return ApprovalDetail(
            approval=approval,
            execution=stores.executions.get(approval.execution_id),
            incident=stores.incidents.get(incident) if incident else None,
            answers=answers,
            eligible=self._standings.eligible(approval) if approval.pending else (),
            mine=approval.pending
            and not answered
            and self._own is not None
            and self._own.may_answer(approval),
        )
