"""Where an incident is announced besides in its own room."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from chat.address import Address
from chat.places import named
from chat.port import ChatAdapter
from chat.readers import facts_for
from incidents.incident import Incident
from incidents.ports import IncidentStores
from incidents.updates import reads
from security.ports import Acts


@dataclass(frozen=True, slots=True)
class Told:
    """What is announced, and where it is at home.

    Attributes:
        team: Name of the incident's team.
        home: Its room.
        origin: Where it was started; None when not from a chat platform.
    """

    incident: Incident
    team: str
    home: Address
    origin: Address | None


async def audience(
    acts: Acts[IncidentStores],
    adapters: Mapping[str, ChatAdapter],
    told: Told,
    names: Iterable[str],
) -> tuple[tuple[Address, ...], tuple[str, ...]]:
    """Where else the incident is told, and the playbook's channels where it cannot be.

    It is told where it was started and where the playbook says. A private incident is
    not told where it was started, since others read there; a private channel is told
    only when whoever started the incident is in it.

    Args:
        acts: Stored state.
        adapters: By platform name.
        told: What is announced.
        names: Of channels, as the playbook has them: on the platform of the room, or
            `slack:ops` on another one.

    Raises:
        Unavailable: A platform cannot be asked now.
    """
    places: list[Address] = []
    missing: list[str] = []
    if told.origin is not None and told.incident.public and told.origin.room != told.home:
        places.append(told.origin.room)
    for name in names:
        found = await named(
            adapters, name, near=told.home, usual=told.home.platform, team=told.team
        )
        if found is None or not await _may_be_told(acts, adapters, told.incident, found):
            missing.append(name)
        elif found.room not in places and found.room != told.home:
            places.append(found.room)
    return tuple(places), tuple(missing)


async def _may_be_told(
    acts: Acts[IncidentStores],
    adapters: Mapping[str, ChatAdapter],
    incident: Incident,
    channel: Address,
) -> bool:
    reporter = incident.reporter_id
    if reporter is None:
        return True
    mine = await acts.read(lambda stores: stores.people.identities(reporter))
    people = (identity.person for identity in mine)
    facts = await facts_for(adapters[channel.platform], channel, people)
    return await acts.read(lambda stores: reads(stores, reporter, facts))
