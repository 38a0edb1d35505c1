"""What Discord sends and takes: JSON objects, and the numbers in them.

Source: discord.com/developers/docs, API version 10.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]

PLATFORM = "discord"

_EPOCH = datetime(2015, 1, 1, tzinfo=UTC)


def made_at(snowflake: str) -> datetime:
    """When the thing with that id was made."""
    return _EPOCH + timedelta(milliseconds=int(snowflake) >> 22)


def snowflake_at(moment: datetime) -> str:
    """The smallest id of anything made at that moment."""
    millis = int((moment - _EPOCH) / timedelta(milliseconds=1))
    return str(max(millis, 0) << 22)


def is_snowflake(text: str) -> bool:
    """Whether Discord would take it as an id: 64 bits, in decimal digits."""
    return text.isascii() and text.isdecimal() and 0 < int(text[:20]) < 1 << 63 and len(text) <= 19  # noqa: PLR2004 - says itself


class InteractionType:
    """Kinds of interaction that arrive."""

    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


class Answer:
    """Kinds of first answer to an interaction."""

    MESSAGE = 4
    DEFER_MESSAGE = 5
    DEFER_UPDATE = 6
    CHOICES = 8
    MODAL = 9


class Part:
    """Kinds of component."""

    ROW = 1
    BUTTON = 2
    SELECT = 3
    INPUT = 4
    PEOPLE = 5
    SECTION = 9
    TEXT = 10
    FILE = 13
    CONTAINER = 17
    LABEL = 18


class Kind:
    """Kinds of channel."""

    TEXT = 0
    DIRECT = 1
    NEWS = 5
    PUBLIC_THREAD = 11
    PRIVATE_THREAD = 12
    THREADS = frozenset({10, 11, 12})


EPHEMERAL = 1 << 6
COMPONENTS_V2 = 1 << 15


class Right:
    """Bits of permissions."""

    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    VIEW = 1 << 10
    SEND = 1 << 11
    ATTACH = 1 << 15
    HISTORY = 1 << 16
    MANAGE_ROLES = 1 << 28
    MANAGE_THREADS = 1 << 34
    PUBLIC_THREADS = 1 << 35
    PRIVATE_THREADS = 1 << 36
    SEND_IN_THREADS = 1 << 38
    PIN = 1 << 51
