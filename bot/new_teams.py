"""What a team gets when it is made: the playbooks and runbooks that are shipped."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable

from automation.runbooks.shipped import Shipped, give, shipped
from automation.workshop import Workshop
from chat.clock import Clock
from chat.errors import UserError
from playbooks.seed import seed
from security.account import Team
from storage.acts import StoredActs
from storage.stores import Stores

_log = logging.getLogger("tocsin.packs")
_PLAYBOOKS = "playbooks_seeded"
_RUNBOOKS = "runbooks_seeded"


def shipped_playbooks(acts: StoredActs, clock: Clock) -> Callable[[Team], Awaitable[None]]:
    """What gives a team its playbooks, unless it got them earlier; harmless to repeat."""

    async def give(team: Team) -> None:
        def act(stores: Stores) -> None:
            noted = f"{_PLAYBOOKS}:{team.id}"
            if stores.settings.get(noted) is None:
                seed(stores, team, clock.now())
                stores.settings.put(noted, "1")

        await acts.run(act)

    return give


def what_is_shipped(
    acts: StoredActs, clock: Clock, workshop: Workshop
) -> Callable[[Team], Awaitable[None]]:
    """What gives a team its playbooks and runbooks, unless it got them earlier.

    It is noted with the act that makes them: what somebody deletes does not come back.
    Harmless to repeat; runbooks that nobody has edited follow their packs.
    """
    playbooks = shipped_playbooks(acts, clock)

    async def to_team(team: Team) -> None:
        await playbooks(team)
        for one in shipped(workshop.registry.packs()):
            try:
                await acts.run(lambda stores, one=one: runbook(stores, one, team))
            except UserError as wrong:
                _log.warning("runbook %s of %s is left out: %s", one.name, team.name, wrong)

    def runbook(stores: Stores, one: Shipped, team: Team) -> None:
        noted = f"{_RUNBOOKS}:{team.id}"
        known: dict[str, str] = json.loads(stores.settings.get(noted) or "{}")
        given = give(stores, workshop, team, one, known.get(one.name), clock.now())
        if known.get(one.name) != given:
            stores.settings.put(noted, json.dumps({**known, one.name: given}))

    return to_team
