"""An approval: somebody must say yes to an exact plan before it is carried out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from automation.values import Json
from incidents.ports import Viewer

DAY = 86_400.0


class ApprovalStatus(StrEnum):
    """How an approval stands. Only PENDING ever changes."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    WITHDRAWN = "WITHDRAWN"


class OnExpiry(StrEnum):
    """What follows when nobody has decided in time.

    `reject` counts as a no; `cancel` ends the whole execution; `approve` goes on.
    """

    REJECT = "reject"
    CANCEL = "cancel"
    APPROVE = "approve"


@dataclass(frozen=True, slots=True)
class Policy:
    """Who must say yes, and by when.

    Attributes:
        people: Handles of accounts that may answer.
        role: Everybody with this role in the team may answer; empty for nobody by role.
            Without people and role, everybody with the right `approval.answer` may.
        needed: How many must say yes; one no is enough to reject.
        reason_required: Whether an answer needs a note.
        expires_after: Seconds until it expires; None never expires.
        on_expiry: What follows then.
        escalate_after: Seconds until `escalate_to` are asked besides; None never does.
        escalate_to: Handles of accounts that may answer from then on.
        requester_may_approve: Whether who asked may say yes themselves.
        second_factor: Whether an answer needs a code of the answerer's second factor.
    """

    people: tuple[str, ...] = ()
    role: str = ""
    needed: int = 1
    reason_required: bool = False
    expires_after: float | None = DAY
    on_expiry: OnExpiry = OnExpiry.REJECT
    escalate_after: float | None = None
    escalate_to: tuple[str, ...] = ()
    requester_may_approve: bool = False
    second_factor: bool = False

    @property
    def expired_as(self) -> OnExpiry:
        """What follows when it has expired: where a code is needed, time is never a yes."""
        approve = OnExpiry.APPROVE
        return (
            OnExpiry.REJECT if self.second_factor and self.on_expiry is approve else self.on_expiry
        )


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """One item of a step that is done for each of a list, as it would be done.

    Attributes:
        index: Which one, from 0.
        item: The item itself, secrets masked.
        parameters: As of a step, and so are `command`, `open`, `digest` and `mistake`.
        skipped: Whether the step's condition is known to be false for it.
        kept: Whether it was completed in the execution that this one repeats, so that it is
            not done again.
        undo, calls: As of a step.
    """

    index: int
    item: Json
    parameters: Json = None
    command: str = ""
    open: tuple[str, ...] = ()
    digest: str = ""
    skipped: bool = False
    kept: bool = False
    mistake: str = ""
    undo: PlannedStep | None = None
    calls: tuple[PlannedStep, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One step of a plan as it would be done, for people to read; secrets are masked.

    Attributes:
        when: Its condition as written; empty without one.
        parameters: Rendered; where `open` is not empty, some still hold templates.
        command: The whole command line where the action is one; empty otherwise.
        open: What is not known before earlier steps have run, such as `steps.check.output`.
        digest: Over the action and everything it is given, secrets included; empty while
            some of it is open.
        skipped: Whether its condition is known to be false.
        rollback: What undoes it, in one line; empty for nothing.
        undo: The same as a step of its own, filled in as far as it is known; None for nothing,
            and where each of the items has its own.
        calls: The steps of the runbook that it calls, as they would be done; empty where it
            calls none, or where it is not known yet which.
        retry: How often and when it is tried again, in words; empty for never.
        on_failure: What follows when it fails for good: `stop`, `continue` or `roll_back`.
        for_each: What it is done for each of, as it is written; empty for a step done once.
            Its parameters are then as they are written, and those of `items` filled in.
        concurrency: How many items at the same time.
        items: What it is done for, in order; empty also where the list is not known yet.
    """

    name: str
    action: str
    parameters: Json
    timeout: float
    when: str = ""
    command: str = ""
    open: tuple[str, ...] = ()
    digest: str = ""
    skipped: bool = False
    approval: bool = False
    rollback: str = ""
    mistake: str = ""
    for_each: str = ""
    concurrency: int = 1
    items: tuple[PlannedItem, ...] = ()
    undo: PlannedStep | None = None
    calls: tuple[PlannedStep, ...] = ()
    retry: str = ""
    on_failure: str = "stop"


@dataclass(frozen=True, slots=True)
class Approval:
    """A question with two answers, kept before anybody is asked.

    Attributes:
        number: Counts from 1 across the installation; see `key`.
        task_id: The step it is about; the one before the first for a whole runbook.
        subject: What is to be done, in one line: `Restart web · step “Restart”`.
        reason: Why it is to be done, as the requester said; may be empty.
        plan: Exactly what would be done.
        plan_hash: 64 hexadecimal digits over the plan, secrets included, keyed by the
            installation; an approval counts for nothing else.
        requested_by: Account that started the execution; None when Tocsin did.
        verdict: Who decided and what they said, in one line; empty while pending.
        escalate_at: When more people are asked; None when they are never or were already.
        version: Grows with each change.
    """

    id: str
    number: int
    team_id: str
    execution_id: str
    task_id: str
    subject: str
    policy: Policy
    plan: tuple[PlannedStep, ...]
    plan_hash: str
    requested_by: str | None
    requested_name: str
    requested_at: datetime
    reason: str = ""
    incident_id: str | None = None
    status: ApprovalStatus = ApprovalStatus.PENDING
    expires_at: datetime | None = None
    escalate_at: datetime | None = None
    escalated: bool = False
    decided_at: datetime | None = None
    verdict: str = ""
    version: int = 1

    @property
    def key(self) -> str:
        """What people call it: `APR-00017`."""
        return f"APR-{self.number:05d}"

    @property
    def pending(self) -> bool:
        """Whether it still waits for an answer."""
        return self.status is ApprovalStatus.PENDING


@dataclass(frozen=True, slots=True)
class Answer:
    """What one account said to an approval; one each, never changed.

    Attributes:
        via: The door they came by: `chat:slack`, `web`, `api`, `cli`.
    """

    approval_id: str
    account_id: str
    name: str
    approve: bool
    note: str
    at: datetime
    via: str


@dataclass(frozen=True, slots=True)
class Question:
    """Something a runbook asks people in its channel.

    Attributes:
        options: What may be answered; empty takes any text.
        of: Handles of accounts that may answer; empty means whoever may work on the incident.
        expires_at: When the step stops waiting and fails; None never.
        answer: Empty while nobody has answered.
        closed_at: When it was answered, expired or withdrawn; None while it is open.
    """

    id: str
    team_id: str
    execution_id: str
    task_id: str
    text: str
    asked_at: datetime
    options: tuple[str, ...] = ()
    of: tuple[str, ...] = ()
    incident_id: str | None = None
    expires_at: datetime | None = None
    answer: str = ""
    answered_by: str | None = None
    answered_name: str = ""
    closed_at: datetime | None = None


def parse_approval_key(ref: str) -> int | None:
    """The number in `APR-00017`, `apr-17`, `#17` or `17`; None when it is none of these."""
    match = re.fullmatch(r"(?:apr-|#)?0*([1-9][0-9]{0,8})", ref.strip(), re.IGNORECASE)
    return int(match[1]) if match else None


@dataclass(frozen=True, slots=True)
class ApprovalFilter:
    """Which approvals; None and empty mean any.

    Attributes:
        team_ids: Of these teams; None means all.
        viewer: Whose eyes the incidents, and as `Eyes` the private runbooks, are seen with;
            None hides nothing.
        besides: Ids of hidden ones that are shown nevertheless: who looks may answer them.
        hidden: Only those that the viewer does not see.
        search: Words in subject and reason, case ignored.
    """

    team_ids: frozenset[str] | None = None
    viewer: Viewer | None = None
    besides: frozenset[str] = frozenset()
    hidden: bool = False
    status: ApprovalStatus | None = None
    incident_id: str | None = None
    execution_id: str | None = None
    since: datetime | None = None
    search: str | None = None
