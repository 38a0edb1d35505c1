"""People, teams and rights that the tests of this room act with."""

from __future__ import annotations

from dataclasses import dataclass, replace

from chat.person import Person
from playbooks.desk import PlaybookDesk
from playbooks.draft import PlaybookDraft, StageDraft, StepDraft
from playbooks.start import StartDesk
from playbooks.steps import StepDesk
from security.account import Account, Grant, Identity, Team
from security.actor import Actor
from security.audit import Sealed
from security.page import Slice
from security.permissions import BUILT_IN, Permission
from security.ports import AuditFilter
from storage.database import Database
from storage.stores import Stores
from tests.clock import SetClock

TEAM, OTHER_TEAM = "team-main", "team-other"
ROLES = {role.name: role.permissions for role in BUILT_IN}


def actor(name: str, role: str = "responder", team_id: str | None = TEAM) -> Actor:
    """Somebody with one role in one team, acting through the API."""
    rights: dict[str, frozenset[Permission]] = {team_id or "*": ROLES[role]}
    return Actor(f"id-{name}", name, name.title(), rights=rights, team_id=team_id, via="api")


ANA = actor("ana")
BO = actor("bo")
CHIEF = actor("chief", "commander")
VIEWER = actor("vic", "viewer")
ADMIN = actor("root", "admin", team_id=None)
STRANGER = actor("sam", "admin", OTHER_TEAM)


def scoped(who: Actor, *scopes: Permission) -> Actor:
    """The same behind a token with only these rights."""
    return replace(who, scopes=frozenset(scopes))


@dataclass(frozen=True, slots=True)
class House:
    """The desks of this room over one database."""

    database: Database
    clock: SetClock
    playbooks: PlaybookDesk
    steps: StepDesk
    start: StartDesk

    async def records(self, action: str) -> tuple[Sealed, ...]:
        """Audit records of an action, oldest first."""
        wanted = AuditFilter(action=action)
        page = await self.database.acts.read(
            lambda stores: stores.audit.page(wanted, Slice(limit=200))
        )
        return tuple(reversed(page.items))

    async def tracked(self) -> list[tuple[str, dict[str, object]]]:
        """Usage events kept so far, oldest first, without what every event carries."""
        waiting = await self.database.acts.read(lambda stores: stores.telemetry.waiting(200))
        return [(event.name, dict(event.properties)) for event in waiting]


def settle(stores: Stores, clock: SetClock) -> None:
    """Teams, accounts and their roles."""
    stores.people.add_team(Team(TEAM, "main", "Main"))
    stores.people.add_team(Team(OTHER_TEAM, "other", "Other"))
    for who, role, team in (
        (ANA, "responder", TEAM),
        (BO, "responder", TEAM),
        (CHIEF, "commander", TEAM),
        (VIEWER, "viewer", TEAM),
        (ADMIN, "admin", None),
        (STRANGER, "admin", OTHER_TEAM),
    ):
        account_id = who.account_id or ""
        stores.people.add(Account(account_id, who.name, who.display, None, True, clock.now()))  # noqa: FBT003 - `active`
        stores.people.grant(Grant(account_id, role, team))
        workspace = "other" if team == OTHER_TEAM else "main"
        person = Person("local", workspace, account_id, who.name, who.display)
        stores.people.link(Identity(account_id, person))


OUTAGE = PlaybookDraft(
    name="Service outage",
    description="Something is down.",
    stages=(
        StageDraft(
            "Triage",
            (
                StepDraft("Confirm it"),
                StepDraft("Set the severity", command="/incident severity CRITICAL"),
                StepDraft("Tell people", assignee="commander"),
            ),
        ),
        StageDraft("Mitigate", (StepDraft("Roll back"),)),
    ),
)
