"""Reminders of status updates that are due: when they come, and what they show."""

from __future__ import annotations

from datetime import datetime, timedelta

from chat.card import Actions, Button, Card, Text
from chat.outbox import Outgoing, PostLiving
from chat.text import Code, Moment
from incidents.change import mention, note
from incidents.incident import Incident
from incidents.ports import IncidentStores
from incidents.timeline import EventKind
from security.actor import SYSTEM

NAGGING = timedelta(minutes=15)
"""Reminders of one overdue update are at least this far apart."""


def reminder_of(incident_id: str, event_id: str) -> str:
    """The subject under which one reminder lives, named after its event in the timeline."""
    return f"reminder:{incident_id}:{event_id}"


def refresh_reminder(stores: IncidentStores, incident_id: str) -> None:
    """Have the newest reminder follow what became of the update it asks for."""
    last = stores.timeline.latest(incident_id, EventKind.UPDATE_REMINDED)
    if last is not None:
        stores.outbox.refresh(reminder_of(incident_id, last.id))


def remind(stores: IncidentStores, incident_id: str, now: datetime) -> datetime | None:
    """Remind the commander of a due update, once; when to look again, None for never."""
    incident = stores.incidents.get(incident_id, lock=True)
    if incident is None or not incident.ongoing or incident.update_due_at is None:
        return None
    due = incident.update_due_at
    if due > now:
        return due
    pause = max(incident.update_every or NAGGING, NAGGING)
    last = stores.timeline.latest(incident.id, EventKind.UPDATE_REMINDED)
    if last is not None and last.at >= due and last.at + pause > now:
        return last.at + pause
    rooms = stores.incidents.rooms(incident.id)
    if not rooms:
        # The room is still being opened; the saga will have it soon.
        return now + timedelta(seconds=30)
    happened = note(
        stores, SYSTEM, incident, now, EventKind.UPDATE_REMINDED, "reminded of the status update"
    )
    if last is not None:
        stores.outbox.refresh(reminder_of(incident.id, last.id))
    job = PostLiving(reminder_of(incident.id, happened.id))
    stores.outbox.put(Outgoing(rooms[0].address, job, key=happened.id))
    return now + pause


def reminder(stores: IncidentStores, incident: Incident, event_id: str, now: datetime) -> Card:
    """What a reminder shows: what to do while it is the newest and holds, else one line."""
    last = stores.timeline.latest(incident.id, EventKind.UPDATE_REMINDED)
    due = incident.update_due_at
    if due is None or due > now or last is None or last.id != event_id:
        return Card("This reminder of a status update is settled.")
    commander = stores.people.account(incident.commander_id)
    who = mention(stores, incident, commander, ping=True) if commander else "Commander"
    told = (who, ", the update was due ", Moment(due, "elapsed"), " ago. Type ")
    buttons = (
        Button("incident.update", "Update", incident.key, style="primary", asks=True),
        Button("incident.snooze", "Snooze 15 min", f"{incident.key}:15"),
        Button("incident.snooze", "Snooze 1 h", f"{incident.key}:60"),
    )
    return Card(
        "A status update is due",
        (Text((*told, Code("/incident update …"), " or put it off.")), Actions(buttons)),
        tone="warning",
    )
