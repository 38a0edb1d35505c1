"""Starting again and ending; name, summary and severity."""

from __future__ import annotations

from datetime import datetime

from chat.card import Card, Text
from chat.errors import Refused
from chat.text import Bold, Code
from incidents.access import member_for, workable
from incidents.change import (
    NAME_LENGTH,
    SUMMARY_LENGTH,
    announcement_of,
    author,
    long_text,
    note,
    one_line,
    retitle,
    same_version,
    save,
    tell_announced,
    tell_rooms,
)
from incidents.incident import Incident, Severity, Status
from incidents.ports import IncidentStores
from incidents.reminding import refresh_reminder
from incidents.rooms import archive
from incidents.timeline import EventKind
from incidents.usage import track_finished
from security.actor import Actor
from security.permissions import Permission


def end(
    stores: IncidentStores, actor: Actor, ref: str, now: datetime, *, archives: bool = False
) -> Incident:
    """Close it; `archives` archives its own channel too."""
    before = workable(stores, actor, ref, Permission.INCIDENT_END)
    after = save(stores, before, now, status=Status.CLOSED, ended_at=now, update_due_at=None)
    happened = note(stores, actor, after, now, EventKind.INCIDENT_ENDED, "ended the incident")
    stores.outbox.refresh(announcement_of(after.id))
    card = Card(
        f"{after.key} is closed",
        (Text((f"{author(actor)} ended the incident. To reopen it: ", Code("/incident restart"))),),
        tone="good",
    )
    tell_rooms(stores, after, card, happened.id)
    tell_announced(stores, after, Card(f"{after.key} is closed", tone="good"), happened.id)
    refresh_reminder(stores, after.id)
    track_finished(stores, actor, after, now)
    retitle(stores, after, happened.id)
    if archives:
        archive(stores, after, happened.id, archived=True)
    return after


def restart(
    stores: IncidentStores, actor: Actor, ref: str, now: datetime, *, archives: bool = False
) -> Incident:
    """Make a closed one ongoing again; `archives` brings its own channel back first."""
    before = member_for(stores, actor, ref, Permission.INCIDENT_RESTART)
    if before.ongoing:
        raise Refused(f"{before.key} is ongoing already.", code="INCIDENT_ONGOING")
    due = now + before.update_every if before.update_every else None
    after = save(
        stores,
        before,
        now,
        status=Status.ONGOING,
        ended_at=None,
        restarted_at=now,
        update_due_at=due,
    )
    if due:
        stores.drives.wake("reminder", after.id, due)
    happened = note(
        stores, actor, after, now, EventKind.INCIDENT_RESTARTED, "restarted the incident"
    )
    stores.outbox.refresh(announcement_of(after.id))
    if archives:
        archive(stores, after, happened.id, archived=False)
    card = Card(f"{after.key} is ongoing again", (Text((f"{author(actor)} restarted it.",)),))
    tell_rooms(stores, after, card, happened.id)
    tell_announced(stores, after, Card(f"{after.key} is ongoing again"), happened.id)
    retitle(stores, after, happened.id)
    return after


def edit(
    stores: IncidentStores,
    actor: Actor,
    ref: str,
    now: datetime,
    *,
    name: str | None = None,
    summary: str | None = None,
    severity: Severity | None = None,
    version: int | None = None,
) -> Incident:
    """Change what is given; what is None stays, and what is the same leaves no trace."""
    incident = workable(stores, actor, ref)
    same_version(incident, version)
    if name is not None:
        incident = _rename(
            stores, actor, incident, one_line(name, "name", "The name", NAME_LENGTH), now
        )
    if summary is not None:
        text = long_text(summary, "summary", "The summary", SUMMARY_LENGTH, empty=True)
        incident = _summarise(stores, actor, incident, text, now)
    if severity is not None:
        incident = _grade(stores, actor, incident, severity, now)
    return incident


def set_severity(
    stores: IncidentStores, actor: Actor, ref: str, severity: Severity, now: datetime
) -> Incident:
    """Say that it is better or worse than it was said to be.

    Raises:
        Refused: It is that severe already.
    """
    before = workable(stores, actor, ref)
    if before.severity is severity:
        raise Refused(f"{before.key} is {severity} already.", code="ALREADY")
    return _grade(stores, actor, before, severity, now)


def _rename(
    stores: IncidentStores, actor: Actor, before: Incident, name: str, now: datetime
) -> Incident:
    if name == before.name:
        return before
    after = save(stores, before, now, name=name)
    happened = note(
        stores,
        actor,
        after,
        now,
        EventKind.INCIDENT_RENAMED,
        f"renamed the incident to “{name}”",
        old=before.name,
        new=name,
    )
    stores.outbox.refresh(announcement_of(after.id))
    retitle(stores, after, happened.id)
    return after


def _summarise(
    stores: IncidentStores, actor: Actor, before: Incident, text: str, now: datetime
) -> Incident:
    if text == before.summary:
        return before
    after = save(stores, before, now, summary=text)
    note(stores, actor, after, now, EventKind.SUMMARY_CHANGED, "changed the summary")
    stores.outbox.refresh(announcement_of(after.id))
    return after


def _grade(
    stores: IncidentStores, actor: Actor, before: Incident, severity: Severity, now: datetime
) -> Incident:
    if severity is before.severity:
        return before
    after = save(stores, before, now, severity=severity)
    happened = note(
        stores,
        actor,
        after,
        now,
        EventKind.SEVERITY_CHANGED,
        f"changed the severity from {before.severity} to {severity}",
        old=before.severity,
        new=severity,
    )
    stores.outbox.refresh(announcement_of(after.id))
    arrow = "⬆️" if severity.rank > before.severity.rank else "⬇️"
    card = Card(
        f"{arrow} Severity: {before.severity} → {severity}",
        rich=(
            f"{arrow} {author(actor)} changed the severity: {before.severity} → ",
            Bold(severity),
        ),
        tone="warning" if severity.rank > before.severity.rank else "neutral",
    )
    tell_rooms(stores, after, card, happened.id)
    tell_announced(stores, after, card, happened.id)
    retitle(stores, after, happened.id)
    return after
