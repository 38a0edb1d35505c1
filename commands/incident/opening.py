"""`/incident start`: in one line, through the form, from a message, from a keyword's offer."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, replace
from typing import Annotated

from chat.card import Card, Field, Fields, Section
from chat.clock import Clock
from chat.errors import BadInput, NotFound, Refused
from chat.inbound import Click, FormSubmission, MessageMenu, Said
from chat.message import PostedMessage
from chat.reply import AskForm, Private, Reply
from chat.text import Bold
from commands.arguments import Arg, Args
from commands.cards import at, hint, home, lines, page_link
from commands.command import Ask, click, command, form, menu
from commands.desks import Desks
from commands.incident.offer import Offer
from commands.incident.start_form import Given, context_of, source_of, start_form, was_offered
from commands.looking_up import Lookup
from commands.vocabulary import SeverityWord, severity
from commands.words import unquoted
from incidents.detail import Detail
from incidents.incident import Incident
from incidents.opening_news import problem
from playbooks.playbook import Playbook
from playbooks.start import StartWish
from security.page import Slice
from security.permissions import Permission
from security.ports import Acts, SecurityStores

PATIENCE = 2.5
"""Seconds an answer waits for the channel to be opened."""
_LOOK_EVERY = 0.05
_OFFERED = Slice(limit=100)


class Start(Args):
    """Words after `/incident start`."""

    words: Annotated[
        str | None, Arg("[P] NAME", takes="rest", says="a playbook's handle, then a name")
    ] = None
    playbook: Annotated[str | None, Arg("P", says="the playbook to work by")] = None
    name: Annotated[str | None, Arg("N", says="what is going on, in a few words")] = None
    severity: Annotated[SeverityWord | None, Arg("S", says="LOW to EMERGENCY")] = None
    from_: Annotated[str | None, Arg("MESSAGE", says="link or id of the message it is about")] = (
        None
    )
    summary: Annotated[str | None, Arg("T", says="what is known so far")] = None


@dataclass(frozen=True, slots=True)
class OpeningCommands:
    """Starting incidents."""

    desks: Desks
    lookup: Lookup
    clock: Clock
    acts: Acts[SecurityStores]

    @command(
        "incident start", "Start an incident", Start, needs=Permission.INCIDENT_START, asks=True
    )
    async def start(self, ask: Ask, args: Start) -> Reply:
        """Start one, or ask for the words that are missing."""
        playbook, name = await self._read(ask, args)
        given = Given(
            playbook=playbook,
            name=name,
            severity=args.severity,
            summary=args.summary or "",
            source=await self.lookup.message(ask, args.from_) if args.from_ else None,
        )
        if playbook is None or not name:
            return await self._form(ask, given)
        return await self._start(ask, playbook, given)

    async def _read(self, ask: Ask, args: Start) -> tuple[Playbook | None, str]:
        """Playbook and name, of which either may have come without its option."""
        words, playbook = args.words or "", None
        if args.playbook is not None:
            playbook = await self.desks.playbooks.find(ask.actor, args.playbook)
        elif words:
            first, _, rest = words.partition(" ")
            playbook = await self._with_handle(ask, first)
            words = unquoted(rest.strip()) if playbook is not None else words
        if args.name is not None and words:
            raise BadInput(
                f"There are two names, “{args.name[:40]}” and “{words[:40]}”. Give one of them.",
                details={"name": "given twice"},
            )
        return playbook, args.name or words

    async def _with_handle(self, ask: Ask, word: str) -> Playbook | None:
        """The playbook with exactly that handle; None when it is just a word."""
        try:
            found = await self.desks.playbooks.find(ask.actor, word)
        except (NotFound, BadInput):
            return None
        return found if found.handle == word.casefold() else None

    @menu("incident.start", needs=Permission.INCIDENT_START)
    async def from_message(self, ask: Ask, event: MessageMenu) -> Reply:
        """Ask for the rest; the message's text goes into the announcement."""
        source = await self.lookup.adapter(ask).message(
            event.message.message or "", near=event.message
        )
        if source is None:
            source = PostedMessage(event.message, event.author, event.text, self.clock.now())
        return await self._form(ask, Given(source=source))

    @click("incident.start", needs=Permission.INCIDENT_START, asks=True)
    async def offered(self, ask: Ask, event: Click) -> Reply:
        """Ask for the rest; the button may carry an offer."""
        offer = Offer.unpacked(event.value)
        return await self._form(ask, await self._given(ask, offer) if offer else Given())

    async def _given(self, ask: Ask, offer: Offer) -> Given:
        """What was offered, and the words that it was offered for, wherever it is pressed.

        Raises:
            Refused: It was offered to somebody else.
        """
        given = Given()
        # Offered a while ago, and deleted since: the form offers the others.
        with contextlib.suppress(NotFound):
            given = Given(await self.desks.playbooks.find(ask.actor, offer.playbook))
        entry = await self.acts.read(lambda stores: stores.journal.found(offer.entry))
        if entry is None or not isinstance(said := entry.inbound.payload, Said):
            return given
        speaker = entry.inbound.person
        if not ask.person.same_as(speaker):
            raise Refused(
                f"That was offered to @{speaker.name}. To start an incident yourself, type "
                "/incident start."
            )
        source = PostedMessage(said.message, speaker, said.text, said.posted_at)
        return replace(given, source=source, offered=True)

    async def _form(self, ask: Ask, given: Given) -> Reply:
        """The form, holding what is known already."""
        offered = await self.desks.playbooks.page(ask.actor, None, _OFFERED)
        if not offered.items:
            raise NotFound(
                "There is no playbook that you can start an incident from. "
                "Make one with /playbook new, or ask somebody to share theirs with you."
            )
        return AskForm(start_form(offered.items, given, context_of(given)))

    @form("incident.start", needs=Permission.INCIDENT_START)
    async def submitted(self, ask: Ask, event: FormSubmission) -> Reply:
        """Start what was filled in."""
        values = event.values
        chosen = values.get("severity", "")
        playbook = await self.desks.playbooks.find(ask.actor, values.get("playbook", ""))
        given = Given(
            playbook=playbook,
            name=values.get("name", "").strip(),
            severity=severity(chosen) if chosen not in {"", "playbook"} else None,
            summary=values.get("summary", ""),
            source=await source_of(event.context, self.lookup.adapter(ask), self.clock),
            offered=was_offered(event.context),
        )
        return await self._start(ask, playbook, given)

    async def _start(self, ask: Ask, playbook: Playbook, given: Given) -> Reply:
        said = given.source.address if given.offered and given.source else None
        incident = await self.desks.start.start(
            ask.actor,
            StartWish(
                playbook=playbook.id,
                name=given.name,
                severity=given.severity,
                summary=given.summary,
                source=given.source,
                origin=said or ask.address,
                team_id=playbook.team_id,
            ),
        )
        return Private(_started(await self._opened(ask, incident)))

    async def _opened(self, ask: Ask, incident: Incident) -> Detail:
        """How far its room is once it is open, something failed, or patience is over."""
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while True:
            detail = await self.desks.incidents.detail(ask.actor, incident.id)
            late = asyncio.get_running_loop().time() >= deadline
            if detail.opened or detail.problems or late:
                return detail
            await asyncio.sleep(_LOOK_EVERY)


def _started(detail: Detail) -> Card:
    """What whoever started it reads."""
    incident = detail.incident
    channel = home(detail)
    fields = Fields(
        (
            Field("Channel", (channel or "is being opened",)),
            Field("Commander", (at(detail.commander),)),
            Field("Severity", (Bold(incident.severity),)),
            Field("Playbook", (incident.playbook_name,)),
        )
    )
    missing: list[Section] = list(lines(*(("⚠ ", problem(task)) for task in detail.problems)))
    if channel is not None:
        following = hint("/incident invite @person", "Go to the channel; there, get help with ")
    else:
        following = hint(
            f"/incident info {incident.key}", "You will be let in as soon as it is there. Look: "
        )
    return Card(
        f"{incident.key} is started: {incident.name}",
        (fields, *missing, *lines(following)),
        tone="warning" if missing else "good",
        rich=(page_link(incident), f" is started: {incident.name}"),
    )
