"""An incident with everybody and everything around it, as the details page shows it."""

from __future__ import annotations

from dataclasses import dataclass

from chat.outbox import GivenUp, Outgoing, PostLiving
from incidents.access import visible, works_on
from incidents.change import announcement_of
from incidents.incident import Incident, Room
from incidents.opening import OpeningTask, TaskState
from incidents.ports import IncidentStores
from security.account import Account, Team
from security.actor import Actor


@dataclass(frozen=True, slots=True)
class Detail:
    """One incident's details.

    Attributes:
        commander: None only when the account is gone.
        reporter: None when Tocsin started it.
        participants: In order of joining.
        roles: Role to holder, open roles left out.
        rooms: The home first; empty while the channel is still being made.
        opening: The tasks of opening its room, in no particular order.
        works_on: Whether who asked counts as one who works on it.
        undelivered: What was to be told in its channels, or announced of it, and was given up.
    """

    incident: Incident
    team: Team | None
    commander: Account | None
    reporter: Account | None
    participants: tuple[Account, ...]
    roles: dict[str, Account]
    rooms: tuple[Room, ...]
    opening: tuple[OpeningTask, ...]
    works_on: bool
    undelivered: tuple[GivenUp, ...] = ()

    @property
    def opened(self) -> bool:
        """Whether every task of the opening is done."""
        return all(task.state is TaskState.DONE for task in self.opening)

    @property
    def problems(self) -> tuple[OpeningTask, ...]:
        """Tasks whose last try failed; each is tried again by itself."""
        return tuple(task for task in self.opening if task.state is TaskState.FAILED)


def detail(stores: IncidentStores, actor: Actor, ref: str) -> Detail:
    """The details of an incident that `actor` may see."""
    incident = visible(stores, actor, ref)
    joined = stores.incidents.participants(incident.id)
    holders = stores.incidents.roles(incident.id)
    wanted = {entry.account_id for entry in joined} | {holder.account_id for holder in holders}
    wanted |= {incident.commander_id} | ({incident.reporter_id} if incident.reporter_id else set())
    accounts = stores.people.accounts(wanted)
    return Detail(
        incident=incident,
        team=stores.people.team(incident.team_id),
        commander=accounts.get(incident.commander_id),
        reporter=accounts.get(incident.reporter_id or ""),
        participants=tuple(
            accounts[entry.account_id] for entry in joined if entry.account_id in accounts
        ),
        roles={
            holder.role: accounts[holder.account_id]
            for holder in holders
            if holder.account_id in accounts
        },
        rooms=stores.incidents.rooms(incident.id),
        opening=stores.openings.of(incident.id),
        works_on=works_on(stores, actor, incident),
        undelivered=_undelivered(stores, incident),
    )


def _undelivered(stores: IncidentStores, incident: Incident) -> tuple[GivenUp, ...]:
    rooms = {room.address for room in stores.incidents.rooms(incident.id)}
    told = announcement_of(incident.id)

    def belongs(outgoing: Outgoing) -> bool:
        job = outgoing.job
        announces = isinstance(job, PostLiving) and job.subject == told
        return announces or outgoing.address.room in rooms

    found = stores.outbox.given_up(incident.started_at)
    return tuple(each for each in found if belongs(each.outgoing))
