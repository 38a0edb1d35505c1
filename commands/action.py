"""`/action list`, `/action show` and `/action run`: single actions, without a runbook around."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from automation.actions.action import Action
from automation.actions.finding import fitting
from chat.card import Card, Field, Fields, Footer, Markdown, Section, Table
from chat.fit import shorten
from chat.inbound import FormSubmission
from chat.reply import Private, Reply
from chat.text import Code, Link, Rich
from commands.arguments import Arg, Args
from commands.cards import hint, lines
from commands.command import Ask, command, form
from commands.desks import Desks
from commands.runbook.asking import (
    Subject,
    Typed,
    asked_for,
    filled,
    refuse_here,
    shown_usage,
)
from commands.runbook.running import begun, can, here, pairs
from commands.vocabulary import Key, PageNumber
from security.permissions import Permission

ROWS = 20


class ListArgs(Args):
    """Words after `/action list`."""

    search: Annotated[str | None, Arg("TEXT", takes="phrase", says="only those with it")] = None
    page: PageNumber = 1


class OneAction(Args):
    """Words after `/action show`."""

    action: Annotated[str, Arg("NAME", takes="word", says="such as net.http_probe")]


class RunArgs(Args):
    """Words after `/action run`."""

    action: Annotated[str, Arg("NAME", takes="word", says="such as net.http_probe")]
    values: Annotated[
        tuple[str, ...], Arg("key=value", takes="words", says="what it is given")
    ] = ()
    reason: Annotated[str, Arg("TEXT", says="why, for the audit trail")] = ""
    incident: Key = None


@dataclass(frozen=True, slots=True)
class ActionCommands:
    """Looking at actions and running single ones."""

    desks: Desks

    @command("action list", "Show the actions", ListArgs, needs=Permission.RUNBOOK_VIEW)
    async def list(self, ask: Ask, args: ListArgs) -> Reply:
        """A table of the actions there are, by name."""
        found = fitting(await self.desks.executions.actions(ask.actor), args.search or "")
        first = (args.page - 1) * ROWS
        shown = found[first : first + ROWS]
        if not shown:
            none = f"No action has “{shorten(args.search, 40)}”." if args.search else ""
            return Private(Card(none or "There are no actions on that page."))
        table = Table(("Action", "What it does"), tuple(map(_row, shown)))
        words = f" {args.search}" if args.search else ""
        again = f"/action list{words} --page {args.page + 1}"
        more = (hint(again, "More: "),) if first + ROWS < len(found) else ()
        look = hint(f"/action show {shown[0].ref}", "What one takes: ")
        title = f"{len(found)} actions" if len(found) != 1 else "1 action"
        return Private(Card(title, lines(table, look, *more)))

    @command("action show", "Show what an action takes", OneAction, needs=Permission.RUNBOOK_VIEW)
    async def show(self, ask: Ask, args: OneAction) -> Reply:
        """What it does, what it takes, and how it is run."""
        found = await self.desks.executions.action(ask.actor, args.action)
        return Private(Card(found.ref, _sections(found)))

    @command("action run", "Run a single action", RunArgs, needs=Permission.ACTION_RUN, asks=True)
    async def run(self, ask: Ask, args: RunArgs) -> Reply:
        """Begin it, or ask for what is missing."""
        found = await self.desks.executions.action(ask.actor, args.action)
        incident = args.incident or await here(self.desks, ask)
        typed = Typed(pairs(args.values), incident, args.reason)
        asked = asked_for(_subject(found), typed, can(self.desks, ask), self.desks.executions.vault)
        return asked or await begun(self.desks, ask, typed, action=found.ref)

    @form("action.run", needs=Permission.ACTION_RUN)
    async def filled(self, ask: Ask, event: FormSubmission) -> Reply:
        """Begin it with what was given before and what is given now, or ask on."""
        ref, typed = filled(event.context, event.values, self.desks.executions.vault)
        subject = _subject(await self.desks.executions.action(ask.actor, ref))
        refuse_here(subject, typed, event.values)
        asked = asked_for(subject, typed, can(self.desks, ask), self.desks.executions.vault)
        return asked or await begun(self.desks, ask, typed, action=ref)


def _subject(action: Action) -> Subject:
    return Subject(
        form="action.run",
        ref=action.ref,
        name=action.ref,
        about=action.description,
        usage=_usage(action),
        page=f"/actions/{action.ref}",
        asked=action,
    )


def _usage(action: Action) -> str:
    return shown_usage(f"/action run {action.ref}", action.parameters)


def _row(action: Action) -> tuple[Rich, ...]:
    return (
        (Link(action.ref, f"/actions/{action.ref}"),),
        (shorten(action.description, 100),),
    )


def _sections(action: Action) -> tuple[Section, ...]:
    facts = Fields(
        (
            Field("Runner", (action.runner,)),
            Field("At most", (f"{action.timeout:g} s",)),
            Field("May be done twice", ("yes" if action.idempotent else "no",)),
            *((Field("Undone by", (Code(action.undo),)),) if action.undo else ()),
        )
    )
    rows = tuple(
        (
            (Code(each.name),),
            (each.type,),
            ("needed" if each.required and not each.has_default else "optional",),
            (shorten(each.description, 100),),
        )
        for each in action.parameters
        if not each.immutable
    )
    takes = (Table(("Parameter", "Type", "", "What for"), rows),) if rows else ()
    about = (Markdown(shorten(action.description, 1500)),) if action.description else ()
    return (*about, facts, *takes, Footer(("Run it: ", Code(_usage(action)))))
