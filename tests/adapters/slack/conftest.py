"""A Slack workspace to work with."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from chat.person import Person
from storage.database import Database
from tests.adapters.slack.platform import SlackPlatform, opened
from tests.clock import SetClock


@pytest.fixture
async def slack(database: Database, clock: SetClock) -> AsyncIterator[SlackPlatform]:
    """A workspace and its bot."""
    async with opened(database, clock) as platform:
        yield platform


@pytest.fixture
async def ana(slack: SlackPlatform) -> Person:
    """Somebody in the workspace."""
    return await slack.someone("ana")
