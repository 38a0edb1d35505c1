"""What people type, press and fill in, checked and put into the words of `chat/`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable

from chat.address import Address
from chat.card import Button, Select
from chat.errors import BadInput
from chat.fit import controls
from chat.inbound import Click
from chat.message import Attachment
from chat.person import Person
from chat.rooms import LocalChannel, LocalMessage

LONGEST = 16_383
"""Characters of one message or command."""
LARGEST = 10 * 1024 * 1024
"""Bytes of one attachment."""
MOST_FILES = 10
"""Attachments of one message."""
MENU = {"incident.start": "Start incident"}
"""The entries of a message's menu: action and label."""

DIRECT = "_direct-"
"""How names of direct channels begin; those of all others begin with a letter or digit."""

_KEY = re.compile(r"[!-~]{1,100}")
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,63})")
_MENTION = re.compile(r"(?<![\w@./-])@([a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)", re.IGNORECASE)
_EVERYBODY = frozenset({"all", "channel", "here", "everyone"})

FindPerson = Callable[[str], Person | None]


def address(
    channel: LocalChannel, *, thread: int | None = None, message: int | None = None
) -> Address:
    """Where that is, for the rest of the house."""
    return Address(
        "local",
        channel.team,
        channel.id,
        thread=None if thread is None else str(thread),
        message=None if message is None else str(message),
    )


def words(given: str, *, files: int = 0) -> str:
    """What was typed, without control characters: a terminal would obey them.

    Raises:
        BadInput: It is empty and no file comes with it, or too long.
    """
    typed = given.replace("\r\n", "\n").replace("\r", "\n")
    text = "".join(c for c in typed if c in "\n\t" or unicodedata.category(c) != "Cc")
    if len(text) > LONGEST:
        raise BadInput(
            f"That message has {len(text):,} characters; {LONGEST:,} are the most. "
            "Send it in parts, or attach it as a file.",
            details={"text": f"at most {LONGEST} characters"},
        )
    if not text.strip() and not files:
        raise BadInput(
            "There is nothing in that message. Type something, or attach a file.",
            details={"text": "at least one character"},
        )
    return text


def attachments(given: tuple[Attachment, ...]) -> tuple[Attachment, ...]:
    """The files, each name without folders and control characters.

    Raises:
        BadInput: There are too many, or one is too large.
    """
    if len(given) > MOST_FILES:
        raise BadInput(
            f"That message has {len(given)} files; {MOST_FILES} are the most. Send it in parts.",
            details={"files": f"at most {MOST_FILES}"},
        )
    return tuple(_attachment(each) for each in given)


def _attachment(given: Attachment) -> Attachment:
    if len(given.content) > LARGEST:
        raise BadInput(
            f"“{given.name[:60]}” has {len(given.content) / 1024 / 1024:.1f} MB; "
            f"{LARGEST // 1024 // 1024} MB are the most. Send it in parts, or a link to it.",
            details={"files": f"at most {LARGEST} bytes each"},
        )
    bare = re.split(r"[/\\]", given.name)[-1]
    name = "".join(c for c in bare if unicodedata.category(c) not in {"Cc", "Cf"}).strip(" .")
    return Attachment(
        name[-120:] or "file", given.content_type or "application/octet-stream", given.content
    )


def client_key(given: str | None) -> str | None:
    """A client's own key for something it sends.

    Raises:
        BadInput: It is malformed.
    """
    if given is not None and not _KEY.fullmatch(given):
        raise BadInput(
            "A key is 1 to 100 printable ASCII characters without spaces, such as a UUID.",
            details={"key": "1 to 100 printable ASCII characters without spaces"},
        )
    return given


def mentioned(text: str, people: Iterable[Person]) -> tuple[Person, ...]:
    """Those of `people` whom the text names with `@`, in its order, each once.

    `@channel`, `@here`, `@all` and `@everyone` are words like any other.
    """
    by_name = {person.name.casefold(): person for person in people}
    found: dict[str, Person] = {}
    for match in _MENTION.finditer(text):
        name = match[1].casefold()
        if name in by_name and name not in _EVERYBODY:
            found.setdefault(name, by_name[name])
    return tuple(found.values())


def channel_name(given: str) -> str:
    """The name for a channel that somebody asked for, `#` before it left out.

    Raises:
        BadInput: It is malformed.
    """
    name = given.strip().lstrip("#~").casefold()
    if not _NAME.fullmatch(name):
        raise BadInput(
            f"“{given.strip()[:60]}” cannot be the name of a channel. Use 1 to 64 letters a-z, "
            f"digits, “-” and “_”, as in “{cleaned_name(given)}”.",
            details={"name": "1 to 64 of a-z, 0-9, “-” and “_”, beginning with a letter or digit"},
        )
    return name


def cleaned_name(wanted: str, *, number: int = 1, longest: int = 64) -> str:
    """The nearest name a channel may have; with a `number` above 1 that stands behind it."""
    ascii_only = unicodedata.normalize("NFKD", wanted).encode("ascii", "ignore").decode()
    bare = re.sub(r"[^a-z0-9_]+", "-", ascii_only.lower()).strip("-_") or "channel"
    suffix = "" if number == 1 else f"-{number}"
    return bare[: longest - len(suffix)].rstrip("-_") + suffix


def click(
    message: LocalMessage,
    place: Address,
    action: str,
    value: str | None,
    *,
    person: FindPerson,
) -> Click | None:
    """The click on a control of the message's card.

    Args:
        message: What was shown.
        place: Its address.
        action: The control's action.
        value: As in `chat.rooms.Rooms.click`.
        person: Finds somebody of the team by id or name.

    Returns:
        None when the card has no such control now; it may have had one.

    Raises:
        BadInput: Which of several controls is meant cannot be told.
    """
    found = (
        [each for each in controls(message.card) if each.action == action] if message.card else []
    )
    buttons = [each for each in found if isinstance(each, Button)]
    if value is None:
        if len(buttons) > 1 or (found and not buttons):
            raise BadInput(
                f"That message has more than one way to do “{action}”. Say which value you mean: "
                f"{_values(found)}.",
                details={"value": "required here"},
            )
        return Click(action, buttons[0].value, place) if buttons else None
    if any(each.value == value for each in buttons):
        return Click(action, value, place)
    return _choice(found, place, value, person)


def _choice(
    found: Iterable[Button | Select], place: Address, value: str, person: FindPerson
) -> Click | None:
    chosen: list[Click] = []
    for each in found:
        if not isinstance(each, Select):
            continue
        if each.people and (somebody := person(value)) is not None:
            chosen.append(Click(each.action, each.value, place, choice=somebody.id))
        elif any(option.value == value for option in each.options):
            chosen.append(Click(each.action, each.value, place, choice=value))
    if len(chosen) > 1:
        raise BadInput(
            "That message has several lists with this choice. Type the command instead.",
            details={"value": "ambiguous in this message"},
        )
    return chosen[0] if chosen else None


def _values(found: Iterable[Button | Select]) -> str:
    values: list[str] = []
    for each in found:
        match each:
            case Button():
                values.append(each.value)
            case Select():
                values.extend(option.value for option in each.options)
    return ", ".join(f"“{value}”" for value in dict.fromkeys(values)) or "a person's name"
