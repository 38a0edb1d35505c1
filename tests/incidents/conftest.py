"""A team with people, the shipped playbooks, and the local platform to open rooms on."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from adapters.local.adapter import LocalAdapter
from adapters.local.rooms import LocalRooms
from bot.new_teams import shipped_playbooks
from chat.address import Address
from chat.card import Card
from chat.errors import Refused, Unavailable
from chat.message import PostedMessage
from chat.outbox import Outgoing
from chat.person import Person
from chat.phrase import Suggestion
from chat.port import NewChannel
from incidents.desk import IncidentDesk
from incidents.drive_opening import OpeningDriver
from incidents.drive_reminders import ReminderDriver
from incidents.export import ChannelExport
from incidents.incident import Incident
from incidents.ports import GIVEN_BACK, Driver, Lease
from incidents.timeline import Event, EventKind
from playbooks.panel import PanelSource
from playbooks.start import StartDesk, StartWish
from security.actor import SYSTEM, Actor
from security.doors import Doors
from security.founding import found
from security.page import Slice
from security.people import PeopleDesk
from storage.database import Database
from tests.clock import SetClock


class MoodyAdapter(LocalAdapter):
    """The local platform, that fails when told to.

    Attributes:
        failing: Names of methods that raise instead of answering.
        gone: Names of people whom it lets in nowhere.
    """

    failing: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()

    def _mood(self, method: str) -> None:
        if method in self.failing:
            raise Unavailable(f"the platform did not answer {method}")

    async def create_channel(self, wanted: NewChannel) -> Address:
        self._mood("create_channel")
        return await super().create_channel(wanted)

    async def invite(self, channel: Address, people: tuple[Person, ...]) -> None:
        self._mood("invite")
        await super().invite(channel, tuple(one for one in people if one.name not in self.gone))
        kept_out = ", ".join(f"@{one.name}" for one in people if one.name in self.gone)
        if kept_out:
            raise Refused(f"The platform did not let in: {kept_out}.")

    async def post(self, to: Address, card: Card, *, key: str) -> Address:
        self._mood("post")
        return await super().post(to, card, key=key)

    async def pin(self, message: Address) -> None:
        self._mood("pin")
        await super().pin(message)


@dataclass
class Town:
    """Everybody and everything a test of this room needs."""

    database: Database
    clock: SetClock
    adapter: MoodyAdapter
    desk: IncidentDesk
    start_desk: StartDesk
    doors: Doors
    people: PeopleDesk
    opening: OpeningDriver
    reminder: ReminderDriver
    exports: bool = True
    actors: dict[str, Actor] = field(default_factory=dict[str, Actor])

    @property
    def export(self) -> ChannelExport:
        """Exports, switched on or off by `exports`."""
        return ChannelExport(
            self.database.acts,
            {"local": self.adapter},
            self.clock,
            enabled=lambda: self.exports,
        )

    def __getitem__(self, name: str) -> Actor:
        """Somebody, as they act in the local chat."""
        return self.actors[name]

    async def move_in(self, name: str, role: str) -> None:
        """Give somebody an account with a role."""
        await self.people.create(self.actors["admin"], name, role=role)
        await self.meet(name)

    async def meet(self, name: str) -> None:
        """Learn who somebody is at the chat's door."""
        account = await self.people.find(SYSTEM, name)
        person = Person("local", "main", account.id, account.name, account.display)
        self.actors[name] = await self.doors.person(person)

    async def start(self, who: str = "ana", **changes: object) -> Incident:
        """Start an incident and open its room."""
        wish = StartWish(playbook="outage", name="Checkout fails")
        wish = replace(wish, **changes)  # pyright: ignore[reportArgumentType]  # fields by name
        incident = await self.start_desk.start(self[who], wish)
        await self.drive(self.opening, "opening", incident)
        return await self.desk.find(self[who], incident.key)

    async def drive(self, driver: Driver, kind: str, incident: Incident) -> datetime | None:
        """Drive what is due of one incident, as the engine would; None when nothing was."""
        lease = await self.lease(kind, incident)
        if lease is None:
            return None
        again = await driver.drive(incident.id, lease)
        assert again is not GIVEN_BACK
        await self.database.acts.run(lambda stores: stores.drives.release(lease, again))
        return again

    async def lease(self, kind: str, incident: Incident) -> Lease | None:
        """The right to drive one incident for half a minute; None when somebody has it."""
        now = self.clock.now()
        until = now + timedelta(seconds=30)
        return await self.database.acts.run(
            lambda stores: stores.drives.take(kind, incident.id, "test", now, until)
        )

    async def story(self, incident: Incident) -> list[Event]:
        """The timeline, oldest first."""
        page = await self.desk.timeline(SYSTEM, incident.id, (), Slice(limit=200))
        return list(page.items)

    async def kinds(self, incident: Incident) -> list[EventKind]:
        """What happened, oldest first."""
        return [event.kind for event in await self.story(incident)]

    async def waiting(self) -> list[Outgoing]:
        """The messages in the outbox at the heads of their lanes, handed out."""
        due = await self.database.acts.run(
            lambda stores: stores.outbox.due(self.clock.now(), "local", 100)
        )
        return [queued.outgoing for queued in due]

    async def deliver(self) -> list[Outgoing]:
        """Hand out everything in the outbox, lane by lane, as if it were delivered."""
        acts, sent = self.database.acts, list[Outgoing]()
        while due := await acts.run(
            lambda stores: stores.outbox.due(self.clock.now(), "local", 100)
        ):
            for queued in due:
                await acts.run(lambda s, one=queued: s.outbox.delivered(one, self.clock.now()))
            sent.extend(queued.outgoing for queued in due)
        return sent

    async def messages(self, incident: Incident) -> list[PostedMessage]:
        """What stands in the incident's channel, newest first."""
        detail = await self.desk.detail(SYSTEM, incident.id)
        return [message async for message in self.adapter.history(detail.rooms[0].address)]


async def no_completion(person: Person, text: str) -> tuple[Suggestion, ...]:
    """Completes nothing."""
    del person, text
    return ()


@pytest.fixture
async def town(database: Database, clock: SetClock) -> Town:
    """Ana and Bo respond, Cora commands, Vic views; admin administers."""
    acts = database.acts
    adapter = MoodyAdapter(acts, clock)
    await found(acts, clock, team="main")
    for team in await acts.read(lambda to: to.people.teams()):
        await shipped_playbooks(acts, clock)(team)
    await LocalRooms(acts, clock, adapter, no_completion).ensure_team("main")
    town = Town(
        database=database,
        clock=clock,
        adapter=adapter,
        desk=IncidentDesk(acts, clock),
        start_desk=StartDesk(acts, clock),
        doors=Doors(acts, clock),
        people=PeopleDesk(acts, clock),
        opening=OpeningDriver(
            acts,
            {"local": adapter},
            PanelSource(acts, clock).card,
            clock,
            usual_platform="local",
            own_platform="local",
        ),
        reminder=ReminderDriver(acts, clock),
    )
    await town.meet("admin")
    for name, role in (
        ("ana", "responder"),
        ("bo", "responder"),
        ("cora", "commander"),
        ("vic", "viewer"),
    ):
        await town.move_in(name, role)
    return town
