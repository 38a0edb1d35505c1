"""A message with structure: what every platform can show in its own way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from chat.person import Person
from chat.text import Rich, plain

Tone: TypeAlias = Literal["neutral", "good", "warning", "bad"]
"""How what a message tells is to be felt."""


@dataclass(frozen=True, slots=True)
class Button:
    """Something to press.

    What it means travels as `action` and `value`; both come back in a `Click`.
    Rights and state are asked again when it is pressed, so an old button is
    harmless.

    Attributes:
        action: Dotted name that the router knows, such as `step.check`; at most 40 characters.
        value: What the action is about; at most 60 characters, no spaces at the ends.
        label: At most 75 characters.
        style: `primary` once a card at most; `danger` for what is hard to undo.
        confirm: Question asked before it counts; None asks nothing.
        asks: Whether a form follows as a rule. Some platforms must open it in the same breath.
    """

    action: str
    label: str
    value: str = ""
    style: Literal["default", "primary", "danger"] = "default"
    confirm: str | None = None
    asks: bool = False
    control: Literal["button"] = "button"


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a select."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Select:
    """One choice out of several; what is chosen arrives as the `Click`'s `choice`.

    Attributes:
        people: When true the platform offers its people instead of `options`, and
            `choice` is a `Person.id`.
        chosen: Value shown as chosen; None shows the label.
    """

    action: str
    label: str
    value: str = ""
    options: tuple[Option, ...] = ()
    people: bool = False
    chosen: str | None = None
    control: Literal["select"] = "select"


Control: TypeAlias = Button | Select


@dataclass(frozen=True, slots=True)
class Heading:
    """A line that stands out."""

    text: str
    section: Literal["heading"] = "heading"


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    rich: Rich
    section: Literal["text"] = "text"


@dataclass(frozen=True, slots=True)
class Markdown:
    """What a person wrote, in the small subset every platform can show.

    Bold, italics, code, lists, links and quotes. Mentions, images and raw HTML in
    it are shown literally.
    """

    source: str
    section: Literal["markdown"] = "markdown"


@dataclass(frozen=True, slots=True)
class Field:
    """A label and its value."""

    label: str
    value: Rich


@dataclass(frozen=True, slots=True)
class Fields:
    """Labels with values, side by side where there is room."""

    items: tuple[Field, ...]
    section: Literal["fields"] = "fields"


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One step as it is shown.

    Attributes:
        number: What people type after `/incident check`; counts from 1 within its stage.
        note: Small print behind the text, such as who checked it and when; may be empty.
        detail: Markdown description; empty when there is none.
        command: The step's slash command; empty when there is none.
    """

    id: str
    number: int
    text: str
    state: Literal["open", "done", "skipped"] = "open"
    assignee: Person | None = None
    note: Rich = ()
    detail: str = ""
    command: str = ""
    controls: tuple[Control, ...] = ()


BOXES = {"open": "☐", "done": "☑", "skipped": "⊘"}
"""A step's state in one character, for platforms that draw no boxes of their own."""


@dataclass(frozen=True, slots=True)
class Checklist:
    """Steps of one stage; never more than one page of them.

    Attributes:
        done: Steps done or skipped in the whole stage, not only on this page.
        total: Steps of the whole stage.
    """

    title: str
    items: tuple[ChecklistItem, ...]
    done: int
    total: int
    section: Literal["checklist"] = "checklist"


@dataclass(frozen=True, slots=True)
class Actions:
    """A row of controls."""

    controls: tuple[Control, ...]
    section: Literal["actions"] = "actions"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows with a heading, for lists; cells are rich texts and rows are equally long."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Rich, ...], ...]
    section: Literal["table"] = "table"


@dataclass(frozen=True, slots=True)
class Footer:
    """Small print at the end."""

    rich: Rich
    section: Literal["footer"] = "footer"


Section: TypeAlias = Heading | Text | Markdown | Fields | Checklist | Actions | Table | Footer


@dataclass(frozen=True, slots=True)
class Card:
    """A whole message.

    Attributes:
        title: One plain line; what a phone's notification shows, and the whole
            message when there are no sections.
        tone: Colours the edge where a platform can; meaning never rests on it alone.
        rich: The title with its meaning, where it mentions somebody; empty means
            the title is shown literally.
    """

    title: str
    sections: tuple[Section, ...] = ()
    tone: Tone = "neutral"
    rich: Rich = ()


def noted(card: Card, note: str) -> Card:
    """The card with a line of small print below everything else."""
    return replace(card, sections=(*card.sections, Footer((note,))))


def say(*rich: object) -> Card:
    """A card that is one line of rich text; `rich` are spans."""
    spans: Rich = tuple(rich)  # pyright: ignore[reportAssignmentType]
    return Card(title=plain(spans), rich=spans)
