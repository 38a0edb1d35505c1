"""Answering approvals and questions, as plain functions of an open transaction.

An approval is answered once, from anywhere; rights are asked here, in the transaction
that counts the answer, and asked again of everybody who said yes before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from automation.access import sees_execution
from automation.approval import (
    Answer,
    Approval,
    ApprovalStatus,
    OnExpiry,
    parse_approval_key,
)
from automation.approvals.asking import refresh, tell
from automation.approvals.eligible import eligible, is_requester, may_answer
from automation.approvals.plan_card import wholly_shown
from automation.approvals.subjects import EXECUTION_DRIVE
from automation.ports import AutomationStores
from chat.errors import BadInput, Denied, NotFound, Refused
from incidents.change import note
from incidents.timeline import EventKind
from security.account import Account
from security.actor import SYSTEM, Actor
from security.audit import Outcome, record
from security.permissions import Permission

_NOTE = 2000
_SHOWN = 60
_HASH_START = 8
NOT_SHOWN = "PLAN_NOT_SHOWN"
"""Code of the refusal of a yes to what was not shown."""


def seen(stores: AutomationStores, actor: Actor, ref: str, *, lock: bool = False) -> Approval:
    """The approval that somebody names by key, number or id, if it is for their eyes.

    That is whoever may see its execution, and whoever may answer it.

    Raises:
        NotFound: There is none, or it is not for them; the two look alike on purpose.
    """
    number = parse_approval_key(ref)
    rows = stores.approvals
    found = rows.by_number(number, lock=lock) if number else rows.get(ref.strip(), lock=lock)
    if found is None or not _visible(stores, actor, found):
        raise NotFound(
            f"There is no approval “{ref.strip()[:_SHOWN]}” that you can see. "
            "/approvals shows what waits, with keys like APR-00017."
        )
    return found


def _visible(stores: AutomationStores, actor: Actor, approval: Approval) -> bool:
    execution = stores.executions.get(approval.execution_id)
    if execution is not None and sees_execution(stores, actor, execution):
        return True
    account = stores.people.account(actor.account_id or "")
    return account is not None and may_answer(stores, approval, account)


def answer(
    stores: AutomationStores,
    actor: Actor,
    ref: str,
    *,
    approve: bool,
    note_text: str,
    now: datetime,
    plan_hash: str | None = None,
    prove: Callable[[AutomationStores], None] | None = None,
) -> Approval:
    """Answer an approval.

    Args:
        stores: The open transaction's.
        actor: Who answers.
        ref: Key, number or id.
        approve: Yes or no.
        note_text: Why; may be empty where the policy does not ask for one.
        now: The time.
        plan_hash: Of the plan that they looked at (or its beginning, at least 8 digits); None
            where the door shows no other one than the present.
        prove: Consumes the proof of their second factor, or raises; None when they gave none.

    Raises:
        NotFound: It is not there for them.
        Denied: They may not answer it.
        Refused: It is decided, expired or withdrawn, they have answered it already, it
            needs a second factor, or they agree in chat to what no message shows.
        BadInput: A note is needed, or too long.
    """
    approval = seen(stores, actor, ref, lock=True)
    text = _note_of(note_text, approval)
    _open(approval, now)
    account = _answerer(stores, actor, approval)
    _looked_at(actor, approval, plan_hash, approve=approve)
    if plan_hash and not approval.plan_hash.startswith(plan_hash[:64]):
        raise Refused(
            f"What you looked at is not what {approval.key} asks for now. Look at it again.",
            code="PLAN_CHANGED",
        )
    if approval.policy.second_factor:
        if prove is None:
            raise Refused(
                f"{approval.key} needs a code of your second factor besides.",
                code="SECOND_FACTOR_NEEDED",
                details={"second_factor_code": "is needed"},
            )
        prove(stores)
    given = Answer(approval.id, account.id, account.name, approve, text, now, actor.via)
    if not stores.approvals.answer(given):
        # Those who said yes before may have got back a right that they lacked when it was
        # counted last.
        known = next(
            each for each in stores.approvals.answers(approval.id) if each.account_id == account.id
        )
        if approve and known.approve:
            again = _count(stores, approval, known, now)
            if not again.pending:
                return again
        raise Refused(f"You have answered {approval.key} already.", code="ALREADY")
    _record(stores, actor, approval, given, now)
    return _count(stores, approval, given, now)


def _looked_at(actor: Actor, approval: Approval, plan_hash: str | None, *, approve: bool) -> None:
    """Let pass who may know what they agree to.

    Raises:
        BadInput: The beginning of the plan's hash is too short to say which it is.
        Refused: They say yes in chat, and no message shows the plan.
    """
    if plan_hash and len(plan_hash) < _HASH_START:
        raise BadInput(
            f"Give at least the first {_HASH_START} digits of the plan, as its page shows them.",
            details={"plan": f"at least {_HASH_START} digits"},
        )
    in_chat = actor.via.partition(":")[0] == "chat"
    if approve and in_chat and not plan_hash and not wholly_shown(approval.plan):
        raise Refused(
            f"The plan of {approval.key} is too long for a message. Look at it on its page and "
            f"approve it there, or type /approve {approval.key} --plan with the first digits of "
            "the plan that the page shows.",
            code=NOT_SHOWN,
        )


def let_answer(stores: AutomationStores, actor: Actor, ref: str, now: datetime) -> Approval:
    """The approval, if `actor` may answer it now.

    Raises:
        NotFound, Denied, Refused: As `answer`.
    """
    approval = seen(stores, actor, ref)
    _open(approval, now)
    _answerer(stores, actor, approval)
    return approval


def _note_of(text: str, approval: Approval) -> str:
    clean = text.strip()
    if len(clean) > _NOTE:
        raise BadInput(
            f"The note has {len(clean)} characters; at most {_NOTE} are accepted.",
            details={"note": f"at most {_NOTE} characters"},
        )
    if approval.policy.reason_required and not clean:
        raise BadInput(
            f"{approval.key} wants a reason with every answer; write why, too.",
            details={"note": "is needed here"},
        )
    return clean


def _answerer(stores: AutomationStores, actor: Actor, approval: Approval) -> Account:
    """The account that answers, if it may by now.

    Raises:
        Denied: It may not; the message says why and who may.
    """
    account = stores.people.account(actor.account_id) if actor.account_id else None
    if account is None:
        raise Denied(
            "Only somebody with an account answers approvals. Sign in as one.",
            permission=Permission.APPROVAL_ANSWER,
            thing=approval.key,
        )
    in_scope = actor.scopes is None or Permission.APPROVAL_ANSWER in actor.scopes
    if in_scope and may_answer(stores, approval, account):
        return account
    if not in_scope:
        why = f"This token does not carry the scope “{Permission.APPROVAL_ANSWER}”."
    elif is_requester(actor, approval) and not approval.policy.requester_may_approve:
        why = "You asked for it yourself, so somebody else has to answer."
    else:
        why = f"You may not answer {approval.key}."
    others = ", ".join(f"@{each.name}" for each in eligible(stores, approval)[:5])
    role = approval.policy.role or "approver"
    nobody = f" Nobody may at the moment: give somebody else the role “{role}”."
    who = f" Who may: {others}." if others else nobody
    raise Denied(f"{why}{who}", permission=Permission.APPROVAL_ANSWER, thing=approval.key)


def _open(approval: Approval, now: datetime) -> None:
    if not approval.pending:
        raise Refused(
            f"{approval.key} {approval.verdict}; nothing more can be said to it.",
            code="DECIDED",
        )
    if approval.expires_at is not None and approval.expires_at <= now:
        raise Refused(
            f"{approval.key} has expired; nothing more can be said to it.", code="EXPIRED"
        )


def _count(stores: AutomationStores, approval: Approval, given: Answer, now: datetime) -> Approval:
    """Decide it, when this answer does."""
    note_text = f": {given.note}" if given.note else ""
    if not given.approve:
        verdict = f"was rejected by @{given.name}{note_text}"
        return decide(stores, approval, ApprovalStatus.REJECTED, verdict, now)
    yes = [each for each in stores.approvals.answers(approval.id) if each.approve]
    counting = [each for each in yes if _still_counts(stores, approval, each)]
    if len(counting) < approval.policy.needed:
        after = replace(approval, version=approval.version + 1)
        stores.approvals.save(after)
        refresh(stores, after)
        return after
    names = ", ".join(f"@{each.name}" for each in counting)
    return decide(
        stores, approval, ApprovalStatus.APPROVED, f"was approved by {names}{note_text}", now
    )


def _still_counts(stores: AutomationStores, approval: Approval, given: Answer) -> bool:
    """Whether whoever said yes still may: rights can be taken away meanwhile."""
    account = stores.people.account(given.account_id)
    return account is not None and may_answer(stores, approval, account)


def decide(
    stores: AutomationStores,
    approval: Approval,
    status: ApprovalStatus,
    verdict: str,
    now: datetime,
) -> Approval:
    """Write how it ended, tell everybody, and wake the work."""
    after = replace(
        approval,
        status=status,
        decided_at=now,
        verdict=verdict[:_NOTE],
        escalate_at=None,
        version=approval.version + 1,
    )
    stores.approvals.save(after)
    stores.drives.wake(EXECUTION_DRIVE, approval.execution_id, now)
    stores.audit.append(
        record(
            SYSTEM,
            now,
            f"approval.{status.value.lower()}",
            kind="approval",
            id=approval.id,
            name=approval.key,
            team_id=approval.team_id,
            outcome=Outcome.OK if status is ApprovalStatus.APPROVED else Outcome.FAILED,
            verdict=verdict[:500],
            plan_hash=approval.plan_hash,
            subject=approval.subject[:500],
        )
    )
    incident = stores.incidents.get(approval.incident_id) if approval.incident_id else None
    if incident is not None:
        told = f"{approval.key} ({approval.subject}) {verdict}"
        note(
            stores,
            SYSTEM,
            incident,
            now,
            EventKind.APPROVAL_DECIDED,
            told[:500],
            approval=approval.key,
            status=status.value,
        )
    refresh(stores, after)
    return after


def _record(
    stores: AutomationStores, actor: Actor, approval: Approval, given: Answer, now: datetime
) -> None:
    stores.audit.append(
        record(
            actor,
            now,
            "approval.answered",
            kind="approval",
            id=approval.id,
            name=approval.key,
            team_id=approval.team_id,
            answer="approve" if given.approve else "reject",
            note=given.note[:500],
            plan_hash=approval.plan_hash,
        )
    )


def pass_time(stores: AutomationStores, approval_id: str, now: datetime) -> datetime | None:
    """Escalate or let expire what is due; when to look again, None for never."""
    approval = stores.approvals.get(approval_id, lock=True)
    if approval is None or not approval.pending:
        return None
    if approval.expires_at is not None and approval.expires_at <= now:
        follows = {
            OnExpiry.REJECT: "which counts as a no",
            OnExpiry.CANCEL: "which cancels the execution",
            OnExpiry.APPROVE: "which counts as a yes",
        }[approval.policy.expired_as]
        verdict = f"expired without enough answers, {follows}"
        decide(stores, approval, ApprovalStatus.EXPIRED, verdict, now)
        return None
    if approval.escalate_at is not None and approval.escalate_at <= now:
        approval = _escalate(stores, approval, now)
    moments = [each for each in (approval.escalate_at, approval.expires_at) if each is not None]
    return min(moments, default=None)


def _escalate(stores: AutomationStores, approval: Approval, now: datetime) -> Approval:
    after = replace(approval, escalated=True, escalate_at=None, version=approval.version + 1)
    stores.approvals.save(after)
    found = (stores.people.by_name(name) for name in after.policy.escalate_to)
    tell(stores, after, [account.id for account in found if account is not None])
    stores.audit.append(
        record(
            SYSTEM,
            now,
            "approval.escalated",
            kind="approval",
            id=after.id,
            name=after.key,
            team_id=after.team_id,
            to=", ".join(after.policy.escalate_to),
        )
    )
    refresh(stores, after)
    return after
