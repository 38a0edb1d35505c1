"""Small ready-made things that tests of every room store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from chat.address import Address
from chat.card import Card
from chat.clock import new_id
from chat.outbox import Outgoing, PostCard
from chat.person import Person
from incidents.incident import Incident, Severity, Status
from playbooks.playbook import Playbook, Settings, StagePlan, StepPlan
from security.account import Account, Team
from storage.stores import Stores
from tests.clock import START


def account(name: str, at: datetime = START, *, email: str | None = None) -> Account:
    """An active account whose id is its name."""
    return Account(name, name, name.title(), email, active=True, created_at=at)


def team(name: str) -> Team:
    """A team whose id is its name."""
    return Team(name, name, name.title())


def person(name: str, workspace: str = "main") -> Person:
    """Somebody of the local platform."""
    return Person("local", workspace, name, name, name.title())


def channel(name: str = "c1", workspace: str = "main") -> Address:
    """A channel of the local platform."""
    return Address("local", workspace, name)


def post(text: str, to: Address | None = None, *, key: str | None = None) -> Outgoing:
    """A card to be posted."""
    return Outgoing(to or channel(), PostCard(Card(text)), key or new_id())


def playbook(handle: str = "outage", team_id: str = "main", at: datetime = START) -> Playbook:
    """A playbook of one stage with one step; its id is its handle."""
    stages = (StagePlan(new_id(), "Triage", (StepPlan(new_id(), "Look at the graphs"),)),)
    return Playbook(
        id=handle,
        team_id=team_id,
        handle=handle,
        name=handle.title(),
        description="",
        stages=stages,
        settings=Settings(),
        created_by=None,
        created_at=at,
        updated_at=at,
    )


def incident(number: int = 1, team_id: str = "main", at: datetime = START) -> Incident:
    """An ongoing public incident of @ana's, started from the playbook `outage`."""
    return Incident(
        id=f"incident-{number}",
        number=number,
        team_id=team_id,
        name="Checkout returns 500",
        summary="",
        severity=Severity.HIGH,
        status=Status.ONGOING,
        public=True,
        commander_id="ana",
        reporter_id="ana",
        playbook_id="outage",
        playbook_name="Outage",
        playbook_revision=1,
        started_at=at,
    )


def town(*teams: str) -> Callable[[Stores], None]:
    """An act that adds @ana, @bo and @cy, the teams (`main` at least) and the playbook."""

    def act(to: Stores) -> None:
        for name in {"main", *teams}:
            to.people.add_team(team(name))
        for name in ("ana", "bo", "cy"):
            to.people.add(account(name))
        to.playbooks.add(playbook())

    return act
