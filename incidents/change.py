"""What every change of an incident leaves behind: the rows, the story, the record, the news."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from chat.address import Address
from chat.card import Card
from chat.errors import BadInput, NotFound, Stale
from chat.fit import shorten
from chat.mentions import with_mentions
from chat.outbox import Outgoing, PostCard, SetTopic
from chat.person import Person
from chat.text import Mention, Span
from incidents.incident import Incident
from incidents.ports import IncidentStores
from incidents.timeline import Event, EventKind, event
from security.account import Account
from security.actor import Actor
from security.audit import record

NAME_LENGTH = 80
FOLLOWING = "following"
"""The kind of drive for whoever acts on changed incidents; its subject is an incident's id."""
_FOLLOWED = frozenset(
    {
        EventKind.INCIDENT_STARTED,
        EventKind.INCIDENT_RESTARTED,
        EventKind.INCIDENT_RENAMED,
        EventKind.SEVERITY_CHANGED,
        EventKind.SUMMARY_CHANGED,
    }
)
SUMMARY_LENGTH = 4000


def panel_of(incident_id: str) -> str:
    """The subject under which an incident's panels live."""
    return f"incident:{incident_id}"


def announcement_of(incident_id: str) -> str:
    """The subject under which an incident's announcements live."""
    return f"announcement:{incident_id}"


def same_version(incident: Incident, version: int | None) -> None:
    """Let an edit of `version` pass; None edits whatever is there.

    Raises:
        Stale: Somebody changed the incident since.
    """
    if version is not None and version != incident.version:
        raise Stale(
            f"{incident.key} has changed since you read it "
            f"(you have version {version}, it is at {incident.version}). Read it again."
        )


def note(
    stores: IncidentStores,
    actor: Actor,
    incident: Incident,
    now: datetime,
    kind: EventKind,
    summary: str,
    **details: str,
) -> Event:
    """Write the timeline event and the audit record, and have panels follow.

    What people wrote (`text`) belongs to the story; the record only says that they did.
    """
    happened = event(incident.id, now, kind, actor, summary, **details)
    stores.timeline.append(happened)
    done = record(
        actor,
        now,
        f"incident.{kind.value.removeprefix('incident_')}",
        kind="incident",
        id=incident.id,
        name=incident.key,
        team_id=incident.team_id,
    )
    facts = {name: fact for name, fact in details.items() if name != "text"}
    stores.audit.append(replace(done, details=facts))
    stores.outbox.refresh(panel_of(incident.id))
    if kind in _FOLLOWED:
        stores.drives.wake(FOLLOWING, incident.id, now)
    return happened


def save(stores: IncidentStores, incident: Incident, now: datetime, **changes: Any) -> Incident:  # pyright: ignore[reportExplicitAny]  # the fields of Incident
    """Write the incident with `changes`; its version grows by one."""
    after = replace(incident, updated_at=now, version=incident.version + 1, **changes)
    stores.incidents.save(after)
    return after


def tell_rooms(stores: IncidentStores, incident: Incident, card: Card, key: str) -> None:
    """Post `card` in every channel of the incident, with people as they are known there."""
    for number, room in enumerate(stores.incidents.rooms(incident.id)):
        place = room.address
        here = with_mentions(card, lambda it, place=place: _as_known_at(stores, place, it))
        stores.outbox.put(Outgoing(place, PostCard(here), key=f"{key}:{number}"))


def _as_known_at(stores: IncidentStores, place: Address, mention: Mention) -> Span:
    """A mention for readers at `place`: their platform's own user, or a plain name."""
    person = mention.person
    if (person.platform, person.workspace) == (place.platform, place.workspace):
        return mention
    people = stores.people
    known = people.identity(person.platform, person.workspace, person.id)
    if known is None:
        return f"@{person.name}"
    there = people.persons([known.account_id], place.platform, place.workspace)
    found = there.get(known.account_id)
    return replace(mention, person=found) if found is not None else f"@{person.name}"


