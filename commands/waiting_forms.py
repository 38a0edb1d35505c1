"""Forms that came too late to be shown: kept until somebody presses the button for them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from pydantic import TypeAdapter

from chat.card import Actions, Button, Card
from chat.clock import Clock
from chat.errors import NotFound
from chat.form import Form
from chat.inbound import Click
from chat.person import Person
from chat.reply import AskForm, Reply
from commands.command import Ask, click
from security.ports import Acts, SecurityStores

LATE = frozenset({"FORM_NOT_SHOWN", "TOO_LATE"})
"""Codes of the refusals of platforms that show a form only in the moment after somebody acted."""
_OURS = "tocsin"


@dataclass(frozen=True, slots=True)
class _Kept:
    """A form, and whom it is for."""

    platform: str
    person: str
    form: Form


_KEPT = TypeAdapter(_Kept)


class WaitingForms:
    """Keeps forms among what was sent, so that they are forgotten as that is."""

    def __init__(self, acts: Acts[SecurityStores], clock: Clock) -> None:
        self._acts = acts
        self._clock = clock

    async def keep(self, person: Person, form: Form) -> Card:
        """Keep a form; what shows it after all, in the breath of another press."""
        token, now = secrets.token_hex(16), self._clock.now()
        packed = _KEPT.dump_json(_Kept(person.platform, person.id, form)).decode()

        def act(stores: SecurityStores) -> None:
            stores.sent.begin(_OURS, f"form:{token}", now)
            stores.sent.done(_OURS, f"form:{token}", packed)

        await self._acts.run(act)
        button = Button("form.open", "Fill it in", token, style="primary", asks=True)
        return Card(f"{form.title}: it took me too long to show this", (Actions((button,)),))

    @click("form.open", needs=None, asks=True)
    async def open(self, ask: Ask, event: Click) -> Reply:
        """Show it to whom it is for."""
        key, now = f"form:{event.value[:32]}", self._clock.now()

        def act(stores: SecurityStores) -> str | None:
            found = stores.sent.begin(_OURS, key, now)
            if found is None:
                stores.sent.withdraw(_OURS, key)
            return found.result if found else None

        packed = await self._acts.run(act)
        kept = _KEPT.validate_json(packed) if packed else None
        if kept is None or (kept.platform, kept.person) != (ask.person.platform, ask.person.id):
            raise NotFound("That form is not there any more. Please ask for it again.")
        return AskForm(kept.form)
