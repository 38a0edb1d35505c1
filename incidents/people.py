"""Commander, other roles, and who takes part."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from difflib import get_close_matches

from chat.address import Address
from chat.card import Card, Markdown
from chat.errors import BadInput, Refused
from chat.outbox import InvitePeople, Outgoing, Whisper
from chat.text import Bold, Code
from incidents.access import visible, workable
from incidents.change import (
    account_named,
    announcement_of,
    author,
    mention,
    note,
    retitle,
    save,
    tell_rooms,
)
from incidents.incident import ROLES, Incident, Participant, RoomKind
from incidents.ports import IncidentStores
from incidents.timeline import EventKind
from security.account import Account
from security.actor import ALL_TEAMS, SYSTEM, Actor, require
from security.permissions import Permission
from security.reach import rights_of


def change_commander(
    stores: IncidentStores, actor: Actor, ref: str, name: str, now: datetime
) -> Incident:
    """Put somebody who is in the channel in charge."""
    before = workable(stores, actor, ref, Permission.INCIDENT_COMMAND)
    account = account_named(stores, before.team_id, name)
    if account.id == before.commander_id:
        raise Refused(f"@{account.name} is the commander already.", code="ALREADY")
    if not stores.incidents.is_participant(before.id, account.id):
        raise Refused(
            f"@{account.name} is not in the channel of {before.key}, and the commander must be. "
            f"Add them first: /incident invite @{account.name}",
            code="NOT_A_MEMBER",
        )
    _able(stores, before, account, "commander", Permission.INCIDENT_WORK, Permission.INCIDENT_END)
    old = stores.people.account(before.commander_id)
    after = save(stores, before, now, commander_id=account.id)
    happened = note(
        stores,
        actor,
        after,
        now,
        EventKind.COMMANDER_CHANGED,
        f"made @{account.name} commander",
        old=old.name if old else "",
        new=account.name,
    )
    stores.outbox.refresh(announcement_of(after.id))
    who = mention(stores, after, account, ping=True)
    card = Card(
        f"@{account.name} is the commander now",
        rich=(f"{author(actor)} made ", who, " the ", Bold("commander"), "."),
    )
    tell_rooms(stores, after, card, happened.id)
    retitle(stores, after, happened.id)
    return after


def set_role(
    stores: IncidentStores,
    actor: Actor,
    ref: str,
    role: str,
    name: str | None,
    now: datetime,
    *,
    new: bool = False,
) -> Incident:
    """Give a role to somebody who takes part, or, with None, leave it open.

    A role that looks like one that is known is taken for a slip, unless it is said to be `new`.
    """
    incident = workable(stores, actor, ref)
    word = role.strip().casefold()
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,29}", word) or word == "commander":
        raise BadInput(
            f"“{role.strip()[:40]}” cannot be a role here. Use one lower-case word such as scribe; "
            "for the commander use /incident commander @person.",
            details={"role": "one lower-case word"},
        )
    if not new:
        _no_slip(stores, incident, word)
    account = account_named(stores, incident.team_id, name) if name is not None else None
    if account is not None and not stores.incidents.is_participant(incident.id, account.id):
        raise Refused(
            f"@{account.name} does not take part in {incident.key}. "
            f"Add them first: /incident invite @{account.name}",
            code="NOT_A_MEMBER",
        )
    if account is not None:
        _able(stores, incident, account, word, Permission.INCIDENT_WORK)
    stores.incidents.set_role(incident.id, word, account.id if account else None)
    after = save(stores, incident, now)
    told = f"made @{account.name} {word}" if account else f"left the role {word} open"
    note(
        stores,
        actor,
        after,
        now,
        EventKind.ROLE_CHANGED,
        told,
        role=word,
        new=account.name if account else "",
    )
    return after


def _no_slip(stores: IncidentStores, incident: Incident, role: str) -> None:
    """Let a role pass that is known, or that looks like none that is.

    Raises:
        BadInput: It looks like a known one.
    """
    known = {*ROLES, *(holder.role for holder in stores.incidents.roles(incident.id))}
    near = get_close_matches(role, known, n=1)
    if role not in known and near:
        raise BadInput(
            f"There is no role “{role}” yet. Did you mean {near[0]}? "
            f"If you want a role of your own, say so with --new.",
            details={"role": f"{near[0]}, or new"},
        )


def _able(
    stores: IncidentStores,
    incident: Incident,
    account: Account,
    role: str,
    *needed: Permission,
) -> None:
    """Let somebody be given a part they have the rights for.

    Raises:
        Refused: They lack one.
    """
    held = rights_of(stores, account.id)
    has = held.get(ALL_TEAMS, frozenset()) | held.get(incident.team_id, frozenset())
    if missing := [str(permission) for permission in needed if permission not in has]:
        raise Refused(
            f"@{account.name} may only look at incidents here, so they cannot be {role} of "
            f"{incident.key}: the right “{missing[0]}” is missing. Choose somebody else, or ask "
            "an administrator to make them a responder.",
            code="LACKS_RIGHTS",
        )


def invite(
    stores: IncidentStores, actor: Actor, ref: str, names: Iterable[str], now: datetime
) -> Incident:
    """Add members of the team to the incident and to its channels."""
    incident = workable(stores, actor, ref)
    accounts = [account_named(stores, incident.team_id, name) for name in names]
    if not accounts:
        raise BadInput(
            "Say whom to invite: /incident invite @ana @bo", details={"people": "at least one"}
        )
    if all(stores.incidents.is_participant(incident.id, account.id) for account in accounts):
        listed = ", ".join(f"@{account.name}" for account in accounts)
        take = "takes" if len(accounts) == 1 else "take"
        raise Refused(f"{listed} {take} part in {incident.key} already.", code="ALREADY")
    _add(stores, actor, incident, accounts, now)
    return incident


def join(stores: IncidentStores, actor: Actor, ref: str, now: datetime) -> Incident:
    """Take part in an incident one may see."""
    incident = visible(stores, actor, ref, lock=True)
    require(actor, Permission.CHAT_USE, team_id=incident.team_id, thing=incident.key)
    account = stores.people.account(actor.account_id or "")
    if account is None:
        raise BadInput("Tocsin itself does not join incidents; name an account.")
    _add(stores, actor, incident, [account], now)
    return incident


def _add(
    stores: IncidentStores,
    actor: Actor,
    incident: Incident,
    accounts: list[Account],
    now: datetime,
) -> None:
    """Make participants of those who are not, and have the platforms let everybody in."""
    for account in accounts:
        if stores.incidents.join(Participant(incident.id, account.id, now)):
            told = "joined" if account.id == actor.account_id else f"invited @{account.name}"
            note(
                stores,
                actor,
                incident,
                now,
                EventKind.PARTICIPANT_JOINED,
                told,
                account=account.name,
            )
    ids = [account.id for account in accounts]
    for number, room in enumerate(stores.incidents.rooms(incident.id)):
        place = room.address
        here = tuple(stores.people.persons(ids, place.platform, place.workspace).values())
        if here and room.kind is RoomKind.HOME:
            key = f"invite:{incident.id}:{now.timestamp()}:{number}"
            stores.outbox.put(Outgoing(room.address, InvitePeople(here), key, actor.cause))


def came_into(
    stores: IncidentStores, actor: Actor, channel: Address, now: datetime
) -> Incident | None:
    """Somebody entered a channel on the platform; when it is an incident's they take part."""
    incident = stores.incidents.in_channel(channel.room)
    if incident is None or actor.account_id is None:
        return incident
    fresh = stores.incidents.join(Participant(incident.id, actor.account_id, now))
    if not fresh:
        return incident
    note(
        stores,
        actor,
        incident,
        now,
        EventKind.PARTICIPANT_JOINED,
        "joined",
        account=actor.name,
    )
    if incident.welcome and actor.person is not None:
        card = Card(f"Welcome to {incident.key}", (Markdown(incident.welcome),))
        key = f"welcome:{incident.id}:{actor.account_id}:{now.timestamp()}"
        stores.outbox.put(Outgoing(channel.room, Whisper(actor.person, card), key=key))
    return incident


