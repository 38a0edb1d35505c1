"""The platform's ids and links.

A conversation is `19:…@thread.tacv2` (a channel), the same with `;messageid=…` (a thread
in it), `a:…` (one person and the bot) or `19:…@thread.v2` (a group).
Source: Microsoft Learn, "Conversation basics" and "Deep links".
"""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import parse_qs, quote, unquote, urlsplit

from chat.address import Address

PLATFORM = "teams"
_MARK = ";messageid="
_MESSAGE = re.compile(r"[0-9]{1,20}")
_LINK = re.compile(r"/l/message/(?P<channel>[^/?#]+)/(?P<message>[0-9]{1,20})")


def base(conversation: str) -> str:
    """The channel that a conversation is in."""
    return conversation.partition(_MARK)[0]


def root(conversation: str) -> str | None:
    """Id of the first message of a thread's conversation; None for anything else."""
    return conversation.partition(_MARK)[2] or None


def threaded(channel: str, message: str) -> str:
    """The conversation of the thread below a message."""
    return f"{base(channel)}{_MARK}{message}"


def is_channel(conversation: str) -> bool:
    """Whether it is a channel of a team, where each message begins a thread."""
    return base(conversation).endswith(("@thread.tacv2", "@thread.skype"))


def place(tenant: str, channel: str, thread: str | None = None) -> Address:
    """An address on this platform."""
    return Address(PLATFORM, tenant, channel, thread=thread)


def conversation(where: Address) -> str:
    """Where a reply to this place is sent: its thread, or the channel itself."""
    if where.thread is None or root(where.channel) is not None:
        return where.channel
    return threaded(where.channel, where.thread)


def holder(message: Address) -> str:
    """The conversation that a message is changed in."""
    if root(message.channel) is not None or not is_channel(message.channel):
        return message.channel
    return threaded(message.channel, message.thread or message.message or "")


def link(where: Address, group: str) -> str:
    """Where a browser finds a channel, a thread or a message; empty for a chat with the bot."""
    channel = base(where.channel)
    if not channel.startswith("19:"):
        return ""
    first = where.thread or root(where.channel)
    message = where.message or first
    known = f"?tenantId={where.workspace}" + (f"&groupId={group}" if group else "")
    if message is None:
        return f"https://teams.microsoft.com/l/channel/{quote(channel, safe='')}/x{known}"
    below = f"&parentMessageId={first}" if first else ""
    quoted = quote(channel, safe="")
    return f"https://teams.microsoft.com/l/message/{quoted}/{message}{known}{below}"


def linked(text: str, near: Address) -> Address | None:
    """The message that a permalink, or an id typed near a place, names; None when none."""
    typed = text.strip()
    if _MESSAGE.fullmatch(typed):
        return replace(near, message=typed)
    match = _LINK.search(typed)
    if match is None:
        return None
    parent = parse_qs(urlsplit(typed).query).get("parentMessageId", [""])[0]
    channel = unquote(match["channel"])
    message = match["message"]
    if root(near.channel) is not None and base(near.channel) == channel:
        return replace(near, thread=None, message=message)
    thread = parent if _MESSAGE.fullmatch(parent) and parent != message else None
    return Address(PLATFORM, near.workspace, channel, thread=thread, message=message)
