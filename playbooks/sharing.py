"""Who a playbook is shared with, as plain functions of an open transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from chat.errors import Refused
from incidents.change import account_named
from playbooks.access import administrable, named, visible
from playbooks.changes import save, told
from playbooks.playbook import Playbook, PlaybookMember
from playbooks.ports import PlaybookStores
from security.account import Account
from security.actor import Actor


def members(stores: PlaybookStores, actor: Actor, ref: str) -> tuple[tuple[Account, bool], ...]:
    """Each account a playbook is shared with by name, and whether it is an admin of it."""
    rows = stores.playbooks.members(visible(stores, actor, ref).id)
    accounts = stores.people.accounts(row.account_id for row in rows)
    found = [(accounts[row.account_id], row.admin) for row in rows if row.account_id in accounts]
    return tuple(sorted(found, key=lambda one: one[0].name))


def share(
    stores: PlaybookStores, actor: Actor, ref: str, who: str, now: datetime, *, admin: bool
) -> Playbook:
    """Make somebody of the team a member or an admin, or change which of these they are.

    Raises:
        NotFound: The playbook is not there for `actor`, or nobody of that name is in the team.
        Denied: `actor` is no admin of it.
        Refused: It is so already, or no admin would be left.
    """
    playbook = administrable(stores, actor, ref)
    account = account_named(stores, playbook.team_id, who)
    member = PlaybookMember(playbook.id, account.id, admin=admin)
    rows = stores.playbooks.members(playbook.id)
    if member in rows:
        role = "an admin" if admin else "a member"
        raise Refused(f"@{account.name} is {role} of {named(playbook)} already.", code="ALREADY")
    if not admin:
        _keep_an_admin(rows, account, playbook)
    stores.playbooks.share(member)
    role = "admin" if admin else "member"
    told(stores, actor, playbook, now, "playbook.shared", account=account.name, role=role)
    return playbook


def unshare(stores: PlaybookStores, actor: Actor, ref: str, who: str, now: datetime) -> Playbook:
    """Take somebody's membership away; anybody may give up their own.

    Raises:
        NotFound: The playbook is not there for `actor`.
        Denied: It is somebody else's membership, and `actor` is no admin.
        Refused: They are no member, or the only admin.
    """
    playbook = visible(stores, actor, ref, lock=True)
    rows = stores.playbooks.members(playbook.id)
    accounts = stores.people.accounts(row.account_id for row in rows)
    name = who.strip().removeprefix("@").casefold()
    found = next((one for one in accounts.values() if name in {one.name, one.id}), None)
    if found is None or found.id != actor.account_id:
        playbook = administrable(stores, actor, playbook.id)
    if found is None:
        raise Refused(
            f"@{name[:60]} is not among those {named(playbook)} is shared with by name.",
            code="NOT_A_MEMBER",
        )
    _keep_an_admin(rows, found, playbook)
    stores.playbooks.unshare(playbook.id, found.id)
    told(stores, actor, playbook, now, "playbook.unshared", account=found.name)
    return playbook


def share_with_team(
    stores: PlaybookStores, actor: Actor, ref: str, now: datetime, *, shared: bool
) -> Playbook:
    """Make every member of the team a member of it, or only those named.

    Raises:
        NotFound: It is not there for them.
        Denied: They are no admin of it.
        Refused: It is so already.
    """
    playbook = administrable(stores, actor, ref)
    if playbook.shared_with_team is shared:
        how = "shared with the whole team" if shared else "for its members only"
        raise Refused(f"“{playbook.name}” is {how} already.", code="ALREADY")
    note = "shared with the team" if shared else "no longer shared with the team"
    action = "playbook.shared" if shared else "playbook.unshared"
    after = replace(playbook, shared_with_team=shared)
    return save(stores, actor, after, now, action, note, account="the whole team")


def _keep_an_admin(rows: tuple[PlaybookMember, ...], account: Account, playbook: Playbook) -> None:
    """Refuse to lose the only admin.

    Raises:
        Refused: `account` is that one.
    """
    admins = {row.account_id for row in rows if row.admin}
    if admins == {account.id}:
        raise Refused(
            f"@{account.name} is the only admin of {named(playbook)}. "
            f"Make somebody else one first: /playbook share {playbook.handle} @person --admin",
            code="LAST_ADMIN",
        )