def went_out_of(
    stores: IncidentStores, actor: Actor, channel: Address, now: datetime
) -> Incident | None:
    """Somebody left a channel on the platform; when it is an incident's home they leave it."""
    incident = stores.incidents.in_channel(channel.room)
    if incident is None or actor.account_id is None or _still_in(stores, actor, incident, channel):
        return incident
    if not stores.incidents.leave(incident.id, actor.account_id):
        return incident
    happened = note(
        stores, actor, incident, now, EventKind.PARTICIPANT_LEFT, "left", account=actor.name
    )
    if actor.account_id == incident.commander_id and incident.ongoing:
        card = Card(
            "The commander left the channel",
            rich=(
                f"@{actor.name}, the commander, left. Choose another: ",
                Code("/incident commander @person"),
            ),
            tone="warning",
        )
        tell_rooms(stores, incident, card, happened.id)
    return incident


def _still_in(stores: IncidentStores, actor: Actor, incident: Incident, channel: Address) -> bool:
    """Whether they left a linked channel only, and are known where the incident's own one is."""
    home = next(iter(stores.incidents.rooms(incident.id)), None)
    if home is None or home.address == channel.room or actor.account_id is None:
        return False
    place = home.address
    return bool(stores.people.persons([actor.account_id], place.platform, place.workspace))


def sync_members(
    stores: IncidentStores, incident_id: str, account_ids: Iterable[str], now: datetime
) -> None:
    """Count everybody found in a freshly opened channel as a participant."""
    incident = stores.incidents.get(incident_id)
    if incident is None:
        return
    for account_id in account_ids:
        if stores.incidents.join(Participant(incident_id, account_id, now)):
            account = stores.people.account(account_id)
            note(
                stores,
                SYSTEM,
                incident,
                now,
                EventKind.PARTICIPANT_JOINED,
                f"added @{account.name}" if account else "added somebody",
                account=account.name if account else account_id,
            )
