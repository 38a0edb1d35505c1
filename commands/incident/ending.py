"""`/incident end` and `/incident restart`."""

from __future__ import annotations

from dataclasses import dataclass

from chat.inbound import Click
from chat.reply import Quiet, Reply
from commands.arguments import Args
from commands.cards import done, hint
from commands.command import Ask, click, command
from commands.desks import Desks
from commands.looking_up import Lookup
from commands.vocabulary import Key
from incidents.incident import Incident
from incidents.panel import lasted
from security.permissions import Permission


class OneIncident(Args):
    """Words after a command about an incident as a whole."""

    incident: Key = None


@dataclass(frozen=True, slots=True)
class EndingCommands:
    """From ongoing to closed, and back."""

    desks: Desks
    lookup: Lookup

    @command("incident end", "End the incident", OneIncident, needs=Permission.INCIDENT_END)
    async def end(self, ask: Ask, args: OneIncident) -> Reply:
        """Close it; typing the word is deliberate enough, and it can be restarted."""
        found = await self.lookup.incident(ask, args.incident)
        after = await self.desks.incidents.end(ask.actor, found.id)
        why_not = await self.desks.export.why_not(ask.actor, after.id)
        return _ended(after, exportable=not why_not)

    @click("incident.end", needs=Permission.INCIDENT_END)
    async def end_clicked(self, ask: Ask, event: Click) -> Reply:
        """Close it; the button asked before."""
        await self.desks.incidents.end(ask.actor, event.value)
        return Quiet()

    @command(
        "incident restart",
        "Make a closed incident ongoing again",
        OneIncident,
        needs=Permission.INCIDENT_RESTART,
    )
    async def restart(self, ask: Ask, args: OneIncident) -> Reply:
        """Go on with it."""
        found = await self.lookup.incident(ask, args.incident)
        after = await self.desks.incidents.restart(ask.actor, found.id)
        return done(f"{after.key} is ongoing again.", hint("/incident update …", "Tell others: "))

    @click("incident.restart", needs=Permission.INCIDENT_RESTART)
    async def restart_clicked(self, ask: Ask, event: Click) -> Reply:
        """Go on with it; the button asked before."""
        await self.desks.incidents.restart(ask.actor, event.value)
        return Quiet()


def _ended(incident: Incident, *, exportable: bool) -> Reply:
    length = lasted((incident.ended_at or incident.started_at) - incident.started_at)
    return done(
        f"{incident.key} is closed after {length}.",
        *((hint("/incident export", "Keep the conversation: "),) if exportable else ()),
        hint(f"/incident restart {incident.key}", "If it comes back: "),
    )
