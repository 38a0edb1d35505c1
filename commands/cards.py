"""Cards that several commands answer with."""

from __future__ import annotations

from chat.card import Card, Section, Text
from chat.fit import shorten
from chat.reply import Private
from chat.text import ChannelLink, Code, Link, Rich, Span, plain
from incidents.detail import Detail
from incidents.incident import Incident
from security.account import Account


def done(title: str, *then: Rich | Section) -> Private:
    """It worked; `then` are lines about what to do next."""
    return Private(Card(title, lines(*then), tone="good"))


def told(title: str, *then: Rich | Section) -> Private:
    """Something to read."""
    return Private(Card(title, lines(*then)))


def lines(*parts: Rich | Section) -> tuple[Section, ...]:
    """Rich texts as paragraphs, sections as they are."""
    return tuple(Text(part) if isinstance(part, tuple) else part for part in parts)


def spoken(*rich: Span) -> Private:
    """One line with meaning in it, such as a link or a mention."""
    return Private(Card(plain(rich), rich=rich, tone="good"))


def home(detail: Detail) -> Span | None:
    """A link to the incident's channel; None while there is none."""
    rooms = detail.rooms
    return ChannelLink(rooms[0].address, rooms[0].name) if rooms else None


def page_link(incident: Incident) -> Link:
    """The incident's key, leading to its page."""
    return Link(incident.key, f"/incidents/{incident.key}")


def at(account: Account | None) -> str:
    """`@name`, shown literally, so that nobody is called by it."""
    return f"@{account.name}" if account else "somebody who left"


def quoted(text: str, length: int = 80) -> str:
    """A short text in quotes."""
    return f"“{shorten(' '.join(text.split()), length)}”"


def hint(line: str, before: str = "Next: ", after: str = "") -> Rich:
    """What to type next."""
    return (before, Code(line), after)
