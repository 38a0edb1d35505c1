"""Opens a bot: everything started in order, and stopped in the opposite order."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import make_url

from bot.beginnings import begin
from bot.home import only_one, own_name
from bot.house import House, build
from bot.settings import Settings
from bot.work import Work
from chat.clock import Clock, SystemClock
from chat.errors import BadInput, Refused, TocsinError
from chat.port import ChatAdapter
from storage import migrate
from storage.database import Database, open_database

VERSION = version("tocsin")
_log = logging.getLogger("tocsin")


@dataclass(frozen=True, slots=True)
class Roles:
    """What a process does.

    Attributes:
        work: Delivers, drives, seals, forgets. One process at a time on SQLite.
        durable: Drives through DBOS; otherwise with this process's own memory only.
        may_migrate: Brings the database up to date instead of refusing an old one.
    """

    work: bool = True
    durable: bool = True
    may_migrate: bool = False


@dataclass(frozen=True, slots=True)
class Bot:
    """A running bot.

    Attributes:
        house: Everybody in it.
        work: None in a process that does none.
        first_start: Whether this installation was made just now.
    """

    house: House
    work: Work | None
    first_start: bool


@asynccontextmanager
async def open_bot(
    settings: Settings,
    roles: Roles = Roles(),
    *,
    clock: Clock | None = None,
    url: str | None = None,
) -> AsyncGenerator[Bot]:
    """Run a bot for the time of the `async with`.

    Args:
        settings: As read.
        roles: What this process does.
        clock: The time; None takes the machine's.
        url: What links begin with; None takes the settings'.

    Raises:
        Refused: Another process works on the same SQLite database, or the database
            belongs to another version of Tocsin.
        BadInput: A setting or a platform's setting is wrong.
        Unavailable: The database does not answer.
    """
    clock = clock or SystemClock()
    async with AsyncExitStack() as stack:
        _make_home(settings.home)
        name = _claim(stack, settings) if roles.work else ""
        await _prepare_database(settings, may_migrate=roles.may_migrate)
        key = settings.installation_key()
        database = _open(stack, settings, clock)
        house = build(settings, database, key, clock, url or settings.url())
        first_start = await begin(house, name)
        for adapter in house.adapters.values():
            stack.push_async_callback(adapter.stop)
            await _start(adapter, house)
        work = Work(house, name, VERSION, durable=roles.durable) if roles.work else None
        _listen(house, work)
        stack.push_async_callback(_finish, house, work)
        if work is not None:
            await work.start()
        yield Bot(house, work, first_start)


async def _start(adapter: ChatAdapter, house: House) -> None:
    """Start one platform; what goes wrong in it harms no other one."""
    try:
        await adapter.start(house.router)
    except TocsinError:
        raise
    except Exception:  # noqa: BLE001 - an SDK may fail in any way
        _log.exception("%s could not be started; the others go on", adapter.platform)


async def _finish(house: House, work: Work | None) -> None:
    if work is not None:
        await work.stop()
    else:
        await house.router.close()
        await house.rooms.close()


def _make_home(home: Path) -> None:
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(
            f"TOCSIN_HOME is “{home}”, which cannot be made: {error.strerror}. "
            "It must be a directory that Tocsin may write to.",
            details={"home": "a directory that Tocsin may write to"},
        ) from error


def _claim(stack: AsyncExitStack, settings: Settings) -> str:
    """Make sure that this process may work, and give it a name."""
    url = make_url(settings.database_url)
    try:
        if url.get_backend_name() == "sqlite":
            stack.enter_context(only_one(Path(url.database or "")))
        return stack.enter_context(own_name(settings.home))
    except OSError as error:
        raise BadInput(
            f"{error.filename} cannot be written: {error.strerror}. "
            "Make its directory, or choose another one with TOCSIN_HOME or TOCSIN_DATABASE_URL."
        ) from error


async def _prepare_database(settings: Settings, *, may_migrate: bool) -> None:
    loop = asyncio.get_running_loop()
    there = await loop.run_in_executor(None, migrate.current, settings.database_url)
    if there == migrate.head():
        return
    if may_migrate:
        await loop.run_in_executor(None, migrate.upgrade, settings.database_url)
    else:
        raise Refused(
            f"The database is at version {there or 'none'}, and this Tocsin needs "
            f"{migrate.head()}. Run: tocsin database upgrade",
            code="WRONG_DATABASE_VERSION",
        )


def _open(stack: AsyncExitStack, settings: Settings, clock: Clock) -> Database:
    database = open_database(
        settings.database_url, telemetry=settings.telemetry_url is not None, clock=clock
    )

    async def close() -> None:
        await asyncio.get_running_loop().run_in_executor(None, database.close)

    stack.push_async_callback(close)
    return database


def _listen(house: House, work: Work | None) -> None:
    """Have each commit wake those who wait for it, here and in other processes."""

    def touched(topics: frozenset[str], *, elsewhere: bool = False) -> None:
        if "local" in topics:
            house.rooms.wake(elsewhere=elsewhere)
        if "outbox" in topics:
            house.deliverer.wake()
        if "drives" in topics and work is not None:
            work.engine.wake()
        if "sealed" in topics and work is not None:
            work.outflow.wake()

    house.acts.on_commit(touched)
    if work is not None and house.database.dialect == "postgresql":
        from storage.neighbours import Neighbours  # noqa: PLC0415 - nothing for SQLite to load

        heard = functools.partial(touched, elsewhere=True)
        neighbours = Neighbours(house.database.url, work.name, heard)
        house.acts.on_commit(neighbours.tell)
        work.keep("neighbours", neighbours.run)
