"""A whole bot sends its audit trail to the sinks that are set."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from bot.outflow import Outflow
from bot.settings import Settings
from bot.wiring import Roles, open_bot
from security.actor import SYSTEM
from storage.database import Database
from tests.bench import eventually, on_the_bench
from tests.clock import SetClock
from tests.integrations.audit import reading
from tests.integrations.audit.receivers import HOME, tcp, udp


def settings_of(**given: Any) -> Settings:
    return Settings(**given)


def read(path: Path) -> list[Any]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]


async def test_what_is_done_is_in_every_sink_within_seconds(
    database_url: str, tmp_path: Path
) -> None:
    log = tmp_path / "audit.jsonl"
    with tcp() as syslog, udp() as statsd:
        async with on_the_bench(
            database_url,
            tmp_path / "home",
            audit_log=str(log),
            audit_syslog=f"tcp://{HOME}:{syslog.port}",
            audit_statsd=f"{HOME}:{statsd.port}",
            audit_statsd_tags=True,
        ) as bench:
            await bench.say("ana", "general", "/incident start --playbook outage --name db")
            await eventually(lambda: "incident.started" in {it["action"] for it in read(log)})
            await eventually(lambda: b'"action":"incident.started"' in syslog.stream)
            counted = b""
            while b"tocsin.audit.incident.started:1|c|#outcome:ok,via:chat" not in counted:
                counted += statsd.take(1)[0]
            trail = await bench.house.acts.read(lambda to: tuple(to.audit.chain()))
        messages = [reading.read(it).body for it in reading.octet_counted(syslog.stream)]

    numbers = [it["number"] for it in read(log)]
    assert numbers == [*range(1, len(numbers) + 1)]
    assert len(numbers) >= len(trail)
    assert messages == read(log)
    assert [it["hash"] for it in read(log)][: len(trail)] == [it.hash for it in trail]


async def test_what_was_done_last_is_sent_before_the_end(database_url: str, tmp_path: Path) -> None:
    log = tmp_path / "audit.jsonl"
    async with on_the_bench(database_url, tmp_path / "home", audit_log=str(log)) as bench:
        await eventually(lambda: read(log) != [])
        await bench.house.desks.people.create(SYSTEM, "zoe", role="viewer", team="main")

    assert "zoe" in {it["object_name"] for it in read(log)}


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_of_two_processes_one_sends(database_url: str, tmp_path: Path) -> None:
    log = tmp_path / "audit.jsonl"
    settings = settings_of(home=tmp_path / "home", database_url=database_url, audit_log=str(log))
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(open_bot(settings, Roles(durable=False)))
        second = await stack.enter_async_context(open_bot(settings, Roles(durable=False)))
        for number in range(10):
            for bot in (first, second):
                name = f"{bot.work.name if bot.work else ''}-{number}".replace("_", "-")
                await bot.house.desks.people.create(SYSTEM, name, role="viewer", team="main")

        async def all_sent() -> bool:
            number, _ = await first.house.sealer.head()
            return number > 20 and len(read(log)) >= number

        await eventually(all_sent)

    numbers = [it["number"] for it in read(log)]
    assert numbers == [*range(1, len(numbers) + 1)]


async def test_a_command_of_a_terminal_prints_no_records(
    database: Database, tmp_path: Path, clock: SetClock
) -> None:
    settings = settings_of(home=tmp_path, audit_log="-", audit_statsd="127.0.0.1:1")

    quiet = Outflow(settings, database.acts, clock, may_print=False)
    server = Outflow(settings, database.acts, clock, may_print=True)

    assert set(quiet.pumps) == {"audit_statsd"}
    assert set(server.pumps) == {"audit_log", "audit_statsd"}
