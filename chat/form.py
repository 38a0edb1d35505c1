"""A form that a person fills in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from chat.card import Option


@dataclass(frozen=True, slots=True)
class FormField:
    """One question.

    Attributes:
        name: Key of the answer; letters, digits and underscores.
        label: At most 24 characters (the strictest platform's limit).
        kind: `person` answers with a `Person.id`, `switch` with `true` or `false`,
            `date` with ISO 8601, the others with text or an option's value.
        options: For `select`; more than 25 are searched or paged by the adapter.
        value: What it holds at first.
        hint: Small print below the field.
        max_length: In characters, for `text` and `multiline`.
    """

    name: str
    label: str
    kind: Literal["text", "multiline", "select", "person", "switch", "date"] = "text"
    options: tuple[Option, ...] = ()
    required: bool = True
    value: str = ""
    hint: str = ""
    max_length: int = 3000


@dataclass(frozen=True, slots=True)
class Form:
    """Up to five questions.

    Attributes:
        action: Dotted name that the router knows, such as `incident.start`.
        title: At most 24 characters.
        context: Returned unchanged with the answers; at most 2000 characters. It is
            kept on our side or signed, so a client cannot alter it.
        intro: A plain sentence above the fields; may be empty.
    """

    action: str
    title: str
    fields: tuple[FormField, ...]
    submit: str = "Submit"
    context: str = ""
    intro: str = ""
