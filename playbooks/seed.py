"""The playbooks a new team begins with."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from playbooks import changes
from playbooks.ports import PlaybookStores
from playbooks.template import Template, shipped
from security.account import Team
from security.actor import SYSTEM

ANNOUNCED_IN = "incidents"
"""The channel that hears of each incident, where the platform has one of that name."""


def seed(stores: PlaybookStores, team: Team, now: datetime) -> int:
    """Make a playbook from every template in a team; meant for its first time only.

    Each is open to the whole team and has its template's id as its handle. What has
    that handle already is left alone.

    Returns:
        How many were made.
    """
    return sum(_make(stores, team, template, now) for template in shipped())


def _make(stores: PlaybookStores, team: Team, template: Template, now: datetime) -> bool:
    if stores.playbooks.by_handle(team.id, template.id) is not None:
        return False
    # What is private is told to nobody until somebody chooses whom to tell.
    audience = (ANNOUNCED_IN,) if template.draft.settings.public else ()
    settings = replace(template.draft.settings, announce_in=audience)
    draft = replace(template.draft, handle=template.id, settings=settings)
    origin = changes.Origin(note="shipped with Tocsin", template=template.id, shared_with_team=True)
    changes.create(stores, SYSTEM, team, draft, now, origin)
    return True
