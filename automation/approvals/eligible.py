"""Who may answer an approval: asked when it is shown, when it is answered, and when it counts."""

from __future__ import annotations

from automation.approval import Approval
from automation.ports import AutomationStores
from security.account import Account
from security.actor import Actor
from security.permissions import Permission
from security.reach import rights_of


def eligible(stores: AutomationStores, approval: Approval) -> tuple[Account, ...]:
    """Active accounts that may answer it now, by name."""
    return tuple(
        account
        for account in stores.people.members(approval.team_id)
        if may_answer(stores, approval, account)
    )


def may_answer(stores: AutomationStores, approval: Approval, account: Account) -> bool:
    """Whether an account may answer it now, by who they are and what they hold.

    Somebody the policy names may, and needs no right besides; where it names nobody and no
    role, the right `approval.answer` decides.
    """
    if not account.active:
        return False
    policy = approval.policy
    if not policy.requester_may_approve and account.id == approval.requested_by:
        return False
    named = policy.people
    if approval.escalated:
        named = (*named, *policy.escalate_to)
    member = _in_team(stores, approval, account)
    if account.name in named:
        return member
    if policy.role:
        return _holds_role(stores, approval, account)
    if policy.people:
        return False
    held = rights_of(stores, account.id)
    return any(
        Permission.APPROVAL_ANSWER in held.get(team, frozenset())
        for team in ("*", approval.team_id)
    )


def _in_team(stores: AutomationStores, approval: Approval, account: Account) -> bool:
    return any(
        grant.team_id in {None, approval.team_id} for grant in stores.people.grants(account.id)
    )


def _holds_role(stores: AutomationStores, approval: Approval, account: Account) -> bool:
    return any(
        grant.role == approval.policy.role and grant.team_id in {None, approval.team_id}
        for grant in stores.people.grants(account.id)
    )


def is_requester(actor: Actor, approval: Approval) -> bool:
    """Whether `actor` is who began the execution."""
    return actor.account_id is not None and actor.account_id == approval.requested_by
