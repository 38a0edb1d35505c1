"""Which roles may be given and taken."""

from __future__ import annotations

from chat.errors import NotFound, Refused
from security import lookup
from security.account import Grant
from security.actor import ALL_TEAMS, Actor, require
from security.permissions import Permission
from security.ports import SecurityStores
from security.reach import hand_out, rights

ADMIN = "admin"
"""The role of which somebody active must hold one, in all teams."""


def wanted_grant(stores: SecurityStores, account_id: str, role: str, team: str | None) -> Grant:
    """A role in a team, by their names, as a grant; None means all teams.

    Raises:
        NotFound: There is no such role or team; those there are are named.
    """
    wanted = role.strip().casefold()
    roles = {known.name for known in stores.people.roles()}
    if wanted not in roles:
        raise NotFound(
            f"There is no role “{role.strip()[:60]}”. Roles: {', '.join(sorted(roles))}."
        )
    team_id = None if team is None else lookup.team(stores, team).id
    return Grant(account_id, wanted, team_id)


def may_hand_out(stores: SecurityStores, actor: Actor, grant: Grant, *, thing: str) -> None:
    """Let `actor` give or take a role where they manage people and hold all it carries.

    Raises:
        Denied: They may not.
    """
    require(actor, Permission.PEOPLE_MANAGE, team_id=grant.team_id or ALL_TEAMS, thing=thing)
    hand_out(actor, rights((grant,), stores.people.roles()), thing=thing)


def keep_an_admin(stores: SecurityStores, *, without: tuple[Grant, ...]) -> None:
    """Refuse what would leave no active account that administers all teams.

    Args:
        stores: Of the open act; nobody else passes here until it is over.
        without: Grants about to end, or of an account about to be deactivated.

    Raises:
        Refused: Nobody would be left.
    """
    holders = {grant for grant in stores.people.holders(ADMIN, lock=True) if not grant.team_id}
    if not holders.intersection(without):
        return
    left = stores.people.accounts(grant.account_id for grant in holders.difference(without))
    if not any(account.active for account in left.values()):
        raise Refused(
            "This is the last administrator, so it must stay one. "
            "Make somebody else an administrator of all teams first.",
            code="LAST_ADMIN",
        )
