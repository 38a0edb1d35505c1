"""How an approval and a question look in chat: messages that follow them. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from automation.approval import Answer, Approval, ApprovalStatus, Question
from automation.approvals.plan_card import plan_lines, told_short, wholly_shown
from chat.card import Actions, Button, Card, Field, Fields, Footer, Section, Text, Tone
from chat.fit import sentence, shorten
from chat.text import Bold, Code, Link, Moment
from incidents.incident import Incident
from security.account import Account

_SHOWN_NAMES = 5
_SHOWN = 300
_MARKS = {
    ApprovalStatus.PENDING: "✋",
    ApprovalStatus.APPROVED: "✅",
    ApprovalStatus.REJECTED: "❌",
    ApprovalStatus.EXPIRED: "⌛",
    ApprovalStatus.WITHDRAWN: "↩️",
}
_TONES: dict[ApprovalStatus, Tone] = {
    ApprovalStatus.APPROVED: "good",
    ApprovalStatus.REJECTED: "bad",
    ApprovalStatus.EXPIRED: "bad",
    ApprovalStatus.WITHDRAWN: "neutral",
}


def approval_card(
    approval: Approval,
    incident: Incident | None,
    execution: str,
    answers: Sequence[Answer],
    eligible: Sequence[Account] = (),
    *,
    whole: bool | None = None,
) -> Card:
    """The message that asks for an approval, and says afterwards what came of it.

    Args:
        approval: As it stands.
        incident: None without one.
        execution: Key of the execution.
        answers: In order of time.
        eligible: Who may answer it now, by name.
        whole: As in `plan_and_buttons`.
    """
    mark = _MARKS[approval.status]
    title = f"{mark} {approval.key} · {shorten(approval.subject, 120)}"
    if not approval.pending:
        return Card(
            title,
            (Text((sentence(shorten(approval.verdict, 600)),)), _foot(approval, execution)),
            tone=_TONES[approval.status],
        )
    whole = wholly_shown(approval.plan) if whole is None else whole
    sections: list[Section] = [Fields(tuple(_fields(approval, incident, answers, eligible)))]
    sections += plan_and_buttons(approval, whole=whole)
    sections.append(_foot(approval, execution, whole=whole))
    return Card(f"{title} needs approval", tuple(sections), tone="warning")


def _fields(
    approval: Approval,
    incident: Incident | None,
    answers: Sequence[Answer],
    eligible: Sequence[Account],
) -> list[Field]:
    by = f"@{approval.requested_name}" if approval.requested_by else "Tocsin"
    found = [Field("Asked by", (by,))]
    if approval.reason:
        found.append(Field("Why", (shorten(approval.reason, _SHOWN),)))
    if incident is not None:
        found.append(Field("Incident", (f"{incident.key} {shorten(incident.name, 80)}",)))
    yes = [f"@{answer.name}" for answer in answers if answer.approve]
    count = f"{len(yes)}/{approval.policy.needed}"
    found.append(Field("Approved", (Bold(count), f" {', '.join(yes)}" if yes else "")))
    found.append(Field("May answer", (_who(approval, eligible),)))
    if approval.expires_at is not None:
        found.append(Field("Expires", (Moment(approval.expires_at, "until"),)))
    if approval.policy.second_factor:
        found.append(Field("Needs", ("a code of your second factor",)))
    return found


def _who(approval: Approval, eligible: Sequence[Account]) -> str:
    """Who may answer, or what is to be done where nobody may."""
    if eligible:
        names = ", ".join(f"@{each.name}" for each in eligible[:_SHOWN_NAMES])
        more = len(eligible) - _SHOWN_NAMES
        return f"{names} and {more} more" if more > 0 else names
    policy = approval.policy
    if policy.people and not policy.role:
        names = ", ".join(f"@{name}" for name in policy.people[:_SHOWN_NAMES])
        return f"nobody at the moment; it is for {names}, who cannot answer it"
    return f"nobody at the moment; give somebody the role {policy.role or 'approver'}"


def plan_and_buttons(approval: Approval, *, whole: bool | None = None) -> list[Section]:
    """The exact plan with its buttons; where it does not fit, the way to it instead of a yes.

    Nobody is offered to say yes to what they are not shown.

    Args:
        approval: One that waits.
        whole: Whether all of the plan is to be shown; None where it is short enough.
    """
    value = f"{approval.key}:{approval.plan_hash[:16]}"
    reject = Button("approval.reject", "Reject", value, style="danger", asks=True)
    if wholly_shown(approval.plan) if whole is None else whole:
        approve = Button("approval.approve", "Approve", value, style="primary")
        return [*map(Text, plan_lines(approval.plan)), Actions((approve, reject))]
    page = Link("Look at it on its page", f"/approvals/{approval.key}")
    told = f"{told_short(approval.plan)}: the plan is too long to be shown here. "
    return [Text((told, page, " before you approve it.")), Actions((reject,))]


def _foot(approval: Approval, execution: str, *, whole: bool = False) -> Footer:
    typed = (" · or type ", Code(f"/approve {approval.key}"))
    return Footer(
        (
            Link("The exact plan", f"/approvals/{approval.key}"),
            f" · {execution} · plan {approval.plan_hash[:12]}",
            *(typed if approval.pending and whole else ()),
        )
    )


def question_card(question: Question, execution: str) -> Card:
    """The message that asks a runbook's question, and says afterwards what was answered."""
    text = shorten(question.text, 500)
    if question.closed_at is not None:
        if question.answered_by is None:
            return Card(f"⌛ {text}", (Text(("Nobody answered in time.",)),))
        said = (f"@{question.answered_name}: ", Bold(shorten(question.answer, 300)))
        return Card(f"✅ {text}", (Text(said),), tone="good")
    sections: list[Section] = []
    if question.of:
        sections.append(Text(("For ", ", ".join(f"@{name}" for name in question.of))))
    if question.options:
        sections.append(
            Actions(
                tuple(
                    Button("question.answer", shorten(option, 75), f"{question.id}:{number}")
                    for number, option in enumerate(question.options)
                )
            )
        )
    else:
        sections.append(
            Actions((Button("question.ask", "Answer", question.id, style="primary", asks=True),))
        )
    sections.append(Footer((f"Asked by {execution}",)))
    return Card(f"❓ {text}", tuple(sections), tone="warning")
