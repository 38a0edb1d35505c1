"""Channels and who is in them; plain functions of an open act."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from adapters.local.inbound import DIRECT
from adapters.local.people import everybody
from adapters.local.ports import LocalStores
from adapters.local.posting import post_note
from chat.clock import new_id
from chat.errors import Denied, NotFound
from chat.person import Person
from chat.rooms import BOT, ChannelKind, LocalChannel, LocalMessage

GENERAL = "general"
"""The channel that everybody of a team is in; nobody leaves it."""
OFFERED = (GENERAL, "incidents")
"""The channels each team begins with."""
_LISTED = 12


def make(
    stores: LocalStores,
    team: str,
    name: str,
    kind: ChannelKind,
    at: datetime,
    *,
    topic: str = "",
    key: str | None = None,
) -> LocalChannel:
    """Add an empty channel, whose name is known to be free."""
    channel = LocalChannel(new_id(), team, name, name, kind, topic, archived=False, member=False)
    stores.local.channels.add(channel, at, key=key)
    stores.local.events.append("channel", channel.id, at)
    return channel


def offer(stores: LocalStores, team: str, at: datetime) -> tuple[LocalChannel, ...]:
    """The channels each team begins with, made where they are missing, everybody in them."""
    people = [person.id for person in everybody(stores, team)]
    offered: list[LocalChannel] = []
    for name in OFFERED:
        channel = stores.local.channels.named(team, name)
        if channel is None:
            channel = make(stores, team, name, ChannelKind.PUBLIC, at)
            stores.local.channels.join(channel.id, people, at)
        offered.append(channel)
    return tuple(offered)


def is_at_home(stores: LocalStores, who: Person) -> bool:
    """Whether they have been let in before."""
    general = stores.local.channels.named(who.workspace, GENERAL, who.id)
    return general is not None and general.member


def let_in(stores: LocalStores, who: Person, at: datetime) -> None:
    """Put somebody who is new into the channels that their team begins with.

    Raises:
        Denied: They are not an active member of the team.
    """
    if who.id not in {person.id for person in everybody(stores, who.workspace)}:
        raise Denied(
            f"You are not in the team “{who.workspace}”. Ask an administrator for a role there.",
            thing=f"the team {who.workspace}",
        )
    for channel in offer(stores, who.workspace, at):
        if stores.local.channels.join(channel.id, [who.id], at):
            stores.local.events.append("channel", channel.id, at)


def visible(stores: LocalStores, who: Person, ref: str) -> LocalChannel:
    """A channel that `who` may read, by name or id.

    Raises:
        NotFound: There is none; it names those that there are.
    """
    rows, name = stores.local.channels, ref.strip().lstrip("#~")
    found = rows.named(who.workspace, name.casefold(), who.id) or rows.get(name, who.id)
    if found is not None and may_read(found, who):
        return found
    seen = [f"#{each.name}" for each in rows.seen_by(who) if _is_listed(each)]
    more = f" and {len(seen) - _LISTED} more" if len(seen) > _LISTED else ""
    raise NotFound(
        f"There is no channel “{ref.strip()[:60]}” that you can see. "
        f"Those you can see: {', '.join(seen[:_LISTED])}{more}."
    )


def may_read(channel: LocalChannel, who: Person) -> bool:
    """Whether they are a member, or it is public in their team."""
    ours = channel.team == who.workspace
    return ours and (channel.member or channel.kind is ChannelKind.PUBLIC)


def bring_in(
    stores: LocalStores,
    channel: LocalChannel,
    people: Iterable[Person],
    at: datetime,
    *,
    by: Person | None = None,
) -> tuple[tuple[Person, ...], LocalMessage | None]:
    """Add members, and say so in the channel.

    Args:
        stores: The act's.
        channel: Where to.
        people: Whom; the bot and those already in are passed over.
        at: Now.
        by: Who added them; None when they came on their own.

    Returns:
        Those who were not in before, and what the channel was told; None when there
        are none of them.
    """
    wanted = {person.id: person for person in people if not person.is_bot}
    fresh = tuple(wanted[each] for each in stores.local.channels.join(channel.id, wanted, at))
    if not fresh:
        return (), None
    names = " and ".join(filter(None, [", ".join(p.name for p in fresh[:-1]), fresh[-1].name]))
    were = "was" if len(fresh) == 1 else "were"
    note = f"{names} joined" if by is None else f"{names} {were} added by {by.name}"
    said = post_note(stores, channel, (by or fresh[0]).id, note, at)
    stores.local.events.append("channel", channel.id, at)
    return fresh, said


def let_go(
    stores: LocalStores, channel: LocalChannel, who: Person, at: datetime
) -> LocalMessage | None:
    """Remove a member and say so; None when they were not in."""
    if not stores.local.channels.leave(channel.id, who.id):
        return None
    said = post_note(stores, channel, who.id, f"{who.name} left", at)
    stores.local.events.append("channel", channel.id, at)
    stores.local.events.append("channel", channel.id, at, only_for=who.id)
    return said


def direct(stores: LocalStores, team: str, people: Iterable[Person], at: datetime) -> LocalChannel:
    """The direct channel between exactly these people, made when there is none yet."""
    ids = sorted({person.id for person in people})
    name = DIRECT + hashlib.sha256("\n".join(ids).encode()).hexdigest()[:24]
    channel = stores.local.channels.named(team, name)
    if channel is None:
        channel = make(stores, team, name, ChannelKind.DIRECT, at)
        stores.local.channels.join(channel.id, ids, at)
        stores.local.events.append("channel", channel.id, at)
    return channel


def titled(
    stores: LocalStores, channels: tuple[LocalChannel, ...], who: Person
) -> tuple[LocalChannel, ...]:
    """The channels, direct ones called after the others in them."""
    private = [each.id for each in channels if each.kind is ChannelKind.DIRECT]
    inside = stores.local.channels.members(private) if private else {}
    return tuple(
        replace(each, title=_title(inside[each.id], who)) if each.id in inside else each
        for each in channels
    )


def _title(people: tuple[Person, ...], who: Person) -> str:
    others = [person.display or person.name for person in people if person.id != who.id]
    return ", ".join(others) or f"{who.display or who.name} (you)"


def _is_listed(channel: LocalChannel) -> bool:
    return channel.kind is not ChannelKind.DIRECT and not channel.archived


def members(stores: LocalStores, channel: LocalChannel) -> tuple[Person, ...]:
    """The people in it, by name, the bot left out."""
    inside = stores.local.channels.members([channel.id])[channel.id]
    return tuple(person for person in inside if person.id != BOT)
