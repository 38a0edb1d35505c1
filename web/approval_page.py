"""Approvals: what waits for somebody, and one of them with its exact plan."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from automation.approval import ApprovalFilter, ApprovalStatus
from chat.errors import BadInput, Refused, Stale
from web.ask import Ask
from web.dialogs import mistakes
from web.paging import paging
from web.replies import gone_to

_FORM = "approval"
_FIELDS = ("note", "second_factor_code")
_CODE_WANTED = frozenset({"SECOND_FACTOR_NEEDED", "CODE_NEEDED", "WRONG_CODE"})


async def listed(ask: Ask) -> web.Response:
    """Those that wait, or all of them; only the list itself when a filter changed."""
    status = ask.query("status").upper() or ApprovalStatus.PENDING.value
    chosen = {"q": ask.query("q")[:200], "status": status, "mine": "1" if ask.query("mine") else ""}
    where = paging(ask, chosen)
    wanted = ApprovalFilter(
        status=next((one for one in ApprovalStatus if one == status), None),
        search=chosen["q"] or None,
    )
    page = await ask.desks.approvals.page(ask.actor, wanted, where.part, mine=bool(chosen["mine"]))
    values: dict[str, Any] = {
        "page": page,
        "paging": where,
        "chosen": chosen,
        "statuses": tuple(ApprovalStatus),
    }
    if ask.by_htmx:
        return ask.part("parts/approval_list.html", **values)
    return await ask.page("approvals.html", **values)


async def show(ask: Ask) -> web.Response:
    """One approval; only what may have changed when the page asks again."""
    detail = await ask.desks.approvals.detail(ask.actor, ask.path("approval"))
    values: dict[str, Any] = {"detail": detail, "approval": detail.approval}
    if ask.by_htmx:
        return ask.part("parts/approval.html", **values)
    return await ask.page("approval.html", **values)


async def answer(ask: Ask) -> web.Response:
    """Yes or no, to the plan that the page showed; mistakes go to their fields."""
    form = await ask.form()
    desk, ref = ask.desks.approvals, ask.path("approval")
    say = desk.approve if form.get("answer") == "approve" else desk.reject
    code = form.get("second_factor_code", "")
    try:
        after = await say(
            ask.actor, ref, form.get("note", ""), code=code or None, plan_hash=form.get("plan")
        )
    except (BadInput, Refused, Stale) as error:
        if not ask.by_htmx:
            raise
        shown = dict.fromkeys(("", *(name for name in _FIELDS if name in form)), "")
        return mistakes(ask, _FORM, shown, _placed(error))
    return gone_to(ask, f"/approvals/{after.key}")


def _placed(error: BadInput | Refused | Stale) -> dict[str, str]:
    """A mistake at its field; what has no field at the top."""
    if error.code in _CODE_WANTED or "second_factor_code" in error.details:
        return {"second_factor_code": error.message}
    return {"note": error.message} if "note" in error.details else {"": error.message}
