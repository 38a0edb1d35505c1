"""Who may answer an approval: asked when it is shown, when it is answered, and when it counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from automation.approval import Approval
from automation.ports import AutomationStores
from security.account import Account, Grant
from security.actor import Actor
from security.permissions import BUILT_IN, Permission
from security.reach import rights, rights_by


def eligible(stores: AutomationStores, approval: Approval) -> tuple[Account, ...]:
    """Active accounts that may answer it now, by name."""
    return Standings(stores).eligible(approval)


class Standings:
    """What everybody in a team is and holds, looked up once for many approvals."""

    def __init__(self, stores: AutomationStores) -> None:
        self._stores = stores
        self._teams: dict[str, tuple[Standing, ...]] = {}

    def eligible(self, approval: Approval) -> tuple[Account, ...]:
        """Active accounts that may answer it now, by name."""
        team = approval.team_id
        if team not in self._teams:
            self._teams[team] = tuple(self._of(team))
        return tuple(each.account for each in self._teams[team] if each.may_answer(approval))

    def _of(self, team_id: str) -> Iterator[Standing]:
        people = self._stores.people
        grants: dict[str, list[Grant]] = {}
        for grant in people.grants_in(team_id):
            grants.setdefault(grant.account_id, []).append(grant)
        roles = (*BUILT_IN, *people.roles())
        for account in people.members(team_id):
            own = grants.get(account.id, [])
            yield Standing(account, tuple(own), rights(own, roles))


def may_answer(stores: AutomationStores, approval: Approval, account: Account) -> bool:
    """Whether an account may answer it now, by who they are and what they hold."""
    return Standing.of(stores, account).may_answer(approval)


@dataclass(frozen=True, slots=True)
class Standing:
    """What an account is and holds, looked up once for many approvals."""

    account: Account
    grants: tuple[Grant, ...]
    held: Mapping[str, frozenset[Permission]]

    @classmethod
    def of(cls, stores: AutomationStores, account: Account) -> Standing:
        """As it is now."""
        grants = stores.people.grants(account.id)
        return cls(account, tuple(grants), rights_by(stores, grants))

    def may_answer(self, approval: Approval) -> bool:
        """Whether they may answer it now.

        Somebody the policy names may, and needs no right besides; where it names nobody and
        no role, the right `approval.answer` decides.
        """
        account, policy = self.account, approval.policy
        if not account.active:
            return False
        if not policy.requester_may_approve and account.id == approval.requested_by:
            return False
        named = policy.people
        if approval.escalated:
            named = (*named, *policy.escalate_to)
        here = [grant for grant in self.grants if grant.team_id in {None, approval.team_id}]
        if account.name in named:
            return bool(here)
        if policy.role:
            return any(grant.role == policy.role for grant in here)
        if policy.people:
            return False
        return any(
            Permission.APPROVAL_ANSWER in self.held.get(team, frozenset())
            for team in ("*", approval.team_id)
        )


def is_requester(actor: Actor, approval: Approval) -> bool:
    """Whether `actor` is who began the execution."""
    return actor.account_id is not None and actor.account_id == approval.requested_by
