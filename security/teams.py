"""The desk for teams and for roles as sets of permissions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace

from chat.clock import Clock, new_id
from chat.errors import BadInput, NotFound, Refused
from security import names
from security.account import Team
from security.actor import ALL_TEAMS, Actor, require
from security.audit import record
from security.permissions import BUILT_IN, Permission, Role
from security.ports import Acts, SecurityStores
from security.reach import hand_out
from security.residence import follow_grants


class TeamDesk:
    """What people are grouped in and what roles there are."""

    def __init__(
        self,
        acts: Acts[SecurityStores],
        clock: Clock,
        *,
        after_team: Callable[[Team], Awaitable[None]] | None = None,
    ) -> None:
        """Wire the desk.

        Args:
            acts: Where people are.
            clock: For the records.
            after_team: Called once a new team is there, before its maker is told; None for
                teams that begin with nothing.
        """
        self._acts = acts
        self._clock = clock
        self._after_team = after_team

    async def teams(self, actor: Actor) -> tuple[Team, ...]:
        """The teams in which `actor` has a role, by name."""

        def look(stores: SecurityStores) -> tuple[Team, ...]:
            mine = (team for team in stores.people.teams() if actor.in_team(team.id))
            return tuple(sorted(mine, key=lambda team: team.name))

        return await self._acts.read(look, actor=actor)

    async def create_team(self, actor: Actor, name: str, display: str = "") -> Team:
        """Add a team; whoever has a role in all teams has it there too.

        Raises:
            BadInput: The name is not accepted.
            Denied: `actor` does not manage people in all teams.
            Refused: The name is taken.
        """
        team = Team(
            id=new_id(),
            name=names.handle(name, "team"),
            display=names.line(display, "display name", longest=80),
        )

        def act(stores: SecurityStores) -> Team:
            require(actor, Permission.PEOPLE_MANAGE, team_id=ALL_TEAMS, thing="teams")
            if stores.people.team_named(team.name) is not None:
                raise Refused(f"There is a team {team.name} already.", code="NAME_TAKEN")
            stores.people.add_team(team)
            everywhere = {
                grant.account_id
                for role in stores.people.roles()
                for grant in stores.people.holders(role.name)
                if grant.team_id is None
            }
            for account in stores.people.accounts(everywhere).values():
                follow_grants(stores, account)
            now = self._clock.now()
            stores.audit.append(
                record(actor, now, "team.created", kind="team", id=team.id, name=team.name)
            )
            return team

        made = await self._acts.run(act, actor=actor)
        if self._after_team is not None:
            await self._after_team(made)
        return made

    async def roles(self, actor: Actor) -> tuple[Role, ...]:
        """The built-in roles and the custom ones.

        Raises:
            Denied: `actor` may not see people.
        """

        def look(stores: SecurityStores) -> tuple[Role, ...]:
            require(actor, Permission.PEOPLE_VIEW, team_id=None, thing="the roles")
            return stores.people.roles()

        return await self._acts.read(look, actor=actor)

    async def save_role(
        self, actor: Actor, name: str, description: str, permissions: Iterable[str]
    ) -> Role:
        """Make a role, or change a custom one; whoever has it gains and loses with it.

        Raises:
            BadInput: The name or a permission is not accepted.
            Denied: `actor` does not manage people in all teams, or lacks one of the rights
                that the role has or had.
            Refused: It is a built-in role.
        """
        role = Role(
            name=names.handle(name, "role"),
            description=names.line(description, "description", longest=200),
            permissions=_permissions(permissions),
        )
        _custom(role.name)

        def act(stores: SecurityStores) -> Role:
            thing = f"the role {role.name}"
            require(actor, Permission.PEOPLE_MANAGE, team_id=ALL_TEAMS, thing=thing)
            old = next((held for held in stores.people.roles() if held.name == role.name), None)
            before = frozenset[Permission]() if old is None else old.permissions
            hand_out(actor, {ALL_TEAMS: role.permissions | before}, thing=thing)
            stores.people.save_role(role)
            self._note(
                stores, actor, role.name, "role.created" if old is None else "role.changed",
                gained=", ".join(sorted(role.permissions - before)),
                lost=", ".join(sorted(before - role.permissions)),
            )  # fmt: skip
            return role

        return await self._acts.run(act, actor=actor)

    async def delete_role(self, actor: Actor, name: str) -> None:
        """Delete a custom role that nobody has.

        Raises:
            Denied: `actor` does not manage people in all teams, or lacks a right of it.
            NotFound: There is none.
            Refused: It is built in, or somebody has it.
        """
        wanted = name.strip().casefold()
        _custom(wanted)

        def act(stores: SecurityStores) -> None:
            thing = f"the role {wanted}"
            require(actor, Permission.PEOPLE_MANAGE, team_id=ALL_TEAMS, thing=thing)
            role = next((held for held in stores.people.roles() if held.name == wanted), None)
            if role is None:
                raise NotFound(f"There is no role “{name.strip()[:60]}”.")
            hand_out(actor, {ALL_TEAMS: role.permissions}, thing=thing)
            holders = {grant.account_id for grant in stores.people.holders(wanted, lock=True)}
            if holders:
                named = sorted(held.name for held in stores.people.accounts(holders).values())
                raise Refused(
                    f"The role {wanted} is still given to {', '.join(named[:5])}. "
                    "Take it from them first.",
                    code="ROLE_IN_USE",
                )
            stores.people.delete_role(wanted)
            self._note(stores, actor, wanted, "role.deleted")

        await self._acts.run(act, actor=actor)

    def _note(
        self, stores: SecurityStores, actor: Actor, name: str, action: str, **details: str
    ) -> None:
        now = self._clock.now()
        entry = record(actor, now, action, kind="role", id=name, name=name)
        stores.audit.append(replace(entry, details=details))


def _custom(name: str) -> None:
    """Leave the shipped roles as documented."""
    if any(role.name == name for role in BUILT_IN):
        raise Refused(
            f"The role {name} is built in and stays as it is. Make one under another name.",
            code="BUILT_IN_ROLE",
        )


def _permissions(given: Iterable[str]) -> frozenset[Permission]:
    """Permissions by their names; all unknown ones are named at once."""
    words = {word.strip() for word in given}
    unknown = sorted(words.difference(Permission))
    if unknown or not words:
        what = f"unknown: {', '.join(unknown)}" if unknown else "none was given"
        raise BadInput(
            f"A role needs permissions out of {', '.join(Permission)}; {what}.",
            details={"permissions": what},
        )
    return frozenset(Permission(word) for word in words)
