"""Teams as a journey meets it where rooms are channels, made with Graph."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from chat.clock import Clock
from tests.adapters.local_venue import Starting
from tests.adapters.teams import venue
from tests.adapters.venue import Venue


@asynccontextmanager
async def opened(starting: Starting, clock: Clock) -> AsyncGenerator[Venue]:
    """A team with Graph."""
    async with venue.opened(starting, clock, graph=True) as made:
        yield made
