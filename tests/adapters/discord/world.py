"""What the stand-in for Discord knows: one server, its people, channels and messages."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from chat.clock import Clock

Json = dict[str, Any]

VIEW, SEND, MANAGE_CHANNELS, MANAGE_ROLES = 1 << 10, 1 << 11, 1 << 4, 1 << 28
SEND_IN_THREADS, HISTORY, ATTACH, PIN = 1 << 38, 1 << 16, 1 << 15, 1 << 51
PUBLIC_THREADS, PRIVATE_THREADS, MANAGE_THREADS = 1 << 35, 1 << 36, 1 << 34
EVERYBODY = VIEW | SEND | HISTORY | ATTACH | SEND_IN_THREADS
BOTS = MANAGE_CHANNELS | MANAGE_ROLES | PIN | PUBLIC_THREADS | PRIVATE_THREADS | MANAGE_THREADS
_EPOCH = datetime(2015, 1, 1, tzinfo=UTC)


class No(Exception):
    """Discord answers with an error."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@dataclass
class Interaction:
    """One interaction that somebody began.

    Attributes:
        answer: Type of its first answer; None while there is none.
        answered: Set when there is one.
        original: The message that the first answer is; None where it is none.
    """

    id: str
    token: str
    user: str
    channel: str
    kind: int
    message: Json | None = None
    answer: int | None = None
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    original: Json | None = None
    late: bool = False
    expired: bool = False


