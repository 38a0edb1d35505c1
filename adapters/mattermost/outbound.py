"""Cards as Mattermost posts: a message with attachments; pure.

Source: Mattermost's documentation of message attachments and interactive messages, and the
server's own limits: 16,383 characters of a message, 800,000 of a post's properties.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from adapters.mattermost.markdown import markdown
from adapters.mattermost.markup import Links, clean, code, literal, one_line, written
from adapters.mattermost.seal import digest
from chat.card import (
    BOXES,
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
from chat.fit import shorten
from chat.payload import Json
from chat.text import Rich

SealControl: TypeAlias = Callable[[Control], str]
"""Seals what a control means, for the server to bring back."""

LONGEST = 16_383
"""Characters of a message; all attachments together have as many again."""
MOST_CONTROLS = 150
MOST_OPTIONS = 100
MOST_ATTACHMENTS = 60
_LABEL = 75
_LEFT_OUT = "… There is more of this than a message holds. Type the command for the rest."

_COLOURS = {"neutral": "#8a94a6", "good": "#2e9e5b", "warning": "#d98b00", "bad": "#c93a3a"}
_BAR = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a card is drawn with.

    Attributes:
        links: Where links lead.
        action_url: Where the server tells of a click.
        seal: Seals controls.
    """

    links: Links
    action_url: str
    seal: SealControl


def post(card: Card, drawing: Drawing) -> Json:
    """The `message` and `props` of a post that shows the card, whatever it holds."""
    title = written(card.rich, drawing.links) if card.rich else literal(one_line(card.title))
    sheet = _Sheet(drawing, _COLOURS[card.tone])
    for section in card.sections:
        sheet.put(section)
    return {
        "message": _cut(title, LONGEST) or "\u200b",
        "props": {"attachments": sheet.attachments} if sheet.attachments else {},
    }


_RANKS = {"text": 0, "fields": 1, "actions": 2}
"""The order in which an attachment shows its parts."""


@dataclass
class _Sheet:
    """Attachments as they are filled; never more than a post holds."""

    drawing: Drawing
    colour: str
    attachments: list[Json] = field(default_factory=list[Json])
    rank: int = 3
    left: int = LONGEST
    controls: int = 0
    full: bool = False

    def put(self, section: Section) -> None:
        """Show one section below the others."""
        match section:
            case Heading(text):
                self._text(f"**{literal(one_line(text), midline=True)}**" if text.strip() else "")
            case Text(rich) | Footer(rich):
                self._text(written(rich, self.drawing.links))
            case Markdown(source):
                self._text(markdown(source, self.drawing.links))
            case Fields():
                self._fields(section)
            case Checklist():
                self._checklist(section)
            case Actions(controls):
                self._controls(controls)
            case Table():
                self._text("\n".join(_table(section, self.drawing.links)))

    def _text(self, text: str) -> None:
        if not text.strip() or self.full:
            return
        if len(text) + 2 > self.left:
            # A cut may fall into markup, which then shows its marks; it makes no mention.
            text = _cut(text, max(self.left - len(_LEFT_OUT) - 4, 0))
            text, self.full = f"{text}\n\n{_LEFT_OUT}", True
        there = self._at("text")
        if there is None:
            return
        self.left -= len(text) + 2
        there["text"] = f"{there['text']}\n\n{text}" if "text" in there else text

    def _fields(self, section: Fields) -> None:
        for item in section.items:
            title = literal(one_line(item.label))
            value = written(item.value, self.drawing.links)
            size = len(title) + len(value)
            if self.full or size > self.left:
                self._text(f"{title}: {value}")
                continue
            there = self._at("fields")
            if there is None:
                return
            self.left -= size
            there.setdefault("fields", []).append({"title": title, "value": value, "short": True})

    def _checklist(self, section: Checklist) -> None:
        head = f"**{literal(one_line(section.title), midline=True)}** " if section.title else ""
        self._text(f"{head}({section.done}/{section.total})")
        for item in section.items:
            self._text(_step(item, self.drawing.links))
            self._controls(item.controls)

    def _controls(self, controls: Iterable[Control]) -> None:
        if self.full:
            return
        for control in controls:
            if self.controls >= MOST_CONTROLS or not _usable(control):
                continue
            there = self._at("actions")
            if there is None:
                return
            drawn = _action(control, self.drawing, self.controls)
            there.setdefault("actions", []).append(drawn)
            self.controls += 1

    def _at(self, part: str) -> Json | None:
        """The attachment that the next `part` goes to: parts stand in a fixed order there.

        None when the post is full, which its last line then says.
        """
        rank = _RANKS[part]
        if self.attachments and rank >= self.rank:
            self.rank = rank
            return self.attachments[-1]
        if len(self.attachments) < MOST_ATTACHMENTS:
            self.rank = rank
            self.attachments.append({"color": self.colour})
            return self.attachments[-1]
        self.full = True
        self.attachments.append({"color": self.colour, "text": _LEFT_OUT})
        return None


def _cut(text: str, length: int) -> str:
    cut = shorten(text, length)
    # Not amid a mark that a backslash makes literal.
    return cut if cut == text else cut[:-1].rstrip("\\") + "…"


def _step(item: ChecklistItem, links: Links) -> str:
    text = literal(one_line(item.text), midline=True)
    shown = f"~~{text}~~" if item.state == "skipped" and text.strip() else text
    parts = [f"{BOXES[item.state]} {item.number}\\. {shown}"]
    if item.assignee is not None:
        parts.append(literal(f"@{item.assignee.name}", midline=True))
    if item.note:
        parts.append(f"({written(item.note, links)})")
    lines = [" ".join(parts)]
    if item.command:
        lines.append(code(item.command))
    if item.detail.strip():
        lines.append(markdown(item.detail, links))
    return "\n".join(lines)


def _table(table: Table, links: Links) -> Iterable[str]:
    if not table.columns:
        return
    yield _row(literal(one_line(name), midline=True) for name in table.columns)
    yield _row("---" for _ in table.columns)
    for row in table.rows:
        yield _row(_cell(cell, links) for cell in row)


def _cell(cell: Rich, links: Links) -> str:
    # In code a bar needs its backslash, too: rows are cut before anything else is read.
    return _BAR.sub(r"\\|", one_line(written(cell, links))) or " "


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _usable(control: Control) -> bool:
    """Whether there is something to press: the server refuses a list without choices."""
    return isinstance(control, Button) or control.people or bool(_options(control))


def _action(control: Control, drawing: Drawing, number: int) -> Json:
    drawn: Json = {
        # Letters and digits only, or the server does not bring the click.
        "id": f"{digest(f'{control.action} {control.value}')[:20]}{number}",
        "name": shorten(one_line(control.label).strip(), _LABEL) or "…",
        "type": control.control,
        "integration": {"url": drawing.action_url, "context": {"tocsin": drawing.seal(control)}},
    }
    match control:
        case Button():
            drawn["style"] = control.style
        case Select():
            if control.people:
                drawn["data_source"] = "users"
            else:
                drawn["options"] = _options(control)
            if control.chosen:
                drawn["default_option"] = control.chosen
    return drawn


def _options(select: Select) -> list[Json]:
    return [
        {"text": shorten(clean(option.label).strip(), 200) or option.value, "value": option.value}
        for option in select.options[:MOST_OPTIONS]
        if option.value
    ]
