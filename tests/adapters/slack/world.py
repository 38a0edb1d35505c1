"""A Slack workspace in memory: people, channels, messages, and what its methods answer.

Written from Slack's documents; it refuses what they say is refused.
"""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from adapters.slack.scopes import SCOPES
from chat.clock import Clock
from tests.adapters.slack import rules

Json = dict[str, Any]

TEAM = "T0TOCSIN"
BOT = "U0BOT"
BOT_ID = "B0BOT"
OWNER = "U0OWNER"
TOKEN = "xoxb-stand-in"
USER_TOKEN = "xoxp-stand-in"
APP_TOKEN = "xapp-stand-in"

NEEDS = {
    "chat.postMessage": ("chat:write",),
    "chat.postEphemeral": ("chat:write",),
    "chat.update": ("chat:write",),
    "conversations.create": ("channels:manage", "groups:write"),
    "conversations.history": ("channels:history", "groups:history"),
    "conversations.info": ("channels:read", "groups:read"),
    "conversations.invite": ("channels:manage", "groups:write", "channels:write"),
    "conversations.join": ("channels:join",),
    "conversations.list": ("channels:read", "groups:read"),
    "conversations.members": ("channels:read", "groups:read"),
    "conversations.open": ("im:write",),
    "files.getUploadURLExternal": ("files:write",),
    "pins.add": ("pins:write",),
    "users.info": ("users:read",),
    "users.list": ("users:read",),
    "users.lookupByEmail": ("users:read.email",),
}


class No(Exception):
    """Slack answers `ok: false`."""

    def __init__(self, error: str, **more: Any) -> None:
        super().__init__(error)
        self.answer: Json = {"ok": False, "error": error, **more}


@dataclass
class Channel:
    """A channel, direct ones too."""

    id: str
    name: str
    creator: str
    created: int
    private: bool = False
    im: str = ""
    archived: bool = False
    topic: str = ""
    purpose: str = ""
    members: list[str] = field(default_factory=list[str])
    messages: list[Json] = field(default_factory=list[Json])
    pins: list[str] = field(default_factory=list[str])

    def shown(self) -> Json:
        """As `conversations.info` tells of it."""
        return {
            "id": self.id,
            "name": self.name,
            "is_channel": not self.private and not self.im,
            "is_private": self.private,
            "is_member": BOT in self.members,
            "is_im": bool(self.im),
            "is_archived": self.archived,
            "creator": self.creator,
            "created": self.created,
            "topic": {"value": html.escape(self.topic, quote=False)},
            "purpose": {"value": self.purpose},
        }


