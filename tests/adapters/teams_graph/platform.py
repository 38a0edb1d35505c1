"""Teams for the contract suite: rooms as channels, made with Graph."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from storage.database import Database
from tests.adapters.teams import platform
from tests.clock import SetClock


@asynccontextmanager
async def opened(database: Database, clock: SetClock) -> AsyncGenerator[platform.TeamsPlatform]:
    """The adapter with Graph on a stand-in."""
    async with platform.opened(database, clock, graph=True) as teams:
        yield teams
