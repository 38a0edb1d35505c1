"""How an approval and a question look in chat: messages that follow them. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import cast

from automation.approval import (
    Answer,
    Approval,
    ApprovalStatus,
    PlannedItem,
    PlannedStep,
    Question,
)
from automation.values import Json
from chat.card import Actions, Button, Card, Field, Fields, Footer, Section, Text
from chat.fit import sentence, shorten
from chat.text import Bold, Code, Link, Moment, Rich, Span, counted
from incidents.incident import Incident

_SHOWN_STEPS = 8
_SHOWN_ITEMS = 20
_SHOWN_PLAN = 2500
"""Characters of a plan that a message shows; what is longer has to be looked at on its page."""
_SHOWN = 300
_MARKS = {
    ApprovalStatus.PENDING: "✋",
    ApprovalStatus.APPROVED: "✅",
    ApprovalStatus.REJECTED: "❌",
    ApprovalStatus.EXPIRED: "⌛",
    ApprovalStatus.WITHDRAWN: "↩️",
}


def approval_card(
    approval: Approval, incident: Incident | None, execution: str, answers: Sequence[Answer]
) -> Card:
    """The message that asks for an approval, and says afterwards what came of it.

    Args:
        approval: As it stands.
        incident: None without one.
        execution: Key of the execution.
        answers: In order of time.
    """
    mark = _MARKS[approval.status]
    title = f"{mark} {approval.key} · {shorten(approval.subject, 120)}"
    if not approval.pending:
        tone = "good" if approval.status is ApprovalStatus.APPROVED else "warning"
        return Card(
            title,
            (Text((sentence(shorten(approval.verdict, 600)),)), _foot(approval, execution)),
            tone=tone,
        )
    sections: list[Section] = [Fields(tuple(_fields(approval, incident, answers)))]
    sections += plan_and_buttons(approval)
    sections.append(_foot(approval, execution))
    return Card(f"{title} needs approval", tuple(sections), tone="warning")


def _fields(
    approval: Approval, incident: Incident | None, answers: Sequence[Answer]
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
    if approval.expires_at is not None:
        found.append(Field("Expires", (Moment(approval.expires_at, "until"),)))
    if approval.policy.second_factor:
        found.append(Field("Needs", ("a code of your second factor",)))
    return found


def plan_and_buttons(approval: Approval) -> list[Section]:
    """The exact plan with its buttons; where it does not fit, the way to it instead of a yes.

    Nobody is offered to say yes to what they are not shown.
    """
    steps = [_step(step) for step in approval.plan]
    items = [_item(each) for step in approval.plan for each in step.items]
    value = f"{approval.key}:{approval.plan_hash[:16]}"
    reject = Button("approval.reject", "Reject", value, style="danger", asks=True)
    size = sum(
        len(part.text) for step in (*steps, *items) for part in step if isinstance(part, Code)
    )
    short = len(steps) <= _SHOWN_STEPS and len(items) <= _SHOWN_ITEMS
    if short and size <= _SHOWN_PLAN:
        approve = Button("approval.approve", "Approve", value, style="primary")
        shown = [
            Text(part)
            for step in approval.plan
            for part in (_step(step), *(_item(each) for each in step.items))
        ]
        return [*shown, Actions((approve, reject))]
    names = ", ".join(shorten(step.name, 40) for step in approval.plan[:_SHOWN_STEPS])
    page = Link("Look at it on its page", f"/approvals/{approval.key}")
    told = (
        f"{counted(len(steps), 'step')} ({names}{_many(items)}): the plan is too long to be shown "
    )
    told += "here. "
    return [Text((told, page, " before you approve it.")), Actions((reject,))]


def _many(items: Sequence[Rich]) -> str:
    return f"; {counted(len(items), 'item')}" if items else ""


def _step(step: PlannedStep) -> Rich:
    """One step of the plan: its action and exactly all that it is given."""
    parts: list[Span | str] = [Bold(shorten(step.name, 80)), f" · {step.action} "]
    if step.for_each:
        parts += ["for each of ", Code(step.for_each)]
        if step.concurrency > 1:
            parts.append(f", {step.concurrency} at a time")
    if not step.items:
        parts += _given(step.command, step.parameters)
    if step.when:
        parts += [" when ", Code(step.when)]
    if step.rollback:
        parts += [" undone by ", Code(step.rollback)]
    if step.open:
        parts.append(" (some of it is known only while it runs, and is asked for again then)")
    if step.skipped:
        parts.append(" (skipped: its condition is not true)")
    return tuple(parts)


def _item(item: PlannedItem) -> Rich:
    """One item of a step: which, and exactly all that is done for it."""
    parts: list[Span | str] = [f"{item.index + 1}. "]
    parts.append(Code(json.dumps(item.item, ensure_ascii=False, default=str)))
    parts += _given(item.command, item.parameters)
    if item.skipped:
        parts.append(" (skipped: its condition is not true)")
    if item.kept:
        parts.append(" (was completed before, and is not done again)")
    if item.mistake:
        parts.append(f" (cannot be done: {shorten(item.mistake, _SHOWN)})")
    return tuple(parts)


def _given(command: str, parameters: Json) -> list[Span | str]:
    """A command line, and all that is given besides."""
    parts: list[Span | str] = [" ", Code(command)] if command else []
    if rest := _rest(command, parameters):
        parts += [" ", Code(rest)]
    return parts


def _rest(command: str, parameters: Json) -> str:
    """All that a step is given besides its command line: false and 0 say something, too."""
    if not isinstance(parameters, dict):
        return ""
    given = cast("Mapping[str, Json]", parameters)
    kept = {
        name: value
        for name, value in given.items()
        if value is not None and not (name == "cmd" and value == command)
    }
    return json.dumps(kept, ensure_ascii=False, default=str) if kept else ""


def _foot(approval: Approval, execution: str) -> Footer:
    return Footer(
        (
            Link("The exact plan", f"/approvals/{approval.key}"),
            f" · {execution} · plan {approval.plan_hash[:12]}",
            *((" · or type ", Code(f"/approve {approval.key}")) if approval.pending else ()),
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
