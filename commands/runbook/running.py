"""`/runbook run` and `/runbook plan`, and the form that asks for missing parameters."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from automation.actions.action import Parameter
from automation.approval import PlannedStep
from automation.execution import Trigger
from automation.executions.desk import DryRun, ExecuteWish
from automation.executions.start import still_needed
from automation.runbook import Runbook
from automation.values import Json
from chat.card import Card, Option, Section, Text
from chat.errors import BadInput, Refused
from chat.fit import shorten
from chat.form import Form, FormField
from chat.inbound import FormSubmission
from chat.reply import AskForm, Private, Reply
from chat.text import Bold, Code, Rich
from commands.arguments import Arg, Args
from commands.cards import done, hint
from commands.command import Ask, command, form
from commands.desks import Desks
from commands.runbook.reading import usage
from commands.vocabulary import Key
from security.permissions import Permission

_FIELDS = 5
_SHOWN = 300
_ITEMS = 10
_LONGEST = 1000
"""Characters of one value in a form."""
_CONTEXT = 1600
"""Characters that a form keeps of what was typed; a step's own form keeps some more."""


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
        given = pairs(args.values)
        missing = still_needed(seen.runbook, given)
        incident = args.incident or await self._here(ask)
        if missing:
            return AskForm(_form(seen.runbook, missing, given, incident, args.reason))
        return await self._begun(ask, seen.runbook.id, given, incident, args.reason)

    async def _here(self, ask: Ask) -> str | None:
        """The incident whose channel this is; None elsewhere."""
        found = await self.desks.incidents.in_channel(ask.actor, ask.address)
        return found.id if found is not None else None

    async def _begun(
        self,
        ask: Ask,
        runbook: str,
        given: Mapping[str, str],
        incident: str | None,
        reason: str,
    ) -> Reply:
        execution = await self.desks.executions.start(
            ask.actor,
            ExecuteWish(
                runbook=runbook,
                parameters=given,
                trigger=Trigger.CHATOPS,
                trigger_data=_where(ask),
                incident=incident,
                reason=reason,
                origin=ask.address,
                key=f"entry:{ask.entry}",
            ),
        )
        return done(
            f"{execution.key} has begun: {execution.name}",
            hint(f"/runbook status {execution.key}", "How it goes: "),
        )

    @form("runbook.run", needs=Permission.RUNBOOK_RUN)
    async def filled(self, ask: Ask, event: FormSubmission) -> Reply:
        """Begin it with what was given before and what is given now."""
        context = json.loads(event.context)
        # What was emptied in the form is not given any more.
        kept = {k: v for k, v in context["given"].items() if k not in event.values}
        given = kept | {name: value for name, value in event.values.items() if value.strip()}
        try:
            return await self._begun(
                ask, context["runbook"], given, context["incident"], context["reason"]
            )
        except BadInput as wrong:
            details = {
                name.removeprefix("parameters."): text for name, text in wrong.details.items()
            }
            raise BadInput(wrong.message, details=details) from None

    @command("runbook plan", "Show what a runbook would do", RunArgs, needs=Permission.RUNBOOK_VIEW)
    async def plan(self, ask: Ask, args: RunArgs) -> Reply:
        """Every step filled in; nothing is done."""
        incident = args.incident or await self._here(ask)
        dry = await self.desks.executions.dry_run(
            ask.actor,
            ExecuteWish(
                runbook=args.runbook,
                parameters=pairs(args.values),
                trigger=Trigger.CHATOPS,
                trigger_data=_where(ask),
                incident=incident,
                reason=args.reason,
                origin=ask.address,
            ),
        )
        return Private(_plan_card(dry))


def _where(ask: Ask) -> dict[str, str]:
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


def _form(
    runbook: Runbook,
    missing: tuple[Parameter, ...],
    given: Mapping[str, str],
    incident: str | None,
    reason: str,
) -> Form:
    if len(missing) > _FIELDS:
        raise Refused(
            f"{runbook.name} needs {len(missing)} values, more than a form has room for. "
            f"Type it like this: {usage(runbook)}"
        )
    fields = tuple(_field(each) for each in missing)
    known = [
        _field(each, given[each.name])
        for each in runbook.content.parameters
        if each.name in given and not each.secret and len(given[each.name]) <= _LONGEST
    ]
    return Form(
        action="runbook.run",
        title=shorten(f"Run {runbook.name}", 24),
        submit="Run",
        context=_context(runbook, given, incident, reason),
        intro=shorten(runbook.content.description, 200),
        fields=(*fields, *known)[:_FIELDS],
    )


def _context(runbook: Runbook, given: Mapping[str, str], incident: str | None, reason: str) -> str:
    """What the form keeps of what was typed.

    Raises:
        Refused: It is too much.
    """
    context = {"runbook": runbook.id, "given": given, "incident": incident, "reason": reason}
    packed = json.dumps(context, ensure_ascii=False)
    if len(packed) > _CONTEXT:
        raise Refused(
            "That is more than a form can keep beside what it asks for. "
            f"Type it all in one line: {usage(runbook)}"
        )
    return packed


def _field(parameter: Parameter, given: str = "") -> FormField:
    """A question for one parameter; what was typed for it stands in it already."""
    name = parameter.name
    choices = parameter.schema.get("enum")
    label = shorten(name.replace("_", " ").capitalize(), 24)
    about = shorten(parameter.description, 100)
    needed = parameter.required and not parameter.has_default
    if choices:
        options = tuple(Option(str(each), str(each)) for each in choices)
        value = given if given in {option.value for option in options} else ""
        return FormField(name, label, "select", options, needed, value, about)
    if parameter.type == "boolean" and given in {"", "true", "false"}:
        return FormField(name, label, "switch", value=given or "false", hint=about)
    return FormField(name, label, required=needed, value=given, hint=about, max_length=_LONGEST)


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
        notes = [
            "skipped: its condition is not true" if step.skipped else "",
            "waits for an approval" if step.approval else "",
            f"known only later: {', '.join(step.open)}" if step.open else "",
            f"⚠ {step.mistake}" if step.mistake else "",
        ]
        told = "; ".join(filter(None, notes))
        if told:
            sections.append(Text((told,)))
    title = f"What {dry.runbook.name} would do; nothing was done"
    return Card(title, tuple(sections), tone="neutral" if dry.good else "warning")
