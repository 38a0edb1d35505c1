"""Cards of ours as Adaptive Cards. Pure; any card comes out within what Teams takes.

Source: Adaptive Cards 1.5; Microsoft Learn, "Types of cards" and "Universal Actions for
Adaptive Cards". A message may have about 100 KB as UTF-16; we keep to 80.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from adapters.teams.controls import Controls
from adapters.teams.rich import Writer, cut, escaped, markdown
from adapters.teams.seal import Seal
from chat.card import (
    BOXES,
    Actions,
    Card,
    Checklist,
    ChecklistItem,
    Fields,
    Footer,
    Heading,
    Markdown,
    Section,
    Table,
    Text,
)
from chat.fit import shorten
from chat.payload import Json

BUDGET = 80_000
"""Bytes of a whole message as UTF-16."""
_FRAME = 2_000
_STYLES = {"good": "good", "warning": "warning", "bad": "attention"}
_LEVELS = ((20_000, True), (4_000, True), (1_000, False), (200, False), (60, False))
"""Characters of one text, and whether the small print of steps is shown."""


@dataclass(frozen=True, slots=True)
class Look:
    """What rendering needs besides the card.

    Attributes:
        seal: Seals what buttons carry.
        public_url: What links to our own pages begin with.
        group: The team's id as Graph knows it; may be empty.
    """

    seal: Seal
    public_url: str = ""
    group: str = ""


def size(payload: object) -> int:
    """Bytes of a payload as the platform counts them."""
    return len(json.dumps(payload, ensure_ascii=False).encode("utf-16-le", "surrogatepass"))


def render(card: Card, look: Look) -> Json:
    """The card as an Adaptive Card, with as much of it as fits."""
    made: Json = {}
    for texts, details in _LEVELS:
        drawing = _Drawing(look, texts, details=details)
        parts = list(drawing.parts(card))
        made = drawing.card([element for element, _ in parts])
        if size(made) <= BUDGET - _FRAME:
            return made
    return _as_much_as_fits(card, look)


def _as_much_as_fits(card: Card, look: Look) -> Json:
    """The buttons first, for what they do is nowhere else, then from the top what has room."""
    drawing = _Drawing(look, _LEVELS[-1][0], details=False)
    parts = [(element, acts, size(element) + 4) for element, acts in drawing.parts(card)]
    note = _block("… There is more of this on Tocsin's own pages.", isSubtle=True)
    room = BUDGET - _FRAME - size(drawing.card([note]))
    kept: set[int] = set()
    for wanted, least in ((True, room // 3), (False, 0)):
        for number, (_, acts, weight) in enumerate(parts):
            if acts is wanted and room - weight >= least:
                kept.add(number)
                room -= weight
    body = [element for number, (element, _, _) in enumerate(parts) if number in kept]
    return drawing.card([*body, note])


@dataclass(slots=True)
class _Drawing:
    """One try at drawing a card, so generous."""

    look: Look
    texts: int
    details: bool
    writer: Writer = field(init=False)
    controls: Controls = field(init=False)

    def __post_init__(self) -> None:
        self.writer = Writer(self.look.public_url, self.look.group)
        self.controls = Controls(self.look.seal)

    def card(self, body: list[Json]) -> Json:
        """The whole, of these elements."""
        beside: Json = {"width": "Full"}
        written = json.dumps(body, ensure_ascii=False)
        entities = [each for each in self.writer.entities() if str(each["text"]) in written]
        if entities:
            beside["entities"] = entities
        return {"type": "AdaptiveCard", "version": "1.5", "body": body, "msteams": beside}

    def parts(self, card: Card) -> Iterator[tuple[Json, bool]]:
        """Element by element, and whether it is there to be pressed."""
        yield self._title(card), False
        for section in card.sections:
            if isinstance(section, Actions):
                for row in self.controls.rows(section.controls):
                    yield row, True
                continue
            for element in self._section(section):
                yield element, False

    def _title(self, card: Card) -> Json:
        rich = cut(card.rich or (card.title,), min(self.texts, 1_000))
        line = _block(self.writer.rich(rich) or "…")
        if card.sections:
            line |= {"weight": "Bolder", "size": "Medium"}
        style = _STYLES.get(card.tone)
        if style is None:
            return line
        return {"type": "Container", "style": style, "bleed": True, "items": [line]}

    def _section(self, section: Section) -> Iterator[Json]:
        match section:
            case Heading(text):
                yield _block(escaped(shorten(text, self.texts)), weight="Bolder")
            case Text(rich):
                yield _block(self.writer.rich(cut(rich, self.texts)))
            case Markdown(source):
                yield _block(markdown(shorten(source, self.texts)))
            case Fields():
                yield from self._fields(section)
            case Checklist():
                yield from self._checklist(section)
            case Table():
                yield from self._table(section)
            case Footer(rich):
                yield _block(self.writer.rich(cut(rich, self.texts)), size="Small", isSubtle=True)
            case Actions():
                pass

    def _fields(self, fields: Fields) -> Iterator[Json]:
        facts = [
            {
                "title": escaped(shorten(item.label, min(self.texts, 200))),
                "value": self.writer.rich(cut(item.value, self.texts)),
            }
            for item in fields.items
        ]
        if facts:
            yield {"type": "FactSet", "facts": facts}

    def _checklist(self, checklist: Checklist) -> Iterator[Json]:
        done = f"{checklist.done}/{checklist.total}"
        title = escaped(shorten(checklist.title, self.texts))
        yield _block(f"**{title}** {done}" if title.strip() else done, separator=True)
        for item in checklist.items:
            yield self._item(item)

    def _item(self, item: ChecklistItem) -> Json:
        text = escaped(f"{BOXES[item.state]} {item.number}. {shorten(item.text, self.texts)}")
        lines = [_block(text, spacing="None")]
        small = ""
        if item.assignee is not None:
            small = escaped(f"@{item.assignee.display or item.assignee.name} ")
        if item.note:
            small += self.writer.rich(cut(item.note, self.texts))
        if item.command:
            command = escaped(shorten(item.command, self.texts))
            small += f" **{command}**" if command.strip() else ""
        if small.strip():
            lines.append(_block(small.strip(), size="Small", isSubtle=True, spacing="None"))
        if item.detail and self.details:
            detail = markdown(shorten(item.detail, self.texts))
            lines.append(_block(detail, size="Small", spacing="None"))
        rows = list(self.controls.rows(item.controls))
        columns: list[Json] = [{"type": "Column", "width": "stretch", "items": lines}]
        if rows:
            columns.append({"type": "Column", "width": "auto", "items": rows})
        return {"type": "ColumnSet", "columns": columns, "spacing": "Small"}

    def _table(self, table: Table) -> Iterator[Json]:
        """A row at a time, so that as many as fit may be shown."""
        heads = [escaped(shorten(column, self.texts)) for column in table.columns]
        if heads:
            yield _row([_block(head, weight="Bolder") for head in heads])
        for row in table.rows:
            yield _row([_block(self.writer.rich(cut(cell, self.texts))) for cell in row])


def _row(cells: list[Json]) -> Json:
    return {
        "type": "ColumnSet",
        "columns": [{"type": "Column", "width": "stretch", "items": [cell]} for cell in cells],
    }


def _block(text: str, **more: object) -> Json:
    return {"type": "TextBlock", "text": text, "wrap": True, **more}
