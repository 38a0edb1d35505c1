"""Messages of Discord as text for people to read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from adapters.discord.people import MENTION, person
from adapters.discord.places import Places
from adapters.discord.raw import Json, Part
from chat.message import PostedMessage
from chat.payload import parts

THREAD_STARTER = 21
_SAID = frozenset({0, 19, 20, 23})
_NOTES = {
    1: "{name} added {others}",
    2: "{name} removed {others}",
    4: "{name} renamed this to {text}",
    6: "{name} pinned a message",
    7: "{name} joined the server",
    18: "{name} began the thread {text}",
}
_MARK = re.compile(r"\\([^0-9A-Za-z\s])")


def readable(message: Json) -> str:
    """What a message says, people by their names, our own escapes undone."""
    names = {str(user["id"]): str(user["username"]) for user in parts(message, "mentions")}
    shown = "\n".join(_texts(message))
    if message["author"].get("bot"):
        shown = _MARK.sub(r"\1", shown)
    text = MENTION.sub(lambda found: f"@{names.get(found.group(1), found.group(1))}", shown)
    return text.strip()


def posted(message: Json, places: Places) -> PostedMessage:
    """A message as the port knows it."""
    kind = int(message.get("type", 0))
    author = person(places.guild, message["author"], message.get("member"))
    text = readable(message)
    if kind not in _SAID:
        others = ", ".join(str(user["username"]) for user in parts(message, "mentions"))
        note = _NOTES.get(kind, "{name} did something in Discord")
        text = note.format(name=author.name, others=others or "somebody", text=text)
    edited = message.get("edited_timestamp")
    return PostedMessage(
        places.address(str(message["channel_id"])).at(str(message["id"])),
        author,
        text,
        datetime.fromisoformat(str(message["timestamp"])),
        system=kind not in _SAID,
        edited_at=datetime.fromisoformat(str(edited)) if edited else None,
        attachments=tuple(str(one["filename"]) for one in parts(message, "attachments")),
    )


def _texts(message: Json) -> Iterator[str]:
    if message.get("content"):
        yield str(message["content"])
    yield from _within(parts(message, "components"))


def _within(parts: list[Json]) -> Iterator[str]:
    for part in parts:
        if part.get("type") == Part.TEXT:
            yield re.sub(r"(?m)^(?:#{1,3}|-#) ", "", str(part["content"]))
        yield from _within(part.get("components") or [])
