"""How much room a card takes, so that whoever composes one can keep within a platform's limits.

A payload's exact size is known only to the adapter that renders it. The estimate here
errs on the large side for each of ours, and the adapters' own tests hold them to it.
"""

from __future__ import annotations

from collections.abc import Iterator

from chat.capabilities import Limits
from chat.card import (
    Actions,
    Card,
    Checklist,
    Control,
    Fields,
    Footer,
    Heading,
    Markdown,
    Select,
    Table,
    Text,
)
from chat.text import Rich, plain

_SECTION = 60
"""Bytes of markup around one section."""
_CONTROL = 160
"""Bytes of markup around one control, its token included."""


def sentence(text: str) -> str:
    """The text with a capital letter at its beginning; the rest stays as it is."""
    return text[:1].upper() + text[1:]


def shorten(text: str, length: int) -> str:
    """`text`, cut with an ellipsis when it has more than `length` characters."""
    return text if len(text) <= length else text[: max(length - 1, 0)] + "…"


def units(text: str) -> int:
    """UTF-16 code units: the strictest way in which a platform may count characters."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def shorten_units(text: str, most: int) -> str:
    """`text`, cut with an ellipsis when it has more than `most` UTF-16 units.

    No character is halved.
    """
    if units(text) <= most:
        return text
    held = text.encode("utf-16-le", "surrogatepass")[: 2 * max(most - 1, 0)]
    return held.decode("utf-16-le", "ignore") + "…"


def controls(card: Card) -> tuple[Control, ...]:
    """Every control of a card, in order."""
    found: list[Control] = []
    for section in card.sections:
        if isinstance(section, Actions):
            found.extend(section.controls)
        elif isinstance(section, Checklist):
            for item in section.items:
                found.extend(item.controls)
    return tuple(found)


def texts(card: Card) -> Iterator[str]:  # noqa: C901 - one case for each kind of section
    """Every piece of text of a card, in order, markup and controls left out."""
    yield card.title
    for section in card.sections:
        match section:
            case Heading():
                yield section.text
            case Text() | Footer():
                yield plain(section.rich)
            case Markdown():
                yield section.source
            case Fields():
                for item in section.items:
                    yield f"{item.label}: {plain(item.value)}"
            case Checklist():
                yield section.title
                for step in section.items:
                    note: Rich = step.note
                    yield f"{step.number}. {step.text} {plain(note)} {step.detail} {step.command}"
            case Table():
                yield " ".join(section.columns)
                for row in section.rows:
                    yield " ".join(plain(cell) for cell in row)
            case Actions():
                pass


def weight(card: Card) -> int:
    """Estimated bytes of the rendered card."""
    total = sum(len(text.encode()) + _SECTION for text in texts(card))
    for control in controls(card):
        total += _CONTROL + len(control.label.encode())
        if isinstance(control, Select):
            total += sum(len(option.label.encode()) + _SECTION for option in control.options)
    return total


def fits(card: Card, limits: Limits) -> bool:
    """Whether the card keeps within every limit that is set."""
    held = controls(card)
    if limits.buttons is not None and len(held) > limits.buttons:
        return False
    if limits.card_bytes is not None and weight(card) > limits.card_bytes:
        return False
    if limits.text_chars is not None and sum(map(len, texts(card))) > limits.text_chars:
        return False
    selects = (control for control in held if isinstance(control, Select))
    if any(len(select.options) > limits.options for select in selects):
        return False
    lists = (section for section in card.sections if isinstance(section, Checklist))
    return all(len(section.items) <= limits.checklist_items for section in lists)