def topic_of(stores: IncidentStores, incident: Incident) -> str:
    """What stands above its rooms: how it stands, and who is in charge; one line."""
    commander = stores.people.account(incident.commander_id)
    charge = f" · commander @{commander.name}" if commander else ""
    words = f"{incident.key} · {incident.name} · {incident.severity} · {incident.status}{charge}"
    return shorten(words, 200)


def retitle(stores: IncidentStores, incident: Incident, key: str) -> None:
    """Have every room's topic say how the incident stands."""
    for number, room in enumerate(stores.incidents.rooms(incident.id)):
        job = SetTopic(topic_of(stores, incident))
        stores.outbox.put(Outgoing(room.address, job, key=f"{key}:topic:{number}"))


def tell_announced(stores: IncidentStores, incident: Incident, card: Card, key: str) -> None:
    """Post `card` in the thread below each announcement, where those who follow look.

    Of a private incident others see how bad it is and whether it is over, and nothing else.
    """
    if not incident.public:
        return
    for number, living in enumerate(stores.outbox.living(announcement_of(incident.id))):
        below = replace(
            living.address,
            thread=living.address.thread or living.address.message,
            message=None,
        )
        stores.outbox.put(Outgoing(below, PostCard(card), key=f"{key}:a{number}"))


def one_line(text: str, field: str, what: str, length: int) -> str:
    """`text` as one trimmed line.

    Raises:
        BadInput: It is empty, too long, or holds control characters.
    """
    line = " ".join(text.split())
    if not line:
        raise BadInput(f"{what} may not be empty.", details={field: "may not be empty"})
    if len(line) > length:
        raise BadInput(
            f"{what} is {len(line)} characters long; at most {length} are accepted.",
            details={field: f"at most {length} characters"},
        )
    if not line.isprintable():
        raise BadInput(
            f"{what} holds characters that cannot be shown.",
            details={field: "printable characters only"},
        )
    return line


def long_text(text: str, field: str, what: str, length: int, *, empty: bool = False) -> str:
    """`text` trimmed, line breaks kept.

    Raises:
        BadInput: It is too long, or empty where that is not accepted.
    """
    body = text.strip().replace("\x00", "")
    if not body and not empty:
        raise BadInput(f"{what} may not be empty.", details={field: "may not be empty"})
    if len(body) > length:
        raise BadInput(
            f"{what} is {len(body)} characters long; at most {length} are accepted.",
            details={field: f"at most {length} characters"},
        )
    return body


def account_named(stores: IncidentStores, team_id: str, ref: str) -> Account:
    """An active member of the team by handle (`@` allowed), id or e-mail.

    Raises:
        NotFound: There is none.
    """
    name = ref.strip().removeprefix("@")
    people = stores.people
    found = people.by_name(name.casefold()) or people.account(name) or people.by_email(name)
    members = {member.id for member in people.members(team_id)} if found else set[str]()
    if found is None or not found.active or found.id not in members:
        raise NotFound(
            f"Nobody called “{name[:60]}” is in this team. Names look like @ana.",
            details={"person": "a member of the team"},
        )
    return found


def mention(
    stores: IncidentStores, incident: Incident, account: Account, *, ping: bool = False
) -> Span:
    """A clickable name, where the account is known on the platform of the home room."""
    rooms = stores.incidents.rooms(incident.id)
    if not rooms:
        return f"@{account.name}"
    home = rooms[0].address
    person = stores.people.persons([account.id], home.platform, home.workspace).get(account.id)
    return Mention(person, ping=ping) if person else f"@{account.name}"


def author(actor: Actor) -> str:
    """Who did it, for a sentence in the channel."""
    return f"@{actor.name}" if actor.account_id else actor.display


def persons(
    stores: IncidentStores, incident: Incident, account_ids: Iterable[str]
) -> tuple[Person, ...]:
    """The accounts' persons on the platform of the home room; those without one are left out."""
    rooms = stores.incidents.rooms(incident.id)
    if not rooms:
        return ()
    home = rooms[0].address
    return tuple(stores.people.persons(account_ids, home.platform, home.workspace).values())
