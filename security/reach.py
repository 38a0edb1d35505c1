"""What an account may do, and whether somebody may act on it without rising above themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from chat.errors import Denied
from security.account import Account, Grant
from security.actor import ALL_TEAMS, SYSTEM, Actor, require
from security.permissions import BUILT_IN, Permission, Role
from security.ports import SecurityStores

_SHIPPED = frozenset(role.name for role in BUILT_IN)
_SHOWN = 5
"""Missing rights named in one sentence."""


def rights(grants: Iterable[Grant], roles: Iterable[Role]) -> dict[str, frozenset[Permission]]:
    """Rights by team id, or `*` for all teams; a grant of a role that is gone gives none."""
    by_name = {role.name: role.permissions for role in roles}
    held: dict[str, frozenset[Permission]] = {}
    for grant in grants:
        team = ALL_TEAMS if grant.team_id is None else grant.team_id
        held[team] = held.get(team, frozenset()) | by_name.get(grant.role, frozenset())
    return held


def rights_of(stores: SecurityStores, account_id: str) -> dict[str, frozenset[Permission]]:
    """The rights of one account, as `rights` has them."""
    return rights_by(stores, stores.people.grants(account_id))


def rights_by(stores: SecurityStores, grants: Sequence[Grant]) -> dict[str, frozenset[Permission]]:
    """The rights that these grants give now, as `rights` has them."""
    # Asked at every door: custom roles are looked up only for those who have one.
    shipped = all(grant.role in _SHIPPED for grant in grants)
    return rights(grants, BUILT_IN if shipped else stores.people.roles())


def acting(stores: SecurityStores, account_id: str | None, team_id: str, via: str = "") -> Actor:
    """An account as it acts later in its own name, with the rights it has by then.

    Args:
        stores: The open transaction's.
        account_id: None stands for Tocsin itself.
        team_id: Where it acts.
        via: The door; empty means on its behalf.

    Raises:
        Denied: The account is gone or inactive.
    """
    if account_id is None:
        return replace(SYSTEM, team_id=team_id)
    account = stores.people.account(account_id)
    if account is None or not account.active:
        raise Denied("Whoever began this is no active account any more, so it may do nothing.")
    return Actor(
        account_id=account.id,
        name=account.name,
        display=account.display or account.name,
        rights=rights_of(stores, account.id),
        team_id=team_id,
        via=via or "behalf",
    )


def hand_out(actor: Actor, held: Mapping[str, frozenset[Permission]], *, thing: str) -> None:
    """Let `actor` give `held` to somebody, or take it from them, if they hold all of it.

    Raises:
        Denied: They lack some of it.
    """
    lacking = list(actor.lacks(held))
    if not lacking:
        return
    rest = len(lacking) - _SHOWN
    shown = ", ".join(f"“{permission}”" for permission in lacking[:_SHOWN])
    more = f" and {rest} more" if rest > 0 else ""
    raise Denied(
        f"{thing[:1].upper()}{thing[1:]} carries rights that you do not hold yourself: "
        f"{shown}{more}. Ask somebody who holds them.",
        permission=lacking[0],
        thing=thing,
    )


def reach(stores: SecurityStores, actor: Actor, account: Account, permission: Permission) -> None:
    """Let `actor` pass if they hold `permission` wherever `account` has a role.

    Raises:
        Denied: They do not.
    """
    grants = stores.people.grants(account.id)
    for team in sorted({grant.team_id or ALL_TEAMS for grant in grants} or {ALL_TEAMS}):
        require(actor, permission, team_id=team, thing=f"@{account.name}")


def outrank(stores: SecurityStores, actor: Actor, account: Account, permission: Permission) -> None:
    """`reach`, and `account` holds nothing that `actor` does not hold.

    Asked before anything that would let `actor` become `account` or switch it off.

    Raises:
        Denied: They may not.
    """
    reach(stores, actor, account, permission)
    hand_out(actor, rights_of(stores, account.id), thing=f"the account @{account.name}")


def visible(stores: SecurityStores, actor: Actor, account: Account) -> bool:
    """Whether `actor` may see it: their own, or one of a team whose people they may see."""
    if account.id == actor.account_id or actor.may(Permission.PEOPLE_VIEW, ALL_TEAMS):
        return True
    return any(
        grant.team_id is None or actor.may(Permission.PEOPLE_VIEW, grant.team_id)
        for grant in stores.people.grants(account.id)
    )
