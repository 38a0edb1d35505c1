"""Channels of the local platform and who is in them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from chat.person import Person
from chat.rooms import ChannelKind, LocalChannel
from storage.local_chat.person import COLUMNS, person
from storage.tables.local_chat import channels, members, mentions, messages
from storage.tables.people import accounts


class ChannelRows:
    """Channels and members inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, channel: LocalChannel, at: datetime, *, key: str | None = None) -> None:
        """Add a channel, with nobody in it."""
        self._connection.execute(
            insert(channels).values(
                id=channel.id,
                team=channel.team,
                name=channel.name,
                kind=channel.kind,
                topic=channel.topic,
                archived=channel.archived,
                key=key,
                created_at=at,
            )
        )

    def get(self, channel_id: str, viewer: str = "") -> LocalChannel | None:
        """One channel."""
        return self._one(channels.c.id == channel_id, viewer)

    def named(self, team: str, name: str, viewer: str = "") -> LocalChannel | None:
        """The channel of that name in the team."""
        return self._one(and_(channels.c.team == team, channels.c.name == name), viewer)

    def keyed(self, key: str) -> LocalChannel | None:
        """The channel that was made with `key`."""
        return self._one(channels.c.key == key, "")

    def seen_by(self, viewer: Person) -> tuple[LocalChannel, ...]:
        """Theirs and the public ones of their team, by name."""
        found = _seen_by(viewer.id).where(
            channels.c.team == viewer.workspace,
            or_(channels.c.kind == ChannelKind.PUBLIC, members.c.person_id.is_not(None)),
        )
        rows = self._connection.execute(found.order_by(channels.c.name))
        return tuple(_channel(row) for row in rows)

    def counted(self, found: tuple[LocalChannel, ...], viewer: str) -> tuple[LocalChannel, ...]:
        """The same with what the viewer has not read, what is newest, and what is pinned."""
        ids = [channel.id for channel in found]
        pins, newest = self._pins(ids), self._newest(ids)
        unread = self._unread([channel.id for channel in found if channel.member], viewer)
        return tuple(
            replace(
                channel,
                pinned=pins.get(channel.id),
                newest=newest.get(channel.id, 0),
                unread=unread.get(channel.id, (0, 0))[0],
                mentions=unread.get(channel.id, (0, 0))[1],
            )
            for channel in found
        )

    def change(
        self, channel_id: str, *, topic: str | None = None, archived: bool | None = None
    ) -> None:
        """Change what is not None."""
        wanted = {"topic": topic, "archived": archived}
        values = {name: value for name, value in wanted.items() if value is not None}
        self._connection.execute(
            update(channels).where(channels.c.id == channel_id).values(**values)
        )

    def members(self, channel_ids: Iterable[str]) -> dict[str, tuple[Person, ...]]:
        """Who is in each of them, by name."""
        found: dict[str, list[Person]] = {channel_id: [] for channel_id in channel_ids}
        rows = self._connection.execute(
            select(channels.c.team, members.c.channel_id, members.c.person_id, *COLUMNS)
            .join_from(members, channels, members.c.channel_id == channels.c.id)
            .outerjoin(accounts, accounts.c.id == members.c.person_id)
            .where(members.c.channel_id.in_(list(found)))
            .order_by(func.coalesce(accounts.c.name, members.c.person_id))
        )
        for row in rows:
            found[row.channel_id].append(person(row.team, row.person_id, row))
        return {channel_id: tuple(people) for channel_id, people in found.items()}

    def join(self, channel_id: str, person_ids: Iterable[str], at: datetime) -> tuple[str, ...]:
        """Add members; what was said before counts as read."""
        wanted = list(dict.fromkeys(person_ids))
        already = set(
            self._connection.scalars(
                select(members.c.person_id).where(
                    members.c.channel_id == channel_id, members.c.person_id.in_(wanted)
                )
            )
        )
        fresh = tuple(each for each in wanted if each not in already)
        if fresh:
            newest = select(func.coalesce(func.max(messages.c.id), 0)).where(
                messages.c.channel_id == channel_id
            )
            seen = self._connection.scalar(newest)
            self._connection.execute(
                insert(members),
                [
                    {"channel_id": channel_id, "person_id": each, "joined_at": at, "seen": seen}
                    for each in fresh
                ],
            )
        return fresh

    def leave(self, channel_id: str, person_id: str) -> bool:
        """Remove a member; False when they were not in."""
        gone = self._connection.execute(
            delete(members).where(
                members.c.channel_id == channel_id, members.c.person_id == person_id
            )
        )
        return gone.rowcount > 0

    def read_up_to(self, channel_id: str, person_id: str, message: int) -> None:
        """A member has read up to `message`; never goes back."""
        self._connection.execute(
            update(members)
            .where(
                members.c.channel_id == channel_id,
                members.c.person_id == person_id,
                members.c.seen < message,
            )
            .values(seen=message)
        )

    def _one(self, which: ColumnElement[bool], viewer: str) -> LocalChannel | None:
        row = self._connection.execute(_seen_by(viewer).where(which)).one_or_none()
        return None if row is None else _channel(row)

    def _pins(self, channel_ids: list[str]) -> dict[str, int]:
        """The message pinned last in each channel that has one."""
        rows = self._connection.execute(
            select(messages.c.channel_id, messages.c.id)
            .where(messages.c.channel_id.in_(channel_ids), messages.c.pinned_at.is_not(None))
            .order_by(messages.c.pinned_at, messages.c.id)
        )
        return {row.channel_id: row.id for row in rows}

    def _newest(self, channel_ids: list[str]) -> dict[str, int]:
        """The newest message of each channel that has one."""
        # Asked channel by channel, so that the index answers each with one look.
        newest = (
            select(func.max(messages.c.id))
            .where(messages.c.channel_id == channels.c.id)
            .scalar_subquery()
            .label("newest")
        )
        rows = self._connection.execute(
            select(channels.c.id, newest).where(channels.c.id.in_(channel_ids))
        )
        return {row.id: row.newest for row in rows if row.newest is not None}

    def _unread(self, channel_ids: list[str], viewer: str) -> dict[str, tuple[int, int]]:
        """How many unread messages each channel has, and how many of them mention the viewer."""
        named = case((mentions.c.person_id.is_not(None), 1), else_=0)
        rows = self._connection.execute(
            select(
                messages.c.channel_id,
                func.count().label("unread"),
                func.sum(named).label("mentions"),
            )
            .join_from(messages, members, members.c.channel_id == messages.c.channel_id)
            .outerjoin(
                mentions,
                and_(mentions.c.message_id == messages.c.id, mentions.c.person_id == viewer),
            )
            .where(
                members.c.person_id == viewer,
                messages.c.channel_id.in_(channel_ids),
                messages.c.id > members.c.seen,
                messages.c.author_id != viewer,
                messages.c.only_for.is_(None),
                messages.c.system.is_(False),
            )
            .group_by(messages.c.channel_id)
        )
        return {row.channel_id: (row.unread, int(row.mentions)) for row in rows}


def _seen_by(viewer: str):  # noqa: ANN202 - SQLAlchemy's own type of a select is inferred
    """Channels, each with the viewer's membership where there is one."""
    theirs = and_(members.c.channel_id == channels.c.id, members.c.person_id == viewer)
    return select(channels, members.c.person_id).outerjoin_from(channels, members, theirs)


def _channel(row: Row[Any]) -> LocalChannel:
    return LocalChannel(
        id=row.id,
        team=row.team,
        name=row.name,
        title=row.name,
        kind=row.kind,
        topic=row.topic,
        archived=row.archived,
        member=row.person_id is not None,
    )
