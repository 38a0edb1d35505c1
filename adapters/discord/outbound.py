"""Cards as Discord shows them: one message made of its components, version 2.

Components were chosen over embeds because a step's buttons can stand beside the step.
A card that is a single line is sent as plain content, which phones show in full.

Source: discord.com/developers/docs/components/reference.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

from adapters.discord.controls import Controls
from adapters.discord.escaping import clean, one_line
from adapters.discord.markdown import markdown
from adapters.discord.raw import COMPONENTS_V2, Json, Part
from adapters.discord.rich import Writer
from chat.capabilities import Limits
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
from chat.fit import shorten, units
from chat.text import Code, Mention

MOST_COMPONENTS = 40
MOST_TEXT = 4000
MOST_CONTENT = 2000
MOST_PINGS = 100

LIMITS = Limits(
    text_chars=3200,
    buttons=24,
    checklist_items=7,
    options=25,
    channel_name=100,
    edits_every=1.25,
)
"""What composers keep to. Escaping may make text longer: then it is cut here, not refused."""

_TONES = {"neutral": 0x5865F2, "good": 0x2E9E5B, "warning": 0xE8A33D, "bad": 0xD9413D}
_LENGTHS = (4000, 1000, 300, 100, 24)
_ROWS = (500, 40, 15, 7, 3, 0)
_SECTIONS = (40, 12, 4, 1, 0)
_ALL = 1_000_000
_MENUS = 8
_SELECTS = 5


class _Place(Enum):
    """Where the controls stand."""

    BESIDE = "beside what they are about"
    ROWS = "in rows; those of steps in menus"
    MENUS = "all in menus, below"


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message, ready to be sent.

    Attributes:
        payload: Of the request that makes it.
        kept: What has to be kept with us, by digest, before it is sent.
    """

    payload: Json
    kept: dict[str, str]


def message(card: Card, base: str, *, file: str = "") -> Rendered:
    """The request that posts `card`.

    Args:
        card: Any card; what does not fit is left out, and an ellipsis says so.
        base: What links to our own pages begin with.
        file: Name of a file that is sent with it; empty for none.
    """
    if not card.sections and not file:
        writer = Writer(base)
        line = _title(card, writer)
        if units(line) <= MOST_CONTENT:
            return Rendered({"content": line, "allowed_mentions": _allowed(writer)}, {})
    return _composed(card, base, file)


def edited(card: Card, base: str) -> Rendered:
    """The request that replaces a message, whether it was plain before or not."""
    made = _composed(card, base, "")
    plain: Json = {"content": None, "embeds": [], "allowed_mentions": {"parse": []}}
    return replace(made, payload={**made.payload, **plain})


@dataclass(frozen=True, slots=True)
class _Layout:
    """How generously it is laid out.

    Attributes:
        length: Characters of any one text.
        rows: Steps of a checklist, and rows of a table.
        sections: Sections of the card.
    """

    length: int
    rows: int
    sections: int
    place: _Place


def _layouts() -> Iterator[_Layout]:
    sizes = [(rows, _ALL) for rows in _ROWS] + [(_ROWS[-2], most) for most in _SECTIONS]
    for rows, sections in sizes:
        for length in _LENGTHS:
            for place in _Place:
                yield _Layout(length, rows, sections, place)


class _TooMuch(Exception):
    """It does not fit in this layout."""


def _composed(card: Card, base: str, file: str) -> Rendered:
    made = (_Composer(card, base, layout, file).made() for layout in _layouts())
    # The last layout is a short title alone, which always fits.
    return next(one for one in made if one is not None)


