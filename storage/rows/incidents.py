"""Incidents in a transaction."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, select, update

from chat.address import Address
from chat.errors import Stale
from incidents.incident import Incident, Status
from incidents.ports import IncidentFilter, Viewer
from security.page import Page, Slice
from storage.rows.bound import changes, columns, folded, made, place, values
from storage.rows.counters import next_value
from storage.rows.incident_list import incident_page
from storage.rows.incident_people import IncidentPeopleRows
from storage.tables import incidents as t

_NEVER = datetime(9999, 12, 31, tzinfo=UTC)
_INCIDENT = columns(t.incidents, Incident)


class IncidentRows(IncidentPeopleRows):
    """Implements `incidents.ports.IncidentRows`."""

    def next_number(self) -> int:
        """A number no incident had before."""
        return next_value(self._connection, "incident")

    def add(self, incident: Incident) -> None:
        """Add an incident."""
        self._connection.execute(t.incidents.insert().values(**_kept(incident)))

    def get(self, incident_id: str, *, lock: bool = False) -> Incident | None:
        """One incident by id."""
        return self._one(t.incidents.c.id == incident_id, lock=lock)

    def by_number(self, number: int, *, lock: bool = False) -> Incident | None:
        """One incident by number."""
        return self._one(t.incidents.c.number == number, lock=lock)

    def _one(self, fits: ColumnElement[bool], *, lock: bool) -> Incident | None:
        query = select(*_INCIDENT).where(fits)
        if lock:
            # NO KEY: rows that refer to it may still be added by others.
            query = query.with_for_update(key_share=True)
        return made(Incident, self._connection.execute(query).mappings().first())

    def save(self, incident: Incident) -> None:
        """Write the next version."""
        saved = self._connection.execute(
            update(t.incidents)
            .where(t.incidents.c.id == incident.id, t.incidents.c.version == incident.version - 1)
            .values(**changes(_kept(incident), "id"))
        )
        if saved.rowcount == 0:
            raise Stale(
                f"Somebody else changed {incident.key} meanwhile. Look again, then repeat yours."
            )

    def page(self, wanted: IncidentFilter, viewer: Viewer, part: Slice) -> Page[Incident]:
        """Those that fit and may be seen, newest first unless ordered otherwise."""
        return incident_page(self._connection, wanted, viewer, part)

    def in_channel(self, channel: Address) -> Incident | None:
        """The incident whose room this channel is."""
        query = (
            select(*_INCIDENT)
            .join(t.rooms, t.rooms.c.incident_id == t.incidents.c.id)
            .where(t.rooms.c.place == place(channel.room))
        )
        return made(Incident, self._connection.execute(query).mappings().first())

    def updates_due(self, now: datetime, limit: int) -> tuple[str, ...]:
        """Ids of ongoing incidents whose update is due, the longest overdue first."""
        query = (
            select(t.incidents.c.id)
            .where(t.incidents.c.status == Status.ONGOING, t.incidents.c.update_due_at <= now)
            .order_by(t.incidents.c.update_due_at, t.incidents.c.number)
            .limit(limit)
        )
        return tuple(self._connection.scalars(query))


def _kept(incident: Incident) -> dict[str, Any]:
    return {
        **values(incident),
        "severity_rank": incident.severity.rank,
        "ended_order": incident.ended_at or _NEVER,
        "search": folded(incident.key, incident.name, incident.summary),
    }
