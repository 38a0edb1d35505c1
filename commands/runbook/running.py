"""`/runbook run` and `/runbook plan`; what is missing is asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Annotated

from automation.approval import PlannedStep
from automation.approvals.plan_card import plan_lines
from automation.execution import Trigger
from automation.executions.desk import DryRun, ExecuteWish
from automation.executions.start import as_action
from automation.runbook import OnFailure, Runbook
from automation.values import Json
from chat.capabilities import Capabilities
from chat.card import Card, Section, Text
from chat.errors import BadInput
from chat.fit import shorten
from chat.inbound import FormSubmission
from chat.reply import Private, Reply
from chat.text import Bold, Code, Rich
from commands.arguments import Arg, Args
from commands.cards import done, hint
from commands.command import Ask, command, form
from commands.desks import Desks
from commands.runbook.asking import Subject, Typed, asked_for, filled, refuse_here
from commands.runbook.reading import usage
from commands.vocabulary import Key
from security.permissions import Permission

_SHOWN = 300
_ITEMS = 10


class RunArgs(Args):
    """Words after `/runbook run` and `/runbook plan`."""

    runbook: Annotated[str, Arg("NAME", takes="word", says="its handle")]
    values: Annotated[
        tuple[str, ...], Arg("key=value", takes="words", says="what it is given")
    ] = ()
    reason: Annotated[str, Arg("TEXT", says="why, for those who approve it")] = ""
    incident: Key = None


@dataclass(frozen=True, slots=True)
class RunbookRunning:
    """Executing runbooks."""

    desks: Desks

    @command("runbook run", "Run a runbook", RunArgs, needs=Permission.RUNBOOK_RUN, asks=True)
    async def run(self, ask: Ask, args: RunArgs) -> Reply:
        """Begin it, or ask for what is missing."""
        seen = await self.desks.runbooks.find(ask.actor, args.runbook)
        incident = args.incident or await here(self.desks, ask)
        typed = Typed(pairs(args.values), incident, args.reason)
        asked = asked_for(
            subject_of(seen.runbook), typed, can(self.desks, ask), self.desks.executions.vault
        )
        return asked or await begun(self.desks, ask, typed, runbook=seen.runbook.id)

    @form("runbook.run", needs=Permission.RUNBOOK_RUN)
    async def filled(self, ask: Ask, event: FormSubmission) -> Reply:
        """Begin it with what was given before and what is given now, or ask on."""
        ref, typed = filled(event.context, event.values, self.desks.executions.vault)
        seen = await self.desks.runbooks.find(ask.actor, ref)
        subject = subject_of(seen.runbook)
        refuse_here(subject, typed, event.values)
        asked = asked_for(subject, typed, can(self.desks, ask), self.desks.executions.vault)
        return asked or await begun(self.desks, ask, typed, runbook=ref)

    @command("runbook plan", "Show what a runbook would do", RunArgs, needs=Permission.RUNBOOK_VIEW)
    async def plan(self, ask: Ask, args: RunArgs) -> Reply:
        """Every step filled in; nothing is done."""
        incident = args.incident or await here(self.desks, ask)
        dry = await self.desks.executions.dry_run(
            ask.actor,
            ExecuteWish(
                runbook=args.runbook,
                parameters=pairs(args.values),
                trigger=Trigger.CHATOPS,
                trigger_data=where(ask),
                incident=incident,
                reason=args.reason,
                origin=ask.address,
            ),
        )
        return Private(_plan_card(dry))


def subject_of(runbook: Runbook) -> Subject:
    """A runbook as what forms ask for."""
    return Subject(
        form="runbook.run",
        ref=runbook.id,
        name=runbook.name,
        about=runbook.content.description,
        usage=usage(runbook),
        page=f"/runbooks/{runbook.handle}",
        asked=as_action(runbook),
    )


async def here(desks: Desks, ask: Ask) -> str | None:
    """The incident whose channel this is; None elsewhere."""
    found = await desks.incidents.in_channel(ask.actor, ask.address)
    return found.id if found is not None else None


def can(desks: Desks, ask: Ask) -> Capabilities:
    """What the platform can on which it is asked."""
    return desks.adapters[ask.address.platform].capabilities


async def begun(
    desks: Desks, ask: Ask, typed: Typed, *, runbook: str = "", action: str = ""
) -> Reply:
    """Begin an execution of a runbook or of a single action.

    Raises:
        BadInput: Something does not fit; `details` has the parameters' own names.
    """
    wish = ExecuteWish(
        runbook=runbook,
        action=action,
        parameters=typed.given,
        trigger=Trigger.CHATOPS,
        trigger_data=where(ask),
        incident=typed.incident,
        reason=typed.reason,
        origin=ask.address,
        key=f"entry:{ask.entry}",
    )
    try:
        execution = await desks.executions.start(ask.actor, wish)
    except BadInput as wrong:
        details = {name.removeprefix("parameters."): text for name, text in wrong.details.items()}
        raise BadInput(wrong.message, code=wrong.code, details=details) from None
    return done(
        f"{execution.key} has begun: {execution.name}",
        hint(f"/runbook status {execution.key}", "How it goes: "),
    )


def where(ask: Ask) -> dict[str, str]:
    """What templates read of where it was asked."""
    return {"channel": ask.address.channel, "platform": ask.address.platform}


def pairs(words: tuple[str, ...]) -> dict[str, str]:
    """`key=value` words as an object.

    Raises:
        BadInput: One is no such pair, or a key is given twice.
    """
    given: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise BadInput(
                f"“{shorten(word, 40)}” is no key=value. Put texts with spaces in quotes: "
                'key="two words".',
                details={"values": "key=value"},
            )
        if name in given:
            raise BadInput(f"“{name}” is given twice.", details={"values": "each key once"})
        given[name] = value
    return given


def _items(step: PlannedStep) -> Iterator[Rich]:
    """What a step would do for each of its list, the first few of them."""
    if not step.for_each:
        return
    count = f"{len(step.items)} items" if step.items or not step.open else "items known only later"
    yield ("For each of ", Code(shorten(step.for_each, _SHOWN)), f": {count}")
    for item in step.items[:_ITEMS]:
        given = "" if item.skipped else f" {_given(item.command, item.parameters)}"
        what = json.dumps(item.item, ensure_ascii=False, default=str)
        skipped = " (skipped: its condition is not true)" if item.skipped else ""
        yield (f"{item.index + 1}. ", Code(shorten(f"{what}{given}", _SHOWN)), skipped)
    if len(step.items) > _ITEMS:
        yield (f"… and {len(step.items) - _ITEMS} more",)


def _given(command: str, parameters: Json) -> str:
    return command or json.dumps(parameters, ensure_ascii=False, default=str)


def _notes(step: PlannedStep) -> Iterator[str]:
    """What else is to be known of a step."""
    if step.when:
        yield f"when {shorten(step.when, _SHOWN)}"
    if step.skipped:
        yield "skipped: its condition is not true"
    if step.approval:
        yield "waits for an approval"
    if step.retry:
        yield f"tried {step.retry}"
    if step.on_failure != OnFailure.STOP.value:
        rolls = step.on_failure == OnFailure.ROLL_BACK.value
        yield "undoes what was done before when it fails" if rolls else "goes on when it fails"
    undone = f"{step.undo.action} {step.undo.command}" if step.undo and step.undo.command else ""
    if undone := undone or step.rollback:
        yield f"undone by {shorten(undone, _SHOWN)}"
    if step.open:
        yield f"known only later: {', '.join(step.open)}"
    if step.mistake:
        yield f"⚠ {step.mistake}"


def _plan_card(dry: DryRun) -> Card:
    sections: list[Section] = []
    for number, step in enumerate(dry.plan, 1):
        given = _given(step.command, step.parameters)
        line: Rich = (
            f"{number}. ",
            Bold(shorten(step.name, 80)),
            f" · {step.action} ",
            Code(shorten(given, _SHOWN)),
        )
        sections.append(Text(line))
        sections.extend(map(Text, _items(step)))
        sections.extend(map(Text, islice(plan_lines(step.calls, 1), _ITEMS)))
        told = "; ".join(_notes(step))
        if told:
            sections.append(Text((told,)))
    title = f"What {dry.runbook.name} would do; nothing was done"
    return Card(title, tuple(sections), tone="neutral" if dry.good else "warning")