class World:
    """The workspace."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.users: dict[str, Json] = {}
        self.channels: dict[str, Channel] = {}
        self.ephemeral: list[tuple[str, str, Json]] = []
        self.views: list[tuple[str, Json]] = []
        self.triggers: dict[str, str] = {}
        self.spent: set[str] = set()
        self.uploads: dict[str, Json] = {}
        self.contents: dict[str, bytes] = {}
        self.scopes = set(SCOPES)
        self.calls: list[tuple[str, Json]] = []
        self.heard: Callable[[Json], None] = lambda _: None
        self._count = 0
        self.url = ""
        for user, name, bot in ((BOT, "tocsin", True), (OWNER, "owner", False)):
            self.add_user(user, name, bot=bot)
        self.add_channel("general", creator=OWNER, members=[OWNER])

    def number(self) -> int:
        """Grows."""
        self._count += 1
        return self._count

    def stamp(self) -> str:
        """The id of a new message."""
        return f"{int(self.clock.now().timestamp())}.{self.number():06d}"

    def add_user(self, user: str, name: str, *, bot: bool = False, deleted: bool = False) -> Json:
        """Somebody new."""
        self.users[user] = {
            "id": user,
            "team_id": TEAM,
            "name": name,
            "is_bot": bot,
            "deleted": deleted,
            "profile": {"display_name": name.title(), "email": f"{name}@example.org"},
        }
        return self.users[user]

    def add_channel(
        self, name: str, *, creator: str, private: bool = False, members: list[str] | None = None
    ) -> Channel:
        """A channel with members."""
        number, now = self.number(), int(self.clock.now().timestamp())
        made = Channel(f"C{number:08d}", name, creator, now, private=private)
        self.channels[made.id] = made
        for user in members or [creator]:
            self.join(made, user)
        return made

    def join(self, channel: Channel, user: str, by: str = "") -> bool:
        """Let somebody in; whether they were not."""
        if user in channel.members:
            return False
        channel.members.append(user)
        note = {"subtype": "channel_join", "text": f"<@{user}> has joined the channel"}
        self.add_message(channel, {"type": "message", "user": user, **note, "inviter": by})
        return True

    def add_message(self, channel: Channel, message: Json) -> Json:
        """Post, without any question."""
        message["ts"] = self.stamp()
        if root := message.get("thread_ts"):
            first = self.message(channel, root)
            first["reply_count"] = first.get("reply_count", 0) + 1
            first["thread_ts"] = root
        channel.messages.append(message)
        return message

    def message(self, channel: Channel, stamp: str) -> Json:
        """One message."""
        found = next((one for one in channel.messages if one["ts"] == stamp), None)
        if found is None:
            raise No("message_not_found")
        return found

    def posted(self, channel: str, stamp: str) -> Json:
        """A message as it stands; empty when it is an ephemeral one."""
        nothing: Json = {}
        found = self.channels[channel].messages
        return next((one for one in found if one["ts"] == stamp), nothing)

    def direct(self, user: str) -> Channel:
        """The direct channel between the bot and somebody."""
        for channel in self.channels.values():
            if channel.im == user:
                return channel
        made = Channel(f"D{self.number():08d}", "", BOT, 0, im=user, members=[user, BOT])
        self.channels[made.id] = made
        return made

    def named(self, name: str) -> Channel:
        """A channel by name."""
        return next(one for one in self.channels.values() if one.name == name)

    def trigger(self, user: str) -> str:
        """What a payload carries to open one form with."""
        trigger = f"{self.number()}.trigger"
        self.triggers[trigger] = user
        return trigger

    # what methods ask for

    def who(self, token: str, method: str) -> str:
        """The user that a token speaks for."""
        if method == "apps.connections.open":
            if token != APP_TOKEN:
                raise No("invalid_auth")
            return ""
        if token == USER_TOKEN:
            return OWNER
        if token != TOKEN:
            raise No("invalid_auth")
        needs = NEEDS.get(method, ())
        if needs and not self.scopes & set(needs):
            raise No("missing_scope", needed=needs[0], provided=",".join(sorted(self.scopes)))
        return BOT

    def place(self, channel: str, user: str = BOT) -> Channel:
        """A channel as the caller sees it."""
        found = self.channels.get(channel)
        if found is None:
            raise No("channel_not_found")
        if (found.private or found.im) and user not in found.members and user != OWNER:
            raise No("channel_not_found")
        return found

    def open_place(self, channel: str, user: str = BOT) -> Channel:
        """A channel that may be posted in."""
        found = self.place(channel, user)
        if found.archived:
            raise No("is_archived")
        return found

    def body(self, given: Json) -> Json:
        """Text and blocks of a message, judged."""
        blocks = loaded(given.get("blocks"))
        text = given.get("text", "")
        if not text and not blocks:
            raise No("no_text")
        if len(text) > 40_000:
            raise No("msg_too_long")
        if blocks:
            judged(lambda: rules.blocks(blocks))
        return {"text": text, "blocks": blocks or []}


def loaded(value: Any) -> Any:
    """A value that may come as JSON in a form."""
    return json.loads(value) if isinstance(value, str) and value[:1] in "[{" else value


def yes(value: Any) -> bool:
    """A flag, however it was sent."""
    return str(value).lower() in {"1", "true"}


def judged(check: Callable[[], None]) -> None:
    """Refuse wrong blocks as Slack does."""
    try:
        check()
    except (rules.Wrong, KeyError, TypeError) as wrong:
        long = "msg_blocks_too_long" if "msg_blocks_too_long" in str(wrong) else "invalid_blocks"
        raise No(long, why=f"{type(wrong).__name__}: {wrong}") from wrong
