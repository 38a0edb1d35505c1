"""A running bot for the tests of what people type and press."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from storage.database import Database
from tests.clock import SetClock
from tests.commands.bench import Bench, running


@pytest.fixture
async def bench(database: Database, clock: SetClock) -> AsyncIterator[Bench]:
    """A bot with its team, on each database in turn."""
    async with running(database, clock) as made:
        yield made
