"""Rooms, participants and roles of incidents in a transaction."""

from __future__ import annotations

from incidents.incident import Participant, RoleHolder, Room
from storage.rows.bound import Bound, place, values
from storage.rows.statements import finding
from storage.tables import incidents as t


class IncidentPeopleRows(Bound):
    """The part of `incidents.ports.IncidentRows` about who and where."""

    def rooms(self, incident_id: str) -> tuple[Room, ...]:
        """Its channels, the home first."""
        # "home" sorts before "linked"
        return self._find_all(Room, t.rooms, "kind", "number", incident_id=incident_id)

    def add_room(self, room: Room) -> None:
        """Add a room once."""
        self._add_new(t.rooms, {**values(room), "place": place(room.address.room)}, "place")

    def change_room(self, room: Room) -> None:
        """Write a changed room."""
        row = {"name": room.name, "kind": room.kind, "relays": room.relays}
        self._change(t.rooms, row, incident_id=room.incident_id, place=place(room.address.room))

    def remove_room(self, room: Room) -> None:
        """Make its channel an ordinary one."""
        self._remove(t.rooms, incident_id=room.incident_id, place=place(room.address.room))

    def participants(self, incident_id: str) -> tuple[Participant, ...]:
        """Who is in, in order of joining."""
        return self._find_all(
            Participant, t.participants, "joined_at", "account_id", incident_id=incident_id
        )

    def is_participant(self, incident_id: str, account_id: str) -> bool:
        """Whether that account is in."""
        is_in = finding(t.participants, ("number",), ("incident_id", "account_id"))
        keys = {"_incident_id": incident_id, "_account_id": account_id}
        return self._connection.scalar(is_in, keys) is not None

    def join(self, participant: Participant) -> bool:
        """Add a participant."""
        incident = finding(t.incidents, ("number",), ("id",))
        number = self._connection.scalar(incident, {"_id": participant.incident_id})
        return self._add_new(t.participants, {**values(participant), "number": number})

    def leave(self, incident_id: str, account_id: str) -> bool:
        """Remove a participant."""
        return self._remove(t.participants, incident_id=incident_id, account_id=account_id) > 0

    def roles(self, incident_id: str) -> tuple[RoleHolder, ...]:
        """Who holds which role, by role."""
        return self._find_all(RoleHolder, t.role_holders, "role", incident_id=incident_id)

    def set_role(self, incident_id: str, role: str, account_id: str | None) -> None:
        """Give a role, or leave it open."""
        if account_id is None:
            self._remove(t.role_holders, incident_id=incident_id, role=role)
        else:
            row = {"incident_id": incident_id, "role": role, "account_id": account_id}
            self._put(t.role_holders, row, "incident_id", "role")
