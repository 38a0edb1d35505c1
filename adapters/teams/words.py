"""What somebody typed, out of the markup that the platform delivers it in. Pure.

Source: Microsoft Learn, "Channel and group chat conversations with a bot": each mention is
`<at>…</at>` in the text and an entity beside it; the rest is escaped as HTML.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chat.payload import part, parts, whole, word
from chat.person import Person

_AT = re.compile(r"<at(?:\s[^>]*)?>(.*?)</at>", re.DOTALL | re.IGNORECASE)
_BREAK = re.compile(r"<br\s*/?>|</p>|</div>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")


@dataclass(frozen=True, slots=True)
class Words:
    """A line as its author meant it.

    Attributes:
        to_bot: Whether the bot was mentioned.
        mentioned: Other people who were.
    """

    text: str
    to_bot: bool
    mentioned: tuple[Person, ...]


def mentioned_ids(activity: Mapping[str, Any]) -> tuple[str, ...]:
    """The ids of everybody but the bot who is mentioned."""
    bot = _id(activity.get("recipient"))
    found = [_id(each.get("mentioned")) for each in _entities(activity)]
    return tuple(dict.fromkeys(each for each in found if each and each != bot))


def read(activity: Mapping[str, Any], who: Callable[[str], Person | None]) -> Words:
    """The text of a message.

    Args:
        activity: As delivered.
        who: Knows people by the platform's ids; None for whom it does not know.
    """
    bot = _id(activity.get("recipient"))
    entities = {str(each.get("text", "")): part(each, "mentioned") for each in _entities(activity)}
    people: list[Person] = []
    to_bot = False

    def replaced(match: re.Match[str]) -> str:
        nonlocal to_bot
        meant = entities.get(match[0])
        if meant is None:
            # Typed by somebody, or markup we were not told of: just words.
            return match[1]
        if _id(meant) == bot:
            to_bot = True
            return " "
        person = who(_id(meant))
        if person is None:
            return f"@{match[1]}"
        people.append(person)
        return f"@{person.name}"

    text = _AT.sub(replaced, str(activity.get("text") or ""))
    return Words(_plain(text), to_bot, tuple(dict.fromkeys(people)))


def plain(markup: str) -> str:
    """A message's HTML as text."""
    return _plain(_AT.sub(lambda match: f"@{match[1]}", markup))


def _plain(text: str) -> str:
    text = _TAG.sub("", _BREAK.sub("\n", text))
    text = html.unescape(text).replace("\xa0", " ").replace("\r\n", "\n")
    return text.strip()


def _entities(activity: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [each for each in parts(activity, "entities") if each.get("type") == "mention"]


def _id(account: object) -> str:
    return word(whole(account), "id")
