"""Messages of the local platform, their files and mentions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, insert, or_, select, update

from chat.card import Button, Card
from chat.clock import new_id
from chat.fit import controls
from chat.message import Attachment
from chat.person import Person
from chat.rooms import LocalFile, LocalMessage
from storage.local_chat.person import COLUMNS, person
from storage.tables.local_chat import channels, files, mentions, messages
from storage.tables.people import accounts

_REMEMBERED = 200
"""Buttons of earlier versions of a card that still count."""


class MessageRows:
    """Messages inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(
        self,
        channel_id: str,
        author_id: str,
        text: str,
        at: datetime,
        *,
        card: Card | None = None,
        system: bool = False,
        only_for: str | None = None,
        thread: int | None = None,
        cause: str | None = None,
        key: str | None = None,
        mentions: Iterable[str] = (),
        files: tuple[Attachment, ...] = (),
    ) -> int:
        """Add a message and return its id."""
        added = self._connection.execute(
            insert(messages).values(
                channel_id=channel_id,
                author_id=author_id,
                text=text,
                posted_at=at,
                card=card,
                system=system,
                only_for=only_for,
                thread=thread,
                cause=cause,
                key=key,
            )
        )
        message_id = int((added.inserted_primary_key or (0,))[0])
        self._mention(message_id, mentions)
        self._attach(message_id, files)
        return message_id

    def get(self, message_id: int) -> LocalMessage | None:
        """One message."""
        return self._one(_READ.where(messages.c.id == message_id))

    def keyed(self, key: str) -> LocalMessage | None:
        """The message that was posted with `key`."""
        return self._one(_READ.where(messages.c.key == key))

    def edit(self, message: LocalMessage, card: Card, text: str, at: datetime) -> None:
        """Give it another card and text; the buttons it had before are remembered."""
        buttons = self._old_buttons(message.id) + _buttons(message.card)
        remembered = tuple(dict.fromkeys(reversed(buttons)))[:_REMEMBERED]
        self._connection.execute(
            update(messages)
            .where(messages.c.id == message.id)
            .values(card=card, text=text, edited_at=at, old_buttons=remembered[::-1])
        )

    def had_button(self, message_id: int, action: str, value: str) -> bool:
        """Whether an earlier version of the message had that button."""
        return (action, value) in self._old_buttons(message_id)

    def pin(self, message_id: int, at: datetime) -> None:
        """Pin it."""
        self._connection.execute(
            update(messages)
            .where(messages.c.id == message_id, messages.c.pinned_at.is_(None))
            .values(pinned_at=at)
        )

    def page(
        self,
        channel_id: str,
        viewer: str,
        *,
        before: int | None,
        after: int | None,
        thread: int | None,
        limit: int,
    ) -> tuple[LocalMessage, ...]:
        """As `chat.rooms.Rooms.messages`, ephemeral ones for others left out."""
        found = _READ.where(
            messages.c.channel_id == channel_id,
            or_(messages.c.only_for.is_(None), messages.c.only_for == viewer),
        )
        if thread is None:
            found = found.where(messages.c.thread.is_(None))
        else:
            found = found.where(or_(messages.c.thread == thread, messages.c.id == thread))
        if before is not None:
            found = found.where(messages.c.id < before)
        if after is not None:
            return self._all(found.where(messages.c.id > after).order_by(messages.c.id), limit)
        return self._all(found.order_by(messages.c.id.desc()), limit)[::-1]

    def history(
        self, channel_id: str, *, before: int | None, limit: int
    ) -> tuple[LocalMessage, ...]:
        """Messages and replies, newest first, ephemeral ones left out."""
        found = _READ.where(messages.c.channel_id == channel_id, messages.c.only_for.is_(None))
        if before is not None:
            found = found.where(messages.c.id < before)
        return self._all(found.order_by(messages.c.id.desc()), limit)

    def count(self, channel_id: str) -> int:
        """How many there are, replies and system messages included, ephemeral ones not."""
        counted = select(func.count()).where(
            messages.c.channel_id == channel_id, messages.c.only_for.is_(None)
        )
        return self._connection.scalar(counted) or 0

    def answers(self, cause: str) -> tuple[LocalMessage, ...]:
        """What was posted in answer to an inbound event, in order."""
        return self._all(_READ.where(messages.c.cause == cause).order_by(messages.c.id), None)

    def many(self, message_ids: Iterable[int]) -> dict[int, LocalMessage]:
        """Those of the messages that there are, by id."""
        ids = list(message_ids)
        found = self._all(_READ.where(messages.c.id.in_(ids)), None) if ids else ()
        return {message.id: message for message in found}

    def file(self, file_id: str) -> tuple[LocalMessage, Attachment] | None:
        """A file, with the message it is attached to."""
        row = self._connection.execute(select(files).where(files.c.id == file_id)).one_or_none()
        message = None if row is None else self.get(row.message_id)
        if row is None or message is None:
            return None
        return message, Attachment(row.name, row.content_type, row.content)

    def _mention(self, message_id: int, people: Iterable[str]) -> None:
        rows = [{"message_id": message_id, "person_id": each} for each in dict.fromkeys(people)]
        if rows:
            self._connection.execute(insert(mentions), rows)

    def _attach(self, message_id: int, attachments: tuple[Attachment, ...]) -> None:
        rows = [
            {
                "id": new_id(),
                "message_id": message_id,
                "place": place,
                "name": each.name,
                "content_type": each.content_type,
                "size": len(each.content),
                "content": each.content,
            }
            for place, each in enumerate(attachments)
        ]
        if rows:
            self._connection.execute(insert(files), rows)

    def _old_buttons(self, message_id: int) -> tuple[tuple[str, str], ...]:
        kept = select(messages.c.old_buttons).where(messages.c.id == message_id)
        return self._connection.scalar(kept) or ()

    def _one(self, wanted: Select[Any]) -> LocalMessage | None:
        return next(iter(self._all(wanted, 1)), None)

    def _all(self, wanted: Select[Any], limit: int | None) -> tuple[LocalMessage, ...]:
        rows = self._connection.execute(wanted.limit(limit)).all()
        if not rows:
            return ()
        ids = [row.id for row in rows]
        # Whoever is mentioned stands in the text behind an `@`.
        named = self._mentions([row.id for row in rows if "@" in row.text])
        attached = self._files(ids)
        return tuple(_message(row, attached.get(row.id, ()), named.get(row.id, ())) for row in rows)

    def _files(self, ids: list[int]) -> dict[int, tuple[LocalFile, ...]]:
        facts = (files.c.message_id, files.c.id, files.c.name, files.c.content_type, files.c.size)
        rows = self._connection.execute(
            select(*facts).where(files.c.message_id.in_(ids)).order_by(files.c.place)
        )
        found: dict[int, tuple[LocalFile, ...]] = defaultdict(tuple)
        for row in rows:
            found[row.message_id] += (LocalFile(row.id, row.name, row.content_type, row.size),)
        return found

    def _mentions(self, ids: list[int]) -> dict[int, tuple[Person, ...]]:
        found: dict[int, tuple[Person, ...]] = defaultdict(tuple)
        if not ids:
            return found
        rows = self._connection.execute(
            select(mentions, channels.c.team, *COLUMNS)
            .join_from(mentions, messages, messages.c.id == mentions.c.message_id)
            .join(channels, channels.c.id == messages.c.channel_id)
            .outerjoin(accounts, accounts.c.id == mentions.c.person_id)
            .where(mentions.c.message_id.in_(ids))
            .order_by(accounts.c.name)
        )
        for row in rows:
            found[row.message_id] += (person(row.team, row.person_id, row),)
        return found


