"""`/incident severity`, `summary` and `rename`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from chat.card import Actions, Markdown, Option, Select
from chat.form import Form, FormField
from chat.inbound import Click, FormSubmission
from chat.reply import AskForm, Quiet, Reply
from commands.arguments import Arg, Args
from commands.cards import done, hint, quoted, told
from commands.command import Ask, click, command, form
from commands.desks import Desks
from commands.looking_up import Lookup
from commands.vocabulary import Key, SeverityWord, severity
from incidents.incident import Incident, Severity
from security.permissions import Permission


class SeverityArgs(Args):
    """Words after `/incident severity`."""

    severity: Annotated[SeverityWord | None, Arg("S", takes="word", says="LOW to EMERGENCY")] = None
    incident: Key = None


class SummaryArgs(Args):
    """Words after `/incident summary`."""

    text: Annotated[str | None, Arg("TEXT", takes="rest", says="what is known")] = None
    clear: Annotated[bool, Arg("", says="empty it")] = False
    incident: Key = None


class RenameArgs(Args):
    """Words after `/incident rename`."""

    name: Annotated[str, Arg("NAME", takes="rest", says="what it is called from now on")]
    incident: Key = None


@dataclass(frozen=True, slots=True)
class StateCommands:
    """How bad it is, what is known, what it is called."""

    desks: Desks
    lookup: Lookup

    @command("incident severity", "Show or change the severity", SeverityArgs,
             needs=Permission.INCIDENT_VIEW)  # fmt: skip
    async def severity(self, ask: Ask, args: SeverityArgs) -> Reply:
        """How bad it is, with a list to choose from; or change it."""
        found = await self.lookup.incident(ask, args.incident)
        if args.severity is None:
            choose = Select(
                "incident.severity",
                "Choose a severity",
                found.key,
                _options(),
                chosen=found.severity,
            )
            return told(
                f"{found.key} is {found.severity}.",
                *(
                    (Actions((choose,)), hint("/incident severity HIGH", "Or type "))
                    if found.ongoing
                    else ()
                ),
            )
        after = await self.desks.incidents.set_severity(ask.actor, found.id, args.severity)
        return done(f"{after.key}: {found.severity} → {after.severity}.")

    @click("incident.severity", needs=Permission.INCIDENT_WORK, asks=True)
    async def severity_clicked(self, ask: Ask, event: Click) -> Reply:
        """Change it to what was chosen, or ask to what."""
        found = await self.lookup.incident(ask, event.value)
        if event.choice:
            await self.desks.incidents.set_severity(ask.actor, found.id, severity(event.choice))
            return Quiet()
        found.open_for_changes()
        return AskForm(_severity_form(found))

    @form("incident.severity", needs=Permission.INCIDENT_WORK)
    async def severity_submitted(self, ask: Ask, event: FormSubmission) -> Reply:
        """Change it to what was filled in."""
        wanted = severity(event.values.get("severity", ""))
        await self.desks.incidents.set_severity(ask.actor, event.context, wanted)
        return Quiet()

    @command("incident summary", "Show or change the summary", SummaryArgs,
             needs=Permission.INCIDENT_VIEW)  # fmt: skip
    async def summary(self, ask: Ask, args: SummaryArgs) -> Reply:
        """What is known; with a text, change it."""
        found = await self.lookup.incident(ask, args.incident)
        if args.text is None and not args.clear:
            change = (hint("/incident summary TEXT", "Change it: "),) if found.ongoing else ()
            if not found.summary:
                return told(f"{found.key} has no summary yet.", *change)
            return told(f"Summary of {found.key}", Markdown(found.summary), *change)
        text = "" if args.clear else args.text or ""
        after = await self.desks.incidents.set_summary(ask.actor, found.id, text)
        return done(f"The summary of {after.key} is {'changed' if after.summary else 'empty now'}.")

    @command("incident rename", "Give the incident another name", RenameArgs,
             needs=Permission.INCIDENT_WORK)  # fmt: skip
    async def rename(self, ask: Ask, args: RenameArgs) -> Reply:
        """Another name; the channel keeps its own, so that links go on working."""
        found = await self.lookup.incident(ask, args.incident)
        after = await self.desks.incidents.rename(ask.actor, found.id, args.name)
        return done(f"{after.key} is called {quoted(after.name)} now. The channel keeps its name.")


def _options() -> tuple[Option, ...]:
    return tuple(Option(one.value, one.value) for one in Severity)


def _severity_form(incident: Incident) -> Form:
    field = FormField(
        "severity", "Severity", "select", options=_options(), value=incident.severity.value
    )
    return Form("incident.severity", "Change the severity", (field,), "Change", incident.id)
