"""`/approve`, `/reject`, `/approvals`, and the buttons and forms that answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from automation.approval import Approval, ApprovalFilter, ApprovalStatus
from automation.approvals.answering import NOT_SHOWN
from automation.approvals.card import plan_and_buttons
from automation.approvals.desk import ApprovalDetail
from chat.card import Card, Footer, Section, Text
from chat.errors import Refused
from chat.fit import shorten
from chat.form import Form, FormField
from chat.inbound import Click, FormSubmission
from chat.reply import AskForm, Private, Quiet, Reply
from chat.text import Bold, Code, Link, Moment, Rich
from commands.arguments import Arg, Args
from commands.cards import done
from commands.codes import CODE_FIELD, code_before
from commands.command import Ask, click, command, form
from commands.desks import Desks
from commands.vocabulary import PageNumber
from security.page import Slice
from security.permissions import Permission

ROWS = 10


class AnswerArgs(Args):
    """Words after `/approve` and `/reject`."""

    approval: Annotated[str, Arg("APR-17", takes="word", says="the approval")]
    note: Annotated[str, Arg("NOTE", takes="rest", says="why")] = ""
    code: Annotated[str, Arg("123456", says="of your second factor, where it is needed")] = ""
    plan: Annotated[str, Arg("DIGITS", says="of the plan that you have looked at")] = ""


class TellArgs(Args):
    """Words after `/runbook answer`."""

    execution: Annotated[str, Arg("RUN-12", takes="word", says="the execution that asks")]
    text: Annotated[str, Arg("TEXT", takes="rest", says="the answer")]


class ListArgs(Args):
    """Words after `/approvals`."""

    page: PageNumber = 1


@dataclass(frozen=True, slots=True)
class ApprovalCommands:
    """Answering approvals and questions. Who may is decided with the approval at hand."""

    desks: Desks

    @command("approve", "Say yes to what waits for approval", AnswerArgs, needs=Permission.CHAT_USE)
    async def approve(self, ask: Ask, args: AnswerArgs) -> Reply:
        """Yes."""
        note, code = await self._note_and_code(ask, args)
        try:
            approval = await self.desks.approvals.approve(
                ask.actor, args.approval, note, code=code, plan_hash=args.plan or None
            )
        except Refused as wrong:
            if wrong.code != NOT_SHOWN:
                raise
            detail = await self.desks.approvals.detail(ask.actor, args.approval)
            page = Link("Its page", f"/approvals/{detail.approval.key}")
            return Private(Card(wrong.message, (Text((page,)),), tone="warning"))
        return done(_said(approval))

    @command("reject", "Say no to what waits for approval", AnswerArgs, needs=Permission.CHAT_USE)
    async def reject(self, ask: Ask, args: AnswerArgs) -> Reply:
        """No."""
        note, code = await self._note_and_code(ask, args)
        approval = await self.desks.approvals.reject(
            ask.actor, args.approval, note, code=code, plan_hash=args.plan or None
        )
        return done(_said(approval))

    async def _note_and_code(self, ask: Ask, args: AnswerArgs) -> tuple[str, str]:
        """What was typed as a note, and as a code: without `--code`, too, where one is needed."""
        code, rest = code_before(args.note)
        if args.code or not code:
            return args.note, args.code
        detail = await self.desks.approvals.detail(ask.actor, args.approval)
        return (rest, code) if detail.approval.policy.second_factor else (args.note, "")

    @command("approvals", "Show what waits for approval", ListArgs, needs=Permission.RUNBOOK_VIEW)
    async def waiting(self, ask: Ask, args: ListArgs) -> Reply:
        """What waits, those for the asker with buttons."""
        part = Slice(limit=ROWS, offset=(args.page - 1) * ROWS)
        wanted = ApprovalFilter(status=ApprovalStatus.PENDING)
        page = await self.desks.approvals.page(ask.actor, wanted, part)
        if not page.items:
            return Private(Card("Nothing waits for approval."))
        sections: list[Section] = []
        for detail in page.items:
            sections += _lines(detail)
        if args.page * ROWS < page.total:
            sections.append(Footer(("More: ", Code(f"/approvals --page {args.page + 1}"))))
        count = f"{page.total} approvals wait" if page.total != 1 else "1 approval waits"
        return Private(Card(count, tuple(sections)))

    @click("approval.approve", needs=Permission.CHAT_USE, asks=True)
    async def approve_clicked(self, ask: Ask, event: Click) -> Reply:
        """Yes to the plan that the button stands under, or a form for what is missing."""
        key, _, plan = event.value.partition(":")
        detail = await self.desks.approvals.detail(ask.actor, key)
        policy = detail.approval.policy
        if detail.mine and (policy.reason_required or policy.second_factor):
            return AskForm(_approve_form(detail.approval, event.value))
        await self.desks.approvals.approve(ask.actor, key, plan_hash=plan or None)
        return Quiet()

    @click("approval.reject", needs=Permission.CHAT_USE, asks=True)
    async def reject_clicked(self, ask: Ask, event: Click) -> Reply:
        """No, with a form that asks why."""
        key = event.value.partition(":")[0]
        approval = await self.desks.approvals.let_answer(ask.actor, key)
        return AskForm(_reject_form(approval, event.value))

    @form("approval.approve", needs=Permission.CHAT_USE)
    async def approve_filled(self, ask: Ask, event: FormSubmission) -> Reply:
        """Yes."""
        key, _, plan = event.context.partition(":")
        values = event.values
        await self.desks.approvals.approve(
            ask.actor,
            key,
            values.get("note", ""),
            code=values.get(CODE_FIELD),
            plan_hash=plan or None,
        )
        return Quiet()

    @form("approval.reject", needs=Permission.CHAT_USE)
    async def reject_filled(self, ask: Ask, event: FormSubmission) -> Reply:
        """No."""
        key, _, plan = event.context.partition(":")
        values = event.values
        await self.desks.approvals.reject(
            ask.actor,
            key,
            values.get("note", ""),
            code=values.get(CODE_FIELD),
            plan_hash=plan or None,
        )
        return Quiet()

    @command("runbook answer", "Answer what a runbook asks", TellArgs, needs=Permission.CHAT_USE)
    async def answer(self, ask: Ask, args: TellArgs) -> Reply:
        """The answer in one's own words, or one of the options."""
        question = await self.desks.approvals.tell_execution(ask.actor, args.execution, args.text)
        return done(f"Answered: {shorten(question.answer, 80)}")

    @click("question.answer", needs=Permission.CHAT_USE)
    async def answer_clicked(self, ask: Ask, event: Click) -> Reply:
        """One of the options."""
        question_id, _, number = event.value.rpartition(":")
        question = await self.desks.approvals.question(ask.actor, question_id)
        option = question.options[int(number)] if number.isdecimal() else ""
        await self.desks.approvals.tell(ask.actor, question_id, option)
        return Quiet()

    @click("question.ask", needs=Permission.CHAT_USE, asks=True)
    async def ask_clicked(self, ask: Ask, event: Click) -> Reply:
        """A form for an answer in one's own words."""
        question = await self.desks.approvals.question(ask.actor, event.value)
        return AskForm(
            Form(
                "question.tell",
                "Answer",
                (FormField("answer", "Answer", "multiline", max_length=2000),),
                submit="Answer",
                context=question.id,
                intro=shorten(question.text, 300),
            )
        )

    @form("question.tell", needs=Permission.CHAT_USE)
    async def told(self, ask: Ask, event: FormSubmission) -> Reply:
        """The answer."""
        await self.desks.approvals.tell(ask.actor, event.context, event.values.get("answer", ""))
        return Quiet()


