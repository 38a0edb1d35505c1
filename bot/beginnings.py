"""What a new installation begins with: a team, an administrator, playbooks, channels."""

from __future__ import annotations

from bot.house import House
from chat.errors import TocsinError
from playbooks.seed import seed
from security.actor import SYSTEM
from security.founding import found
from storage.stores import Stores

_SEEDED = "playbooks_seeded"
ADMIN = "admin"


async def begin(house: House) -> bool:
    """Make what is missing; harmless to repeat.

    Returns:
        Whether this was the first start.
    """
    first = await found(house.acts, house.clock, team=house.settings.team)
    # Once only: a shipped playbook that somebody deleted does not come back.
    if await house.acts.read(lambda to: to.settings.get(_SEEDED)) is None:
        await seed(house.acts, house.clock)
        await house.acts.run(_note_seeded)
    for team in await house.acts.read(lambda to: to.people.teams()):
        await house.rooms.ensure_team(team.name)
    return first is not None


async def sign_in_link(house: House, url: str) -> str | None:
    """A link that signs the first administrator in; None when there is no such account."""
    try:
        secret = await house.desks.doors.sign_in_link(SYSTEM, ADMIN)
    except TocsinError:
        return None
    return f"{url}/sign-in/{secret}"


def _note_seeded(stores: Stores) -> None:
    stores.settings.put(_SEEDED, "1")
