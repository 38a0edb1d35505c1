"""Incidents in a transaction."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from chat.address import Address
from chat.errors import Stale
from incidents.incident import Incident
from incidents.ports import IncidentFilter, Viewer
from security.page import Page, Slice
from storage.rows.bound import columns, folded, made, place, values
from storage.rows.counters import next_value
from storage.rows.incident_list import incident_page
from storage.rows.incident_people import IncidentPeopleRows
from storage.rows.listing import NEVER
from storage.tables import incidents as t

_INCIDENT = columns(t.incidents, Incident)


class IncidentRows(IncidentPeopleRows):
    """Implements `incidents.ports.IncidentRows`."""

    def next_number(self) -> int:
        """A number no incident had before."""
        return next_value(self._connection, "incident")

    def add(self, incident: Incident) -> None:
        """Add an incident."""
        self._add(t.incidents, _kept(incident))

    def get(self, incident_id: str, *, lock: bool = False) -> Incident | None:
        """One incident by id."""
        return self._find(Incident, t.incidents, lock=lock, id=incident_id)

    def by_number(self, number: int, *, lock: bool = False) -> Incident | None:
        """One incident by number."""
        return self._find(Incident, t.incidents, lock=lock, number=number)

    def save(self, incident: Incident) -> None:
        """Write the next version."""
        row = _kept(incident)
        if not self._change(t.incidents, row, id=incident.id, version=incident.version - 1):
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


def _kept(incident: Incident) -> dict[str, Any]:
    return {
        **values(incident),
        "severity_rank": incident.severity.rank,
        "ended_order": incident.ended_at or NEVER,
        "search": folded(incident.key, incident.name, incident.summary),
    }
