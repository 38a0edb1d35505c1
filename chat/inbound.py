"""What arrives from a platform, before anybody has worked on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from chat.address import Address
from chat.message import Attachment
from chat.person import Person


@dataclass(frozen=True, slots=True)
class Command:
    """Words after a slash, as typed: `/incident start --name db`.

    Attributes:
        mentioned: People the platform recognised in the text, by the name typed.
        files: What was attached to the line, such as a playbook to import.
    """

    text: str
    mentioned: tuple[Person, ...] = ()
    files: tuple[Attachment, ...] = ()
    kind: Literal["command"] = "command"


@dataclass(frozen=True, slots=True)
class Click:
    """A button pressed or an option chosen.

    Attributes:
        message: The message the control is in.
        choice: The option's value or the person's id; empty for a button.
    """

    action: str
    value: str
    message: Address
    choice: str = ""
    kind: Literal["click"] = "click"


@dataclass(frozen=True, slots=True)
class FormSubmission:
    """A form filled in."""

    action: str
    context: str
    values: dict[str, str] = field(default_factory=dict[str, str])
    kind: Literal["form"] = "form"


@dataclass(frozen=True, slots=True)
class MessageMenu:
    """An entry chosen from a message's own menu ("Start incident")."""

    action: str
    message: Address
    text: str
    author: Person
    kind: Literal["menu"] = "menu"


@dataclass(frozen=True, slots=True)
class Said:
    """An ordinary message in a channel the bot can read."""

    message: Address
    text: str
    posted_at: datetime
    kind: Literal["said"] = "said"


@dataclass(frozen=True, slots=True)
class Membership:
    """Somebody joined or left a channel, on the platform's own initiative."""

    joined: bool
    kind: Literal["membership"] = "membership"


Payload: TypeAlias = Command | Click | FormSubmission | MessageMenu | Said | Membership


@dataclass(frozen=True, slots=True)
class Inbound:
    """One event, with what is needed to do it once and to answer it.

    Attributes:
        dedupe_key: The same for each delivery of the same event, unique otherwise;
            includes the platform's name.
        person: Who did it, as authenticated by the platform.
        address: Where it was done.
        ticket: Whatever the adapter needs to answer privately or open a form
            (a trigger id, a response address); empty when it needs nothing.
    """

    dedupe_key: str
    person: Person
    address: Address
    payload: Payload
    ticket: str = ""
