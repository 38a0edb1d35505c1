"""Tells whoever asked for something that it could not be delivered after all."""

from __future__ import annotations

from datetime import datetime

from chat.address import Address
from chat.card import Card, Text
from chat.inbound import Membership, Said
from chat.outbox import DirectCard, InvitePeople, Job, Outgoing, PostLiving, SendFile, Whisper
from chat.person import Person
from chat.undelivered import described
from security.ports import SecurityStores

_AWAITED = (InvitePeople, SendFile, DirectCard, PostLiving)
_OURS = "given-up:"


def tell_author(stores: SecurityStores, outgoing: Outgoing, why: str, now: datetime) -> None:
    """Tell the person behind what was given up, once, in the act that gives it up.

    Nobody is told where nobody asked, or where the notice itself is what cannot be delivered.
    """
    del now
    if not isinstance(outgoing.job, _AWAITED) or outgoing.key.startswith(_OURS):
        return
    entry = stores.journal.found(outgoing.cause) if outgoing.cause else None
    if entry is None or isinstance(entry.inbound.payload, Said | Membership):
        return
    author = entry.inbound.person
    advice = "If it can be put right, do that, and then ask again."
    card = Card(f"I could not {described(outgoing.job)}: {why}", (Text((advice,)),), tone="warning")
    home = Address(author.platform, author.workspace, f"@{author.id}")
    place, job = home, DirectCard(author, card)
    if _is_to(outgoing.job, author):
        # They cannot be written to, as has just been seen; perhaps they see it where they are.
        place = entry.inbound.address.room
        job = Whisper(author, card, ticket=entry.inbound.ticket)
    stores.outbox.put(Outgoing(place, job, f"{_OURS}{outgoing.key}", entry.id))


def _is_to(job: Job, author: Person) -> bool:
    return isinstance(job, DirectCard) and (job.person.platform, job.person.id) == (
        author.platform,
        author.id,
    )
