"""The chat platform `local`: channels, members, messages, files, forms, events."""

from __future__ import annotations

from pydantic import TypeAdapter
from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table

from chat.card import Card
from chat.form import Form
from chat.rooms import ChannelKind
from storage.codec import FACTS, Codec
from storage.tables.columns import SERIAL, Choice, Json, UtcTime, Words
from storage.tables.metadata import METADATA

CARD: Codec[Card] = Codec(TypeAdapter(Card))
FORM: Codec[Form] = Codec(TypeAdapter(Form))
BUTTONS: Codec[tuple[tuple[str, str], ...]] = Codec(TypeAdapter(tuple[tuple[str, str], ...]))

channels = Table(
    "local_channels",
    METADATA,
    Column("id", Words, primary_key=True),
    # Name of the team: the workspace of the channel's address.
    Column("team", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("kind", Choice(ChannelKind), nullable=False),
    Column("topic", Words, nullable=False),
    Column("archived", Boolean, nullable=False),
    # What it was asked for with, so that asking again finds it; NULL when people made it.
    Column("key", Words, unique=True),
    Column("created_at", UtcTime, nullable=False),
)
Index("uq_local_channels_name", channels.c.team, channels.c.name, unique=True)

# A person's id is an account's, or the bot's, which has no account.
members = Table(
    "local_members",
    METADATA,
    Column("channel_id", Words, ForeignKey(channels.c.id), primary_key=True),
    Column("person_id", Words, primary_key=True, index=True),
    Column("joined_at", UtcTime, nullable=False),
    # The newest message they have read; 0 before the first.
    Column("seen", SERIAL, nullable=False),
)

messages = Table(
    "local_messages",
    METADATA,
    Column("id", SERIAL, primary_key=True),
    Column("channel_id", Words, ForeignKey(channels.c.id), nullable=False),
    Column("author_id", Words, nullable=False),
    Column("text", Words, nullable=False),
    Column("card", Json(CARD)),
    Column("system", Boolean, nullable=False),
    Column("posted_at", UtcTime, nullable=False),
    Column("edited_at", UtcTime),
    Column("only_for", Words),
    Column("thread", SERIAL),
    Column("pinned_at", UtcTime),
    Column("cause", Words),
    # The delivery's or the client's own key, so that a second try is seen once.
    Column("key", Words, unique=True),
    # Action and value of buttons that earlier versions of the card had.
    Column("old_buttons", Json(BUTTONS)),
    sqlite_autoincrement=True,
)
Index("ix_local_messages_channel", messages.c.channel_id, messages.c.id)
Index(
    "ix_local_messages_thread",
    messages.c.thread,
    messages.c.id,
    sqlite_where=messages.c.thread.is_not(None),
    postgresql_where=messages.c.thread.is_not(None),
)
Index(
    "ix_local_messages_cause",
    messages.c.cause,
    sqlite_where=messages.c.cause.is_not(None),
    postgresql_where=messages.c.cause.is_not(None),
)
Index(
    "ix_local_messages_pinned",
    messages.c.channel_id,
    messages.c.pinned_at,
    sqlite_where=messages.c.pinned_at.is_not(None),
    postgresql_where=messages.c.pinned_at.is_not(None),
)

mentions = Table(
    "local_mentions",
    METADATA,
    Column("message_id", SERIAL, ForeignKey(messages.c.id), primary_key=True),
    Column("person_id", Words, primary_key=True, index=True),
)

files = Table(
    "local_files",
    METADATA,
    Column("id", Words, primary_key=True),
    Column("message_id", SERIAL, ForeignKey(messages.c.id), nullable=False, index=True),
    Column("place", Integer, nullable=False),
    Column("name", Words, nullable=False),
    Column("content_type", Words, nullable=False),
    Column("size", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

forms = Table(
    "local_forms",
    METADATA,
    Column("id", Words, primary_key=True),
    Column("channel_id", Words, ForeignKey(channels.c.id), nullable=False),
    Column("person_id", Words, nullable=False),
    # Of the event that asked for it, so that asking again finds it.
    Column("ticket", Words, unique=True),
    Column("form", Json(FORM), nullable=False),
    Column("errors", Json(FACTS), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("opened_at", UtcTime, nullable=False, index=True),
)

# No foreign keys to what it is about: a form may be forgotten before its event.
events = Table(
    "local_events",
    METADATA,
    Column("id", SERIAL, primary_key=True),
    Column("at", UtcTime, nullable=False, index=True),
    Column("kind", Words, nullable=False),
    Column("channel_id", Words, nullable=False),
    Column("message_id", SERIAL),
    Column("form_id", Words),
    # The one person it is for; NULL for everybody who may read the channel.
    Column("only_for", Words),
    sqlite_autoincrement=True,
)
