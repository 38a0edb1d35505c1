"""`/incident list`, `info`, `timeline` and `export`."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from chat.card import (
    Actions,
    Button,
    Card,
    Control,
    Field,
    Fields,
    Footer,
    Markdown,
    Section,
    Table,
    Text,
)
from chat.clock import Clock
from chat.errors import TocsinError
from chat.fit import shorten
from chat.inbound import Click
from chat.reply import Private, PrivateFile, Reply
from chat.text import Bold, Code, Moment, Rich
from commands.arguments import Arg, Args
from commands.cards import at, hint, home, lines, page_link, quoted
from commands.command import Ask, click, command
from commands.desks import Desks
from commands.incident.ending import OneIncident
from commands.looking_up import Lookup
from commands.vocabulary import Key, PageNumber, SeverityWord
from incidents.detail import Detail
from incidents.incident import Incident, Status
from incidents.opening_news import problem
from incidents.panel import MARKS, headline, lasted
from incidents.ports import IncidentFilter
from incidents.timeline import Event
from playbooks.progress import Step, StepState
from security.page import Page, Slice
from security.permissions import Permission

ROWS = 10
EVENTS = 15
_RESOLVED = 5
"""Steps shown that were resolved last."""


class ListArgs(Args):
    """Words after `/incident list`."""

    ongoing: Annotated[bool, Arg("", says="only those not closed")] = False
    mine: Annotated[bool, Arg("", says="only those you are commander of")] = False
    severity: Annotated[SeverityWord | None, Arg("S", says="only this severity")] = None
    search: Annotated[str | None, Arg("TEXT", says="in key, name or summary")] = None
    page: PageNumber = 1


class TimelineArgs(Args):
    """Words after `/incident timeline`."""

    incident: Key = None
    page: PageNumber = 1


@dataclass(frozen=True, slots=True)
class LookingCommands:
    """Reading incidents."""

    desks: Desks
    lookup: Lookup
    clock: Clock

    @command("incident list", "Show incidents", ListArgs, needs=Permission.INCIDENT_VIEW)
    async def list(self, ask: Ask, args: ListArgs) -> Reply:
        """A table of incidents, newest first."""
        wanted = IncidentFilter(
            team_id=ask.actor.team_id,
            status=Status.ONGOING if args.ongoing else None,
            severities=(args.severity,) if args.severity else (),
            commander_id=ask.actor.account_id if args.mine else None,
            search=args.search,
        )
        part = Slice(limit=ROWS, offset=(args.page - 1) * ROWS)
        page = await self.desks.incidents.page(ask.actor, wanted, part)
        if not page.items:
            return Private(_nothing(args, page.total))
        names = await self._names(ask, {one.commander_id for one in page.items})
        now = self.clock.now()
        table = Table(
            ("Key", "Name", "Severity", "Status", "Commander", "Duration"),
            tuple(
                (
                    (page_link(one),),
                    (shorten(one.name, 60),),
                    (f"{MARKS[one.severity]} {one.severity}",),
                    ("ongoing" if one.ongoing else "closed",),
                    (names.get(one.commander_id, "somebody who left"),),
                    (lasted(one.duration(now)),),
                )
                for one in page.items
            ),
        )
        last = -(-page.total // ROWS)
        count = f"{page.total} incident{'s' if page.total != 1 else ''}"
        where = f", page {args.page} of {last}" if last > 1 else ""
        more: Rich = (
            ("More: ", Code(f"/incident list --page {args.page + 1}"), " with the same options. ")
            if args.page < last
            else ()
        )
        footer = Footer((*more, "Details: ", Code(f"/incident info {page.items[0].key}")))
        return Private(Card(f"{count}{where}", (table, footer)))

    async def _names(self, ask: Ask, accounts: set[str]) -> dict[str, str]:
        """The handles of accounts by their ids; those who are gone are left out."""
        ids = tuple(accounts)
        found = await asyncio.gather(
            *(self.desks.people.find(ask.actor, account_id) for account_id in ids),
            return_exceptions=True,
        )
        return {
            account_id: at(account)
            for account_id, account in zip(ids, found, strict=True)
            if not isinstance(account, BaseException)
        }

    @command("incident info", "Show an incident's details", OneIncident,
             needs=Permission.INCIDENT_VIEW)  # fmt: skip
    async def info(self, ask: Ask, args: OneIncident) -> Reply:
        """Everything about one incident on one card."""
        found = await self.lookup.incident(ask, args.incident)
        detail = await self.desks.incidents.detail(ask.actor, found.id)
        progress = await self.desks.steps.progress(ask.actor, found.id)
        stage = progress.active_stage
        number = progress.stages.index(stage) + 1
        steps = f"{stage.resolved} of {len(stage.steps)} steps"
        fields = (
            *_facts(detail, self.clock.now()),
            Field("Messages", (await self._messages(detail),)),
            Field("Stage", (f"{number}/{len(progress.stages)} {stage.name}, {steps}",)),
        )
        sections: list[Section] = [Fields(fields)]
        if found.summary:
            sections.append(Markdown(found.summary))
        sections += [Text(("⚠ ", problem(task))) for task in detail.problems]
        if resolved := progress.resolved_last(_RESOLVED):
            names = await self._names(ask, {step.changed_by or "" for step in resolved})
            sections.append(Text((Bold("Steps resolved last"),)))
            sections.append(_resolved(resolved, names))
        why_not = await self.desks.export.why_not(ask.actor, found.id)
        export: Rich = (
            (why_not,) if why_not else ("Export: ", Code(f"/incident export {found.key}"))
        )
        sections.append(Actions((Button("incident.timeline", "Timeline", found.key),)))
        sections.append(Footer(export))
        return Private(Card(headline(found), tuple(sections)))

    async def _messages(self, detail: Detail) -> str:
        """How many messages its channel has."""
        if not detail.rooms:
            return "no channel yet"
        address = detail.rooms[0].address
        adapter = self.desks.adapters.get(address.platform)
        if adapter is None:
            return f"{address.platform} is not connected"
        try:
            count = (await adapter.channel(address)).messages
        except TocsinError:
            # The rest of the details is worth showing without the count.
            return "not known now"
        return str(count) if count is not None else "not counted here"

    @command("incident timeline", "Show what happened", TimelineArgs,
             needs=Permission.INCIDENT_VIEW)  # fmt: skip
    async def timeline(self, ask: Ask, args: TimelineArgs) -> Reply:
        """The newest events, in the order they happened; older ones on further pages."""
        found = await self.lookup.incident(ask, args.incident)
        return await self._timeline(ask, found, args.page)

    @click("incident.timeline", needs=Permission.INCIDENT_VIEW)
    async def timeline_clicked(self, ask: Ask, event: Click) -> Reply:
        """The same behind the button; the value may carry a page."""
        key, _, page = event.value.partition(":")
        found = await self.lookup.incident(ask, key)
        return await self._timeline(ask, found, max(int(page[:6]), 1) if page.isdecimal() else 1)

    async def _timeline(self, ask: Ask, incident: Incident, page: int) -> Reply:
        part = Slice(limit=EVENTS, offset=(page - 1) * EVENTS, order="-at")
        events = await self.desks.incidents.timeline(ask.actor, incident.id, (), part)
        return Private(_story(incident, events, page))

    @command("incident export", "Get the channel as a CSV file", OneIncident,
             needs=Permission.INCIDENT_EXPORT)  # fmt: skip
    async def export(self, ask: Ask, args: OneIncident) -> Reply:
        """The file, or why there is none."""
        found = await self.lookup.incident(ask, args.incident)
        file = await self.desks.export.csv(ask.actor, found.id)
        card = Card(
            f"The channel of {found.key} as CSV",
            lines(("System messages are included, attachments are not.",)),
        )
        return PrivateFile(card, file)


def _nothing(args: ListArgs, total: int) -> Card:
    if total:
        return Card(f"There is no page {args.page}.", lines(hint("/incident list", "Begin with ")))
    if args.model_fields_set - {"page"}:
        return Card("No incident fits.", lines(hint("/incident list", "Show all: ")))
    start = hint("/incident start", "All is quiet. When something breaks, type ")
    return Card("There is no incident yet.", lines(start))


def _facts(detail: Detail, now: datetime) -> tuple[Field, ...]:
    incident = detail.incident
    names = ", ".join(at(account) for account in detail.participants[:10])
    rest = len(detail.participants) - 10
    more = f" and {rest} more" if rest > 0 else ""
    facts = [
        Field("Channel", (home(detail) or "being opened",)),
        Field("Status", (Bold("ongoing" if incident.ongoing else "closed"),)),
        Field("Commander", (at(detail.commander),)),
        Field("Duration", (lasted(incident.duration(now)),)),
        Field("Started", (Moment(incident.started_at), f" by {_starter(detail)}")),
        Field("Playbook", (incident.playbook_name,)),
        Field("Members", (f"{len(detail.participants)} ({names}{more})",)),
    ]
    if incident.ended_at is not None:
        facts.append(Field("Ended", (Moment(incident.ended_at),)))
    if incident.update_due_at is not None:
        facts.append(Field("Next update", (Moment(incident.update_due_at, "until"),)))
    facts += [Field(role.capitalize(), (at(who),)) for role, who in sorted(detail.roles.items())]
    return tuple(facts)


def _starter(detail: Detail) -> str:
    return at(detail.reporter) if detail.incident.reporter_id else "Tocsin"


def _table(events: tuple[Event, ...]) -> Table:
    return Table(
        ("When", "Who", "What"),
        tuple(
            (
                (Moment(one.at),),
                (f"@{one.by_name}" if one.by_id else "Tocsin",),
                (shorten(one.summary, 200),),
            )
            for one in events
        ),
    )


def _resolved(steps: tuple[Step, ...], names: dict[str, str]) -> Table:
    return Table(
        ("When", "Who", "What"),
        tuple(
            (
                (Moment(step.changed_at),) if step.changed_at else (),
                (names.get(step.changed_by or "", "Tocsin"),),
                (
                    "checked " if step.state is StepState.DONE else "skipped ",
                    quoted(step.title, 200),
                ),
            )
            for step in steps
        ),
    )


def _story(incident: Incident, events: Page[Event], page: int) -> Card:
    if not events.items:
        return Card(f"{incident.key} has no events on page {page}.")
    last = -(-events.total // EVENTS)
    where = f", page {page} of {last}" if last > 1 else ""
    sections: list[Section] = [_table(tuple(reversed(events.items)))]
    if page < last:
        older: Control = Button("incident.timeline", "Earlier", f"{incident.key}:{page + 1}")
        sections.append(Actions((older,)))
        sections.append(
            Footer(("Or type ", Code(f"/incident timeline {incident.key} --page {page + 1}")))
        )
    return Card(f"{incident.key}: {events.total} events{where}", tuple(sections))
