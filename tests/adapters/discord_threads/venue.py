"""Discord as a journey meets it where rooms are threads of one channel."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from chat.clock import Clock
from tests.adapters.discord import venue
from tests.adapters.local_venue import Starting
from tests.adapters.venue import Venue


@asynccontextmanager
async def opened(starting: Starting, clock: Clock) -> AsyncGenerator[Venue]:
    """A server whose incidents are threads."""
    async with venue.opened(starting, clock, threads=True) as made:
        yield made
