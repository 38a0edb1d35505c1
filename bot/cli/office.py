"""The desks of `security/` on the configured database, for commands that run no bot."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from bot import logs
from bot.home import make_home
from bot.settings import Settings
from bot.settings_check import load
from chat.clock import Clock, SystemClock
from chat.errors import Refused, TocsinError
from security.actor import Actor, operator
from security.doors import Doors
from security.founding import found
from security.keys import Purpose, derive
from security.people import PeopleDesk
from security.sealer import Sealer
from security.second_factor import SecondFactorDesk
from security.secrets import Vault
from security.trail import AuditDesk
from storage import migrate
from storage.database import Database, open_database

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Office:
    """What a command works with.

    Attributes:
        operator: Whoever called the command, with every right.
    """

    settings: Settings
    clock: Clock
    database: Database
    operator: Actor
    people: PeopleDesk
    doors: Doors
    second_factors: SecondFactorDesk
    sealer: Sealer
    audit: AuditDesk

    async def actor(self, name: str | None) -> Actor:
        """Somebody by name as they act through the command line; None is the operator."""
        return self.operator if name is None else await self.doors.account(name, "cli")


def in_office(work: Callable[[Office], Awaitable[T]]) -> T:
    """Open the office, do the work, close it again.

    Raises:
        TocsinError: As `work`, or there is something wrong with settings or database.
    """
    logs.set_up("warning", "plain")
    settings = load()

    async def day() -> T:
        async with office(settings) as opened:
            return await work(opened)

    return asyncio.run(day())


@contextlib.asynccontextmanager
async def office(settings: Settings) -> AsyncGenerator[Office]:
    """An open office; a database without tables gets them, and its first administrator.

    What was done is sealed into the audit chain at once: there may be no server to do it.

    Raises:
        Refused: The database is at another version.
        Unavailable: It does not answer.
    """
    fresh = await asyncio.to_thread(prepare, settings)
    clock = SystemClock()
    key = settings.installation_key()
    database = open_database(
        settings.database_url, telemetry=settings.telemetry_url is not None, clock=clock
    )
    try:
        if fresh:
            await found(database.acts, clock, team=settings.team)
        opened = _furnished(settings, clock, database, key)
        try:
            yield opened
        finally:
            with contextlib.suppress(TocsinError):
                await opened.sealer.seal_waiting()
    finally:
        await asyncio.to_thread(database.close)


def _furnished(settings: Settings, clock: Clock, database: Database, key: bytes) -> Office:
    sealer = Sealer(database.acts, derive(key, Purpose.AUDIT_CHAIN))
    cookie_key = derive(key, Purpose.SESSION_COOKIE)
    vault = Vault(derive(key, Purpose.SECRETS))
    return Office(
        settings=settings,
        clock=clock,
        database=database,
        operator=operator(_user()),
        people=PeopleDesk(database.acts, clock),
        doors=Doors(database.acts, clock, key=cookie_key, default_team=settings.team),
        second_factors=SecondFactorDesk(database.acts, clock, vault),
        sealer=sealer,
        audit=AuditDesk(database.acts, sealer),
    )


def prepare(settings: Settings) -> bool:
    """Make the home, and the tables of an empty database; whether it was one.

    Raises:
        BadInput: The home cannot be made, or the database is none.
        Refused: It has tables, of another version.
        Unavailable: It does not answer.
    """
    # Looked at first: with a database that cannot be used nothing is written at all.
    there, needed = migrate.current(settings.database_url), migrate.head()
    make_home(settings.home)
    if there is None:
        migrate.upgrade(settings.database_url)
    elif there != needed:
        raise Refused(
            f"The database is at version {there}, and this Tocsin needs {needed}. "
            "Run: tocsin database upgrade",
            code="WRONG_DATABASE_VERSION",
        )
    return there is None


def _user() -> str:
    """Who called the command, as the machine knows them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A container's user need not be in its password file.
        return f"uid {os.getuid()}"
