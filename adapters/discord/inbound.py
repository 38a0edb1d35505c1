"""Discord's events as ours. Pure: a payload in, an event out, nothing asked meanwhile.

Source: discord.com/developers/docs/interactions/receiving-and-responding and
/docs/events/gateway-events.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from adapters.discord import commands
from adapters.discord.controls import MENU
from adapters.discord.custom_ids import Pressed
from adapters.discord.people import MENTION, person
from adapters.discord.places import Places
from adapters.discord.raw import PLATFORM, InteractionType, Json, Right
from adapters.discord.reading import readable
from adapters.discord.tickets import Ticket
from chat.address import Address
from chat.inbound import Click, Command, FormSubmission, Inbound, Membership, MessageMenu, Said
from chat.message import Attachment
from chat.payload import part, parts
from chat.person import Person

_CHANNEL = re.compile(r"<#([0-9]{5,20})>")
_MESSAGE_MENU = 3
_ORDINARY = frozenset({0, 19})
"""Messages and replies; the other types are Discord's own notes."""


def who(payload: Json, guild: str) -> Person:
    """Who did it, as Discord says."""
    member: Json = part(payload, "member")
    user: Json = member.get("user") or payload.get("user") or payload["author"]
    return person(guild, user, member)


def ours(payload: Json, guild: str) -> bool:
    """Whether it comes from the configured server, or from a direct channel."""
    return str(payload.get("guild_id") or guild) == guild


def ticket(payload: Json) -> Ticket:
    """What answers an interaction."""
    own = payload["type"] != InteractionType.COMPONENT
    return Ticket(str(payload["id"]), str(payload["token"]), own=own)


def custom_id(payload: Json) -> str:
    """The id of the control that was pressed; of a menu, that of the chosen entry."""
    given = str(payload["data"]["custom_id"])
    values: list[str] = payload["data"].get("values") or [""]
    return str(values[0]) if given.startswith(MENU) else given


def command(payload: Json, places: Places, files: tuple[Attachment, ...] = ()) -> Inbound:
    """The event for a typed command."""
    data: Json = payload["data"]
    guild = places.guild
    resolved: Json = part(data, "resolved")
    users: Json = part(resolved, "users")
    members: Json = part(resolved, "members")
    typed = commands.line(data)
    people = [
        person(guild, users.get(user_id, {"id": user_id}), members.get(user_id))
        for user_id in dict.fromkeys(MENTION.findall(typed))
    ]
    return _inbound(payload, places, Command(named(typed, people), tuple(people), files))


def attached(payload: Json) -> list[Json]:
    """Discord's attachment objects that come with a command."""
    resolved: Json = payload["data"].get("resolved") or {}
    return list(part(resolved, "attachments").values())


def menu(payload: Json, places: Places) -> Inbound | None:
    """The event for an entry of a message's menu; None when it is none of ours."""
    data: Json = payload["data"]
    if data.get("type") != _MESSAGE_MENU or data.get("name") != commands.START_MENU:
        return None
    message: Json = data["resolved"]["messages"][str(data["target_id"])]
    where = _where(payload, places)
    author = person(places.guild, message["author"])
    chosen = MessageMenu(
        commands.MENU_ACTION, where.at(str(message["id"])), readable(message), author
    )
    return _inbound(payload, places, chosen)


def click(payload: Json, places: Places, pressed: Pressed) -> Inbound:
    """The event for a press of a control."""
    message: Json = payload["message"]
    # A question of ours was asked about another message, and that one is meant.
    meta: Json = part(message, "interaction_metadata")
    about = str(meta.get("interacted_message_id") or message["id"])
    values: list[str] = payload["data"].get("values") or [""]
    chosen = "" if str(payload["data"]["custom_id"]).startswith(MENU) else str(values[0])
    where = _where(payload, places)
    return _inbound(
        payload, places, Click(pressed.action, pressed.value, where.at(about), choice=chosen)
    )


def submission(
    payload: Json, places: Places, action: str, context: str, values: dict[str, str]
) -> Inbound:
    """The event for a form filled in."""
    return _inbound(payload, places, FormSubmission(action, context, values))


def said(payload: Json, places: Places, *, bot: str) -> Inbound | None:
    """The event for an ordinary message; None for Discord's own notes, and for bots' words."""
    author: Json = payload["author"]
    hidden = author.get("bot") or payload.get("webhook_id") or str(author["id"]) == bot
    if hidden or payload.get("type") not in _ORDINARY:
        return None
    text = readable(payload)
    if not text:
        # Without the message-content intent there is nothing to hear.
        return None
    member = {**part(payload, "member"), "user": author}
    where = places.address(str(payload["channel_id"])).at(str(payload["id"]))
    posted = datetime.fromisoformat(str(payload["timestamp"]))
    return Inbound(
        f"{PLATFORM}:message:{payload['id']}",
        person(places.guild, author, member),
        replace(where, message=None),
        Said(where, text, posted),
    )


def moved(someone: Person, where: Address, *, joined: bool, event: str) -> Inbound:
    """The event for somebody who was let into a channel, or who is not in it any more.

    Args:
        someone: Who.
        where: The channel.
        joined: Whether they came.
        event: What Discord's event is known by, the same when it is delivered again.
    """
    key = f"{PLATFORM}:membership:{event}:{where.channel}:{someone.id}"
    return Inbound(key, someone, where, Membership(joined))


def insiders(channel: Json) -> frozenset[str]:
    """Ids of those who are let into a channel by name."""
    return frozenset(
        str(row["id"])
        for row in parts(channel, "permission_overwrites")
        if int(row["type"]) == 1 and int(row["allow"]) & Right.VIEW
    )


def named(text: str, people: list[Person]) -> str:
    """The text with people and channels as they are typed: `@name`, `#id`."""
    names = {one.id: one.name for one in people}
    text = MENTION.sub(lambda found: f"@{names.get(found.group(1), found.group(1))}", text)
    return _CHANNEL.sub(r"#\1", text)


def _where(payload: Json, places: Places) -> Address:
    channel: Json = payload.get("channel") or {"id": payload["channel_id"]}
    places.heard(channel)
    return places.address(str(channel["id"]))


def _inbound(
    payload: Json,
    places: Places,
    event: Command | Click | FormSubmission | MessageMenu,
) -> Inbound:
    return Inbound(
        f"{PLATFORM}:interaction:{payload['id']}",
        who(payload, places.guild),
        _where(payload, places),
        event,
        ticket(payload).packed(),
    )
