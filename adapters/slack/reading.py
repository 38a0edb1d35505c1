"""What Slack holds and sends, as people read it. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from chat.payload import Json, part, parts
from chat.person import Person

Names = Callable[[str], str]
"""A user's name by id; the id itself where nobody knows it."""

_TOKEN = re.compile(r"<([@#!]?)([^<>|]+)(?:\|([^<>]*))?>")
_STAMP = re.compile(r"[0-9]{1,12}\.[0-9]{6}")
_LINK = re.compile(
    r"https?://[^/\s]+/archives/(?P<channel>[CDG][A-Z0-9]{2,20})/p(?P<digits>[0-9]{7,18})"
    r"(?:\?(?:[^\s#]*&)?thread_ts=(?P<thread>[0-9]{1,12}\.[0-9]{6})[^\s]*|\?[^\s]*)?"
)
_HANDLE = re.compile(r"\S{1,80}")
_PEOPLES = frozenset({"", "file_share", "thread_broadcast", "me_message"})
"""Subtypes of messages that people write themselves."""
_BOTS = frozenset({"", "file_share", "thread_broadcast", "bot_message", "me_message"})


def is_stamp(text: str) -> bool:
    """Whether it has the form of a message's id, such as `1700000000.000100`."""
    return _STAMP.fullmatch(text) is not None


def moment(stamp: str) -> datetime:
    """When a message with that id was posted."""
    seconds, _, fraction = stamp.partition(".")
    return datetime.fromtimestamp(int(seconds), UTC).replace(microsecond=int(fraction or 0))


def stamp_of(moment_: datetime) -> str:
    """The id that a message posted at that moment would have."""
    return f"{int(moment_.timestamp())}.{moment_.microsecond:06d}"


def linked(typed: str) -> tuple[str, str, str | None] | None:
    """Channel, message and thread that a permalink names; None when it is none."""
    match = _LINK.fullmatch(typed.strip().strip("<>").split("|")[0])
    if match is None:
        return None
    digits = match["digits"]
    return match["channel"], f"{digits[:-6]}.{digits[-6:]}", match["thread"]


def of_person(message: Mapping[str, Any]) -> bool:
    """Whether a person wrote it, neither a program nor Slack itself."""
    return (
        str(message.get("subtype") or "") in _PEOPLES
        and not message.get("bot_id")
        and bool(message.get("user"))
    )


def of_slack(message: Mapping[str, Any]) -> bool:
    """Whether Slack itself wrote it, such as that somebody joined."""
    return str(message.get("subtype") or "") not in _BOTS


def readable(marked: str, names: Names = str) -> str:
    """Slack's own markup as people see it: `<@U1|ana>` is `@ana`, `&lt;` is `<`."""

    def shown(match: re.Match[str]) -> str:
        kind, what, told = match.groups()
        match kind:
            case "@":
                return f"@{told if told and _HANDLE.fullmatch(told) else names(what)}"
            case "#":
                return f"#{told or what}"
            case "!":
                return _special(what, told)
            case _:
                return _address(what, told)

    return html.unescape(_TOKEN.sub(shown, marked))


def _address(url: str, told: str | None) -> str:
    """What somebody typed as a link: its own text, and where it leads when that tells not."""
    if not told or told == url:
        return url
    return told if told in url else f"{told} ({url})"


def _special(what: str, told: str | None) -> str:
    word = what.split("^", maxsplit=1)[0]
    if word in {"here", "channel", "everyone"}:
        return f"@{word}"
    return told or what


def people_in(marked: str) -> tuple[tuple[str, str], ...]:
    """Id and name of everybody whom a text names, in its order, each once."""
    found: dict[str, str] = {}
    for kind, what, told in _TOKEN.findall(marked):
        if kind == "@":
            found.setdefault(what, told if told and _HANDLE.fullmatch(told) else what)
    return tuple(found.items())


def channels_in(marked: str) -> tuple[tuple[str, str], ...]:
    """Id and name of each channel that a text names, those without a name left out."""
    return tuple(
        (what, told) for kind, what, told in _TOKEN.findall(marked) if kind == "#" and told
    )


def text_of(message: Mapping[str, Any], names: Names) -> str:
    """A message as people read it; what a card holds, line by line, without its controls."""
    if message.get("bot_id"):
        lines = [line for block in parts(message, "blocks") for line in _lines(block, names)]
        if lines:
            return "\n".join(lines)
    return readable(str(message.get("text") or ""), names)


def _lines(block: Json, names: Names) -> Iterator[str]:
    match block.get("type"):
        case "rich_text":
            for one in parts(block, "elements"):
                yield from _paragraph(one, names)
        case "header" | "section":
            yield _object(part(block, "text"), names)
        case "context":
            yield " ".join(_object(each, names) for each in parts(block, "elements"))
        case _:
            pass


def _object(text: Mapping[str, Any], names: Names) -> str:
    words = str(text.get("text") or "")
    return readable(words, names) if text.get("type") == "mrkdwn" else words


def _paragraph(held: Json, names: Names) -> Iterator[str]:
    inside = parts(held, "elements")
    if held.get("type") == "rich_text_list":
        for item in inside:
            yield from (f"• {line}" for line in _paragraph(item, names))
        return
    text = "".join(_shown(each, names) for each in inside)
    yield from text.rstrip("\n").split("\n")


def _shown(element: Mapping[str, Any], names: Names) -> str:
    match element.get("type"):
        case "user":
            return f"@{names(str(element.get('user_id')))}"
        case "channel":
            return f"#{element.get('channel_id')}"
        case "date":
            return str(element.get("fallback") or "")
        case "emoji":
            return f":{element.get('name')}:"
        case "broadcast":
            return f"@{element.get('range')}"
        case _:
            return str(element.get("text") or element.get("url") or "")


def person_of(user: Mapping[str, Any], workspace: str) -> Person:
    """A user as Slack's `users.*` methods tell of them.

    The e-mail address counts only where the workspace itself vouches for it.
    """
    profile = part(user, "profile")
    home = str(user.get("team_id") or workspace)
    ours = home == workspace and not user.get("is_stranger")
    return Person(
        platform="slack",
        workspace=home,
        id=str(user["id"]),
        name=str(user.get("name") or user["id"]),
        display=str(profile.get("display_name") or profile.get("real_name") or ""),
        email=str(profile["email"]) if ours and profile.get("email") else None,
        is_bot=bool(user.get("is_bot")),
    )
