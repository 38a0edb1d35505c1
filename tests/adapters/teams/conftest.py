"""Teams on its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from storage.database import Database
from tests.adapters.teams.platform import TeamsPlatform, opened
from tests.adapters.teams.standin import User
from tests.clock import SetClock


@pytest.fixture
async def teams(database: Database, clock: SetClock) -> AsyncIterator[TeamsPlatform]:
    """Teams without Graph."""
    async with opened(database, clock) as platform:
        yield platform


@pytest.fixture
async def with_graph(database: Database, clock: SetClock) -> AsyncIterator[TeamsPlatform]:
    """Teams with Graph."""
    async with opened(database, clock, graph=True) as platform:
        yield platform


@pytest.fixture
def ana(teams: TeamsPlatform) -> User:
    """Somebody of the team."""
    return teams.vendor.hire("ana")


@pytest.fixture
def bo(teams: TeamsPlatform) -> User:
    """Somebody else of the team."""
    return teams.vendor.hire("bo", name="Bo Björk")
