"""The log of what open pages of the local platform show."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from chat.rooms import Audience, ChannelKind, LocalEvent
from storage.local_chat.channels import ChannelRows
from storage.local_chat.forms import FormRows
from storage.local_chat.messages import MessageRows
from storage.tables.local_chat import channels, events


class EventRows:
    """Events inside one transaction."""

    def __init__(self, connection: Connection, touched: set[str]) -> None:
        self._connection = connection
        self._touched = touched

    def append(
        self,
        kind: str,
        channel_id: str,
        at: datetime,
        *,
        message: int | None = None,
        form: str | None = None,
        only_for: str | None = None,
    ) -> None:
        """Add an event; who waits for events is woken after the commit."""
        self._connection.execute(
            insert(events).values(
                at=at,
                kind=kind,
                channel_id=channel_id,
                message_id=message,
                form_id=form,
                only_for=only_for,
            )
        )
        self._touched.add("local")

    def bounds(self) -> tuple[int, int]:
        """Ids of the oldest and the newest event there are; `(0, 0)` when there is none."""
        ids = select(func.min(events.c.id), func.max(events.c.id))
        first, last = self._connection.execute(ids).one()
        return first or 0, last or 0

    def tail(self, after: int, limit: int) -> tuple[tuple[LocalEvent, Audience], ...]:
        """The events after that id in order, each with those who may know of it now."""
        rows = self._connection.execute(
            select(events, channels.c.team, channels.c.kind.label("channel_kind"))
            .join_from(events, channels, channels.c.id == events.c.channel_id)
            .where(events.c.id > after)
            .order_by(events.c.id)
            .limit(limit)
        ).all()
        if not rows:
            return ()
        messages = MessageRows(self._connection).many(
            {row.message_id for row in rows if row.message_id is not None}
        )
        forms = FormRows(self._connection).many({row.form_id for row in rows if row.form_id})
        readers = self._readers(rows)
        return tuple(
            (
                LocalEvent(
                    id=row.id,
                    kind=row.kind,
                    channel=row.channel_id,
                    message=messages.get(row.message_id),
                    form=forms.get(row.form_id),
                ),
                Audience(row.team, _people(row, readers[row.channel_id])),
            )
            for row in rows
        )

    def _readers(self, rows: Iterable[Row[*tuple[Any, ...]]]) -> dict[str, frozenset[str] | None]:
        """Who may read each channel; None for everybody in the team."""
        kinds: dict[str, ChannelKind] = {row.channel_id: row.channel_kind for row in rows}
        closed = [each for each, kind in kinds.items() if kind is not ChannelKind.PUBLIC]
        inside = ChannelRows(self._connection).members(closed) if closed else {}
        return {
            each: frozenset(member.id for member in inside[each]) if each in inside else None
            for each in kinds
        }


def _people(row: Row[*tuple[Any, ...]], readers: frozenset[str] | None) -> frozenset[str] | None:
    """Whose an event is.

    That the list of channels changed is told to whom it concerns even when they are
    not, or no longer, in the channel; all else only to who may read it.
    """
    if row.only_for is None:
        return readers
    if readers is None or row.kind == "channel":
        return frozenset({row.only_for})
    return readers & {row.only_for}
