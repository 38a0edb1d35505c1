"""Status updates, putting them off, and announcements."""

from __future__ import annotations

from datetime import datetime, timedelta

from chat.card import Card, Footer, Markdown
from chat.errors import BadInput, NotFound, Refused
from chat.outbox import Outgoing, PostLiving
from chat.port import ChannelFacts
from chat.text import Moment
from incidents.access import workable
from incidents.change import (
    announcement_of,
    author,
    long_text,
    note,
    save,
    tell_announced,
    tell_rooms,
)
from incidents.incident import Incident
from incidents.ports import IncidentStores
from incidents.reminding import refresh_reminder
from incidents.timeline import EventKind
from security.actor import Actor

UPDATE_LENGTH = 4000
SOONEST = timedelta(minutes=1)
LATEST = timedelta(days=7)


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
    refresh_reminder(stores, after.id)
    return after


def snooze(
    stores: IncidentStores, actor: Actor, ref: str, wait: timedelta, now: datetime
) -> Incident:
    """Expect the next update `wait` later than it is due, or than now when it is overdue.

    Leaves a trace in the timeline. Nobody can put it off beyond a week from now.
    """
    before = workable(stores, actor, ref)
    due = max(before.update_due_at or now, now) + checked_interval(wait, "minutes")
    due = min(due, now + LATEST)
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
    refresh_reminder(stores, after.id)
    return after


def announce(
    stores: IncidentStores,
    actor: Actor,
    ref: str,
    asked: str,
    channel: ChannelFacts | None,
    now: datetime,
) -> Incident:
    """Tell another channel; the message there follows the incident from then on.

    Args:
        stores: The open transaction.
        actor: Who wants it told.
        ref: The incident.
        asked: The channel's name as it was typed.
        channel: What that name found; None for nothing.
        now: The time.

    Raises:
        NotFound: There is no such channel, or it is private and not the actor's; the two
            look alike on purpose.
        Refused: It is told there already.
    """
    incident = workable(stores, actor, ref)
    if channel is None or not (
        actor.via == "system" or reads(stores, actor.account_id or "", channel)
    ):
        raise NotFound(
            f"There is no channel “{asked.strip().lstrip('#~')[:60]}” that you and I can both "
            "post in. Channels look like #general; a private one must have us both as members."
        )
    to, subject = channel.address.room, announcement_of(incident.id)
    if any(living.address.room == to for living in stores.outbox.living(subject)):
        raise Refused(
            f"{incident.key} is announced in #{channel.name} already, and the message there "
            "follows it.",
            code="ALREADY",
        )
    key = f"announce:{incident.id}:{to.lane}"
    stores.outbox.put(Outgoing(to, PostLiving(subject), key, actor.cause))
    told = f"announced the incident in #{channel.name}"
    note(stores, actor, incident, now, EventKind.ANNOUNCED, told, channel=channel.name)
    return incident


def reads(stores: IncidentStores, account_id: str, channel: ChannelFacts) -> bool:
    """Whether an account may read a channel: it is public, they are in it, or a role reads."""
    if not channel.private:
        return True
    inside = {(person.platform, person.id) for person in (*channel.members, *channel.readers)}
    mine = (identity.person for identity in stores.people.identities(account_id))
    return any((person.platform, person.id) in inside for person in mine)
