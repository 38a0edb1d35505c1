"""Platforms with people on them, on each database in turn."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib import import_module
from pathlib import Path

import pytest

from adapters.local.adapter import LocalAdapter
from adapters.local.rooms import LocalRooms
from chat.person import Person
from chat.phrase import Suggestion
from security.actor import SYSTEM
from security.people import PeopleDesk
from storage.database import Database
from tests.adapters.listener import Listener
from tests.adapters.platforms import LocalPlatform, Platform
from tests.adapters.venue import Venue
from tests.bench import Bench, on_the_bench
from tests.clock import RunningClock, SetClock


@asynccontextmanager
async def opened(database: Database, clock: SetClock) -> AsyncGenerator[LocalPlatform]:
    """The local platform with the teams `main` and `other`, and a bot that listens."""
    acts = database.acts
    people = PeopleDesk(acts, clock)
    for team in ("main", "other"):
        await people.create_team(SYSTEM, team)
    adapter = LocalAdapter(acts, clock, "http://tocsin.example")
    listener = Listener(acts, clock, adapter)
    rooms = LocalRooms(acts, clock, adapter, _complete, patience=2)
    acts.on_commit(lambda topics: rooms.wake() if "local" in topics else None)
    await adapter.start(listener)
    yield LocalPlatform(adapter, rooms, listener, people)
    await listener.done()
    await rooms.close()
    await adapter.stop()


async def _complete(who: Person, text: str) -> tuple[Suggestion, ...]:
    return tuple(Suggestion(f"{text} {number}", f"for {who.name}") for number in range(12))


@pytest.fixture
async def local(database: Database, clock: SetClock) -> AsyncIterator[LocalPlatform]:
    """The local platform."""
    async with opened(database, clock) as local:
        yield local


_OTHERS = sorted(path.parent.name for path in Path(__file__).parent.glob("*/platform.py"))
"""Folders here that bring a platform to the contract suite: `opened(database, clock)`."""


_VENUES = sorted(path.parent.name for path in Path(__file__).parent.glob("*/venue.py"))
"""Folders here that bring a platform to the journey: `opened(starting, clock)`."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give the contract suite each platform in turn, and the tests of the local one that one."""
    if "venue" in metafunc.fixturenames:
        metafunc.parametrize("venue", ["local", *_VENUES], indirect=True)
    if "platform" in metafunc.fixturenames:
        others = [] if "local" in metafunc.fixturenames else _OTHERS
        metafunc.parametrize("platform", ["local", *others], indirect=True)


@pytest.fixture
async def other(
    request: pytest.FixtureRequest, database: Database, clock: SetClock
) -> AsyncIterator[Platform]:
    """The platform, other than the local one, whose turn it is."""
    name = request.node.callspec.params["platform"]  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - pytest's
    module = import_module(f"tests.adapters.{name}.platform")
    async with module.opened(database, clock) as opened_one:
        yield opened_one


@pytest.fixture
def platform(request: pytest.FixtureRequest, database: Database) -> Platform:
    """Each platform that has an adapter, in turn, on each database."""
    del database  # named, so that each has its turn
    return request.getfixturevalue("local" if request.param == "local" else "other")


@pytest.fixture
async def ana(platform: Platform) -> Person:
    """Somebody."""
    return await platform.someone("ana")


@pytest.fixture
async def bo(platform: Platform) -> Person:
    """Somebody else."""
    return await platform.someone("bo")


@pytest.fixture
async def cy(platform: Platform) -> Person:
    """A third one, whom nobody lets in anywhere."""
    return await platform.someone("cy")


@pytest.fixture
async def venue(
    request: pytest.FixtureRequest, database_url: str, tmp_path: Path
) -> AsyncIterator[Venue]:
    """Each platform in turn, with a whole bot on it, and `ana`, `bo` and `cy` in its square."""
    clock = RunningClock()

    def starting() -> AbstractAsyncContextManager[Bench]:
        return on_the_bench(database_url, tmp_path / "home", clock, archive_on_close=True)

    name = str(request.param)
    folder = "tests.adapters.local_venue" if name == "local" else f"tests.adapters.{name}.venue"
    async with import_module(folder).opened(starting, clock) as made:
        made.clock = clock
        for who, role in (("ana", "commander"), ("bo", "approver"), ("cy", "responder")):
            await made.hire(who, role)
        yield made
