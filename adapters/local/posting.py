"""Writing messages, with the events that tell open pages; plain functions of an open act."""

from __future__ import annotations

from datetime import datetime

from adapters.local.inbound import address
from adapters.local.outbound import pinged, text
from adapters.local.ports import LocalStores
from chat.address import Address
from chat.card import Card
from chat.errors import NotFound
from chat.message import Attachment
from chat.port import answered_by
from chat.rooms import BOT, LocalChannel, LocalMessage


def post_card(
    stores: LocalStores,
    channel: LocalChannel,
    card: Card,
    at: datetime,
    *,
    key: str,
    thread: str | None = None,
    only_for: str | None = None,
    files: tuple[Attachment, ...] = (),
) -> Address:
    """Post a card of the bot's; with the same `key` again it is the same message.

    What the key tells to be an answer (see `chat.port.answer_key`) is kept as the
    message's cause.
    """
    local = stores.local
    if known := local.messages.keyed(key):
        return address(channel, thread=known.thread, message=known.id)
    first = root(stores, channel, thread)
    message = local.messages.add(
        channel.id,
        BOT,
        text(card),
        at,
        card=card,
        only_for=only_for,
        thread=first,
        cause=answered_by(key),
        key=key,
        mentions=() if only_for else tuple(person.id for person in pinged(card)),
        files=files,
    )
    local.events.append("message", channel.id, at, message=message, only_for=only_for)
    return address(channel, thread=first, message=message)


def post_note(
    stores: LocalStores, channel: LocalChannel, author_id: str, note: str, at: datetime
) -> LocalMessage:
    """Post what the platform itself says, such as `ana joined`."""
    message = stores.local.messages.add(channel.id, author_id, note, at, system=True)
    stores.local.events.append("message", channel.id, at, message=message)
    return posted(stores, message)


def edit_card(stores: LocalStores, message: LocalMessage, card: Card, at: datetime) -> None:
    """Replace a card in place; the same card again is no edit."""
    if message.card == card:
        return
    stores.local.messages.edit(message, card, text(card), at)
    stores.local.events.append(
        "edited", message.channel, at, message=message.id, only_for=message.only_for
    )


def posted(stores: LocalStores, message_id: int) -> LocalMessage:
    """A message that is known to be there."""
    message = stores.local.messages.get(message_id)
    if message is None:
        raise NotFound(f"There is no message {message_id}.")
    return message


def root(stores: LocalStores, channel: LocalChannel, thread: str | None) -> int | None:
    """Id of the thread's first message, also when a reply in it is named.

    Raises:
        NotFound: There is no such message in the channel.
    """
    if thread is None:
        return None
    first = stores.local.messages.get(int(thread)) if number(thread) else None
    if first is None or first.channel != channel.id or first.only_for is not None:
        raise NotFound(f"There is no message {thread[:20]} in #{channel.name} to reply to.")
    return first.thread or first.id


def number(text: str | None) -> int | None:
    """The message id in `text`; None when it cannot be one."""
    if text is None or not (text.isascii() and text.isdigit() and len(text) <= 18):  # noqa: PLR2004 - fits 64 bits
        return None
    return int(text)
