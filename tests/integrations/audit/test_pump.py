"""Each record goes out at least once and in order, on each database."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from integrations.audit import pump as pumping
from integrations.audit.lines import LogFile
from integrations.audit.pump import Pump, backoff
from integrations.audit.sink import SinkAway
from integrations.audit.syslog import Syslog
from integrations.audit.targets import receiver
from security.actor import SYSTEM
from security.audit import Sealed, record
from security.sealer import Sealer
from storage.database import Database
from tests.bench import eventually
from tests.clock import START, SetClock
from tests.integrations.audit import reading
from tests.integrations.audit.receivers import HOME, free_port, tcp


@dataclass
class Notebook:
    """A sink that keeps what it is sent.

    Attributes:
        fails: So many of the next batches are taken and then denied.
        holds: Keeps a batch up until it is set; None keeps none up.
        arrived: Set when a batch has arrived.
    """

    name: str = "notebook"
    taken: list[int] = field(default_factory=list[int])
    batches: int = 0
    fails: int = 0
    holds: threading.Event | None = None
    arrived: threading.Event = field(default_factory=threading.Event)

    def send(self, records: Sequence[Sealed]) -> None:
        self.taken += [each.number for each in records]
        self.batches += 1
        self.arrived.set()
        if self.holds is not None:
            self.holds.wait(60)
        if self.fails:
            self.fails -= 1
            raise SinkAway("The notebook", "is full")

    def look(self) -> str:
        return "A notebook."


async def write(database: Database, count: int) -> None:
    """Have so many more sealed records in the trail."""

    def act_on(number: int) -> str:
        return f"thing.{number}"

    await database.acts.run(
        lambda to: [to.audit.append(record(SYSTEM, START, act_on(it))) for it in range(count)]
    )
    await Sealer(database.acts, b"k" * 32).seal_waiting()


async def position(database: Database, name: str = "notebook") -> int:
    return await database.acts.read(lambda to: to.audit_sinks.position(name))


@asynccontextmanager
async def running(pump: Pump) -> AsyncGenerator[asyncio.Task[None]]:
    """The pump at work."""
    task = asyncio.create_task(pump.run())
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_all_that_waits_is_sent_in_order_and_once(
    database: Database, clock: SetClock
) -> None:
    sink = Notebook()
    pump = Pump(database.acts, sink, clock)
    await write(database, 450)

    assert await pump.send_waiting() == 450
    assert await pump.send_waiting() == 0
    await write(database, 2)
    assert await pump.send_waiting() == 2

    assert sink.taken == [*range(1, 453)]
    assert sink.batches == 4
    assert await position(database) == 452


async def test_the_position_moves_only_after_a_batch_was_taken(
    database: Database, clock: SetClock
) -> None:
    sink = Notebook(fails=1)
    pump = Pump(database.acts, sink, clock)
    await write(database, 3)

    with pytest.raises(SinkAway):
        await pump.send_waiting()
    assert await position(database) == 0

    await pump.send_waiting()
    assert sink.taken == [1, 2, 3, 1, 2, 3]
    assert await position(database) == 3


async def test_who_is_ended_in_the_middle_sends_again(database: Database, clock: SetClock) -> None:
    """Ended after the sink has it and before that is written down: the worst moment."""
    sink = Notebook(holds=threading.Event())
    await write(database, 3)
    async with running(Pump(database.acts, sink, clock)):
        await asyncio.to_thread(sink.arrived.wait, 20)
    assert sink.holds is not None
    sink.holds.set()
    assert await position(database) == 0

    after = Notebook()
    await Pump(database.acts, after, clock).send_waiting()

    assert sink.taken == after.taken == [1, 2, 3]


async def test_two_who_send_keep_the_position_right(database: Database, clock: SetClock) -> None:
    sinks = [Notebook(), Notebook()]
    await write(database, 450)

    await asyncio.gather(*(Pump(database.acts, sink, clock).send_waiting() for sink in sinks))

    assert await position(database) == 450
    for sink in sinks:
        assert set(sink.taken) <= set(range(1, 451))
        assert sink.taken == sorted(sink.taken)
    assert set(sinks[0].taken) | set(sinks[1].taken) == {*range(1, 451)}


async def test_a_pump_is_woken(
    database: Database, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pumping, "_LOOK_EVERY", 3600)
    sink = Notebook()
    pump = Pump(database.acts, sink, clock)
    async with running(pump):
        await asyncio.sleep(0.1)
        await write(database, 1)
        pump.wake()
        await eventually(lambda: sink.taken == [1])


async def test_a_pump_that_nobody_wakes_looks_by_itself(
    database: Database, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pumping, "_LOOK_EVERY", 0.05)
    sink = Notebook()
    async with running(Pump(database.acts, sink, clock)):
        await asyncio.sleep(0.1)
        await write(database, 1)
        await eventually(lambda: sink.taken == [1])


async def test_a_sink_that_hangs_or_is_away_disturbs_no_act(
    database: Database, clock: SetClock
) -> None:
    sink = Notebook(holds=threading.Event())
    await write(database, 1)
    pump = Pump(database.acts, sink, clock)
    async with running(pump):
        await asyncio.to_thread(sink.arrived.wait, 20)
        async with asyncio.timeout(30):
            await write(database, 1000)
        assert sink.holds is not None
        sink.holds.set()
        await eventually(lambda: sink.taken == [*range(1, 1002)])


async def test_a_receiver_that_is_away_gets_everything_when_it_is_back(
    database: Database,
    clock: SetClock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(pumping, "_FIRST_WAIT", 0.01)
    monkeypatch.setattr(pumping, "_LOOK_EVERY", 0.05)
    caplog.set_level("INFO", "tocsin.audit")
    port = free_port()
    pump = Pump(database.acts, Syslog(receiver(f"tcp://{HOME}:{port}")), clock)
    async with running(pump):
        await write(database, 3)
        await eventually(lambda: "audit records wait: tcp://" in caplog.text)
        await pump.rest()  # does not wait for who is away
        await write(database, 300)
        with tcp(port) as taking:
            await eventually(lambda: "takes audit records again" in caplog.text)
            await eventually(lambda: len(reading.octet_counted(taking.stream)) == 303)
            contents = reading.octet_counted(taking.stream)

    assert [reading.read(it).body["number"] for it in contents] == [*range(1, 304)]
    assert caplog.text.count("audit records wait") == 1


def test_waits_grow_to_a_minute() -> None:
    waits = [backoff(failures) for failures in range(1, 100)]

    assert waits[:7] == [1, 2, 4, 8, 16, 32, 60]
    assert set(waits[7:]) == {60}


async def test_a_new_sink_gets_the_whole_trail(
    database: Database, clock: SetClock, tmp_path: Path
) -> None:
    await write(database, 3)
    for name in ("one", "two"):
        await Pump(database.acts, LogFile(tmp_path / name), clock).send_waiting()
        await write(database, 2)

    def numbers(name: str) -> list[int]:
        return [json.loads(it)["number"] for it in (tmp_path / name).read_bytes().splitlines()]

    assert (numbers("one"), numbers("two")) == ([1, 2, 3], [1, 2, 3, 4, 5])
