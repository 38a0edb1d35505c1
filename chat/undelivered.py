"""What could not be delivered at all, in words for people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias, TypeVar

from chat.outbox import (
    DirectCard,
    DirectLiving,
    InvitePeople,
    Job,
    Outgoing,
    PostLiving,
    SendFile,
    SetArchived,
    SetTopic,
    UpdateCard,
    Whisper,
)
from chat.person import Person

Stores = TypeVar("Stores")
TellGivenUp: TypeAlias = Callable[[Stores, Outgoing, str, datetime], None]
"""Done in the act that gives up an outgoing message: is given the message, why, and the time."""

_LIVING = {"announcement": "announce the incident", "incident": "post the panel"}


def described(job: Job) -> str:
    """What was to be done, such as “let in @zoe”; says nothing of what was written."""
    match job:
        case InvitePeople(people):
            told = f"let in {_names(people)}"
        case SendFile(file=file):
            told = f"send the file {file.name}"
        case DirectCard(person) | DirectLiving(person) | Whisper(person):
            told = f"write to {_names((person,))}"
        case PostLiving(subject):
            kind = subject.partition(":")[0]
            told = _LIVING.get(kind, f"post the {kind}")
        case SetTopic():
            told = "set the topic"
        case SetArchived(archived):
            told = "archive the channel" if archived else "bring the channel back"
        case UpdateCard():
            told = "change a message"
        case _:
            told = "post a message"
    return told


def _names(people: tuple[Person, ...]) -> str:
    return ", ".join(f"@{person.name}" for person in people)