def _said(approval: Approval) -> str:
    if approval.pending:
        return f"Noted. {approval.key} needs more answers before it is decided"
    return f"{approval.key} {approval.verdict}"


def _fields(approval: Approval) -> tuple[FormField, ...]:
    policy = approval.policy
    note = FormField(
        "note",
        "Why",
        "multiline",
        required=policy.reason_required,
        hint="Shown beside your answer",
        max_length=2000,
    )
    code = FormField(CODE_FIELD, "Code", hint="Six digits of your app", max_length=40)
    return (note, code) if policy.second_factor else (note,)


def _approve_form(approval: Approval, context: str) -> Form:
    return Form(
        "approval.approve",
        f"Approve {approval.key}",
        _fields(approval),
        submit="Approve",
        context=context,
        intro=shorten(approval.subject, 200),
    )


def _reject_form(approval: Approval, context: str) -> Form:
    return Form(
        "approval.reject",
        f"Reject {approval.key}",
        _fields(approval),
        submit="Reject",
        context=context,
        intro=shorten(approval.subject, 200),
    )


def _lines(detail: ApprovalDetail) -> list[Section]:
    approval = detail.approval
    line: Rich = (
        Link(approval.key, f"/approvals/{approval.key}"),
        " ",
        Bold(shorten(approval.subject, 100)),
        f" · by @{approval.requested_name}" if approval.requested_by else "",
    )
    if approval.expires_at is not None:
        line = (*line, " · expires ", Moment(approval.expires_at, "until"))
    if not detail.mine:
        return [Text(line)]
    return [Text(line), *plan_and_buttons(approval)]
