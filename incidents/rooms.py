"""An incident's rooms: several channels, on one platform or on several, that show it alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from chat.address import Address
from chat.card import Card, Markdown, Text
from chat.errors import Denied, NotFound, Refused
from chat.fit import shorten
from chat.outbox import Outgoing, PostCard, PostLiving, SetArchived
from chat.person import Person
from chat.port import ChannelFacts
from chat.text import Bold, Code
from incidents.access import workable
from incidents.change import author, note, panel_of
from incidents.incident import Incident, Room, RoomKind
from incidents.people import sync_members
from incidents.ports import IncidentStores
from incidents.timeline import EventKind
from incidents.updates import reads
from security.actor import Actor
from security.permissions import Permission

_MOST = 8
"""Rooms of one incident."""
_RELAYED = 3000
"""Characters of a message that is passed on."""


def linkable(
    stores: IncidentStores, actor: Actor, ref: str, asked: str, channel: ChannelFacts | None
) -> tuple[Incident, ChannelFacts]:
    """The incident and the channel, if the one may be worked on in the other.

    Args:
        stores: The open transaction.
        actor: Who wants it.
        ref: The incident.
        asked: The channel as it was typed.
        channel: What that found; None for nothing.

    Raises:
        NotFound: There is no such channel, or it is private and not the actor's; the two
            look alike on purpose.
        Refused: It is a room already, or more open than the incident is.
    """
    incident = workable(stores, actor, ref, Permission.INCIDENT_COMMAND)
    if channel is None or not reads(stores, actor.account_id or "", channel):
        raise NotFound(
            f"There is no channel “{asked.strip()[:60]}” that you and I can both post in. "
            "Invite me there, or look whether its name is right."
        )
    _may_be_room(stores, incident, channel)
    return incident, channel


def link(
    stores: IncidentStores,
    actor: Actor,
    ref: str,
    asked: str,
    channel: ChannelFacts | None,
    now: datetime,
) -> Incident:
    """Make a channel one more room of the incident, with a panel of its own.

    Arguments and errors are those of `linkable`, and `now`, the time.
    """
    incident, channel = linkable(stores, actor, ref, asked, channel)
    place = channel.address.room
    stores.incidents.add_room(Room(incident.id, place, channel.name, RoomKind.LINKED))
    told = f"linked the channel #{channel.name} on {place.platform}"
    happened = note(
        stores, actor, incident, now, EventKind.CHANNEL_LINKED, told,
        channel=channel.name, platform=place.platform,
    )  # fmt: skip
    words = Text(
        (
            f"{author(actor)} linked this channel to ",
            Bold(f"{incident.key} {incident.name}"),
            ". What is done in one place shows in all. To pass on what is said as well: ",
            Code("/incident relay on"),
        )
    )
    card = Card(f"{incident.key} is worked on here too", (words,))
    stores.outbox.put(Outgoing(place, PostCard(card), key=f"{happened.id}:linked"))
    panel = PostLiving(panel_of(incident.id), pinned=True)
    stores.outbox.put(Outgoing(place, panel, key=f"{happened.id}:panel"))
    inside = (
        stores.people.identity(person.platform, person.workspace, person.id)
        for person in channel.members
        if not person.is_bot
    )
    sync_members(stores, incident.id, [one.account_id for one in inside if one], now)
    return incident


def _may_be_room(stores: IncidentStores, incident: Incident, channel: ChannelFacts) -> None:
    owner = stores.incidents.in_channel(channel.address)
    if owner is not None:
        which = "this incident" if owner.id == incident.id else "another incident"
        raise Refused(f"#{channel.name} is a channel of {which} already.", code="ALREADY")
    if channel.private < (not incident.public):
        raise Refused(
            f"{incident.key} is private, and everybody can read #{channel.name}. "
            "Link a private channel.",
            code="CHANNEL_IS_PUBLIC",
        )
    if channel.archived:
        raise Refused(f"#{channel.name} is archived. Bring it back first.", code="ARCHIVED")
    if len(stores.incidents.rooms(incident.id)) >= _MOST:
        raise Refused(
            f"{incident.key} has {_MOST} channels, which is the most. Unlink one first.",
            code="TOO_MANY_ROOMS",
        )


def unlink(
    stores: IncidentStores, actor: Actor, ref: str, channel: Address, now: datetime
) -> Incident:
    """Make a linked channel an ordinary one again.

    Raises:
        NotFound: It is no room of the incident.
        Refused: It is the incident's own channel.
    """
    incident = workable(stores, actor, ref, Permission.INCIDENT_COMMAND)
    rooms = stores.incidents.rooms(incident.id)
    room = next((room for room in rooms if room.address == channel.room), None)
    if room is None:
        raise NotFound(f"That channel is not linked to {incident.key}.")
    if room.kind is RoomKind.HOME:
        raise Refused(f"#{room.name} is {incident.key}'s own channel.", code="HOME")
    stores.incidents.remove_room(room)
    for living in stores.outbox.living(panel_of(incident.id)):
        if living.address.room == room.address:
            stores.outbox.let_rest(living)
    told = f"unlinked the channel #{room.name} on {room.address.platform}"
    happened = note(
        stores, actor, incident, now, EventKind.CHANNEL_UNLINKED, told,
        channel=room.name, platform=room.address.platform,
    )  # fmt: skip
    card = Card(f"This channel no longer belongs to {incident.key}: {author(actor)} unlinked it.")
    stores.outbox.put(Outgoing(room.address, PostCard(card), key=happened.id))
    return incident


def relay(
    stores: IncidentStores,
    actor: Actor,
    ref: str,
    channels: tuple[ChannelFacts, ...],
    now: datetime,
    *,
    on: bool,
    deaf: Mapping[str, str],
) -> Incident:
    """Pass on what is said in one room to the others, or stop that.

    Args:
        stores: The open transaction.
        actor: Who wants it.
        ref: The incident.
        channels: Its rooms as they stand on their platforms; needed to begin.
        now: The time.
        on: Whether to begin or to stop.
        deaf: Platforms on which we do not hear what people say; each with what changes that.

    Raises:
        Denied: The actor does not read all of the rooms, so what is said there is not theirs
            to pass on.
        Refused: There is one room only, we hear nobody in any, or it is so already.
    """
    incident = workable(stores, actor, ref, Permission.INCIDENT_COMMAND)
    rooms = stores.incidents.rooms(incident.id)
    if on:
        _reads_all(stores, actor, incident, rooms, channels)
    if on and len(rooms) < 2:  # noqa: PLR2004 - passing on takes two
        raise Refused(
            f"{incident.key} has one channel only. Link another first: /incident link",
            code="ONE_ROOM",
        )
    if all(room.relays is on for room in rooms):
        raise Refused("It is so already.", code="ALREADY")
    for room in rooms:
        stores.incidents.change_room(replace(room, relays=on))
    told = "had messages passed on between the channels" if on else "stopped passing messages on"
    happened = note(stores, actor, incident, now, EventKind.RELAY_CHANGED, told)
    off = "Messages are no longer passed on between this incident's channels."
    text = _promise(rooms, deaf) if on else off
    for number, room in enumerate(rooms):
        key = f"{happened.id}:{number}"
        stores.outbox.put(Outgoing(room.address, PostCard(Card(text)), key=key))
    return incident


def _promise(rooms: tuple[Room, ...], deaf: Mapping[str, str]) -> str:
    """What is passed on from now on, and what is not.

    Raises:
        Refused: Nothing would be.
    """
    heard = [room for room in rooms if room.address.platform not in deaf]
    silent = [room for room in rooms if room.address.platform in deaf]
    ways = "; ".join(dict.fromkeys(deaf[room.address.platform] for room in silent))
    if not heard:
        raise Refused(f"I hear nobody in {_named(silent)}. To change that, {ways}.", code="DEAF")
    if not silent:
        return f"What is said in one of {_named(heard)} is shown in the others from now on."
    return (
        f"What is said in {_named(heard)} is shown in the others from now on. What is said in "
        f"{_named(silent)} stays there, since I do not hear it. To change that, {ways}."
    )


def _named(rooms: list[Room]) -> str:
    return ", ".join(f"#{room.name} ({room.address.platform})" for room in rooms)


def _reads_all(
    stores: IncidentStores,
    actor: Actor,
    incident: Incident,
    rooms: tuple[Room, ...],
    channels: tuple[ChannelFacts, ...],
) -> None:
    facts = {channel.address.lane: channel for channel in channels}
    for room in rooms:
        found = facts.get(room.address.lane)
        if found is None or not reads(stores, actor.account_id or "", found):
            raise Denied(
                f"You are not in every channel of {incident.key}, and what is said in a private "
                "one is for those in it to pass on. Ask somebody who is in all of them.",
                permission=Permission.INCIDENT_COMMAND,
                thing=incident.key,
            )


def relays(stores: IncidentStores, place: Address) -> bool:
    """Whether what is said there is to be passed on."""
    incident = stores.incidents.in_channel(place.room)
    found = stores.incidents.rooms(incident.id) if incident is not None else ()
    return any(room.relays for room in found if room.address == place.room)


def pass_on(stores: IncidentStores, place: Address, who: Person, text: str, cause: str) -> None:
    """Show what somebody said in a room in the other rooms, where that is wanted.

    Args:
        stores: The open transaction.
        place: Where it was said.
        who: The author, as the platform knows them.
        text: The words; everything in them is shown literally but the small Markdown subset.
        cause: The inbound event's id.
    """
    incident = stores.incidents.in_channel(place.room)
    if incident is None or who.is_bot or not text.strip():
        return
    rooms = stores.incidents.rooms(incident.id)
    here = next((room for room in rooms if room.address == place.room), None)
    if here is None or not here.relays:
        return
    title = f"{who.display or who.name} in #{here.name} ({place.platform})"
    card = Card(title, (Markdown(shorten(text, _RELAYED)),), rich=(Bold(title),))
    for number, room in enumerate(rooms):
        if room.address != here.address and room.relays:
            key = f"relay:{cause}:{number}"
            stores.outbox.put(Outgoing(room.address, PostCard(card), key=key, cause=cause))


def archive(stores: IncidentStores, incident: Incident, key: str, *, archived: bool) -> None:
    """Archive the incident's own channel, or bring it back; linked ones are others' to close."""
    for number, room in enumerate(stores.incidents.rooms(incident.id)):
        if room.kind is RoomKind.HOME:
            job = SetArchived(archived=archived, subject=panel_of(incident.id))
            stores.outbox.put(Outgoing(room.address, job, key=f"{key}:archive:{number}"))