@dataclass
class World:
    """The server as it stands."""

    clock: Clock
    guild: str = "900000000000000001"
    bot: str = "900000000000000002"
    application: str = "900000000000000003"
    token: str = "a.bots.token"
    message_content: bool = True
    may: int = EVERYBODY | BOTS
    users: dict[str, Json] = field(default_factory=dict[str, Json])
    members: dict[str, Json] = field(default_factory=dict[str, Json])
    channels: dict[str, Json] = field(default_factory=dict[str, Json])
    messages: dict[str, list[Json]] = field(default_factory=dict[str, list[Json]])
    owner: str = "1"
    more_roles: list[Json] = field(default_factory=list[Json])
    thread_members: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    nonces: dict[tuple[str, str], Json] = field(default_factory=dict[tuple[str, str], Json])
    interactions: dict[str, Interaction] = field(default_factory=dict[str, Interaction])
    ephemeral: list[Json] = field(default_factory=list[Json])
    modals: list[tuple[str, Json]] = field(default_factory=list[tuple[str, Json]])
    choices: list[list[Json]] = field(default_factory=list[list[Json]])
    files: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    commands: list[Json] = field(default_factory=list[Json])
    closed_to_directs: set[str] = field(default_factory=set[str])
    number: int = 0

    def __post_init__(self) -> None:
        self.users[self.bot] = {
            "id": self.bot, "username": "tocsin", "discriminator": "0", "bot": True,
            "global_name": None, "avatar": None,
        }  # fmt: skip
        self.members[self.bot] = self.member(self.bot)

    def snowflake(self) -> str:
        """A new id, later than all before."""
        self.number += 1
        millis = int((self.clock.now() - _EPOCH).total_seconds() * 1000)
        return str((millis << 22) | self.number)

    def now(self) -> str:
        """The time as Discord writes it."""
        return self.clock.now().isoformat()

    def person(self, name: str, *, member: bool = True) -> Json:
        """A new user."""
        user: Json = {
            "id": self.snowflake(), "username": name, "discriminator": "0", "bot": False,
            "global_name": name.title(), "avatar": None,
        }  # fmt: skip
        self.users[user["id"]] = user
        if member:
            self.members[user["id"]] = self.member(user["id"])
        return user

    def member(self, user: str) -> Json:
        """A member as Discord writes it."""
        return {
            "user": self.users[user], "nick": None, "roles": [], "joined_at": self.now(),
            "deaf": False, "mute": False, "flags": 0,
        }  # fmt: skip

    def roles(self) -> list[Json]:
        """The server's roles: that of everybody, and the bot's own."""
        base: Json = {
            "color": 0, "hoist": False, "position": 0, "managed": False, "mentionable": False,
            "flags": 0,
        }  # fmt: skip
        return [
            {**base, "id": self.guild, "name": "@everyone", "permissions": str(EVERYBODY)},
            {**base, "id": self.application, "name": "tocsin", "permissions": str(self.may)},
            *({**base, **role} for role in self.more_roles),
        ]

    def channel(self, channel: str) -> Json:
        """A channel that the bot can see."""
        found = self.channels.get(channel)
        if found is None:
            raise No(404, 10003, "Unknown Channel")
        return found

    def new_channel(self, name: str, kind: int = 0, **more: Any) -> Json:
        """A channel of the server."""
        made: Json = {
            "id": self.snowflake(), "type": kind, "guild_id": self.guild, "name": name,
            "position": len(self.channels), "permission_overwrites": [], "parent_id": None,
            "topic": None, "nsfw": False, "last_message_id": None, "rate_limit_per_user": 0,
            **more,
        }  # fmt: skip
        self.channels[made["id"]] = made
        self.messages[made["id"]] = []
        return made

    def new_thread(self, parent: str, name: str, kind: int, thread: str | None = None) -> Json:
        """A thread, at a message or by itself."""
        made = self.new_channel(
            name, kind, parent_id=parent, owner_id=self.bot, message_count=0, member_count=1,
            thread_metadata={
                "archived": False, "locked": False, "auto_archive_duration": 10080,
                "archive_timestamp": self.now(),
            },
        )  # fmt: skip
        if thread is not None:
            del self.channels[made["id"]]
            self.messages.pop(made["id"])
            made["id"] = thread
            self.channels[thread] = made
            self.messages[thread] = []
        self.thread_members[made["id"]] = [self.bot]
        return made

    def direct(self, user: str) -> Json:
        """The direct channel between the bot and somebody."""
        for channel in self.channels.values():
            if channel["type"] == 1 and channel["recipients"][0]["id"] == user:
                return channel
        made: Json = {
            "id": self.snowflake(), "type": 1, "last_message_id": None,
            "recipients": [self.users[user]],
        }  # fmt: skip
        self.channels[made["id"]] = made
        self.messages[made["id"]] = []
        return made

    def new_message(self, channel: str, author: str, payload: Json, kind: int = 0) -> Json:
        """A message, kept in its channel."""
        found = self.channel(channel)
        content = payload.get("content") or ""
        made: Json = {
            "id": self.snowflake(), "channel_id": channel, "author": self.users[author],
            "content": content, "timestamp": self.now(), "edited_timestamp": None, "tts": False,
            "mention_everyone": False, "mention_roles": [], "embeds": [], "pinned": False,
            "mentions": [user for user in self.users.values() if f"<@{user['id']}>" in content],
            "attachments": payload.get("files", []), "type": kind,
            "components": payload.get("components") or [], "flags": payload.get("flags") or 0,
        }  # fmt: skip
        if found["type"] != 1:
            made["guild_id"] = self.guild
        self.messages[channel].append(made)
        found["last_message_id"] = made["id"]
        return made

    def message(self, channel: str, message: str) -> Json:
        """A message in a channel."""
        self.channel(channel)
        for found in self.messages[channel]:
            if found["id"] == message:
                return found
        raise No(404, 10008, "Unknown Message")

    def sees(self, user: str, channel: str) -> bool:
        """Whether somebody may read there."""
        found = self.channels[channel]
        if found["type"] == 1:
            return found["recipients"][0]["id"] == user
        if found["type"] == 12:
            return user in self.thread_members[channel]
        if found["type"] in (10, 11):
            return self.sees(user, found["parent_id"])
        allowed = True
        for row in found["permission_overwrites"]:
            if row["id"] == self.guild and int(row["deny"]) & VIEW:
                allowed = False
        mine = (row for row in found["permission_overwrites"] if row["id"] == user)
        return allowed or any(int(row["allow"]) & VIEW for row in mine)

    def interaction(self, token: str) -> Interaction:
        """An interaction whose token still works."""
        for found in self.interactions.values():
            if found.token == token and not found.expired and found.answer is not None:
                return found
        raise No(404, 10015, "Unknown Webhook")
