"""What a new installation begins with: a team, an administrator, playbooks, runbooks, channels."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta

from bot.house import House
from bot.new_teams import what_is_shipped
from chat.clock import new_id
from chat.errors import TocsinError
from security.actor import SYSTEM
from security.founding import found

_BEGINNING = "beginning"
_LONGEST = timedelta(seconds=20)
_LOOK_EVERY = 0.2
ADMIN = "admin"


async def begin(house: House, process: str) -> bool:
    """Make what is missing; harmless to repeat.

    Args:
        house: Everybody.
        process: Name of this one; empty for one without.

    Returns:
        Whether this was the first start.
    """
    async with _alone(house, process or new_id()):
        return await _begin(house)


async def _begin(house: House) -> bool:
    first = await found(house.acts, house.clock, team=house.settings.team)
    give = what_is_shipped(house.acts, house.clock, house.automation.workshop)
    for team in await house.acts.read(lambda to: to.people.teams()):
        await give(team)
        await house.rooms.ensure_team(team.name)
    return first is not None


async def sign_in_link(house: House, url: str) -> str | None:
    """A link that signs the first administrator in; None when there is no such account."""
    try:
        secret = await house.desks.doors.sign_in_link(SYSTEM, ADMIN)
    except TocsinError:
        return None
    return f"{url}/sign-in/{secret}"


@asynccontextmanager
async def _alone(house: House, owner: str) -> AsyncGenerator[None]:
    """Have other processes that start at the same time wait until this one has begun."""
    while True:
        now = house.clock.now()
        fence = await house.acts.run(
            lambda to, now=now: to.leases.take(_BEGINNING, owner, now, now + _LONGEST)
        )
        if fence is not None:
            break
        await asyncio.sleep(_LOOK_EVERY)
    try:
        yield
    finally:
        now = house.clock.now()
        await house.acts.run(lambda to: to.leases.release(_BEGINNING, owner, fence, now))
