"""Actions: what there is, and one of them with what it takes, to be run by itself."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from automation.actions.defaults import is_filled_in
from automation.actions.finding import fitting
from automation.executions.desk import ExecuteWish
from chat.errors import BadInput, NotFound, Refused
from security.page import Page
from web.ask import Ask
from web.dialogs import mistakes
from web.paging import paging
from web.parameters import given_in, placed
from web.replies import gone_to

_FORM = "action"
_SIZE = 30


async def listed(ask: Ask) -> web.Response:
    """The list; only the list itself when something else is searched for."""
    chosen = {"q": ask.query("q")[:200]}
    where = paging(ask, chosen, _SIZE)
    found = fitting(await ask.desks.executions.actions(ask.actor), chosen["q"])
    first = where.part.offset
    values: dict[str, Any] = {
        "page": Page(found[first : first + where.part.limit], len(found)),
        "paging": where,
        "chosen": chosen,
    }
    if ask.by_htmx:
        return ask.part("parts/action_list.html", **values)
    return await ask.page("actions.html", **values)


async def show(ask: Ask) -> web.Response:
    """What it does, and a form with what it takes."""
    action = await ask.desks.executions.action(ask.actor, ask.path("action"))
    return await ask.page(
        "action.html",
        action=action,
        templates=[each.name for each in action.parameters if is_filled_in(each)],
    )


async def run(ask: Ask) -> web.Response:
    """Begin it and go to its execution; mistakes go to their fields."""
    form = dict(await ask.form())
    wish = ExecuteWish(
        action=ask.path("action"),
        parameters=given_in(form),
        incident=form.get("incident", "").strip() or None,
        reason=form.get("reason", ""),
    )
    try:
        begun = await ask.desks.executions.start(ask.actor, wish)
    except (BadInput, Refused) as error:
        return mistakes(ask, _FORM, form, placed(error, form))
    except NotFound as error:
        if "incident" not in error.details:
            raise
        return mistakes(ask, _FORM, form, placed(error, form))
    return gone_to(ask, f"/executions/{begun.key}")
