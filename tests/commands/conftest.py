"""A running bot for the tests of what people type and press."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.database import Database
from tests.clock import SetClock
from tests.commands.bench import Bench, running


@pytest.fixture
async def bench(database: Database, clock: SetClock, tmp_path: Path) -> AsyncIterator[Bench]:
    """A bot with its team, on each database in turn."""
    async with running(database, clock, tmp_path / "home") as made:
        yield made
