"""Who an API call speaks as on the local chat platform."""

from __future__ import annotations

from chat.errors import NotFound
from chat.person import Person
from security.account import Team
from security.actor import Actor, require
from security.permissions import Permission
from security.ports import Acts, SecurityStores

PLATFORM = "local"


class Speakers:
    """Finds the local person behind an account."""

    def __init__(self, acts: Acts[SecurityStores]) -> None:
        self._acts = acts

    async def of(self, actor: Actor, team: str | None = None) -> Person:
        """The person `actor` is in a team's chat.

        Args:
            actor: Whose account it is.
            team: Name or id of the team; None for the one they act in.

        Raises:
            Denied: They may not use chat there.
            NotFound: There is no such team for them, or they are in none.
        """

        def look(stores: SecurityStores) -> Person:
            found = _team(stores, actor, team)
            require(actor, Permission.CHAT_USE, team_id=found.id, thing=f"chat of {found.name}")
            own = [actor.account_id] if actor.account_id is not None else []
            person = stores.people.persons(own, PLATFORM, found.name).get(own[0]) if own else None
            if person is None:
                raise NotFound(
                    f"You are nobody in the chat of the team {found.name}. "
                    "Ask an administrator for a role in that team."
                )
            return person

        return await self._acts.read(look, actor=actor)


def _team(stores: SecurityStores, actor: Actor, ref: str | None) -> Team:
    """The team that somebody names or acts in, if they are in it."""
    wanted = ref if ref is not None else actor.team_id
    if wanted is None:
        raise NotFound("You are in no team. Ask an administrator for a role in one.")
    found = stores.people.team_named(wanted.strip().casefold()) or stores.people.team(wanted)
    if found is None or not actor.in_team(found.id):
        raise NotFound(f"There is no team “{wanted[:60]}” that you are in.")
    return found
