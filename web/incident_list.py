"""The incidents of the team, and starting one."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from chat.errors import BadInput, NotFound
from incidents.incident import Severity, Status
from incidents.ports import IncidentFilter
from playbooks.start import StartWish
from security.page import Slice
from web.ask import Ask
from web.dialogs import mistakes
from web.names import accounts
from web.paging import paging
from web.replies import gone_to

_START = "start"
_FIELDS = ("playbook", "name", "severity", "summary")
_MOST_PLAYBOOKS = 200


async def show(ask: Ask) -> web.Response:
    """The list with its filters; only the list itself when a filter changed."""
    chosen = {
        "q": ask.query("q")[:200],
        "ongoing": "1" if ask.query("ongoing") else "",
        "mine": "1" if ask.query("mine") else "",
        "severity": ask.query("severity").upper(),
    }
    severities = tuple(one for one in Severity if one == chosen["severity"])
    where = paging(ask, chosen)
    wanted = IncidentFilter(
        team_id=ask.visitor.team.id if ask.visitor.team else None,
        status=Status.ONGOING if chosen["ongoing"] else None,
        severities=severities,
        commander_id=ask.actor.account_id if chosen["mine"] else None,
        search=chosen["q"] or None,
    )
    page = await ask.desks.incidents.page(ask.actor, wanted, where.part)
    people = await accounts(ask.desks.acts, (one.commander_id for one in page.items))
    values: dict[str, Any] = {
        "page": page,
        "paging": where,
        "people": people,
        "chosen": chosen,
        "severities": tuple(reversed(Severity)),
        "now": ask.desks.clock.now(),
    }
    if ask.by_htmx:
        return ask.part("parts/incident_list.html", **values)
    return await ask.page("incidents.html", **values)


async def ask_start(ask: Ask) -> web.Response:
    """The dialog that starts an incident."""
    playbooks = await ask.desks.playbooks.page(ask.actor, None, Slice(_MOST_PLAYBOOKS))
    return ask.part(
        "dialogs/start_incident.html",
        playbooks=playbooks.items,
        chosen=ask.query("playbook"),
        severities=tuple(reversed(Severity)),
    )


async def start(ask: Ask) -> web.Response:
    """Start an incident; mistakes go to their fields."""
    form = dict(await ask.form())
    team = ask.visitor.team
    if not form.get("playbook"):
        return mistakes(ask, _START, form, {"playbook": "Choose a playbook."})
    try:
        severity = Severity.parse(form["severity"]) if form.get("severity") else None
        wish = StartWish(
            playbook=form["playbook"],
            name=form.get("name", ""),
            severity=severity,
            summary=form.get("summary", ""),
            team_id=team.id if team else None,
        )
        incident = await ask.desks.start.start(ask.actor, wish)
    except (BadInput, NotFound) as error:
        details = error.details if set(error.details) & set(_FIELDS) else {"": error.message}
        return mistakes(ask, _START, form, details)
    return gone_to(ask, f"/incidents/{incident.key}")
