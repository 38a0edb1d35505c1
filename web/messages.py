"""What the message list has to know about a message besides its text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from chat.rooms import LocalFile, LocalMessage

_TOGETHER = timedelta(minutes=5)
"""Messages of one author that are no further apart are shown as one block."""
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


@dataclass(frozen=True, slots=True)
class Line:
    """A message in its list.

    Attributes:
        follows: Whether it stands in one block with the message before it.
        first_unread: Whether all before it has been read and it has not.
    """

    message: LocalMessage
    follows: bool = False
    first_unread: bool = False


def kind_of(message: LocalMessage) -> str:
    """What may stand in one block: `system`, `whisper`, `card` or `said`."""
    if message.system:
        return "system"
    if message.only_for is not None:
        return "whisper"
    return "card" if message.card is not None and message.card.sections else "said"


def lines(messages: Iterable[LocalMessage], reader: str, unread: int) -> Iterator[Line]:
    """The messages as lines, oldest first.

    Args:
        messages: Oldest first.
        reader: Person id; their own messages are never unread.
        unread: How many of the others' messages at the end are.
    """
    shown = tuple(messages)
    first = _first_unread(shown, reader, unread)
    before: LocalMessage | None = None
    for message in shown:
        starts = message.id == first
        yield Line(message, before is not None and not starts and _follows(before, message), starts)
        before = message


def _first_unread(messages: tuple[LocalMessage, ...], reader: str, unread: int) -> int | None:
    theirs = [message.id for message in messages if message.author.id != reader]
    return theirs[-unread] if 0 < unread <= len(theirs) else None


def _follows(before: LocalMessage, message: LocalMessage) -> bool:
    return (
        before.author.id == message.author.id
        and kind_of(before) == kind_of(message) == "said"
        and message.posted_at - before.posted_at <= _TOGETHER
    )


def is_picture(file: LocalFile) -> bool:
    """Whether a browser may show it in the page: no format that can hold a script."""
    return file.content_type in PICTURES


def size_of(count: int) -> str:
    """A number of bytes for people: `512 B`, `3.4 kB`, `1.2 MB`."""
    if count < 1000:  # noqa: PLR2004 - the unit's own step
        return f"{count} B"
    if count < 1_000_000:  # noqa: PLR2004 - the unit's own step
        return f"{count / 1000:.1f} kB"
    return f"{count / 1_000_000:.1f} MB"
