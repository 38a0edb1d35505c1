"""The same card for people of another platform."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from chat.card import Card, Checklist, Fields, Footer, Section, Table, Text
from chat.text import Mention, Rich, Span

Change: TypeAlias = Callable[[Mention], Span]


def with_mentions(card: Card, change: Change) -> Card:
    """The card with each mention in its texts changed; all else stays."""
    return replace(
        card,
        rich=_rich(card.rich, change),
        sections=tuple(_section(section, change) for section in card.sections),
    )


def _section(section: Section, change: Change) -> Section:
    match section:
        case Text(rich):
            return Text(_rich(rich, change))
        case Footer(rich):
            return Footer(_rich(rich, change))
        case Fields(items):
            fields = (replace(item, value=_rich(item.value, change)) for item in items)
            return Fields(tuple(fields))
        case Table(columns, rows):
            return Table(columns, tuple(tuple(_rich(cell, change) for cell in row) for row in rows))
        case Checklist():
            items = (replace(item, note=_rich(item.note, change)) for item in section.items)
            return replace(section, items=tuple(items))
        case _:
            return section


def _rich(rich: Rich, change: Change) -> Rich:
    return tuple(change(span) if isinstance(span, Mention) else span for span in rich)
