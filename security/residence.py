"""Accounts live on the local platform: one user in each team where they have a role."""

from __future__ import annotations

from chat.person import Person
from security.account import Account, Identity
from security.ports import SecurityStores

LOCAL = "local"
"""Name of the platform whose users are our accounts; a team is one of its workspaces."""


def local_person(account: Account, team_name: str) -> Person:
    """The account as a user of the local platform in a team."""
    return Person(
        platform=LOCAL,
        workspace=team_name,
        id=account.id,
        name=account.name,
        display=account.display or account.name,
        email=account.email,
    )


def follow_grants(stores: SecurityStores, account: Account) -> None:
    """Make the account's local users fit its roles, name and e-mail."""
    people = stores.people
    grants = people.grants(account.id)
    everywhere = any(grant.team_id is None for grant in grants)
    held = {grant.team_id for grant in grants}
    wanted = {
        team.name: local_person(account, team.name)
        for team in people.teams()
        if everywhere or team.id in held
    }
    there = {
        identity.person.workspace: identity.person
        for identity in people.identities(account.id)
        if identity.person.platform == LOCAL
    }
    for workspace in there.keys() - wanted.keys():
        people.unlink(LOCAL, workspace, account.id)
    for workspace, person in wanted.items():
        if there.get(workspace) != person:
            people.link(Identity(account.id, person))
