"""The audit trail, and whether it is whole."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from security.actor import ALL_TEAMS
from security.audit import Outcome
from security.permissions import Permission
from security.ports import AuditFilter
from web.ask import Ask
from web.paging import paging

_SIZE = 50


async def show(ask: Ask) -> web.Response:
    """Records that fit, newest first."""
    chosen = {
        name: ask.query(name)[:200]
        for name in ("q", "actor", "action", "outcome", "since", "until")
    }
    where = paging(ask, chosen, _SIZE)
    until = _day(chosen["until"])
    wanted = AuditFilter(
        actor=chosen["actor"].removeprefix("@") or None,
        action=chosen["action"] or None,
        outcome=next((one for one in Outcome if one == chosen["outcome"]), None),
        since=_day(chosen["since"]),
        until=None if until is None else until + timedelta(days=1),
        search=chosen["q"] or None,
    )
    page = await ask.desks.audit.page(ask.actor, wanted, where.part)
    values: dict[str, Any] = {
        "page": page,
        "paging": where,
        "chosen": chosen,
        "outcomes": tuple(Outcome),
        "whole": ask.actor.may(Permission.AUDIT_VIEW, ALL_TEAMS),
    }
    if ask.by_htmx:
        return ask.part("parts/audit_table.html", **values)
    return await ask.page("audit.html", **values)


def _day(text: str) -> datetime | None:
    """The beginning of a day in UTC; None for what is no date."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None


async def verify(ask: Ask) -> web.Response:
    """Walk the whole chain and say what was found."""
    verdict = await ask.desks.audit.verify(ask.actor)
    return ask.part("parts/verdict.html", verdict=verdict)
