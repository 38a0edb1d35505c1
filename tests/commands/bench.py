"""A whole Tocsin on a bench: say a line, look what the bot did."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from adapters.local.adapter import LocalAdapter
from adapters.local.rooms import LocalRooms
from bot.engine import Engine, InlineStarter
from bot.new_teams import shipped_playbooks
from bot.settings import Settings
from bot.workshop import automation
from chat.card import Card
from chat.delivery import Deliverer
from chat.fit import texts
from chat.message import Attachment
from chat.person import Person
from chat.rooms import Answered, LocalMessage
from commands.desks import Desks
from commands.router import Router
from incidents.desk import IncidentDesk
from incidents.drive_opening import OpeningDriver
from incidents.drive_reminders import ReminderDriver
from incidents.export import ChannelExport
from playbooks.desk import PlaybookDesk
from playbooks.panel import PanelSource
from playbooks.start import StartDesk
from playbooks.steps import StepDesk
from security.actor import SYSTEM, Actor
from security.doors import Doors
from security.founding import found
from security.linking import Linking
from security.people import PeopleDesk
from security.second_factor import SecondFactorDesk
from security.secrets import Vault
from storage.acts import StoredActs
from storage.database import Database
from tests.clock import SetClock

KEY = b"k" * 32
CAST = {"ana": "commander", "bo": "responder", "vi": "viewer", "adam": "admin"}


@dataclass
class Bench:
    """A team of people around one bot.

    Attributes:
        export_enabled: Whether channels may be exported.
    """

    database: Database
    clock: SetClock
    adapter: LocalAdapter
    desks: Desks
    router: Router
    rooms: LocalRooms
    engine: Engine
    deliverer: Deliverer
    people: dict[str, Person] = field(default_factory=dict[str, Person])
    export_enabled: bool = True

    @property
    def acts(self) -> StoredActs:
        """Stored state."""
        return self.database.acts

    async def actor(self, name: str) -> Actor:
        """Somebody as the bot knows them."""
        return await self.desks.doors.person(self.people[name])

    async def say(
        self,
        line: str,
        *,
        by: str = "ana",
        channel: str = "general",
        key: str | None = None,
        files: tuple[Attachment, ...] = (),
    ) -> Answered:
        """Type a line and wait for what comes of it."""
        return await self.rooms.say(self.people[by], channel, line, key=key, files=files)

    async def told(self, line: str, *, by: str = "ana", channel: str = "general") -> str:
        """The answer to a line as plain text."""
        return read(await self.say(line, by=by, channel=channel))

    async def opened(self, line: str = "", *, by: str = "ana") -> str:
        """Start an incident; the name of its channel."""
        command = line or '/incident start --playbook outage --name "Checkout is down"'
        before = {room.name for room in await self.rooms.channels(self.people[by])}
        await self.say(command, by=by)
        for _ in range(100):
            now = {room.name for room in await self.rooms.channels(self.people[by])}
            if fresh := [name for name in now - before if name.startswith("inc-")]:
                await self.quiet()
                return fresh[0]
            await asyncio.sleep(0.05)
        raise AssertionError("no channel was opened")

    async def quiet(self) -> None:
        """Wait until nothing is being driven or delivered any more."""
        for _ in range(3):
            for _ in range(500):
                if not self.engine.busy:
                    break
                await asyncio.sleep(0.01)
            await self.deliverer.rest()

    async def panel(self, channel: str, *, by: str = "ana") -> LocalMessage:
        """The pinned panel of an incident's channel."""
        await self.quiet()
        room = await self.rooms.channel(self.people[by], channel)
        assert room.pinned is not None
        return await self.rooms.message(self.people[by], room.pinned)

    async def click(
        self, message: LocalMessage, action: str, value: str | None = None, *, by: str = "ana"
    ) -> Answered:
        """Press a control."""
        return await self.rooms.click(self.people[by], message.id, action, value)

    async def fill(self, answered: Answered, *, by: str = "ana", **values: str) -> Answered:
        """Fill in the form that an answer opened."""
        assert answered.form is not None
        return await self.rooms.submit(self.people[by], answered.form.id, values)


def read(answered: Answered) -> str:
    """All that was answered, as plain text."""
    assert not answered.pending, "no answer in time"
    return "\n".join(shown(reply.card) if reply.card else reply.text for reply in answered.replies)


def shown(card: Card) -> str:
    """A card as plain text."""
    return "\n".join(texts(card))


@asynccontextmanager
async def running(database: Database, clock: SetClock, home: Path) -> AsyncGenerator[Bench]:
    """A bench with its cast, playbooks and loops."""
    acts = database.acts
    bench = await _wired(database, clock, home)
    await found(acts, clock, team="main")
    for name, role in CAST.items():
        account = await bench.desks.people.create(SYSTEM, name, role=role)
        bench.people[name] = Person("local", "main", account.id, account.name)
    for team in await acts.read(lambda to: to.people.teams()):
        await shipped_playbooks(acts, clock)(team)
    await bench.adapter.start(bench.router)
    await bench.rooms.ensure_team("main")

    def wake(topics: frozenset[str]) -> None:
        bench.engine.wake()
        bench.deliverer.wake()
        bench.rooms.wake()
        del topics

    acts.on_commit(wake)
    loops = [asyncio.create_task(loop()) for loop in (bench.engine.run, bench.deliverer.run)]
    try:
        yield bench
    finally:
        await bench.router.close()
        await bench.engine.close(1)
        for loop in loops:
            loop.cancel()
            with suppress(asyncio.CancelledError):
                await loop


async def _wired(database: Database, clock: SetClock, home: Path) -> Bench:
    acts = database.acts
    adapter = LocalAdapter(acts, clock)
    adapters = {"local": adapter}
    panels = PanelSource(acts, clock)
    vault = Vault(KEY)
    room = automation(
        Settings(home=home),  # pyright: ignore[reportCallIssue] - the rest has defaults
        acts,
        KEY,
        vault,
        SecondFactorDesk(acts, clock, vault),
        adapters,
        clock,
        "local",
    )
    held: list[Bench] = []
    desks = Desks(
        incidents=IncidentDesk(acts, clock),
        steps=StepDesk(acts, clock),
        start=StartDesk(acts, clock),
        playbooks=PlaybookDesk(acts, clock),
        people=PeopleDesk(acts, clock),
        panels=panels,
        export=ChannelExport(acts, adapters, clock, enabled=lambda: held[0].export_enabled),
        doors=Doors(acts, clock),
        linking=Linking(acts, clock, adapters),
        runbooks=room.runbooks,
        executions=room.executions,
        approvals=room.approvals,
        adapters=adapters,
    )
    router = Router(acts, clock, desks)

    opening = OpeningDriver(
        acts, adapters, panels.card, clock, usual_platform="local", own_platform="local"
    )
    drivers = {"opening": opening, "reminder": ReminderDriver(acts, clock), **room.drivers}
    held.append(
        Bench(
            database,
            clock,
            adapter,
            desks,
            router,
            LocalRooms(acts, clock, adapter, router.complete),
            Engine(acts, drivers, InlineStarter(), clock, "bench"),
            Deliverer(acts, adapters, panels.card, clock),
        )
    )
    return held[0]
