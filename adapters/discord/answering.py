"""Private answers: by an interaction's token while it lives, by direct message otherwise."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import TypeVar

from adapters.discord import modals
from adapters.discord.calling import ALREADY_ANSWERED, NO_DIRECT_MESSAGES, Calls
from adapters.discord.custom_ids import Pressed
from adapters.discord.raw import EPHEMERAL, Answer, Json
from adapters.discord.remembering import Remembering, ShownForm
from adapters.discord.tickets import Ticket, ticket
from adapters.discord.writing import Writing, renamed
from chat.address import Address
from chat.card import Actions, Button, Card, Footer, Text
from chat.clock import Clock, new_id
from chat.errors import NotFound, Refused
from chat.form import Form
from chat.message import Attachment
from chat.once import Once
from chat.person import Person
from chat.port import answered_by
from chat.text import Bold, Mention

T = TypeVar("T")
log = logging.getLogger("tocsin.discord")

OPEN_FORM = "form.open"
"""Our own button that opens a kept form; it is never handed to the router."""
_MOST = 2_000
_FIRST_ANSWER = 3.0
_ALLOW_DIRECT = (
    ", I have something for your eyes only. Allow direct messages from this server's members, "
    "then ask me again."
)
_DIRECTLY = "Sent to you directly: Discord shows a message to one person only as an answer."


@dataclass(slots=True)
class Waiting:
    """An interaction that has come in here and has no first answer yet.

    Attributes:
        taken: Somebody gives the first answer.
        answered: It has been given.
        deferred: It was no more than "wait".
    """

    taken: asyncio.Event = field(default_factory=asyncio.Event)
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    deferred: bool = False


class Answering:
    """Answers people privately."""

    def __init__(
        self,
        calls: Calls,
        writing: Writing,
        remembering: Remembering,
        once: Once,
        clock: Clock,
    ) -> None:
        self._calls = calls
        self._writing = writing
        self._remembering = remembering
        self._once = once
        self._clock = clock
        self._waiting: OrderedDict[str, Waiting] = OrderedDict()
        self._tickets: OrderedDict[str, Ticket] = OrderedDict()
        self._used: OrderedDict[str, None] = OrderedDict()

    def expect(self, given: Ticket) -> Waiting:
        """Begin to wait for the first answer to an interaction."""
        waiting = Waiting()
        _keep(self._waiting, given.interaction, waiting)
        return waiting

    def forget(self, given: Ticket) -> None:
        """It is answered elsewhere, or not at all."""
        waiting = self._waiting.pop(given.interaction, None)
        if waiting is not None:
            waiting.answered.set()

    def answers(self, entry: str, given: Ticket) -> None:
        """Keep in mind which interaction a journalled event is."""
        _keep(self._tickets, entry, given)

    def used(self, given: Ticket) -> bool:
        """Whether something was said by this interaction's own message."""
        return given.interaction in self._used

    async def first(self, given: Ticket, answer: Json) -> None:
        """Give the first answer; one that was given already stays."""
        try:
            await self._calls.call(
                "POST",
                "/interactions/{webhook_id}/{webhook_token}/callback",
                json=answer,
                webhook_id=given.interaction,
                webhook_token=given.token,
            )
        except Refused as refused:
            if refused.code != ALREADY_ANSWERED:
                raise
        except NotFound:
            log.warning("an interaction was answered too late for Discord")

    async def withdraw(self, given: Ticket) -> None:
        """Take away the "thinking …" of a command."""
        _keep(self._used, given.interaction, None)
        await self._original("DELETE", given, None)

    async def plain(self, card: Card) -> Json:
        """A card as an answer's data."""
        made = await self._writing.rendered(card)
        return made.payload

    async def question(self, pressed: Pressed) -> Json:
        """The card that asks before a press counts."""
        yes = Button(pressed.action, "Yes", pressed.value, style="danger")
        card = Card(pressed.ask, (Actions((yes,)),), tone="warning")
        return await self.plain(card)

    async def form_again(self, given: Ticket, token: str, told: dict[str, str]) -> None:
        """What is wrong with a form, and a button that opens it with all that was typed."""
        lines = tuple(Text((Bold(label), f": {what}")) for label, what in told.items())
        again = Button(OPEN_FORM, "Correct it", token, style="primary")
        card = Card("Not quite yet", (*lines, Actions((again,))), tone="warning")
        await self._say(given, await self.plain(card), None)

    async def whisper(
        self, to: Address, person: Person, card: Card, *, key: str, packed: str
    ) -> None:
        """Show a card to one person, as an answer where there is something to answer."""

        async def tell() -> None:
            if not await self._answered(key, packed, card, None):
                await self.directly(to, person, card, key=f"{key}:direct")

        await self._once.told(key, tell)

    async def send_file(
        self, to: Address, person: Person, file: Attachment, card: Card, *, key: str
    ) -> None:
        """A file for one person."""

        async def tell() -> None:
            if not await self._answered(key, "", card, renamed(file)):
                await self.directly(to, person, card, key=f"{key}:direct", file=file)

        await self._once.told(key, tell)

    async def directly(
        self,
        to: Address,
        person: Person,
        card: Card,
        *,
        key: str,
        file: Attachment | None = None,
    ) -> None:
        """By direct message; where they take none, tell them in the channel what to do."""
        noted = replace(card, sections=(*card.sections, Footer((_DIRECTLY,))))
        try:
            direct = await self._writing.direct(person)
            await self._writing.post(direct, noted, key=key, file=file)
        except Refused as refused:
            if refused.code != NO_DIRECT_MESSAGES:
                raise
            told = (
                Mention(person, ping=True),
                _ALLOW_DIRECT,
            )
            await self._writing.post(to, Card("A message for one", rich=told), key=f"{key}:told")

    async def open_form(self, to: Address, person: Person, form: Form, *, packed: str) -> None:
        """Open a form as the first answer, or offer a button that opens it."""
        given = ticket(packed)

        async def tell() -> None:
            token = await self._remembering.form(ShownForm(person.id, form, {}))
            if given is None or not await self._opened(given, form, token):
                card = _offer(form, token)
                key = f"offer:{token}"
                if not await self._answered("", packed, card, None):
                    await self.directly(to, person, card, key=key)

        await self._once.told(f"open:{packed or new_id()}", tell)

    async def _opened(self, given: Ticket, form: Form, token: str) -> bool:
        waiting = self._waiting.get(given.interaction)
        if waiting is not None and waiting.taken.is_set():
            return False
        if waiting is not None:
            waiting.taken.set()
        data = modals.modal(form, token, {})
        try:
            await self._calls.call(
                "POST",
                "/interactions/{webhook_id}/{webhook_token}/callback",
                json={"type": Answer.MODAL, "data": data},
                webhook_id=given.interaction,
                webhook_token=given.token,
            )
        except (NotFound, Refused) as late:
            log.info("a form could not be opened at once: %s", late.message)
            return False
        finally:
            if waiting is not None:
                waiting.answered.set()
        return True

    async def _answered(self, key: str, packed: str, card: Card, file: Attachment | None) -> bool:
        """Whether it could be told by an interaction's token."""
        given = ticket(packed) or self._tickets.get(answered_by(key) or "")
        if given is None or not given.alive(self._clock.now()):
            return False
        waiting = self._waiting.get(given.interaction)
        if waiting is not None:
            try:
                async with asyncio.timeout(_FIRST_ANSWER):
                    await waiting.answered.wait()
            except TimeoutError:
                return False
        made = await self._writing.rendered(card, file=file.name if file else "")
        try:
            await self._say(given, made.payload, file)
        except (NotFound, Refused) as gone:
            log.info("an interaction takes no more answers: %s", gone.message)
            return False
        return True

    async def _say(self, given: Ticket, payload: Json, file: Attachment | None) -> None:
        """By its own message the first time, below it after that."""
        body = dict(payload)
        if file is not None:
            body["attachments"] = [{"id": "0", "filename": file.name}]
        if given.own and not self.used(given):
            _keep(self._used, given.interaction, None)
            await self._original("PATCH", given, body, file)
            return
        body["flags"] = int(body.get("flags", 0)) | EPHEMERAL
        await self._calls.call(
            "POST",
            "/webhooks/{webhook_id}/{webhook_token}",
            json=body,
            file=file,
            webhook_id=await self._application(),
            webhook_token=given.token,
        )

    async def _original(
        self, method: str, given: Ticket, body: Json | None, file: Attachment | None = None
    ) -> None:
        await self._calls.call(
            method,
            "/webhooks/{webhook_id}/{webhook_token}/messages/@original",
            json=body,
            file=file,
            webhook_id=await self._application(),
            webhook_token=given.token,
        )

    async def _application(self) -> str:
        await self._calls.ready()
        return self._calls.application


def _offer(form: Form, token: str) -> Card:
    fill = Button(OPEN_FORM, "Fill it in", token, style="primary")
    told = Text((form.intro or "There is something to fill in.",))
    return Card(form.title, (told, Actions((fill,))))


def _keep(held: OrderedDict[str, T], name: str, value: T) -> None:
    held[name] = value
    while len(held) > _MOST:
        held.popitem(last=False)
