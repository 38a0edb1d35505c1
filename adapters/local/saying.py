"""Posting what a person says; plain functions of an open act."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from adapters.local import channels
from adapters.local.inbound import address, mentioned
from adapters.local.people import everybody
from adapters.local.ports import LocalStores
from adapters.local.posting import posted, root
from chat.errors import Refused
from chat.inbound import Inbound, Membership, Said
from chat.message import Attachment
from chat.person import Person
from chat.rooms import LocalChannel, LocalMessage


@dataclass(frozen=True, slots=True)
class Utterance:
    """What somebody wants to post, checked as far as it can be without looking.

    Attributes:
        channel: Name or id.
        key: Unique to the author and to this message; None when it is sent once only.
    """

    who: Person
    channel: str
    text: str
    thread: int | None
    files: tuple[Attachment, ...]
    key: str | None


def say(
    stores: LocalStores, said: Utterance, at: datetime
) -> tuple[LocalMessage, tuple[Inbound, ...]]:
    """Post it; the message, and the events that the bot is to hear of.

    Raises:
        NotFound: The channel or the thread is not there.
        Refused: The channel is archived.
    """
    stores.local.alone()
    if said.key and (known := stores.local.messages.keyed(said.key)):
        return known, (_heard(stores, said.who, known),)
    channel = channels.visible(stores, said.who, said.channel)
    if channel.archived:
        raise Refused(
            f"#{channel.name} is archived, so nothing new can be posted in it. "
            "Choose another channel.",
            code="CHANNEL_ARCHIVED",
        )
    thread = root(stores, channel, None if said.thread is None else str(said.thread))
    entered = () if channel.member else enter(stores, channel, said.who, at)
    people = everybody(stores, channel.team) if "@" in said.text else ()
    named = [person.id for person in mentioned(said.text, people) if person.id != said.who.id]
    message = stores.local.messages.add(
        channel.id,
        said.who.id,
        said.text,
        at,
        thread=thread,
        key=said.key,
        mentions=named,
        files=said.files,
    )
    stores.local.events.append("message", channel.id, at, message=message)
    stores.local.channels.read_up_to(channel.id, said.who.id, message)
    written = posted(stores, message)
    return written, (*entered, _heard(stores, said.who, written))


def enter(
    stores: LocalStores, channel: LocalChannel, who: Person, at: datetime
) -> tuple[Inbound, ...]:
    """Enter a public channel; the events that the bot is to hear of."""
    fresh, note = channels.bring_in(stores, channel, [who], at)
    return memberships(channel, fresh, note, joined=True)


def memberships(
    channel: LocalChannel,
    people: tuple[Person, ...],
    note: LocalMessage | None,
    *,
    joined: bool,
) -> tuple[Inbound, ...]:
    """The events for people who came or went, as the channel was told in `note`."""
    return tuple(
        Inbound(
            f"local:membership:{note.id if note else ''}:{person.id}",
            person,
            address(channel),
            Membership(joined),
        )
        for person in people
    )


def _heard(stores: LocalStores, who: Person, message: LocalMessage) -> Inbound:
    channel = stores.local.channels.get(message.channel)
    if channel is None:
        raise LookupError(message.channel)  # a message's channel is never deleted
    place = address(channel, thread=message.thread, message=message.id)
    return Inbound(
        f"local:said:{message.id}", who, place, Said(place, message.text, message.posted_at)
    )
