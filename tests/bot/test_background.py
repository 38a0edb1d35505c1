"""What goes on by itself: leases on jobs, sealing, forgetting, sending usage."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from automation.execution import ExecutionFilter, ExecutionStatus
from bot.chain import Chain
from bot.crew import Crew
from bot.posts import Post
from bot.upkeep import Upkeep
from bot.usage import UsageSender
from chat.address import Address
from chat.clock import SystemClock
from chat.errors import Unavailable
from security.actor import SYSTEM
from security.audit import record
from security.page import Slice
from security.sealer import Sealer
from storage.database import Database
from storage.stores import Stores
from tests.bench import eventually
from tests.clock import START, SetClock
from tests.make import team
from tests.make_automation import execution

COMPLETED = ExecutionStatus.COMPLETED
OPERATIONS = Address("local", "main", "ops")


async def test_a_loop_that_fails_is_begun_again(caplog: pytest.LogCaptureFixture) -> None:
    runs: list[int] = []

    async def loop() -> None:
        runs.append(1)
        raise ValueError("oops")

    crew = Crew()
    crew.add("shaky", loop)
    await eventually(lambda: len(runs) == 2)
    await crew.dismiss()

    assert "oops" in caplog.text


@dataclass
class Worker:
    """Somebody who wants a post.

    Attributes:
        at_work: Names of all who work now.
        most: How many worked at the same time at most.
    """

    at_work: set[str] = field(default_factory=set[str])
    most: int = 0

    async def work(self, name: str) -> None:
        """Work until relieved."""
        self.at_work.add(name)
        self.most = max(self.most, len(self.at_work))
        try:
            await asyncio.sleep(3600)
        finally:
            self.at_work.discard(name)


async def test_one_at_a_time_holds_a_post_and_the_next_takes_over(database: Database) -> None:
    workers = Worker()
    tasks = {
        name: asyncio.create_task(
            Post(database.acts, SystemClock(), "delivery", name).hold(
                lambda name=name: workers.work(name)
            )
        )
        for name in ("a", "b")
    }
    await eventually(lambda: len(workers.at_work) == 1)
    (first,) = workers.at_work

    tasks[first].cancel()
    await eventually(lambda: workers.at_work == {"a", "b"} - {first})

    for task in tasks.values():
        task.cancel()
    await asyncio.gather(*tasks.values(), return_exceptions=True)
    assert workers.most == 1


async def test_records_are_sealed_and_the_head_is_noted_once_a_day(
    database: Database, clock: SetClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "tocsin.audit")
    sealer = Sealer(database.acts, b"k" * 32)
    away = [Unavailable("Slack does not answer.")]

    async def operations() -> Address:
        if away:
            raise away[0]
        return OPERATIONS

    chain = Chain(database.acts, sealer, clock, operations)
    await database.acts.run(lambda to: to.audit.append(record(SYSTEM, clock.now(), "tested")))
    sealing = asyncio.create_task(chain.seal())

    async def sealed() -> bool:
        return (await sealer.head())[0] == 1

    await eventually(sealed, within=3)
    sealing.cancel()
    with pytest.raises(Unavailable):
        await chain.note_today()
    assert "audit head" not in caplog.text
    away.clear()
    for _ in range(2):
        await chain.note_today()
    clock.advance(days=1)
    await chain.note_today()

    _, head = await sealer.head()
    assert caplog.text.count(f"1:{head}") == 2
    queued = await database.acts.read(lambda to: to.outbox.due(clock.now(), "local", 10))
    assert len(queued) == 1
    assert (await sealer.verify((1, head))).broken_at is None


async def test_once_a_night_what_is_old_is_forgotten(
    database: Database, clock: SetClock, tmp_path: Path
) -> None:
    cleaned: list[datetime] = []

    async def clean(now: datetime) -> int:
        cleaned.append(now)
        return 7

    upkeep = Upkeep(
        database.acts, clock, clean, keep_executions=timedelta(days=180), files=tmp_path
    )
    forgotten = await upkeep.once(clock.now())

    assert forgotten["workflows"] == 7
    assert set(forgotten) == {
        *("journal", "outbox", "sent", "proofs", "events", "executions", "workflows"),
    }
    assert cleaned == [clock.now()]


async def test_executions_are_forgotten_batch_after_batch_with_their_files(
    database: Database, clock: SetClock, tmp_path: Path
) -> None:
    def act(to: Stores) -> None:
        to.people.add_team(team("main"))
        for number in range(1, 252):
            ended = START - timedelta(days=10 if number == 1 else 40)
            to.executions.add(execution(number, status=COMPLETED, ended_at=ended), ())

    await database.acts.run(act)
    for kept in ("execution-1", "execution-2"):
        (tmp_path / kept / "deep").mkdir(parents=True)
        (tmp_path / kept / "deep" / "log.txt").write_text("hello")

    upkeep = Upkeep(database.acts, clock, None, keep_executions=timedelta(days=30), files=tmp_path)
    forgotten = await upkeep.once(clock.now())

    assert forgotten["executions"] == 250
    assert not (tmp_path / "execution-2").exists()
    assert (tmp_path / "execution-1" / "deep" / "log.txt").exists()
    left = await database.acts.read(lambda to: to.executions.page(ExecutionFilter(), Slice()))
    assert [it.number for it in left.items] == [1]


async def test_files_that_cannot_be_removed_are_named(
    database: Database, clock: SetClock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def act(to: Stores) -> None:
        to.people.add_team(team("main"))
        ended = START - timedelta(days=40)
        to.executions.add(execution(status=COMPLETED, ended_at=ended), ())

    await database.acts.run(act)
    (tmp_path / "execution-1").write_text("no folder")

    upkeep = Upkeep(database.acts, clock, None, keep_executions=timedelta(days=30), files=tmp_path)

    assert (await upkeep.once(clock.now()))["executions"] == 1
    assert "execution-1 is needed no more" in caplog.text


@dataclass
class Collector:
    """Somebody who collects usage events.

    Attributes:
        answers: HTTP statuses to give, then 200.
    """

    events: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    answers: list[int] = field(default_factory=list[int])
    url: str = ""

    async def take(self, request: web.Request) -> web.Response:
        """Take a batch."""
        status = self.answers.pop(0) if self.answers else 200
        if status == 200:
            self.events += (await request.json())["batch"]
        return web.Response(status=status)


@pytest.fixture
async def collector() -> AsyncGenerator[Collector]:
    """A collector at a URL."""
    made = Collector()
    app = web.Application()
    app.router.add_post("/collect", made.take)
    async with TestServer(app) as running:
        made.url = str(running.make_url("/collect"))
        yield made


def _track(stores: Stores) -> None:
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    stores.telemetry.track("Incident created", at, {"ID": "i1", "IsActive": True})


async def test_usage_events_carry_the_listed_metadata_and_are_sent_once(
    database: Database, clock: SetClock, collector: Collector
) -> None:
    await database.acts.run(_track)
    sender = UsageSender(database.acts, clock, collector.url, "1.2.3")
    clock.advance(minutes=1)

    assert await sender.send_waiting() == 1
    assert await sender.send_waiting() == 0

    (event,) = collector.events
    assert event["type"] == "track"
    assert event["event"] == "Incident created"
    assert event["properties"] == {"ID": "i1", "IsActive": True}
    assert event["serverVersion"] == event["pluginVersion"] == "1.2.3"
    assert event["diagnosticID"]
    assert event["id"]
    assert event["event integrations"] is None
    assert event["eventTimeStamp"] == event["event originalTimestamp"]
    sent = datetime.fromisoformat(event["createdAt"])
    assert sent - datetime.fromisoformat(event["eventTimeStamp"]) == timedelta(minutes=1)


async def test_usage_events_that_are_not_taken_wait_and_keep_their_id(
    database: Database, clock: SetClock, collector: Collector
) -> None:
    collector.answers = [503]
    await database.acts.run(_track)
    sender = UsageSender(database.acts, clock, collector.url, "1.2.3")

    assert await sender.send_waiting() == 0
    assert await sender.send_waiting() == 1
    assert len(collector.events) == 1


async def test_a_collector_that_is_not_there_disturbs_nobody(
    database: Database, clock: SetClock
) -> None:
    await database.acts.run(_track)

    assert await UsageSender(database.acts, clock, "http://127.0.0.1:9/", "1").send_waiting() == 0
