"""`/playbook list`, `show` and `export`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from chat.card import (
    Actions,
    Button,
    Card,
    Field,
    Fields,
    Footer,
    Heading,
    Markdown,
    Section,
    Table,
    Text,
)
from chat.fit import shorten
from chat.message import Attachment
from chat.reply import Private, PrivateFile, Reply
from chat.text import Bold, Code, Link, Moment, Rich, counted
from commands.arguments import Arg, Args
from commands.cards import at, hint, lines
from commands.command import Ask, command
from commands.desks import Desks
from commands.vocabulary import PageNumber
from incidents.panel import lasted
from playbooks.playbook import Playbook, StagePlan
from security.account import Account
from security.page import Slice
from security.permissions import Permission

ROWS = 20
_STEPS = 10
"""Steps shown of one stage."""
_STAGES = 12
"""Stages shown of one playbook."""


class ListArgs(Args):
    """Words after `/playbook list`."""

    search: Annotated[str | None, Arg("TEXT", takes="phrase", says="only those with it")] = None
    page: PageNumber = 1


class OnePlaybook(Args):
    """Words after a command about one playbook."""

    playbook: Annotated[str, Arg("P", takes="phrase", says="its handle or name")]


@dataclass(frozen=True, slots=True)
class ReadingCommands:
    """Looking at playbooks."""

    desks: Desks

    @command("playbook list", "Show your playbooks", ListArgs, needs=Permission.PLAYBOOK_VIEW)
    async def list(self, ask: Ask, args: ListArgs) -> Reply:
        """A table of the playbooks one is a member of, by name."""
        part = Slice(limit=ROWS, offset=(args.page - 1) * ROWS)
        page = await self.desks.playbooks.page(ask.actor, args.search, part)
        if not page.items and page.total:
            begin = hint("/playbook list", "Begin with ")
            return Private(Card(f"There is no page {args.page}.", lines(begin)))
        if not page.items:
            new = hint("/playbook new --template outage", "Make one: ")
            none = f"No playbook has “{shorten(args.search, 40)}”." if args.search else ""
            return Private(Card(none or "There is no playbook for you here yet.", lines(new)))
        table = Table(
            ("Handle", "Name", "Stages", "Steps", "Shared with"),
            tuple(
                (
                    (Link(one.handle, f"/playbooks/{one.id}"),),
                    (shorten(one.name, 60),),
                    (str(len(one.stages)),),
                    (str(one.step_count),),
                    ("the team" if one.shared_with_team else "its members",),
                )
                for one in page.items
            ),
        )
        last = -(-page.total // ROWS)
        where = f", page {args.page} of {last}" if last > 1 else ""
        footer: Rich = ("Start one: ", Code(f"/incident start --playbook {page.items[0].handle}"))
        count = f"{counted(page.total, 'playbook')}{where}"
        return Private(Card(count, (table, Footer(footer))))

    @command("playbook show", "Show a playbook", OnePlaybook, needs=Permission.PLAYBOOK_VIEW)
    async def show(self, ask: Ask, args: OnePlaybook) -> Reply:
        """Its stages, steps and settings."""
        found = await self.desks.playbooks.find(ask.actor, args.playbook)
        members = await self.desks.playbooks.members(ask.actor, found.id)
        sections: list[Section] = [Fields(tuple(_facts(found, members)))]
        if found.description:
            sections.append(Markdown(found.description))
        for number, stage in enumerate(found.stages[:_STAGES], 1):
            sections += _stage(number, stage)
            if len(stage.steps) > _STEPS:
                sections.append(Footer((f"and {counted(len(stage.steps) - _STEPS, 'more step')}",)))
        if len(found.stages) > _STAGES:
            sections.append(Footer((f"and {counted(len(found.stages) - _STAGES, 'more stage')}",)))
        if ask.actor.may(Permission.INCIDENT_START, found.team_id):
            start = Button("incident.start", "Start incident", found.id, style="primary", asks=True)
            sections.append(Actions((start,)))
        page = Link("Open its page", f"/playbooks/{found.id}")
        sections.append(Footer((page, " or type ", Code(f"/playbook edit {found.handle}"))))
        return Private(Card(found.name, tuple(sections)))

    @command("playbook export", "Get a playbook as JSON", OnePlaybook,
             needs=Permission.PLAYBOOK_VIEW)  # fmt: skip
    async def export(self, ask: Ask, args: OnePlaybook) -> Reply:
        """A file that Tocsin and Mattermost Playbooks can import."""
        found = await self.desks.playbooks.find(ask.actor, args.playbook)
        document = await self.desks.playbooks.export_json(ask.actor, found.id)
        text = json.dumps(document, ensure_ascii=False, indent=2)
        file = Attachment(f"{found.handle}.json", "application/json", text.encode())
        card = Card(
            f"The playbook {found.name}",
            lines(("Import it elsewhere by attaching the file to ", Code("/playbook import"), ".")),
        )
        return PrivateFile(card, file)


def _facts(playbook: Playbook, members: tuple[tuple[Account, bool], ...]) -> Iterator[Field]:
    settings = playbook.settings
    yield Field("Handle", (Code(playbook.handle),))
    yield Field("Channel", ("public" if settings.public else "private",))
    yield Field("Severity", (settings.severity,))
    if settings.update_every:
        yield Field("Status update", (f"every {lasted(settings.update_every)}",))
    shared = [at(account) + (" (admin)" if admin else "") for account, admin in members[:10]]
    if playbook.shared_with_team:
        shared.insert(0, "the whole team")
    yield Field("Shared with", (", ".join(shared) or "nobody",))
    if settings.keywords:
        yield Field("Keywords", (", ".join(settings.keywords),))
    yield Field("Revision", (f"{playbook.revision}, ", Moment(playbook.updated_at)))


def _stage(number: int, stage: StagePlan) -> Iterator[Section]:
    """A stage of a plan: nothing in it is done or open, so it is no checklist."""
    yield Heading(f"{number} {stage.name}")
    for position, step in enumerate(stage.steps[:_STEPS], 1):
        command: Rich = (" ", Code(step.command)) if step.command else ()
        who = f", for {step.assignee}" if step.assignee else ""
        yield Text((f"{position}. ", Bold(step.title), who, *command))
        if step.description:
            yield Markdown(shorten(step.description, 300))
