"""Text that carries meaning instead of markup.

A `Rich` text is a tuple of spans. A plain `str` among them is always shown
literally: an adapter escapes it, so that nothing which people typed can become
a mention, a link or formatting.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from chat.address import Address
from chat.person import Person


@dataclass(frozen=True, slots=True)
class Bold:
    """Emphasised plain text."""

    text: str
    span: Literal["bold"] = "bold"


@dataclass(frozen=True, slots=True)
class Code:
    """Plain text in a fixed-width font, such as a command to type."""

    text: str
    span: Literal["code"] = "code"


@dataclass(frozen=True, slots=True)
class Link:
    """A link whose text is plain; `url` is http(s) or begins with `/` (our own pages)."""

    text: str
    url: str
    span: Literal["link"] = "link"


@dataclass(frozen=True, slots=True)
class Mention:
    """Somebody's name, clickable; it notifies them only when `ping` is true."""

    person: Person
    ping: bool = False
    span: Literal["mention"] = "mention"


@dataclass(frozen=True, slots=True)
class ChannelLink:
    """A channel, clickable; `name` is without `#` or `~`."""

    address: Address
    name: str
    span: Literal["channel"] = "channel"


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment that the reader's client renders in the reader's time zone.

    `style` `time` shows the moment itself, `elapsed` how long ago it was and stays
    right without an edit, `until` how long it is still to come.
    """

    at: datetime
    style: Literal["time", "elapsed", "until"] = "time"
    span: Literal["moment"] = "moment"


Span: TypeAlias = str | Bold | Code | Link | Mention | ChannelLink | Moment
Rich: TypeAlias = tuple[Span, ...]


def counted(count: int, thing: str) -> str:
    """`1 step`, `2 steps`."""
    return f"{count} {thing}{'' if count == 1 else 's'}"


def target(url: str, pages: str) -> str | None:
    """The http(s) address that a link leads to; None for what nobody should be led to.

    Args:
        url: Of the link: an address, or a path of our own pages.
        pages: What links to our own pages begin with; may be empty.
    """
    # Two slashes would begin an address of somebody else's.
    ours = url.startswith("/") and not url.startswith(("//", "/\\"))
    whole = f"{pages}{url}" if ours else url
    try:
        parts = urlsplit(whole)
    except ValueError:
        return None
    return whole if parts.scheme in {"http", "https"} and parts.netloc else None


def plain(rich: Rich) -> str:
    """The text alone, as a notification or a terminal shows it."""
    parts: list[str] = []
    for span in rich:
        match span:
            case str():
                parts.append(span)
            case Bold() | Code() | Link():
                parts.append(span.text)
            case Mention():
                parts.append(f"@{span.person.name}")
            case ChannelLink():
                parts.append(f"#{span.name}")
            case Moment():
                parts.append(span.at.strftime("%Y-%m-%d %H:%M UTC"))
    return "".join(parts)
