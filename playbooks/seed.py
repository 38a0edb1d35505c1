"""The playbooks a new installation begins with."""

from __future__ import annotations

from dataclasses import replace

from chat.clock import Clock
from playbooks import changes
from playbooks.ports import PlaybookStores
from playbooks.template import Template, shipped
from security.account import Team
from security.actor import SYSTEM
from security.ports import Acts

ANNOUNCED_IN = "incidents"
"""The channel that hears of each incident, where the platform has one of that name."""


async def seed(acts: Acts[PlaybookStores], clock: Clock) -> int:
    """Make a playbook from every template in every team; meant for the first run only.

    Each is open to the whole team and has its template's id as its handle. What has
    that handle already is left alone, so an interrupted first run may be repeated.

    Returns:
        How many were made.
    """

    def act(stores: PlaybookStores) -> int:
        made = 0
        for team in stores.people.teams():
            for template in shipped():
                made += _make(stores, clock, team, template)
        return made

    return await acts.run(act)


def _make(stores: PlaybookStores, clock: Clock, team: Team, template: Template) -> bool:
    if stores.playbooks.by_handle(team.id, template.id) is not None:
        return False
    # What is private is told to nobody until somebody chooses whom to tell.
    audience = (ANNOUNCED_IN,) if template.draft.settings.public else ()
    settings = replace(template.draft.settings, announce_in=audience)
    draft = replace(template.draft, handle=template.id, settings=settings)
    origin = changes.Origin(note="shipped with Tocsin", template=template.id, shared_with_team=True)
    changes.create(stores, SYSTEM, team, draft, clock.now(), origin)
    return True
