"""Finding accounts and teams by what people call them."""

from __future__ import annotations

import difflib

from chat.errors import NotFound
from security.account import Account, Team
from security.actor import ALL_TEAMS, SYSTEM, Actor, require
from security.page import Slice
from security.permissions import Permission
from security.ports import SecurityStores
from security.reach import visible

_CANDIDATES = 200
"""Names compared to offer the nearest one."""
_NAMED = 5
"""Names given where none is near."""


def seen_teams(actor: Actor) -> frozenset[str] | None:
    """Ids of the teams whose people `actor` may see; None for everybody."""
    if actor.may(Permission.PEOPLE_VIEW, ALL_TEAMS):
        return None
    return frozenset(team for team in actor.rights if actor.may(Permission.PEOPLE_VIEW, team))


def account(stores: SecurityStores, actor: Actor, ref: str) -> Account:
    """The account with that id, name, `@name` or e-mail address; `me` is one's own.

    Raises:
        Denied: `actor` may not see people, and it is not their own.
        NotFound: There is none for their eyes.
    """
    wanted = ref.strip().removeprefix("@")
    people = stores.people
    own = people.account(actor.account_id) if actor.account_id else None
    if own is not None and wanted.casefold() in {"me", own.id, own.name}:
        return own
    require(actor, Permission.PEOPLE_VIEW, team_id=None, thing="the list of people")
    found = people.account(wanted) or people.by_name(wanted.casefold())
    if found is None and "@" in wanted:
        found = people.by_email(wanted)
    if found is None or not visible(stores, actor, found):
        raise NotFound(f"There is nobody called “{wanted[:60]}”.{_nearest(stores, actor, wanted)}")
    return found


def known(stores: SecurityStores, ref: str) -> Account:
    """The same for the machine's operator, who may see everybody.

    Raises:
        NotFound: There is none.
    """
    return account(stores, SYSTEM, ref)


def _nearest(stores: SecurityStores, actor: Actor, wanted: str) -> str:
    """Which name was perhaps meant, as a sentence, or a few of those there are."""
    page = stores.people.page(None, True, Slice(limit=_CANDIDATES), team_ids=seen_teams(actor))  # noqa: FBT003 - the port's order
    names = [somebody.name for somebody in page.items]
    near = difflib.get_close_matches(wanted.casefold(), names, n=1, cutoff=0.6)
    if near:
        return f" Did you mean @{near[0]}?"
    some = ", ".join(f"@{name}" for name in sorted(names)[:_NAMED])
    return f" Some who are here: {some}." if some else ""


def team(stores: SecurityStores, ref: str) -> Team:
    """The team with that id or name.

    Raises:
        NotFound: There is none; the teams there are are named.
    """
    wanted = ref.strip()
    found = stores.people.team_named(wanted.casefold()) or stores.people.team(wanted)
    if found is None:
        there = ", ".join(sorted(team.name for team in stores.people.teams()))
        raise NotFound(f"There is no team “{wanted[:60]}”. Teams: {there or 'none yet'}.")
    return found
