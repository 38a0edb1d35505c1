"""Interactions: answered within Discord's three seconds, whatever the work takes.

An interaction is written down first. What is worked on already and may end in a form is then
held for a moment, since Discord opens a form only as the first answer; everything else is
acknowledged at once, and the answer follows by the interaction's token, which works for 15
minutes. A form that comes too late for that is offered by a button.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable

from adapters.discord import commands, inbound, modals
from adapters.discord.answering import OPEN_FORM, Answering
from adapters.discord.calling import Calls
from adapters.discord.custom_ids import Pressed
from adapters.discord.people import People
from adapters.discord.places import Places
from adapters.discord.raw import EPHEMERAL, Answer, InteractionType, Json
from adapters.discord.remembering import Remembering, ShownForm
from adapters.discord.tickets import Ticket
from chat.card import Card
from chat.errors import TocsinError, Unavailable
from chat.inbound import Inbound
from chat.message import Attachment
from chat.port import Host, Receipt
from chat.reply import FormErrors, Private, PrivateFile, Reply

log = logging.getLogger("tocsin.discord")

HOLD = 1.5
"""Seconds that an interaction waits for a form; half of what Discord allows."""
_JOURNAL = 2.0
_COMPLETE = 2.0
_MOST_FILE = 1_000_000


class Interactions:
    """Hands interactions in and sees to their first answers."""

    def __init__(
        self,
        calls: Calls,
        places: Places,
        people: People,
        remembering: Remembering,
        answering: Answering,
    ) -> None:
        self._calls = calls
        self._places = places
        self._people = people
        self._remembering = remembering
        self._answering = answering
        self._watching: set[asyncio.Task[None]] = set()

    async def handle(self, host: Host, payload: Json) -> None:
        """Do what one interaction asks for."""
        self._people.met(inbound.who(payload, self._places.guild))
        match payload["type"]:
            case InteractionType.AUTOCOMPLETE:
                await self._complete(host, payload)
            case InteractionType.COMMAND:
                await self._command(host, payload)
            case InteractionType.COMPONENT:
                await self._pressed(host, payload)
            case InteractionType.MODAL:
                await self._filled(host, payload)
            case _:
                pass

    async def close(self) -> None:
        """Let go of answers that are waited for; they are delivered nevertheless."""
        watching = list(self._watching)
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)

    async def _complete(self, host: Host, payload: Json) -> None:
        before, typed = commands.begun(payload["data"])
        person = inbound.who(payload, self._places.guild)
        found: list[Json] = []
        try:
            async with asyncio.timeout(_COMPLETE):
                suggestions = await host.complete(person, before + typed)
            found = commands.choices(before, suggestions)
        except (TimeoutError, TocsinError) as error:
            log.info("nothing is suggested: %s", error)
        await self._answering.first(
            inbound.ticket(payload), {"type": Answer.CHOICES, "data": {"choices": found}}
        )

    async def _command(self, host: Host, payload: Json) -> None:
        menu = inbound.menu(payload, self._places)
        if menu is not None:
            await self._hand_in(host, payload, menu)
            return
        if "name" not in payload["data"] or payload["data"].get("type", 1) != 1:
            return
        try:
            files = tuple([await self._file(one) for one in inbound.attached(payload)])
        except TocsinError as error:
            await self._apologise(payload, error.message)
            return
        await self._hand_in(host, payload, inbound.command(payload, self._places, files))

    async def _pressed(self, host: Host, payload: Json) -> None:
        pressed = await self._remembering.pressed(inbound.custom_id(payload))
        if pressed is None:
            await self._apologise(payload, "That button is not known any more.")
        elif pressed.action == OPEN_FORM:
            await self._open_again(payload, pressed.value)
        elif pressed.ask:
            await self._ask(payload, pressed)
        else:
            await self._hand_in(host, payload, inbound.click(payload, self._places, pressed))

    async def _ask(self, payload: Json, pressed: Pressed) -> None:
        """The question that is asked before a press counts, for who pressed alone."""
        made = await self._answering.question(pressed)
        data = {**made, "flags": made["flags"] | EPHEMERAL}
        await self._answering.first(inbound.ticket(payload), {"type": Answer.MESSAGE, "data": data})

    async def _open_again(self, payload: Json, token: str) -> None:
        shown = await self._remembering.shown(token)
        person = inbound.who(payload, self._places.guild)
        if shown is None or shown.person != person.id:
            await self._apologise(payload, "That form is closed. Ask for it again.")
            return
        data = modals.modal(shown.form, token, shown.values)
        await self._answering.first(inbound.ticket(payload), {"type": Answer.MODAL, "data": data})

    async def _filled(self, host: Host, payload: Json) -> None:
        token = modals.token_of(str(payload["data"]["custom_id"]))
        shown = await self._remembering.shown(token) if token else None
        person = inbound.who(payload, self._places.guild)
        if shown is None or shown.person != person.id:
            await self._apologise(payload, "That form is closed. Ask for it again.")
            return
        values, errors = modals.filled(shown.form, payload["data"], shown.values)
        if errors:
            ticket = inbound.ticket(payload)
            await self._answering.first(ticket, _deferred(ticket))
            await self._wrong(ticket, shown, values, errors)
            return
        form = shown.form
        event = inbound.submission(payload, self._places, form.action, form.context, values)
        filled = ShownForm(person.id, form, values)
        await self._hand_in(host, payload, event, filled)

    async def _hand_in(
        self,
        host: Host,
        payload: Json,
        event: Inbound,
        shown: ShownForm | None = None,
    ) -> None:
        ticket = inbound.ticket(payload)
        waiting = self._answering.expect(ticket)
        try:
            async with asyncio.timeout(_JOURNAL):
                receipt = await host.receive(event)
        except (TimeoutError, Unavailable):
            # Discord delivers no interaction twice, so the person has to.
            self._answering.forget(ticket)
            await self._apologise(payload, "Tocsin cannot take that just now. Please try again.")
            return
        if not receipt.fresh:
            self._answering.forget(ticket)
            return
        self._answering.answers(receipt.id, ticket)
        if receipt.asks:
            await _first_of(waiting.taken.wait(), receipt.reply, HOLD)
        if not waiting.taken.is_set():
            waiting.taken.set()
            await self._answering.first(ticket, _deferred(ticket))
            waiting.deferred = True
        waiting.answered.set()
        self._watch(ticket, receipt, shown, deferred=waiting.deferred)

    def _watch(
        self, ticket: Ticket, receipt: Receipt, shown: ShownForm | None, *, deferred: bool
    ) -> None:
        """See to what the outbox does not: field errors, and what has no answer of its own."""

        async def watch() -> None:
            reply = await receipt.reply
            try:
                await self._conclude(ticket, reply, shown, deferred=deferred)
            except TocsinError as error:
                log.info("an interaction is not concluded: %s", error.message)

        task = asyncio.create_task(watch(), name=f"interaction {ticket.interaction}")
        self._watching.add(task)
        task.add_done_callback(self._watching.discard)

    async def _conclude(
        self, ticket: Ticket, reply: Reply | None, shown: ShownForm | None, *, deferred: bool
    ) -> None:
        match reply:
            case FormErrors(errors) if shown is not None:
                await self._wrong(ticket, shown, shown.values, errors)
            case Private() | PrivateFile():
                pass
            case _ if deferred and ticket.own and not self._answering.used(ticket):
                # Nothing more is said here, so "thinking …" must go.
                await self._answering.withdraw(ticket)
            case _:
                pass

    async def _wrong(
        self, ticket: Ticket, shown: ShownForm, values: dict[str, str], errors: dict[str, str]
    ) -> None:
        """Say what is wrong with a form, with the way back to it."""
        token = await self._remembering.form(ShownForm(shown.person, shown.form, values))
        labels = {each.name: each.label for each in shown.form.fields}
        told = {labels.get(name, name): what for name, what in errors.items()}
        await self._answering.form_again(ticket, token, told)

    async def _apologise(self, payload: Json, text: str) -> None:
        made = await self._answering.plain(Card(text, tone="warning"))
        data = {**made, "flags": EPHEMERAL}
        await self._answering.first(inbound.ticket(payload), {"type": Answer.MESSAGE, "data": data})

    async def _file(self, attached: Json) -> Attachment:
        name = str(attached["filename"])
        if int(attached.get("size", 0)) > _MOST_FILE:
            raise TocsinError(f"{name} is larger than 1 MB. Send a smaller one.")
        content = await self._calls.fetched(str(attached["url"]))
        kind = str(attached.get("content_type") or "application/octet-stream")
        return Attachment(name, kind, content)


def _deferred(ticket: Ticket) -> Json:
    """The acknowledgement: an answer to come, or nothing at a button."""
    if ticket.own:
        return {"type": Answer.DEFER_MESSAGE, "data": {"flags": EPHEMERAL}}
    return {"type": Answer.DEFER_UPDATE}


async def _first_of(one: Awaitable[object], other: Awaitable[object], within: float) -> None:
    """Wait for either, and no longer than that."""
    tasks = [asyncio.ensure_future(one), asyncio.ensure_future(other)]
    await asyncio.wait(tasks, timeout=within, return_when=asyncio.FIRST_COMPLETED)
    tasks[0].cancel()
