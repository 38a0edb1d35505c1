"""What we keep of our rooms, since the platform keeps neither their names nor who was asked in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from adapters.teams import ids
from chat.memory import MemoryActs, MemoryStores
from chat.person import Person

_ODD = re.compile(r"[^\w]+")
NAME = 50
"""Characters of a channel's name."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A room.

    Attributes:
        people: Who was asked in.
    """

    name: str
    topic: str = ""
    private: bool = False
    people: tuple[Person, ...] = ()


class Registry:
    """Rooms by conversation, and conversations by the names of rooms."""

    def __init__(self, acts: MemoryActs) -> None:
        self._acts = acts
        self._threads: set[str] = set()

    async def meet(self, conversation: str) -> None:
        """Have `is_thread` know a conversation."""
        if ids.root(conversation) is None or conversation in self._threads:
            return
        # Only what is a room stays one; another process may make one of the rest any time.
        if await self.room(conversation) is not None:
            self._threads.add(conversation)

    def is_thread(self, conversation: str) -> bool:
        """Whether a conversation that was met is a thread that is a room."""
        return conversation in self._threads

    async def room(self, channel: str) -> Kept | None:
        """A room; None when it is none of ours."""
        return await self._acts.read(lambda to: _room(to, channel))

    async def named(self, name: str) -> str | None:
        """The conversation of the room with that name; None when there is none."""
        held = await self._acts.read(lambda to: _claim(to, name))
        return held.get("channel") or None

    async def claim(self, wanted: str, key: str) -> str:
        """The first name like `wanted` that no room has but the one with this key."""

        def act(to: MemoryStores) -> str:
            number = 1
            while True:
                name = numbered(wanted, number)
                holder = _claim(to, name)
                if holder.get("key", key) == key:
                    to.settings.put(_name(name), json.dumps({**holder, "key": key}))
                    return name
                number += 1

        return await self._acts.run(act)

    async def keep(self, channel: str, kept: Kept, key: str) -> None:
        """Keep a room that was made."""

        def act(to: MemoryStores) -> None:
            if _room(to, channel) is None:
                _put(to, channel, kept)
            to.settings.put(_name(kept.name), json.dumps({"key": key, "channel": channel}))

        await self._acts.run(act)

    async def drop(self, channel: str, people: Iterable[Person]) -> None:
        """Forget that people were asked in, since they could not be told."""
        gone = {person.id for person in people}
        if not gone:
            return

        def act(to: MemoryStores) -> None:
            kept = _room(to, channel) or Kept("")
            inside = tuple(person for person in kept.people if person.id not in gone)
            _put(to, channel, replace(kept, people=inside))

        await self._acts.run(act)

    async def ask_in(self, channel: str, people: tuple[Person, ...]) -> tuple[Person, ...]:
        """Keep that people were asked in; those who were not before."""

        def act(to: MemoryStores) -> tuple[Person, ...]:
            kept = _room(to, channel) or Kept("")
            inside = {person.id for person in kept.people}
            new = tuple({p.id: p for p in people if p.id not in inside}.values())
            if new:
                _put(to, channel, replace(kept, people=(*kept.people, *new)))
            return new

        return await self._acts.run(act)


def numbered(wanted: str, number: int = 1) -> str:
    """A channel's name out of any text: letters and digits of any script, and `-`.

    Source: Microsoft Learn, "Limits and specifications for Microsoft Teams": 50 characters.
    """
    tail = "" if number == 1 else f"-{number}"
    clean = _ODD.sub("-", wanted.casefold().replace("_", "-")).strip("-")
    return (clean[: NAME - len(tail)].strip("-") or "room") + tail


def _put(to: MemoryStores, channel: str, kept: Kept) -> None:
    to.settings.put(f"teams:room:{channel}", json.dumps(asdict(kept)))


def _room(to: MemoryStores, channel: str) -> Kept | None:
    text = to.settings.get(f"teams:room:{channel}")
    if text is None:
        return None
    packed: dict[str, Any] = json.loads(text)
    people = tuple(Person(**person) for person in packed.pop("people"))
    return Kept(**packed, people=people)


def _claim(to: MemoryStores, name: str) -> dict[str, str]:
    held: dict[str, str] = json.loads(to.settings.get(_name(name)) or "{}")
    return held


def _name(name: str) -> str:
    return f"teams:named:{name.casefold()}"
