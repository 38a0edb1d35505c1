"""A card as plain text, for terminals and exports. The pages render cards themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chat.card import (
    Actions,
    Button,
    Card,
    Checklist,
    ChecklistItem,
    Control,
    Fields,
    Footer,
    Heading,
    Markdown,
    Section,
    Select,
    Table,
    Text,
)
from chat.person import Person
from chat.rooms import LocalMessage
from chat.text import Link, Mention, Moment, Rich, Span, plain
from incidents.panel import lasted

_BOXES = {"open": "[ ]", "done": "[x]", "skipped": "[-]"}


def text(card: Card, now: datetime | None = None) -> str:
    """The whole card; sections stand apart by an empty line, nothing is escaped.

    Args:
        card: What to write.
        now: What durations are counted to; None writes the moments themselves, which
            stay right however late they are read.
    """
    write = _Writer(now)
    blocks = [write.line(card.rich) or card.title]
    blocks.extend("\n".join(write.lines(section)) for section in card.sections)
    return "\n\n".join(block for block in blocks if block)


def as_of(message: LocalMessage, now: datetime) -> LocalMessage:
    """The message, the durations in its text counted to `now`."""
    return message if message.card is None else replace(message, text=text(message.card, now))


def pinged(card: Card) -> tuple[Person, ...]:
    """The people whom the card means to notify, each once."""
    spans = [*card.rich]
    for section in card.sections:
        spans.extend(_spans(section))
    people = [span.person for span in spans if isinstance(span, Mention) and span.ping]
    return tuple(dict.fromkeys(people))


@dataclass(frozen=True, slots=True)
class _Writer:
    now: datetime | None

    def line(self, rich: Rich) -> str:
        """A rich text as it is read on one line; a link shows where it leads."""
        return "".join(self._span(span) for span in rich)

    def lines(self, section: Section) -> Iterator[str]:
        """A section, line by line."""
        match section:
            case Heading():
                yield section.text
            case Text() | Footer():
                yield self.line(section.rich)
            case Markdown():
                yield section.source
            case Fields():
                for item in section.items:
                    yield f"{item.label}: {self.line(item.value)}"
            case Checklist():
                yield f"{section.title} ({section.done}/{section.total})"
                for step in section.items:
                    yield from self._step(step)
            case Actions():
                yield " ".join(_control(control) for control in section.controls)
            case Table():
                yield from self._table(section)

    def _span(self, span: Span) -> str:
        match span:
            # A page of our own is said by its name: without the address it leads nowhere.
            case Link() if span.url not in {span.text, ""} and not span.url.startswith("/"):
                return f"{span.text} ({span.url})"
            case Moment(at, "elapsed") if self.now is not None:
                return lasted(self.now - at)
            case Moment(at, "until") if self.now is not None:
                left = at - self.now
                return f"in {lasted(left)}" if left > timedelta() else f"{lasted(-left)} ago"
            case _:
                return plain((span,))

    def _step(self, item: ChecklistItem) -> Iterator[str]:
        parts = [f"{_BOXES[item.state]} {item.number}. {item.text}"]
        if item.assignee is not None:
            parts.append(f"@{item.assignee.name}")
        if item.note:
            parts.append(f"({self.line(item.note)})")
        yield " ".join(parts)
        if item.command:
            yield f"      {item.command}"
        for detail in item.detail.splitlines():
            yield f"      {detail}"

    def _table(self, table: Table) -> Iterator[str]:
        """Columns under one another, as wide as their widest cell."""
        rows = [table.columns, *(tuple(self.line(cell) for cell in row) for row in table.rows)]
        widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            yield "  ".join(cells).rstrip()


def _control(control: Control) -> str:
    match control:
        case Button():
            return f"[{control.label}]"
        case Select():
            chosen = next((o.label for o in control.options if o.value == control.chosen), "")
            return f"[{control.label}: {chosen}]" if chosen else f"[{control.label} ▾]"


def _spans(section: Section) -> Iterator[Span]:
    match section:
        case Text() | Footer():
            yield from section.rich
        case Fields():
            for item in section.items:
                yield from item.value
        case Checklist():
            for step in section.items:
                yield from step.note
        case Table():
            for row in section.rows:
                for cell in row:
                    yield from cell
        case Heading() | Markdown() | Actions():
            pass
