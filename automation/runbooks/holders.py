"""Whether there are enough people for the approvals that a runbook asks for."""

from __future__ import annotations

from automation.approval import Policy
from automation.ports import AutomationStores
from automation.runbook import Runbook


def too_few(stores: AutomationStores, runbook: Runbook) -> dict[str, str]:
    """Places that want more people to say yes than may say it now; empty when none does.

    No mistake of the runbook: who holds a role changes.
    """
    policies = [("approval", runbook.content.approval)]
    policies += [
        (f"steps[{number}].approval", step.approval)
        for number, step in enumerate(runbook.content.steps)
    ]
    asked = [(place, policy) for place, policy in policies if policy is not None and policy.role]
    return {
        f"{place}.needed": (
            f"is {policy.needed}, and only {count} of the team may answer now: they hold the role "
            f"“{policy.role}” or are named. Grant it to more people, or ask for fewer"
        )
        for place, policy in asked
        if (count := _holders(stores, runbook.team_id, policy)) < policy.needed
    }


def _holders(stores: AutomationStores, team_id: str, policy: Policy) -> int:
    """How many may answer at most, whoever asks."""
    named = {*policy.people, *policy.escalate_to}
    return sum(
        account.name in named
        or any(
            grant.role == policy.role and grant.team_id in {None, team_id}
            for grant in stores.people.grants(account.id)
        )
        for account in stores.people.members(team_id)
        if account.active
    )
