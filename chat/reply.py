"""What a command, a click or a form is answered with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from chat.address import Address
from chat.card import Card, Text
from chat.form import Form
from chat.message import Attachment


@dataclass(frozen=True, slots=True)
class Private:
    """For the asker's eyes only.

    Attributes:
        code: Upper-case word of the error that it tells of; empty when it went well.
        once: A key of which only the first answer is given at all; empty for any answer.
    """

    card: Card
    code: str = ""
    once: str = ""


@dataclass(frozen=True, slots=True)
class Public:
    """For everybody in the channel it was asked in, or in `to` when that is given."""

    card: Card
    to: Address | None = None


@dataclass(frozen=True, slots=True)
class AskForm:
    """Please fill this in."""

    form: Form


@dataclass(frozen=True, slots=True)
class FormErrors:
    """The form stays open; `errors` maps a field's name to what is wrong with it."""

    errors: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class PrivateFile:
    """A file for the asker, with a line about it."""

    card: Card
    file: Attachment


@dataclass(frozen=True, slots=True)
class Quiet:
    """Nothing to say: what changed is seen in the panel."""


Reply: TypeAlias = Private | Public | AskForm | FormErrors | PrivateFile | Quiet


def not_accepted(errors: Mapping[str, str]) -> Card:
    """What is wrong with a form that is closed already, as `FormErrors` says it."""
    lines = tuple(Text((f"{name}: {wrong}",)) for name, wrong in errors.items())
    return Card("Your form was not accepted. Please fill it in again.", lines, tone="warning")
