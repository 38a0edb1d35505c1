"""Who may see an incident and who may work on it: asked in every act, in this one place."""

from __future__ import annotations

from chat.errors import Denied, NotFound
from incidents.incident import Incident, parse_key
from incidents.ports import IncidentStores, Viewer
from security.actor import ALL_TEAMS, Actor, require
from security.permissions import Permission


def viewer(actor: Actor) -> Viewer:
    """Whose eyes `actor` reads a list with.

    Raises:
        Denied: They may see no incident anywhere.
    """
    require(actor, Permission.INCIDENT_VIEW, team_id=None, thing="incidents")
    if actor.via == "system":
        return Viewer(team_ids=None, all_team_ids=None, account_id=None)
    return Viewer(
        team_ids=_teams(actor, Permission.INCIDENT_VIEW),
        all_team_ids=_teams(actor, Permission.INCIDENT_VIEW_ALL),
        account_id=actor.account_id,
    )


def _teams(actor: Actor, permission: Permission) -> frozenset[str] | None:
    """Ids of the teams where `actor` holds a right; None for all teams."""
    if actor.may(permission, ALL_TEAMS):
        return None
    return frozenset(team for team in actor.rights if actor.may(permission, team))


def sees(stores: IncidentStores, actor: Actor, incident: Incident) -> bool:
    """Whether `actor` may see it: public in their team, or their own, or all of the team's."""
    if not actor.may(Permission.INCIDENT_VIEW, incident.team_id):
        return False
    if incident.public or actor.may(Permission.INCIDENT_VIEW_ALL, incident.team_id):
        return True
    return takes_part(stores, actor, incident)


def takes_part(stores: IncidentStores, actor: Actor, incident: Incident) -> bool:
    """Whether `actor` is a participant."""
    return actor.account_id is not None and stores.incidents.is_participant(
        incident.id, actor.account_id
    )


def works_on(stores: IncidentStores, actor: Actor, incident: Incident) -> bool:
    """Whether `actor` counts as one who works on it: by taking part, or by their rights."""
    everywhere = actor.may(Permission.INCIDENT_WORK_ALL, incident.team_id)
    return everywhere or takes_part(stores, actor, incident)


def visible(stores: IncidentStores, actor: Actor, ref: str, *, lock: bool = False) -> Incident:
    """The incident somebody names by key, number or id.

    Raises:
        Denied: They may see no incident anywhere.
        NotFound: There is none, or it is not for them; the two look alike on purpose.
    """
    require(actor, Permission.INCIDENT_VIEW, team_id=None, thing="incidents")
    number = parse_key(ref)
    rows = stores.incidents
    found = rows.by_number(number, lock=lock) if number else rows.get(ref.strip(), lock=lock)
    if found is None or not sees(stores, actor, found):
        raise NotFound(
            f"There is no incident “{ref.strip()[:60]}” that you can see. "
            "/incident list shows yours, with keys like INC-00042."
        )
    return found


def member_for(stores: IncidentStores, actor: Actor, ref: str, permission: Permission) -> Incident:
    """The incident, locked, for somebody who takes part and holds a right; open or closed.

    Raises:
        NotFound: It is not there for them.
        Denied: They lack the right, or do not take part.
    """
    incident = visible(stores, actor, ref, lock=True)
    require(actor, permission, team_id=incident.team_id, thing=incident.key)
    if not works_on(stores, actor, incident):
        raise Denied(
            f"Only participants of {incident.key} can do that. "
            f"Join it first: /incident join {incident.key}",
            permission=permission,
            thing=incident.key,
        )
    return incident


def workable(
    stores: IncidentStores,
    actor: Actor,
    ref: str,
    permission: Permission = Permission.INCIDENT_WORK,
) -> Incident:
    """The incident, locked, for a participant who wants to change it.

    Raises:
        NotFound: It is not there for them.
        Denied: They lack the right, or do not take part.
        Refused: It is closed.
    """
    incident = member_for(stores, actor, ref, permission)
    incident.open_for_changes()
    return incident
