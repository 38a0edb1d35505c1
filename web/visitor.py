"""Who looks at a page: the actor, the team they look at, and who they are in its chat."""

from __future__ import annotations

from dataclasses import dataclass, replace

from chat.errors import Denied
from chat.person import Person
from security.account import Team
from security.actor import Actor, require
from security.permissions import Permission
from security.ports import Acts, SecurityStores

PLATFORM = "local"
TEAM_COOKIE = "tocsin_team"
"""Name of the team somebody in several chose; no secret."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody signed in.

    Attributes:
        actor: Acts in `team`.
        team: None for an account that is in no team yet.
        teams: All of theirs, by name.
        person: Who they are in the team's local chat; None without the right to use it.
    """

    actor: Actor
    team: Team | None
    teams: tuple[Team, ...]
    person: Person | None

    def may(self, permission: Permission) -> bool:
        """Whether they hold a right in the team at hand."""
        return self.actor.may(permission, self.team.id if self.team else None)

    def speaker(self) -> Person:
        """Who they are in the local chat.

        Raises:
            Denied: They may not use it.
        """
        if self.person is None:
            team_id = self.team.id if self.team else None
            require(self.actor, Permission.CHAT_USE, team_id=team_id, thing="the chat")
            raise Denied(
                "You are in no team's chat yet. Ask an administrator for a role in a team.",
                permission=Permission.CHAT_USE,
            )
        return self.person


async def visitor(acts: Acts[SecurityStores], actor: Actor, wanted: str | None) -> Visitor:
    """The visitor behind an actor.

    Args:
        acts: Where teams and people are.
        actor: As the door let them in.
        wanted: Name of the team they chose; None, or one they are not in, means the usual.
    """

    def look(stores: SecurityStores) -> Visitor:
        mine = (team for team in stores.people.teams() if actor.in_team(team.id))
        teams = tuple(sorted(mine, key=lambda team: team.name))
        usual = next((team for team in teams if team.id == actor.team_id), None)
        team = next((team for team in teams if team.name == wanted), usual)
        if team is None:
            return Visitor(actor, None, teams, None)
        here = replace(actor, team_id=team.id)
        person = None
        if actor.account_id is not None and actor.may(Permission.CHAT_USE, team.id):
            own = stores.people.persons([actor.account_id], PLATFORM, team.name)
            person = own.get(actor.account_id)
        return Visitor(here, team, teams, person)

    return await acts.read(look)