_REPLY = messages.alias("reply")
_REPLIES = (
    select(func.count())
    .select_from(_REPLY)
    .where(and_(_REPLY.c.thread == messages.c.id, _REPLY.c.only_for.is_(None)))
    .scalar_subquery()
)
_READ = (
    select(
        *(column for column in messages.c if column.name not in {"key", "old_buttons"}),
        channels.c.team,
        _REPLIES.label("replies"),
        *COLUMNS,
    )
    .join_from(messages, channels, channels.c.id == messages.c.channel_id)
    .outerjoin(accounts, accounts.c.id == messages.c.author_id)
)


def _message(
    row: Row[Any], attached: tuple[LocalFile, ...], named: tuple[Person, ...]
) -> LocalMessage:
    return LocalMessage(
        id=row.id,
        channel=row.channel_id,
        author=person(row.team, row.author_id, row),
        text=row.text,
        posted_at=row.posted_at,
        card=row.card,
        system=row.system,
        edited_at=row.edited_at,
        only_for=row.only_for,
        thread=row.thread,
        replies=row.replies,
        pinned=row.pinned_at is not None,
        files=attached,
        cause=row.cause,
        mentions=named,
    )


def _buttons(card: Card | None) -> tuple[tuple[str, str], ...]:
    """Action and value of every button of a card."""
    found = controls(card) if card else ()
    return tuple((each.action, each.value) for each in found if isinstance(each, Button))
