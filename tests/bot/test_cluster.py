"""Two processes share a PostgreSQL database: what one does shows at once in the other."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.bench import Bench, eventually, on_the_bench

pytestmark = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


@pytest.fixture
async def pair(database_url: str, tmp_path: Path) -> AsyncGenerator[tuple[Bench, Bench]]:
    """The first delivers and seals, since it came first; the second is idle."""
    async with (
        on_the_bench(database_url, tmp_path / "one", key="ab" * 32) as one,
        on_the_bench(database_url, tmp_path / "two", key="ab" * 32) as two,
    ):
        await asyncio.sleep(0.5)
        yield one, two


async def test_an_answer_delivered_by_another_process_comes_without_delay(
    pair: tuple[Bench, Bench],
) -> None:
    _, two = pair
    who = await two.person("ana")
    await two.house.rooms.say(who, "general", "/incident list")
    took: list[float] = []

    for _ in range(10):
        began = time.monotonic()
        answered = await two.house.rooms.say(who, "general", "/incident list")
        took.append(time.monotonic() - began)
        assert len(answered.replies) == 1

    assert sorted(took)[5] < 0.5


async def test_an_incident_started_in_one_is_opened_once(pair: tuple[Bench, Bench]) -> None:
    one, two = pair
    await two.say("ana", "general", "/incident start --playbook outage --name db")

    async def pinned() -> bool:
        return sum(message.pinned for message in await one.messages("inc-00001-db", "ana")) == 1

    await eventually(pinned)
    panel = await one.panel("inc-00001-db", "ana")
    assert "INC-00001" in panel.title


async def test_a_page_open_at_one_shows_what_happens_at_the_other(
    pair: tuple[Bench, Bench],
) -> None:
    one, two = pair
    ana, bo = await one.person("ana"), await two.person("bo")
    await one.house.rooms.join(ana, "general")
    events = one.house.rooms.events(ana, None)
    hearing = asyncio.create_task(anext(events))
    await asyncio.sleep(1.5)

    began = time.monotonic()
    await two.house.rooms.say(bo, "general", "hello")
    event = await asyncio.wait_for(hearing, 5)

    assert time.monotonic() - began < 0.5
    assert event.kind
    await events.aclose()
