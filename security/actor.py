"""Who acts, with all that a decision about them needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from chat.errors import Denied
from chat.person import Person
from security.permissions import Permission, roles_granting

ALL_TEAMS = "*"


@dataclass(frozen=True, slots=True)
class Actor:
    """An account at the moment it acts through some door.

    Attributes:
        account_id: None for Tocsin itself, for the machine's operator, and for a
            chat user who is linked to no account.
        rights: Team id, or `*` for every team, to the rights held there.
        team_id: The team they act in; None when no team is at hand.
        via: The door: `chat:local`, `api`, `web`, `cli` or `system`.
        person: Their identity on the platform they came from; None elsewhere.
        scopes: Rights a token is limited to; None when not limited.
        cause: Id of the inbound event; None when there is none.
    """

    account_id: str | None
    name: str
    display: str
    rights: Mapping[str, frozenset[Permission]] = field(
        default_factory=dict[str, frozenset[Permission]]
    )
    team_id: str | None = None
    via: str = "system"
    person: Person | None = None
    scopes: frozenset[Permission] | None = None
    cause: str | None = None

    def may(self, permission: Permission, team_id: str | None) -> bool:
        """Whether this actor holds `permission` in that team (or anywhere, with None)."""
        if self.via == "system":
            return True
        if self.scopes is not None and permission not in self.scopes:
            return False
        if permission in self.rights.get(ALL_TEAMS, frozenset()):
            return True
        if team_id is None:
            return any(permission in held for held in self.rights.values())
        return permission in self.rights.get(team_id, frozenset())

    def in_team(self, team_id: str) -> bool:
        """Whether they hold any right in that team at all."""
        return self.via == "system" or ALL_TEAMS in self.rights or team_id in self.rights

    def lacks(self, held: Mapping[str, frozenset[Permission]]) -> tuple[str, ...]:
        """Which rights of `held` (as in `rights`) this actor does not hold, sorted.

        Empty means that handing out `held` gives nobody more than the actor has.
        """
        missing = {
            str(permission)
            for team, permissions in held.items()
            for permission in permissions
            if not self.may(permission, team)
        }
        return tuple(sorted(missing))

    def caused_by(self, entry_id: str) -> Actor:
        """The same, acting because of a journalled event."""
        return replace(self, cause=entry_id)


SYSTEM = Actor(account_id=None, name="tocsin", display="Tocsin")
"""Tocsin itself: timers, sagas, start-up."""


def operator(name: str) -> Actor:
    """Whoever runs the `tocsin` command on the machine that holds the key and the database.

    They could do anything to both anyway, so every right is theirs; what they do is
    audited under the name they are signed in with on that machine.
    """
    return Actor(
        account_id=None,
        name=name,
        display=name,
        rights={ALL_TEAMS: frozenset(Permission)},
        via="cli",
    )


def _missing(actor: Actor, permission: Permission, thing: str) -> str:
    """What an actor without `permission` is told."""
    if actor.account_id is None and actor.person is not None:
        return _stranger(actor.person, thing)
    if actor.scopes is not None and permission not in actor.scopes:
        return f"This token does not carry the scope “{permission}”. Create one that does."
    granting = ", ".join(roles_granting(permission))
    return (
        f"You need the right “{permission}” for {thing}. "
        f"Roles that have it: {granting}. Ask an administrator for one."
    )


def _stranger(who: Person, thing: str) -> str:
    """What somebody is told who stands for no active account where they speak."""
    if who.platform == "local":
        return (
            f"@{who.name} has no role in the team {who.workspace}, so you cannot use {thing}. Ask "
            f"an administrator to run: tocsin user grant {who.name} --role responder "
            f"--team {who.workspace}"
        )
    return (
        f"Your {who.platform} user @{who.name} is not linked to an active Tocsin account, so you "
        f"cannot use {thing}. Ask an administrator to run: tocsin user identify ACCOUNT "
        f"--platform {who.platform} --workspace {who.workspace} --id {who.id}"
    )


def require(actor: Actor, permission: Permission, *, team_id: str | None, thing: str) -> None:
    """Let `actor` pass, or say what is missing.

    Args:
        actor: Who acts.
        permission: What they need.
        team_id: The team of the thing at hand; None for things that belong to no team.
        thing: What is acted on, as a person calls it: `INC-00042`, `the audit trail`.

    Raises:
        Denied: They lack it. Inside an act, that is audited.
    """
    if actor.may(permission, team_id):
        return
    raise Denied(_missing(actor, permission, thing), permission=permission, thing=thing)
