"""`/runbook list` and `/runbook show`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from automation.runbook import Runbook, RunbookFilter, Step
from automation.runbooks.desk import Seen
from chat.card import Card, Field, Fields, Footer, Markdown, Section, Table
from chat.fit import shorten
from chat.reply import Private, Reply
from chat.text import Bold, Code, Link, Rich
from commands.arguments import Arg, Args
from commands.cards import hint, lines
from commands.command import Ask, command
from commands.desks import Desks
from commands.vocabulary import PageNumber
from incidents.panel import lasted
from security.page import Slice
from security.permissions import Permission

ROWS = 20
_STEPS = 20


class ListArgs(Args):
    """Words after `/runbook list`."""

    search: Annotated[str | None, Arg("TEXT", takes="phrase", says="only those with it")] = None
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
        page = await self.desks.runbooks.page(ask.actor, RunbookFilter(search=args.search), part)
        if not page.items:
            none = f"No runbook has “{shorten(args.search, 40)}”." if args.search else ""
            return Private(Card(none or "There is no runbook here yet."))
        table = Table(("Handle", "Name", "Status", "Runs", "Good"), tuple(map(_row, page.items)))
        last = -(-page.total // ROWS)
        more = hint(f"/runbook list --page {args.page + 1}", "More: ") if args.page < last else ()
        run = hint(f"/runbook run {page.items[0].runbook.handle}", "Run one: ")
        title = f"{page.total} runbooks" if page.total != 1 else "1 runbook"
        return Private(Card(title, lines(table, run, *((more,) if more else ()))))

    @command("runbook show", "Show one runbook", OneRunbook, needs=Permission.RUNBOOK_VIEW)
    async def show(self, ask: Ask, args: OneRunbook) -> Reply:
        """Its steps, what it takes, how it went so far."""
        seen = await self.desks.runbooks.find(ask.actor, args.runbook)
        return Private(Card(seen.runbook.name, tuple(_sections(seen))))


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
            Field("Runs", (f"{runbook.run_count}, {rate(runbook)} good",)),
            *(
                (Field("Takes about", (lasted(content.estimated_duration),)),)
                if content.estimated_duration
                else ()
            ),
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
    needed = [
        f"{each.name}=…"
        for each in runbook.content.parameters
        if each.required and not each.has_default
    ]
    return " ".join(("/runbook run", runbook.handle, *needed))


def _note(step: Step) -> Rich:
    told: list[str] = []
    if step.for_each is not None:
        told.append("for each of a list")
    if step.when:
        told.append(f"when {shorten(step.when, 60)}")
    if step.approval is not None:
        told.append("needs approval")
    if step.retry.count:
        told.append(f"{step.retry.count} retries")
    return (", ".join(told),)
