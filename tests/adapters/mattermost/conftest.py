"""A Mattermost to work with."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from storage.database import Database
from tests.adapters.mattermost.platform import MattermostPlatform, opened
from tests.clock import SetClock


@pytest.fixture
async def chat(database: Database, clock: SetClock) -> AsyncIterator[MattermostPlatform]:
    """The adapter, connected to a stand-in, its routes open."""
    async with opened(database, clock) as platform:
        yield platform
