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
        account_id: None for Tocsin itself.
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

    def caused_by(self, entry_id: str) -> Actor:
        """The same, acting because of a journalled event."""
        return replace(self, cause=entry_id)


SYSTEM = Actor(account_id=None, name="tocsin", display="Tocsin")
"""Tocsin itself: timers, sagas, start-up."""


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
    if actor.scopes is not None and permission not in actor.scopes:
        missing = f"This token does not carry the scope `{permission}`. Create one that does."
    else:
        granting = ", ".join(roles_granting(permission))
        missing = (
            f"You need the right `{permission}` for {thing}. "
            f"Roles that have it: {granting}. Ask an administrator for one."
        )
    raise Denied(missing, permission=permission, thing=thing)
