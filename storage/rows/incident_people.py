"""Rooms, participants and roles of incidents in a transaction."""

from __future__ import annotations

from sqlalchemy import delete, exists, select

from incidents.incident import Participant, RoleHolder, Room
from storage.rows.bound import Bound, columns, place, values
from storage.tables import incidents as t

_PARTICIPANT = columns(t.participants, Participant)
_ROOM = columns(t.rooms, Room)


class IncidentPeopleRows(Bound):
    """The part of `incidents.ports.IncidentRows` about who and where."""

    def rooms(self, incident_id: str) -> tuple[Room, ...]:
        """Its channels, the home first."""
        query = (
            select(*_ROOM)
            .where(t.rooms.c.incident_id == incident_id)
            .order_by(t.rooms.c.kind, t.rooms.c.number)  # "home" sorts before "linked"
        )
        return tuple(Room(**row) for row in self._connection.execute(query).mappings())

    def add_room(self, room: Room) -> None:
        """Add a room once."""
        self._connection.execute(
            self._insert(t.rooms)
            .values(**values(room), place=place(room.address.room))
            .on_conflict_do_nothing(index_elements=["place"])
        )

    def participants(self, incident_id: str) -> tuple[Participant, ...]:
        """Who is in, in order of joining."""
        query = (
            select(*_PARTICIPANT)
            .where(t.participants.c.incident_id == incident_id)
            .order_by(t.participants.c.joined_at, t.participants.c.account_id)
        )
        return tuple(Participant(**row) for row in self._connection.execute(query).mappings())

    def is_participant(self, incident_id: str, account_id: str) -> bool:
        """Whether that account is in."""
        return bool(
            self._connection.scalar(
                select(
                    exists().where(
                        t.participants.c.incident_id == incident_id,
                        t.participants.c.account_id == account_id,
                    )
                )
            )
        )

    def join(self, participant: Participant) -> bool:
        """Add a participant."""
        joined = self._connection.execute(
            self._insert(t.participants)
            .values(
                **values(participant),
                number=select(t.incidents.c.number)
                .where(t.incidents.c.id == participant.incident_id)
                .scalar_subquery(),
            )
            .on_conflict_do_nothing()
        )
        return joined.rowcount > 0

    def leave(self, incident_id: str, account_id: str) -> bool:
        """Remove a participant."""
        left = self._connection.execute(
            delete(t.participants).where(
                t.participants.c.incident_id == incident_id,
                t.participants.c.account_id == account_id,
            )
        )
        return left.rowcount > 0

    def roles(self, incident_id: str) -> tuple[RoleHolder, ...]:
        """Who holds which role, by role."""
        query = (
            select(t.role_holders)
            .where(t.role_holders.c.incident_id == incident_id)
            .order_by(t.role_holders.c.role)
        )
        return tuple(RoleHolder(**row) for row in self._connection.execute(query).mappings())

    def set_role(self, incident_id: str, role: str, account_id: str | None) -> None:
        """Give a role, or leave it open."""
        if account_id is None:
            self._connection.execute(
                delete(t.role_holders).where(
                    t.role_holders.c.incident_id == incident_id, t.role_holders.c.role == role
                )
            )
            return
        self._connection.execute(
            self._insert(t.role_holders)
            .values(incident_id=incident_id, role=role, account_id=account_id)
            .on_conflict_do_update(
                index_elements=["incident_id", "role"], set_={"account_id": account_id}
            )
        )