class _Composer:
    """Composes one card in one layout."""

    def __init__(self, card: Card, base: str, layout: _Layout, file: str) -> None:
        self._card = card
        self._base = base
        self._layout = layout
        self._file = file
        self._writer = Writer(base, layout.length)
        self._controls = Controls()
        self._parts: list[Json] = []
        self._lines: list[str] = []
        self._selects: list[Select] = []
        self._text = 0

    def made(self) -> Rendered | None:
        """The message; None when it does not fit."""
        try:
            self._compose()
        except _TooMuch:
            return None
        return self._checked()

    def _compose(self) -> None:
        title = _title(self._card, self._writer)
        self._say(f"### {title}" if self._card.sections else title)
        shown = self._card.sections[: self._layout.sections]
        for section in shown:
            self._section(section)
        if len(shown) < len(self._card.sections):
            self._say("-# …")
        self._flush()
        self._parts += self._controls.rows(self._selects[:_SELECTS])
        self._parts += self._controls.menus(_MENUS)
        if self._file:
            self._parts.append({"type": Part.FILE, "file": {"url": f"attachment://{self._file}"}})

    def _checked(self) -> Rendered | None:
        held = [*_within(self._parts)]
        text = sum(units(part["content"]) for part in held if part["type"] == Part.TEXT)
        # The box around all of it counts, too.
        if len(held) + 1 > MOST_COMPONENTS or text > MOST_TEXT:
            return None
        box: Json = {
            "type": Part.CONTAINER,
            "accent_color": _TONES[self._card.tone],
            "components": self._parts,
        }
        payload: Json = {
            "components": [box],
            "flags": COMPONENTS_V2,
            "allowed_mentions": _allowed(self._writer),
        }
        return Rendered(payload, self._controls.kept)

    def _say(self, line: str) -> None:
        self._lines.append(line)
        self._count(line)

    def _count(self, line: str) -> None:
        """Stop at once when there is too much text, which a long card would find out late."""
        self._text += units(line)
        if self._text > MOST_TEXT:
            raise _TooMuch

    def _section(self, section: Section) -> None:  # noqa: C901 - one case for each kind
        writer = self._writer
        match section:
            case Heading(text):
                self._say(f"**{one_line(writer.text(text))}**")
            case Text(rich):
                self._say(writer.rich(rich))
            case Markdown(source):
                self._say(self._markdown(source))
            case Fields(items):
                for item in items:
                    label = one_line(writer.text(item.label))
                    self._say(f"**{label}:** {writer.rich(item.value)}")
            case Checklist():
                self._checklist(section)
            case Actions(controls):
                self._actions(controls)
            case Table(columns, rows):
                self._say(f"**{one_line(' · '.join(map(writer.text, columns)))}**")
                for row in rows[: self._layout.rows]:
                    self._say(one_line(" · ".join(writer.rich(cell) for cell in row)))
                self._more(len(rows))
            case Footer(rich):
                self._say(f"-# {one_line(writer.rich(rich))}")

    def _markdown(self, source: str) -> str:
        return markdown(shorten(clean(source), self._writer.most), self._base)

    def _actions(self, controls: tuple[Control, ...]) -> None:
        if self._layout.place is not _Place.MENUS:
            self._flush()
            self._parts += self._controls.rows(controls)
            return
        for control in controls:
            if isinstance(control, Button):
                # What it does is all that the menu can say of it.
                self._controls.into_menu(replace(control, label="Do"), control.label)
            else:
                self._selects.append(control)

    def _checklist(self, section: Checklist) -> None:
        title = one_line(self._writer.text(section.title))
        self._say(f"**{title}** ({section.done}/{section.total})")
        for item in section.items[: self._layout.rows]:
            self._item(item)
        self._more(len(section.items))
        if self._layout.place is not _Place.MENUS:
            self._flush()
            self._parts += self._controls.menus(_MENUS)

    def _more(self, count: int) -> None:
        if count > self._layout.rows:
            self._say(f"-# and {count - self._layout.rows} more")

    def _item(self, item: ChecklistItem) -> None:
        line, buttons = self._line(item), [c for c in item.controls if isinstance(c, Button)]
        if self._layout.place is _Place.BESIDE and buttons:
            self._flush()
            shown: Json = {"type": Part.TEXT, "content": line}
            beside = self._controls.button(buttons.pop(0))
            self._parts.append({"type": Part.SECTION, "components": [shown], "accessory": beside})
            self._count(line)
        else:
            self._say(line)
        for button in buttons:
            self._controls.into_menu(button, f"{item.number}. {item.text}")
        self._selects += [c for c in item.controls if isinstance(c, Select)]

    def _line(self, item: ChecklistItem) -> str:
        writer = self._writer
        text = one_line(writer.text(item.text))
        parts = [f"{BOXES[item.state]} {item.number}\\. "]
        parts.append(f"~~{text}~~" if item.state == "skipped" and text.strip() else text)
        if item.command:
            parts.append(writer.rich(("  ", Code(item.command))))
        if item.assignee is not None:
            parts.append(writer.rich((" → ", Mention(item.assignee))))
        if item.note:
            parts.append(writer.rich((" · ", *item.note)))
        line = one_line("".join(parts))
        return f"{line}\n{self._markdown(item.detail)}" if item.detail else line

    def _flush(self) -> None:
        """Make the gathered lines one text."""
        content = "\n".join(line for line in self._lines if line.strip())
        self._lines = []
        if content.strip():
            self._parts.append({"type": Part.TEXT, "content": content})


def _title(card: Card, writer: Writer) -> str:
    line = writer.rich(card.rich) if card.rich else writer.text(card.title)
    return line if line.strip() else "…"


def _allowed(writer: Writer) -> Json:
    """Nobody is notified but those whom the card names on purpose."""
    allowed: Json = {"parse": []}
    if writer.pings:
        allowed["users"] = writer.pings[:MOST_PINGS]
    return allowed


def _within(parts: list[Json]) -> Iterator[Json]:
    """Every component, however deep."""
    for part in parts:
        yield part
        yield from _within(part.get("components", []))
        if "accessory" in part:
            yield part["accessory"]
