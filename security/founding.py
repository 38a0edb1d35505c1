"""The first start: a team and somebody who may do everything."""

from __future__ import annotations

from chat.clock import Clock, new_id
from security import names
from security.account import Account, Grant, Team
from security.actor import SYSTEM
from security.audit import record
from security.granting import ADMIN
from security.ports import Acts, SecurityStores
from security.residence import follow_grants


async def found(acts: Acts[SecurityStores], clock: Clock, *, team: str) -> Account | None:
    """Make the default team and, where nobody administers yet, the account `admin`.

    Harmless to repeat, also by two processes at once.

    Args:
        acts: Where accounts are.
        clock: For the records.
        team: Name of the default team.

    Returns:
        The new administrator, or None when there was one already.

    Raises:
        BadInput: The team's name is not accepted.
    """
    home = names.handle(team, "team")

    def act(stores: SecurityStores) -> Account | None:
        there = [grant for grant in stores.people.holders(ADMIN, lock=True) if not grant.team_id]
        if stores.people.team_named(home) is None:
            made = Team(new_id(), home, home.capitalize())
            stores.people.add_team(made)
            stores.audit.append(
                record(SYSTEM, clock.now(), "team.created", kind="team", id=made.id, name=home)
            )
            for account in stores.people.accounts(grant.account_id for grant in there).values():
                follow_grants(stores, account)
        return None if there else _first_admin(stores, clock)

    return await acts.run(act)


def _first_admin(stores: SecurityStores, clock: Clock) -> Account:
    now = clock.now()
    account = Account(new_id(), ADMIN, "Administrator", email=None, active=True, created_at=now)
    stores.people.add(account)
    stores.people.grant(Grant(account.id, ADMIN, None))
    follow_grants(stores, account)
    stores.audit.append(
        record(
            SYSTEM, now, "account.created", kind="account", id=account.id, name=account.name,
            role=ADMIN, team="all teams",
        )
    )  # fmt: skip
    return account
