"""Status updates, their reminders, and announcements."""

from __future__ import annotations

from datetime import datetime, timedelta

from chat.address import Address
from chat.card import Actions, Button, Card, Footer, Markdown, Text
from chat.errors import BadInput
from chat.outbox import Outgoing, PostCard, PostLiving
from chat.text import Code, Moment
from incidents.access import workable
from incidents.change import (
    announcement_of,
    author,
    long_text,
    mention,
    note,
    save,
    tell_announced,
    tell_rooms,
)
from incidents.incident import Incident
from incidents.ports import IncidentStores
from incidents.timeline import EventKind
from security.actor import SYSTEM, Actor

UPDATE_LENGTH = 4000
SOONEST = timedelta(minutes=1)
LATEST = timedelta(days=7)
NAGGING = timedelta(minutes=15)
"""Reminders of one overdue update are at least this far apart."""


def checked_interval(wait: timedelta, field: str) -> timedelta:
    """`wait`, when it is a sensible time to the next update.

    Raises:
        BadInput: It is below a minute or above a week.
    """
    if not SOONEST <= wait <= LATEST:
        raise BadInput(
            f"{field} must lie between 1 minute and 7 days.",
            details={field: "between 1 minute and 7 days"},
        )
    return wait


def post_update(
    stores: IncidentStores,
    actor: Actor,
    ref: str,
    text: str,
    now: datetime,
    *,
    next_in: timedelta | None = None,
) -> Incident:
    """Tell everybody how it stands, and expect the next update later."""
    before = workable(stores, actor, ref)
    body = long_text(text, "text", "The update", UPDATE_LENGTH)
    every = checked_interval(next_in, "next_in") if next_in else before.update_every
    due = now + every if every else None
    after = save(stores, before, now, update_due_at=due)
    if due:
        stores.drives.wake("reminder", after.id, due)
    happened = note(
        stores, actor, after, now, EventKind.STATUS_UPDATED, "posted a status update", text=body
    )
    footer = (Footer(("Next update ", Moment(due, "until"))),) if due else ()
    card = Card(f"Status update by {author(actor)}", (Markdown(body), *footer), tone="neutral")
    tell_rooms(stores, after, card, happened.id)
    tell_announced(stores, after, card, happened.id)
    stores.outbox.refresh(announcement_of(after.id))
    return after


def snooze(
    stores: IncidentStores, actor: Actor, ref: str, wait: timedelta, now: datetime
) -> Incident:
    """Expect the next update later than now; leaves a trace in the timeline."""
    before = workable(stores, actor, ref)
    due = now + checked_interval(wait, "minutes")
    after = save(stores, before, now, update_due_at=due)
    stores.drives.wake("reminder", after.id, due)
    minutes = round(wait.total_seconds() / 60)
    note(
        stores,
        actor,
        after,
        now,
        EventKind.UPDATE_SNOOZED,
        f"put the status update off by {minutes} min",
        minutes=str(minutes),
    )
    return after


def announce(
    stores: IncidentStores,
    actor: Actor,
    ref: str,
    to: Address,
    channel_name: str,
    now: datetime,
) -> Incident:
    """Tell another channel; the message there follows the incident from then on."""
    incident = workable(stores, actor, ref)
    subject = announcement_of(incident.id)
    if any(living.address.room == to.room for living in stores.outbox.living(subject)):
        stores.outbox.refresh(subject)
        return incident
    key = f"announce:{incident.id}:{to.lane}"
    stores.outbox.put(Outgoing(to.room, PostLiving(subject), key=key))
    note(
        stores,
        actor,
        incident,
        now,
        EventKind.ANNOUNCED,
        f"announced the incident in #{channel_name}",
        channel=channel_name,
    )
    return incident


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
    commander = stores.people.account(incident.commander_id)
    who = mention(stores, incident, commander, ping=True) if commander else "Commander"
    card = Card(
        "A status update is due",
        (
            Text(
                (
                    who,
                    ", the update was due ",
                    Moment(due, "elapsed"),
                    " ago. Type ",
                    Code("/incident update …"),
                    " or put it off.",
                )
            ),
            Actions(
                (
                    Button("incident.update", "Update", incident.key, style="primary"),
                    Button("incident.snooze", "Snooze 15 min", f"{incident.key}:15"),
                    Button("incident.snooze", "Snooze 1 h", f"{incident.key}:60"),
                )
            ),
        ),
        tone="warning",
    )
    stores.outbox.put(Outgoing(rooms[0].address, PostCard(card), key=happened.id))
    return now + pause
