"""A Discord server to work with."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from storage.database import Database
from tests.adapters.discord.platform import DiscordPlatform, opened
from tests.clock import SetClock


@pytest.fixture
async def place(database: Database, clock: SetClock) -> AsyncIterator[DiscordPlatform]:
    """A server and its bot."""
    async with opened(database, clock) as made:
        yield made
