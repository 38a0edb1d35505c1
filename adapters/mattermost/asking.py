"""Forms and questions shown to people, and how often one was answered."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from adapters.mattermost.calling import Calls
from adapters.mattermost.dialogs import dialog, question
from adapters.mattermost.inbound import Ticket
from adapters.mattermost.people import PLATFORM
from adapters.mattermost.seal import Seal, digest
from chat.address import Address
from chat.card import Card, Field, Fields
from chat.clock import Clock
from chat.errors import BadInput, Refused
from chat.form import Form
from chat.inbound import Click, Inbound
from chat.memory import MemoryActs, MemoryStores
from chat.once import Once
from chat.payload import Json
from chat.person import Person

Whisper = Callable[[Address, Person, Card, str], Awaitable[None]]
"""Shows somebody a card under a key."""

_REFUSED = "refused"
_MOST_ATTEMPTS = 200


class Asking:
    """Opens dialogs."""

    def __init__(
        self,
        calls: Calls,
        seal: Seal,
        once: Once,
        acts: MemoryActs,
        clock: Clock,
        url: str,
        whisper: Whisper,
    ) -> None:
        """Wire it.

        Args:
            calls: To the server.
            seal: Seals what the dialog brings back.
            once: Opens each form once.
            acts: Where attempts are kept.
            clock: The time.
            url: Where the server shall send the answers.
            whisper: Tells somebody something.
        """
        self._calls = calls
        self._seal = seal
        self._once = once
        self._acts = acts
        self._clock = clock
        self._url = url
        self._whisper = whisper

    async def form(self, to: Address, person: Person, form: Form, ticket: str) -> None:
        """Show the form, once for each ticket; its answers come from `to`.

        Raises:
            Refused: It is too late for that; the person is to try again.
        """
        trigger = Ticket.unpacked(ticket).trigger
        state = self._state(to, person, action=form.action, context=form.context)
        key = f"form:{digest(trigger)}:{form.action}"
        await self._once.told(key, lambda: self._open(trigger, dialog(form, state)))

    async def confirm(self, event: Inbound, label: str, text: str) -> None:
        """Ask whether a button was meant; a yes arrives as the click."""
        if not isinstance(event.payload, Click):
            return
        pressed = event.payload
        state = self._state(
            event.address,
            event.person,
            confirm="1",
            action=pressed.action,
            value=pressed.value,
            message=pressed.message.message or "",
        )
        trigger = Ticket.unpacked(event.ticket).trigger
        try:
            await self._open(trigger, question(label, text, state))
        except Refused as late:
            card = Card(late.message, tone="warning")
            await self._whisper(event.address, event.person, card, f"late:{event.dedupe_key}")

    async def attempt(self, event: Inbound) -> tuple[Inbound, str]:
        """The event with the dedupe key of the attempt that it is, and that attempt's own key.

        Sent twice, a form counts once; sent again after it was refused, it counts anew.

        Raises:
            Unavailable: The database does not answer.
        """
        now = self._clock.now()

        def act(stores: MemoryStores) -> int:
            for number in range(_MOST_ATTEMPTS):
                earlier = stores.sent.begin(PLATFORM, f"{event.dedupe_key}:{number}", now)
                if earlier is None or earlier.result != _REFUSED:
                    return number
            raise BadInput("This form was sent too often. Ask for it again.")

        key = f"{event.dedupe_key}:{await self._acts.run(act)}"
        return replace(event, dedupe_key=key), key

    async def refused(self, attempt: str) -> None:
        """Let the same form be sent again."""
        await self._acts.run(lambda stores: stores.sent.done(PLATFORM, attempt, _REFUSED))

    async def tell(self, event: Inbound, errors: dict[str, str], key: str) -> None:
        """Say what was wrong with a form that is closed already."""
        items = tuple(Field(name.replace("_", " "), (text,)) for name, text in errors.items())
        card = Card("That form could not be accepted. Ask for it again.", (Fields(items),))
        await self._whisper(event.address, event.person, card, key)

    async def _open(self, trigger: str, shown: Json) -> None:
        request: dict[str, Any] = {"trigger_id": trigger, "url": self._url, "dialog": shown}
        try:
            await self._calls.run(
                lambda driver: driver.integration_actions.open_dialog(options=request)
            )
        except BadInput as error:
            raise Refused(
                "Mattermost did not show the form in time. Please try again.",
                code="FORM_NOT_SHOWN",
            ) from error

    def _state(self, place: Address, person: Person, **facts: str) -> str:
        """What comes back with the answers, sealed: for that person, for a day, told apart.

        The place is sealed too: the server shows the whole request to the person's client, whose
        own word for where it is would bring answers into channels that they are not in.
        """
        at = int(self._clock.now().timestamp() * 1000)
        held = {"user": person.id, "name": person.name, "at": str(at), **facts}
        held |= {"channel": place.channel, "thread": place.thread or ""}
        held["nonce"] = secrets.token_hex(16)
        return self._seal.put("dialog", held)
