"""What a team gets when it is made: the playbooks that are shipped."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from chat.clock import Clock
from playbooks.seed import seed
from security.account import Team
from storage.acts import StoredActs
from storage.stores import Stores

_SEEDED = "playbooks_seeded"


def shipped_playbooks(acts: StoredActs, clock: Clock) -> Callable[[Team], Awaitable[None]]:
    """What gives a team its playbooks, unless it got them earlier; harmless to repeat.

    It is noted with the act that makes them: what somebody deletes does not come back.
    """

    async def give(team: Team) -> None:
        def act(stores: Stores) -> None:
            noted = f"{_SEEDED}:{team.id}"
            if stores.settings.get(noted) is None:
                seed(stores, team, clock.now())
                stores.settings.put(noted, "1")

        await acts.run(act)

    return give
