"""Timelines and opening tasks in a transaction."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select

from incidents.opening import OpeningTask
from incidents.timeline import Event, EventKind
from security.page import Page, Slice
from storage.rows.bound import Bound, columns, made, values
from storage.rows.listing import ordering
from storage.tables.incidents import opening_tasks, timeline

_EVENT = columns(timeline, Event)


class TimelineRows(Bound):
    """Implements `incidents.ports.TimelineRows`."""

    def append(self, event: Event) -> None:
        """Add an event."""
        self._add(timeline, values(event))

    def page(self, incident_id: str, kinds: tuple[EventKind, ...], part: Slice) -> Page[Event]:
        """Events in order of time unless ordered otherwise."""
        fits = [timeline.c.incident_id == incident_id]
        if kinds:
            fits.append(timeline.c.kind.in_(kinds))
        total = self._connection.scalar(select(func.count()).select_from(timeline).where(*fits))
        query = (
            select(*_EVENT)
            .where(*fits)
            .order_by(*ordering(part.order or "at", {"at": timeline.c.at}, timeline.c.number))
            .limit(part.limit)
            .offset(part.offset)
        )
        rows = self._connection.execute(query).mappings()
        return Page(tuple(Event(**row) for row in rows), total or 0)

    def latest(self, incident_id: str, kind: EventKind) -> Event | None:
        """The newest of a kind."""
        query = (
            select(*_EVENT)
            .where(timeline.c.incident_id == incident_id, timeline.c.kind == kind)
            .order_by(timeline.c.at.desc(), timeline.c.number.desc())
            .limit(1)
        )
        return made(Event, self._connection.execute(query).mappings().first())


class OpeningRows(Bound):
    """Implements `incidents.ports.OpeningRows`."""

    def add(self, tasks: Iterable[OpeningTask]) -> None:
        """Add an incident's tasks."""
        self._connection.execute(opening_tasks.insert(), [values(task) for task in tasks])

    def of(self, incident_id: str) -> tuple[OpeningTask, ...]:
        """An incident's tasks."""
        return self._find_all(OpeningTask, opening_tasks, incident_id=incident_id)

    def save(self, task: OpeningTask) -> None:
        """Write how far a task is."""
        self._change(opening_tasks, values(task), incident_id=task.incident_id, name=task.name)
