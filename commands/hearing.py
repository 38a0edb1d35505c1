"""What is not addressed to the bot: ordinary messages, and people coming and going."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from chat.card import Actions, Button, Card, Text
from chat.clock import Clock
from chat.fit import shorten
from chat.inbound import Membership, Said
from chat.journal import Entry
from chat.reply import Private, Quiet, Reply
from chat.text import Bold, Code
from commands.desks import Desks
from commands.incident.offer import Offer
from playbooks.offer import keyword_in, offer_key
from playbooks.playbook import Playbook
from security.actor import Actor
from security.page import Slice
from security.permissions import Permission

_FRESH_FOR = timedelta(seconds=10)
"""Keywords are read anew when they are older than that."""
_MOST = 200


@dataclass(frozen=True, slots=True)
class _Known:
    """Playbooks with keywords that one person sees, read a moment ago."""

    at: datetime
    playbooks: tuple[Playbook, ...]


class Hearing:
    """Offers an incident where a playbook's keyword is said; keeps participants right."""

    def __init__(self, desks: Desks, clock: Clock) -> None:
        self._desks = desks
        self._clock = clock
        self._known: dict[str, _Known] = {}

    async def said(self, entry: Entry, event: Said) -> Reply:
        """Offer to start an incident, to the speaker alone; nothing without a keyword."""
        inbound = entry.inbound
        if inbound.person.is_bot or not event.text.strip():
            return Quiet()
        await self._desks.incidents.pass_on(inbound.address, inbound.person, event.text, entry.id)
        actor = await self._desks.doors.person(inbound.person)
        if actor.account_id is None or not actor.may(Permission.INCIDENT_START, actor.team_id):
            return Quiet()
        now = self._clock.now()
        for playbook in await self._with_keywords(actor, now):
            keyword = keyword_in(playbook, event.text)
            if keyword is None:
                continue
            if await self._desks.incidents.in_channel(actor, inbound.address) is not None:
                return Quiet()
            key = offer_key(playbook, inbound.address.lane, now)
            return Private(_offer(playbook, keyword, entry), once=key)
        return Quiet()

    async def _with_keywords(self, actor: Actor, now: datetime) -> tuple[Playbook, ...]:
        key = f"{actor.account_id}/{actor.team_id}"
        known = self._known.get(key)
        if known is None or now - known.at > _FRESH_FOR:
            self._known = {k: v for k, v in self._known.items() if now - v.at <= _FRESH_FOR}
            page = await self._desks.playbooks.page(actor, None, Slice(limit=_MOST))
            known = _Known(now, tuple(one for one in page.items if one.settings.keywords))
            self._known[key] = known
        return known.playbooks

    async def moved(self, entry: Entry, event: Membership) -> None:
        """Somebody entered or left a channel on the platform's side."""
        inbound = entry.inbound
        if inbound.person.is_bot:
            return
        await self._desks.linking.meet(inbound.person)
        actor = (await self._desks.doors.person(inbound.person)).caused_by(entry.id)
        if event.joined:
            await self._desks.incidents.came_into(actor, inbound.address)
        else:
            await self._desks.incidents.went_out_of(actor, inbound.address)


def _offer(playbook: Playbook, keyword: str, entry: Entry) -> Card:
    start = Button(
        "incident.start",
        "Start incident",
        Offer(playbook.id, entry.id).packed(),
        style="primary",
        asks=True,
    )
    words = Text(
        (
            "The playbook ",
            Bold(playbook.name),
            " is for that. Only you see this; if all is well, do nothing. Or type ",
            Code(f"/incident start --playbook {playbook.handle}"),
        )
    )
    return Card(f"“{shorten(keyword, 40)}”: is this an incident?", (words, Actions((start,))))
