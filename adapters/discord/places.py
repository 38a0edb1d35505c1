"""Addresses of Discord's channels, threads and messages.

A thread that begins at a message has that message's id. In a server whose rooms are
threads, such a thread of the configured channel is a room by itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from adapters.discord.raw import PLATFORM, Json, Kind
from chat.address import Address

_LINK = re.compile(
    r"https?://(?:[a-z]+\.)?discord(?:app)?\.com/channels/(@me|[0-9]{5,20})/([0-9]{5,20})/([0-9]{5,20})"
)


@dataclass(slots=True)
class Places:
    """Knows which thread belongs to which channel.

    Attributes:
        guild: The server.
        home: Channel whose threads are rooms; empty when rooms are channels.
        parents: Thread to channel, as far as we have heard of them.
    """

    guild: str
    home: str = ""
    parents: dict[str, str] = field(default_factory=dict[str, str])

    def heard(self, channel: Json) -> None:
        """Keep in mind what a thread belongs to."""
        if channel.get("type") in Kind.THREADS and channel.get("parent_id"):
            self.parents[str(channel["id"])] = str(channel["parent_id"])

    def address(self, channel: str) -> Address:
        """The address of a channel or thread, by id."""
        parent = self.parents.get(channel)
        if parent is None or parent == self.home:
            return Address(PLATFORM, self.guild, channel)
        return Address(PLATFORM, self.guild, parent, thread=channel)

    def link(self, place: Address) -> str:
        """Where a browser finds it."""
        where = f"https://discord.com/channels/{place.workspace}/{place.thread or place.channel}"
        return f"{where}/{place.message}" if place.message else where


def linked(text: str) -> tuple[str, str, str] | None:
    """Server, channel and message of a link to a message; None for anything else."""
    found = _LINK.fullmatch(text.strip())
    return (found.group(1), found.group(2), found.group(3)) if found else None
