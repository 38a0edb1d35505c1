"""What `tocsin doctor` finds out about the chat platforms that are set up."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

from bot.plugins import platforms
from bot.settings import Settings
from chat.clock import Clock
from chat.errors import TocsinError
from chat.health import Finding, State
from chat.port import ChatAdapter, Examined
from security.keys import Purpose, derive
from storage import migrate
from storage.database import Database, open_database

_log = logging.getLogger("tocsin.doctor")

_LOCAL = "local"
_PATIENCE = 30.0
"""Seconds for one platform altogether."""
_NO_KEY = bytes(32)
_STAYS_OPEN = (
    "TOCSIN_ARCHIVE_ON_CLOSE is true, but channels cannot be archived here as it is set up, so "
    "those of closed incidents stay open. docs/platforms.md says what it takes."
)


async def examine_platforms(settings: Settings, clock: Clock) -> AsyncIterator[Finding]:
    """Look at every platform; one that cannot be looked at hides no other one.

    Changes nothing: where there is no database yet, the adapters are given none.
    """
    key = _key(settings)
    database = _database(settings, clock)
    try:
        plugged = platforms(
            database.acts if database else None,
            clock,
            settings.url(),
            lambda name: derive(key, Purpose.PLATFORM, name),
        )
        for name, why in {**plugged.wrong, **plugged.broken}.items():
            yield Finding(name, State.WRONG, why)
        for name, adapter in plugged.adapters.items():
            if name != _LOCAL:
                for finding in await _examined(name, adapter):
                    yield finding
                if settings.archive_on_close and not adapter.capabilities.archive:
                    yield Finding(f"{name} archive", State.WARNING, _STAYS_OPEN)
    finally:
        if database is not None:
            await asyncio.to_thread(database.close)


def _key(settings: Settings) -> bytes:
    """The installation's key; one of nothing but zeros where it is not there or not well."""
    try:
        there = settings.key is not None or settings.key_path.exists()
        return settings.installation_key() if there else _NO_KEY
    except TocsinError:
        return _NO_KEY  # what is wrong with it is said elsewhere


def _database(settings: Settings, clock: Clock) -> Database | None:
    """The database where it is up to date; None where an adapter would find no table."""
    try:
        if migrate.current(settings.database_url) != migrate.head():
            return None
        return open_database(settings.database_url, telemetry=False, clock=clock)
    except TocsinError:
        return None  # that it does not answer is said elsewhere


async def _examined(name: str, adapter: ChatAdapter) -> list[Finding]:
    if not isinstance(adapter, Examined):
        return [Finding(name, State.OK, "is set up; it has nothing more to say about itself")]
    found: list[Finding] = []
    try:
        async with asyncio.timeout(_PATIENCE):
            async for finding in adapter.examine():
                found.append(finding)  # noqa: PERF401 - what came before a time-out stays
    except TimeoutError:
        told = f"Did not answer within {_PATIENCE:.0f} s. Is it reached from this machine?"
        found.append(Finding(name, State.WRONG, told))
    except TocsinError as error:
        found.append(Finding(name, State.WRONG, error.message))
    except Exception as error:  # noqa: BLE001 - see below
        # An adapter of somebody else's must not end the examination.
        _log.debug("examining %s failed", name, exc_info=error)
        told = f"could not be examined: {type(error).__name__}"
        found.append(Finding(name, State.WRONG, told))
    return found
