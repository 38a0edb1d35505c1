"""`/runbook list` and `/runbook show`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from automation.approval import Policy
from automation.runbook import Content, OnFailure, Runbook, RunbookFilter, Step, TriggerType
from automation.runbooks.desk import Seen
from chat.card import Card, Field, Fields, Footer, Markdown, Section, Table
from chat.errors import BadInput
from chat.fit import shorten
from chat.reply import Private, Reply
from chat.text import Bold, Code, Link, Rich
from commands.arguments import Arg, Args
from commands.cards import hint, lines
from commands.command import Ask, command
from commands.desks import Desks
from commands.nearest import did_you_mean
from commands.runbook.asking import shown_usage
from commands.vocabulary import PageNumber
from incidents.panel import lasted
from security.page import Slice
from security.permissions import Permission

ROWS = 20
_STEPS = 20


class ListArgs(Args):
    """Words after `/runbook list`."""

    search: Annotated[str | None, Arg("TEXT", takes="phrase", says="only those with it")] = None
    trigger: Annotated[str | None, Arg("TRIGGER", says="begun so, such as WEBHOOK")] = None
    category: Annotated[str | None, Arg("TEXT", says="only of that category")] = None
    tag: Annotated[str | None, Arg("WORD", says="only with that tag")] = None
    page: PageNumber = 1


class OneRunbook(Args):
    """Words after a command about one runbook."""

    runbook: Annotated[str, Arg("NAME", takes="phrase", says="its handle or name")]


@dataclass(frozen=True, slots=True)
class RunbookReading:
    """Looking at runbooks."""

    desks: Desks

    @command("runbook list", "Show the runbooks", ListArgs, needs=Permission.RUNBOOK_VIEW)
    async def list(self, ask: Ask, args: ListArgs) -> Reply:
        """A table of the runbooks that one sees, by name."""
        part = Slice(limit=ROWS, offset=(args.page - 1) * ROWS)
        wanted = RunbookFilter(
            search=args.search,
            trigger_type=_trigger(args.trigger),
            category=args.category,
            tag=args.tag,
        )
        page = await self.desks.runbooks.page(ask.actor, wanted, part)
        if not page.items:
            narrowed = wanted != RunbookFilter()
            none = "No runbook fits. /runbook list shows all." if narrowed else ""
            return Private(Card(none or "There is no runbook here yet."))
        table = Table(("Handle", "Name", "Status", "Runs", "Good"), tuple(map(_row, page.items)))
        last = -(-page.total // ROWS)
        again = f"/runbook list{_words(args)} --page {args.page + 1}"
        more = hint(again, "More: ") if args.page < last else ()
        run = hint(f"/runbook run {page.items[0].runbook.handle}", "Run one: ")
        title = f"{page.total} runbooks" if page.total != 1 else "1 runbook"
        return Private(Card(title, lines(table, run, *((more,) if more else ()))))

    @command("runbook show", "Show one runbook", OneRunbook, needs=Permission.RUNBOOK_VIEW)
    async def show(self, ask: Ask, args: OneRunbook) -> Reply:
        """Its steps, what it takes, how it went so far."""
        seen = await self.desks.runbooks.find(ask.actor, args.runbook)
        return Private(Card(seen.runbook.name, tuple(_sections(seen))))


def _trigger(word: str | None) -> TriggerType | None:
    """A trigger type as typed.

    Raises:
        BadInput: There is none of that name.
    """
    if word is None:
        return None
    if word.upper() not in set(TriggerType):
        known = ", ".join(TriggerType)
        raise BadInput(
            f"There is no trigger “{word[:40]}”.{did_you_mean(word, TriggerType)} "
            f"Choose one of {known}.",
            details={"trigger": f"one of {known}"},
        )
    return TriggerType(word.upper())


def _words(args: ListArgs) -> str:
    """What narrows the list, as it was typed."""
    options = (("trigger", args.trigger), ("category", args.category), ("tag", args.tag))
    given = "".join(f' --{name} "{value}"' for name, value in options if value)
    return f" {args.search}{given}" if args.search else given


def _row(seen: Seen) -> tuple[Rich, ...]:
    runbook = seen.runbook
    return (
        (Link(runbook.handle, f"/runbooks/{runbook.handle}"),),
        (shorten(runbook.name, 60),),
        (runbook.status.value.capitalize(),),
        (str(runbook.run_count),),
        (rate(runbook),),
    )


def rate(runbook: Runbook) -> str:
    """Its success rate for people; a dash before anything has ended."""
    return f"{runbook.success_rate:.0%}" if runbook.ended_count else "-"


def _sections(seen: Seen) -> Iterator[Section]:
    runbook = seen.runbook
    content = runbook.content
    if content.description:
        yield Markdown(shorten(content.description, 1500))
    yield Fields(
        (
            Field("Status", (Bold(runbook.status.value.capitalize()),)),
            Field("Version", (runbook.label,)),
            Field("Begins", (content.trigger_type.value.lower(),)),
            *((Field("When", (_conditions(content),)),) if content.trigger_conditions else ()),
            Field("Runs", (f"{runbook.run_count}, {rate(runbook)} good",)),
            *(
                (Field("Takes about", (lasted(content.estimated_duration),)),)
                if content.estimated_duration
                else ()
            ),
            *((Field("Approval", (policy_text(content.approval),)),) if content.approval else ()),
            *((Field("Category", (content.category,)),) if content.category else ()),
            *((Field("Tags", (", ".join(content.tags),)),) if content.tags else ()),
            *(() if runbook.is_public else (Field("Seen by", ("its author and who sees all",)),)),
        )
    )
    steps = content.steps[:_STEPS]
    yield Table(
        ("", "Step", "Action", ""),
        tuple(
            ((str(number),), (shorten(step.name, 60),), (Code(step.action),), _note(step))
            for number, step in enumerate(steps, 1)
        ),
    )
    if content.parameters:
        yield Table(
            ("Parameter", "", "What for"),
            tuple(
                (
                    (Code(each.name),),
                    ("needed" if each.required and not each.has_default else "optional",),
                    (shorten(each.description, 100),),
                )
                for each in content.parameters
            ),
        )
    yield Footer(("Run it: ", Code(usage(runbook))))


def usage(runbook: Runbook) -> str:
    """How it is run, with what it needs."""
    return shown_usage(f"/runbook run {runbook.handle}", runbook.content.parameters)


def _note(step: Step) -> Rich:
    told: list[str] = []
    if step.for_each is not None:
        told.append("for each of a list")
    if step.when:
        told.append(f"when {shorten(step.when, 60)}")
    if step.approval is not None:
        told.append(f"needs approval: {policy_text(step.approval)}")
    if step.retry.count:
        told.append(f"{step.retry.count} retries")
    if step.on_failure is not OnFailure.STOP:
        told.append(f"on failure: {step.on_failure.value.replace('_', ' ')}")
    if step.rollback is not None:
        told.append(f"undone by {step.rollback.action}")
    return (", ".join(told),)


def _conditions(content: Content) -> str:
    """What has to hold for its trigger, as it is written."""
    return "; ".join(
        f"{name}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for name, value in content.trigger_conditions.items()
    )


def policy_text(policy: Policy) -> str:
    """Who must agree, and under what conditions, in a few words."""
    whom = [f"@{name}" for name in policy.people]
    if policy.role:
        whom.append(f"role {policy.role}")
    who = " or ".join(whom) or "whoever may answer approvals"
    told = [f"{policy.needed} of {who}" if policy.needed > 1 else who]
    if policy.reason_required:
        told.append("with a reason")
    if policy.second_factor:
        told.append("with a second factor")
    if policy.requester_may_approve:
        told.append("the requester may agree, too")
    if policy.escalate_after is not None and policy.escalate_to:
        besides = ", ".join(f"@{name}" for name in policy.escalate_to)
        told.append(f"after {lasted(timedelta(seconds=policy.escalate_after))} also {besides}")
    if policy.expires_after is not None:
        then = {"reject": "refused", "cancel": "cancelled", "approve": "approved"}
        span = lasted(timedelta(seconds=policy.expires_after))
        told.append(f"{then[policy.on_expiry.value]} after {span}")
    return ", ".join(told)
