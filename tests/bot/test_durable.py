"""DBOS starts driving, again after a crash, and never unpickles."""

from __future__ import annotations

import asyncio
import base64
import pickle
import sqlite3
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.durable import DbosStarter, engine_url
from chat.errors import Unavailable
from tests.bench import eventually


class Driven:
    """Keeps what was driven; a subject named `slow` is never finished."""

    def __init__(self) -> None:
        self.subjects: list[str] = []

    async def __call__(self, kind: str, subject: str) -> None:
        """Keep it."""
        self.subjects.append(f"{kind}:{subject}")
        if subject == "slow":
            await asyncio.sleep(3600)


@pytest.fixture
def driven() -> Driven:
    """What was driven."""
    return Driven()


@pytest.fixture
def url(empty_database_url: str, tmp_path: Path) -> str:
    """Where the engine keeps its state, on each database in turn."""
    return engine_url(empty_database_url, tmp_path)


@pytest.fixture
async def starter(url: str, driven: Driven) -> AsyncGenerator[DbosStarter]:
    """DBOS, launched."""
    made = DbosStarter(url, "test-0")
    await made.open(driven)
    yield made
    await made.close()


async def test_one_id_is_driven_once(starter: DbosStarter, driven: Driven) -> None:
    for _ in range(3):
        await starter.start("opening", "a", "opening:a:1")
    await starter.start("opening", "a", "opening:a:2")

    await eventually(lambda: len(driven.subjects) == 2)
    await asyncio.sleep(0.2)
    assert driven.subjects == ["opening:a", "opening:a"]


async def test_what_was_begun_goes_on_at_the_next_start(url: str, driven: Driven) -> None:
    first = DbosStarter(url, "test-0")
    await first.open(driven)
    await first.start("opening", "slow", "opening:slow:1")
    await eventually(lambda: driven.subjects == ["opening:slow"])
    await first.close()

    second = DbosStarter(url, "test-0")
    await second.open(driven)
    try:
        await eventually(lambda: driven.subjects == ["opening:slow"] * 2)
    finally:
        await second.close()


async def test_what_ended_long_ago_is_deleted(starter: DbosStarter, driven: Driven) -> None:
    for number in range(5):
        await starter.start("opening", str(number), f"opening:{number}:1")
    await eventually(lambda: len(driven.subjects) == 5)
    await asyncio.sleep(0.2)

    now = datetime.now(UTC)
    assert await starter.clean(now) == 0
    assert await starter.clean(now + timedelta(days=8)) == 5


async def test_nothing_is_deleted_while_the_engine_is_not_there(url: str) -> None:
    starter = DbosStarter(url, "test-0")

    assert await starter.clean(datetime.now(UTC)) == 0


async def test_blocking_work_of_others_still_runs_after_it_has_closed(
    url: str, driven: Driven
) -> None:
    starter = DbosStarter(url, "test-0")
    await starter.open(driven)
    await starter.start("opening", "a", "opening:a:1")
    await starter.close()

    assert await asyncio.to_thread(lambda: 42) == 42


async def test_a_database_that_is_away_is_waited_for(url: str, driven: Driven) -> None:
    starter = DbosStarter("postgresql://nobody:x@127.0.0.1:1/nothing", "test-0")
    with pytest.raises(Unavailable):
        await starter.open(driven)

    starter = DbosStarter(url, "test-0")
    await starter.open(driven)
    await starter.start("opening", "a", "opening:a:1")
    await eventually(lambda: driven.subjects == ["opening:a"])
    await starter.close()


class _Trap:
    def __init__(self, footprint: Path) -> None:
        self._footprint = footprint

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self._footprint,))


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_a_pickle_planted_in_its_tables_is_refused(
    url: str, driven: Driven, tmp_path: Path
) -> None:
    footprint = tmp_path / "was-here"
    first = DbosStarter(url, "test-0")
    await first.open(driven)
    await first.start("opening", "slow", "opening:slow:1")
    await eventually(lambda: len(driven.subjects) == 1)
    await first.close()
    trap = base64.b64encode(pickle.dumps({"args": (_Trap(footprint),), "kwargs": {}})).decode()
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        connection.execute(
            "UPDATE workflow_status SET inputs = ?, serialization = 'py_pickle'", (trap,)
        )

    second = DbosStarter(url, "test-0")
    await second.open(driven)
    try:
        await asyncio.sleep(2.5)
    finally:
        await second.close()

    assert len(driven.subjects) == 1
    assert footprint not in tmp_path.iterdir()  # noqa: ASYNC240 - a test may block
