"""Cards as Block Kit, within every limit of it, whatever the card holds. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import assert_never

from adapters.slack import limits, markdown
from adapters.slack.controls import actions
from adapters.slack.limits import cut, escaped, label
from adapters.slack.rich import Scene, elements, section, shortened, small_print, weight
from chat.card import (
    BOXES,
    Actions,
    Card,
    Checklist,
    ChecklistItem,
    Field,
    Fields,
    Footer,
    Heading,
    Markdown,
    Section,
    Table,
    Text,
)
from chat.fit import units
from chat.payload import Json, part, parts, word
from chat.text import Bold, Code, Mention, Rich, plain

_CAPS = (limits.TEXT, 1000, 300, 80)
"""Units of one text, tried from the generous to the short until the message fits."""
_COUNTED = ("text", "fallback", "format", "user_id", "url", "value", "action_id")
_CUT = "This message was too long for Slack; the rest is on Tocsin's pages."


def message(card: Card, scene: Scene) -> Json:
    """The arguments `text` and `blocks` of a message.

    `text` is what a notification shows, and readers of screens say.
    """
    made: list[Json] = []
    for cap in _CAPS:
        made = list(_Renderer(scene, cap).card(card))
        if len(made) <= limits.BLOCKS and sum(map(size, made)) <= limits.TEXTS:
            break
    else:
        made = _within(made)
    return {"text": text(card), "blocks": made}


def text(card: Card) -> str:
    """The card's title in Slack's own markup, where it is only shown without blocks."""
    return escaped(label(plain(card.rich) or card.title, limits.TEXT))


def whole_text(card: Card) -> str:
    """A short card as one text, for where Slack takes no blocks."""
    lines = [plain(card.rich) or card.title]
    lines += [plain(each.rich) for each in card.sections if isinstance(each, Text | Footer)]
    return escaped(label("\n".join(line for line in lines if line), limits.TEXT))


def size(block: Json) -> int:
    """Units of all texts in a block."""
    total = sum(units(word(block, name)) for name in _COUNTED if isinstance(block.get(name), str))
    total += sum(size(part(block, name)) for name in block)
    return total + sum(size(each) for name in block for each in parts(block, name))


def _within(made: list[Json]) -> list[Json]:
    """As many blocks as fit, and a word that there was more."""
    note: Json = {
        "type": "context",
        "elements": [{"type": "plain_text", "text": _CUT, "emoji": False}],
    }
    room, kept = limits.TEXTS - size(note), list[Json]()
    for block in made[: limits.BLOCKS - 1]:
        room -= size(block)
        if room < 0:
            break
        kept.append(block)
    return [*kept, note]


@dataclass(frozen=True, slots=True)
class _Renderer:
    scene: Scene
    cap: int

    def card(self, card: Card) -> Iterator[Json]:
        title: Rich = card.rich or (card.title,)
        yield _rich(section(self._line(title, bold=bool(card.sections)) or _nothing()))
        for each in card.sections:
            yield from self._section(each)

    def _section(self, section_: Section) -> Iterator[Json]:  # noqa: C901 - one case for each kind
        match section_:
            case Heading(words):
                header = {"type": "plain_text", "text": label(words, limits.HEADER), "emoji": False}
                yield {"type": "header", "text": header}
            case Text(rich):
                yield from self._paragraph(rich)
            case Markdown(source):
                if inside := self._markdown(source):
                    yield _rich(*inside)
            case Fields(items):
                yield from self._lines([self._field(item) for item in items])
            case Checklist():
                yield from self._checklist(section_)
            case Actions(held):
                yield from actions(held)
            case Table():
                head = self._cells(tuple((Bold(name),) for name in section_.columns))
                yield from self._lines([head, *(self._cells(row) for row in section_.rows)])
            case Footer(rich):
                small = small_print(rich, self.scene)
                if small is None:
                    yield from self._paragraph(rich)
                else:
                    yield {"type": "context", "elements": [self._capped(one) for one in small]}
            case _:
                assert_never(section_)

    def _capped(self, small: Json) -> Json:
        if small["type"] == "plain_text":
            return {**small, "text": cut(small["text"], self.cap)}
        return small

    def _line(self, rich: Rich, *, bold: bool = False) -> list[Json]:
        return elements(rich, self.scene, most=self.cap, bold=bold)

    def _paragraph(self, rich: Rich) -> Iterator[Json]:
        if line := self._line(rich):
            yield _rich(section(line))

    def _field(self, item: Field) -> list[Json]:
        name: Rich = (Bold(f"{item.label}: "),)
        return [*self._line(name), *self._line(item.value)]

    def _cells(self, row: tuple[Rich, ...]) -> list[Json]:
        spans: list[object] = []
        for number, cell in enumerate(row):
            spans += ([" · "] if number else []) + list(cell)
        rich: Rich = tuple(spans)  # pyright: ignore[reportAssignmentType]
        return self._line(rich)

    def _lines(self, lines: list[list[Json]]) -> Iterator[Json]:
        """Lines under one another, in as few blocks as their texts allow."""
        held: list[Json] = []
        room = limits.TEXT
        for line in lines:
            if not line:
                continue
            needs = sum(map(weight, line)) + 1
            if held and needs > room:
                yield _rich(section(held))
                held, room = [], limits.TEXT
            if held:
                held.append({"type": "text", "text": "\n"})
            held.extend(shortened(line, limits.TEXT - 1))
            room -= needs
        if held:
            yield _rich(section(held))

    def _markdown(self, source: str) -> list[Json]:
        return markdown.blocks(cut(source, self.cap))

    def _checklist(self, held: Checklist) -> Iterator[Json]:
        title: Rich = (Bold(held.title), f" ({held.done}/{held.total})")
        waiting = [section(self._line(title))]
        for item in held.items:
            inside = self._item(item)
            if sum(map(size, waiting)) + sum(map(size, inside)) > limits.TEXT:
                yield from _flushed(waiting)
                waiting = []
            waiting += inside
            if item.controls:
                yield from _flushed(waiting)
                waiting = []
                yield from actions(item.controls)
        yield from _flushed(waiting)

    def _item(self, item: ChecklistItem) -> list[Json]:
        rich: list[object] = [f"{BOXES[item.state]} {item.number}. ", item.text]
        if item.assignee is not None:
            rich += [" ", Mention(item.assignee)]
        if item.note:
            rich += [" (", *item.note, ")"]
        if item.command:
            rich += ["\n", Code(item.command)]
        spans: Rich = tuple(rich)  # pyright: ignore[reportAssignmentType]
        inside = [section(self._line(spans))]
        return inside + (self._markdown(item.detail) if item.detail.strip() else [])


def _flushed(inside: list[Json]) -> Iterator[Json]:
    """One block with all of them, each paragraph on a line of its own."""
    if not inside:
        return
    for one, following in pairwise(inside):
        if one["type"] == following["type"] == "rich_text_section":
            one["elements"].append({"type": "text", "text": "\n"})
    yield _rich(*inside)


def _rich(*inside: Json) -> Json:
    return {"type": "rich_text", "elements": list(inside)}


def _nothing() -> list[Json]:
    return [{"type": "text", "text": "…"}]
