"""What was said: messages as they stand in a channel, and files in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chat.address import Address
from chat.person import Person


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file to send or just received.

    Attributes:
        name: File name without folders.
        content_type: MIME type.
    """

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class PostedMessage:
    """A message as the platform holds it.

    Attributes:
        address: Has `message` set, and `thread` when it is a reply in one.
        system: Whether the platform itself wrote it ("ana joined").
        edited_at: None when it was never edited.
        attachments: File names only.
    """

    address: Address
    author: Person
    text: str
    posted_at: datetime
    system: bool = False
    edited_at: datetime | None = None
    attachments: tuple[str, ...] = ()
