"""What every room's tests may ask for."""

from __future__ import annotations

import logging
import shutil
from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import settings

from storage.database import Database, open_database
from storage.migrate import upgrade
from tests.bench import Bench, on_the_bench
from tests.clock import SetClock
from tests.postgres import NoPostgres, Server, server

# A busy machine makes an example slow, which says nothing about the code.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


@pytest.fixture(autouse=True)
def _as_loud_as_before() -> Iterator[None]:
    """What a test made of the log's level ends with it: others look for warnings there.

    No library turns ours down: that would hide the warnings of a whole night.
    """
    root = logging.getLogger()
    level = root.level
    yield
    root.setLevel(level)
    ours = logging.getLogger("tocsin")
    assert (ours.level, ours.disabled, ours.filters) == (logging.NOTSET, False, [])


@pytest.fixture
def clock() -> SetClock:
    """A clock that stands at noon on the first of March 2026 until it is moved."""
    return SetClock()


@pytest.fixture(scope="session")
def postgres() -> Generator[Server]:
    """A PostgreSQL server for the whole run; skips where there is none to be had."""
    with ExitStack() as stack:
        try:
            running = stack.enter_context(server())
        except NoPostgres as missing:
            pytest.skip(str(missing))
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """Each database in turn; `indirect` parametrising narrows it down to one."""
    return str(request.param)


@pytest.fixture
def empty_database_url(
    database_kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[str]:
    """URL of a database without tables."""
    if database_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    running: Server = request.getfixturevalue("postgres")
    url = running.create()
    yield url.render_as_string(hide_password=False)
    running.drop(url)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied."""
    path = tmp_path_factory.mktemp("template") / "tocsin.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres: Server) -> Iterator[str]:
    """Name of a migrated PostgreSQL database, to be copied."""
    url = postgres.create()
    upgrade(url.render_as_string(hide_password=False))
    yield url.database or ""
    postgres.drop(url)


@pytest.fixture
def database_url(
    database_kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[str]:
    """URL of a migrated database of the test's own, on each database in turn."""
    if database_kind == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        copy = tmp_path / "tocsin.db"
        shutil.copyfile(template, copy)
        yield f"sqlite:///{copy}"
        return
    running: Server = request.getfixturevalue("postgres")
    url = running.create(request.getfixturevalue("postgres_template"))
    yield url.render_as_string(hide_password=False)
    running.drop(url)


@pytest.fixture
def database(database_url: str, clock: SetClock) -> Iterator[Database]:
    """An open, migrated, empty database, on each database in turn."""
    opened = open_database(database_url, telemetry=True, clock=clock)
    yield opened
    opened.close()


@pytest.fixture
async def bench(database_url: str, tmp_path: Path) -> AsyncGenerator[Bench]:
    """A whole bot, on each database in turn; see `tests.bench`."""
    async with on_the_bench(database_url, tmp_path / "home") as running:
        yield running
