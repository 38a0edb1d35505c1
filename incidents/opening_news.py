"""What people read while an incident's room is opened, and what they are told of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from chat.address import Address
from chat.card import Card, Footer, Markdown, Section, Text
from chat.errors import UserError
from chat.fit import shorten
from chat.outbox import DirectCard, Outgoing
from chat.port import ChatAdapter
from chat.text import Bold, Code, Link, Rich, Span
from incidents.change import note
from incidents.incident import Incident
from incidents.opening import OpeningTask, TaskName, TaskState
from incidents.ports import IncidentStores
from incidents.timeline import EventKind
from security.account import Account
from security.actor import SYSTEM

LABELS: Mapping[TaskName, str] = {
    TaskName.CHANNEL: "the channel",
    TaskName.MEMBERS: "adding the members",
    TaskName.ANNOUNCEMENT: "the announcement",
    TaskName.PANEL: "the panel",
    TaskName.PIN: "pinning the panel",
    TaskName.WELCOME: "the first steps",
}


def problem(task: OpeningTask) -> str:
    """A failed task as a sentence for people."""
    return f"Still missing: {LABELS[task.name]} ({task.error}). It is being tried again."


def introduction(incident: Incident, reporter: Account | None, who: Span, quote: str) -> Card:
    """What the bot says first in the new channel: who started it, and from what."""
    parts: list[Section] = [
        Text((who, f" started {incident.key} with the playbook {incident.playbook_name}."))
    ]
    if incident.summary:
        parts.append(Markdown(shorten(incident.summary, 2000)))
    if quote:
        parts.append(Text(("From the message: “", shorten(quote, 2000), "”")))
    name = f"@{reporter.name}" if reporter else "Tocsin"
    return Card(f"{name} started {incident.key}: {incident.name}", tuple(parts))


def first_steps(incident: Incident) -> Card:
    """For the eyes of whoever started it."""
    return Card(
        f"What to do first in {incident.key}",
        (
            Text(("1. Say what you know: ", Code("/incident summary …"))),
            Text(("2. Get help: ", Code("/incident invite @person"))),
            Text(("3. Work through the steps in the panel: ", Code("/incident check 1"))),
            Text(("4. Tell others how it stands: ", Code("/incident update …"))),
            Footer((Bold("Only you see this. "), Code("/incident help"), " lists every command.")),
        ),
    )


def moved(incident: Incident, name: str, platform: str) -> Card:
    """For whoever started a private incident where nothing can be kept private."""
    why = (
        f"{platform.capitalize()} has no private channel that I can make, so {incident.key} is "
        "talked about in Tocsin's own chat, where only its members read: "
    )
    told: Rich = (why, Link(f"#{name}", f"/channels/{name}"))
    return Card(f"{incident.key} has its room in Tocsin's own chat", (Text(told),))


def tell_reporter(stores: IncidentStores, incident: Incident, card: Card, key: str) -> None:
    """A direct message to whoever started the incident, on every platform they are on."""
    for number, identity in enumerate(stores.people.identities(incident.reporter_id or "")):
        person = identity.person
        place = Address(person.platform, person.workspace, f"@{person.id}")
        stores.outbox.put(Outgoing(place, DirectCard(person, card), key=f"{key}:{number}"))


def tell_complete(stores: IncidentStores, incident_id: str, now: datetime) -> None:
    """Once nothing is missing any more, say so to whoever was told that something was."""
    tasks = stores.openings.of(incident_id)
    incident = stores.incidents.get(incident_id)
    if incident is None or any(task.state is not TaskState.DONE for task in tasks):
        return
    link = Link(incident.key, f"/incidents/{incident.key}")
    card = Card(f"{incident.key} is complete now", rich=(link, " is complete now."), tone="good")
    tell_reporter(stores, incident, card, f"incident:{incident_id}:complete:{now.timestamp()}")


def not_let_in(incident: Incident, why: str) -> Card:
    """For whoever started it, when the platform kept somebody out of the room.

    Args:
        incident: Which incident.
        why: The platform's no as a sentence; it names those whom it keeps out.
    """
    advice: Rich = (
        "Everybody else is in. When it is put right: ",
        Code(f"/incident invite @person --incident {incident.key}"),
    )
    return Card(f"{incident.key}: {why}", (Text(advice),), tone="warning")


def untold(incident: Incident, names: tuple[str, ...]) -> str:
    """A sentence about channels of the playbook in which the incident could not be told."""
    listed = ", ".join(f"#{name}" for name in names)
    return (
        f"{incident.key} is not announced in {listed}: there is no such channel that you and I "
        f"can both post in. Tell another with /incident announce #channel --incident "
        f"{incident.key}, and have the playbook put right."
    )


def tell_untold(
    stores: IncidentStores, incident: Incident, names: tuple[str, ...], key: str, now: datetime
) -> None:
    """Say in the story and to whoever started the incident where it could not be told."""
    where = f"could not announce the incident in #{', #'.join(names)}"
    note(stores, SYSTEM, incident, now, EventKind.ANNOUNCEMENT_MISSED, where)
    card = Card(untold(incident, names), tone="warning")
    tell_reporter(stores, incident, card, f"{key}:missing")


async def name_of(adapter: ChatAdapter, place: Address) -> str:
    """What a channel is called, or its id where the bot may not even know that."""
    try:
        return (await adapter.channel(place)).name
    except UserError:
        return place.channel
