"""Executions: the list, and one of them as it goes on."""

from __future__ import annotations

import mimetypes
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias, cast
from urllib.parse import quote

from aiohttp import web

from automation.execution import (
    Execution,
    ExecutionFilter,
    ExecutionStatus,
    Piece,
    Task,
    TaskStatus,
)
from automation.executions.context import step_facts
from automation.executions.desk import ExecutionDetail, Verdict
from automation.executions.items import NEVER_REACHED, StepLine, lines
from automation.values import Json
from chat.errors import BadInput, NotFound
from security.actor import Actor
from web.ask import Ask
from web.names import accounts
from web.paging import paging
from web.replies import gone_to

_MOST_PIECES = 2000
_TAIL = 60_000
"""Characters of output on the page; all of it may be downloaded."""
_LONG = 2000
"""Characters of output that scroll on the page, so that all of it is offered to be downloaded."""
_MOST_ITEMS = 100
"""Of one step on the page; all of them are in the API."""
_UNREACHED = "Not reached, since what came before it did not succeed."
_DULL = {TaskStatus.COMPLETED, TaskStatus.SKIPPED, TaskStatus.CANCELLED}

_Act: TypeAlias = Callable[[Actor, str], Awaitable[Execution]]


async def listed(ask: Ask) -> web.Response:
    """The list with its filters; only the list itself when a filter changed."""
    chosen = {
        "q": ask.query("q")[:200],
        "status": ask.query("status").upper(),
        "active": "1" if ask.query("active") else "",
        "mine": "1" if ask.query("mine") else "",
    }
    where = paging(ask, chosen)
    wanted = ExecutionFilter(
        status=next((one for one in ExecutionStatus if one == chosen["status"]), None),
        active=True if chosen["active"] else None,
        requested_by=ask.actor.account_id if chosen["mine"] else None,
        search=chosen["q"] or None,
    )
    team = ask.visitor.team
    page = await ask.desks.executions.page(
        ask.actor, wanted, where.part, team=team.id if team else None
    )
    values: dict[str, Any] = {
        "page": page,
        "paging": where,
        "chosen": chosen,
        "statuses": tuple(ExecutionStatus),
        "people": await accounts(ask.desks.acts, (one.requested_by for one in page.items)),
    }
    if ask.by_htmx:
        return ask.part("parts/execution_list.html", **values)
    return await ask.page("executions.html", **values)


async def show(ask: Ask) -> web.Response:
    """One execution; only what goes on in it when the page asks again."""
    ref = ask.path("execution")
    detail = await ask.desks.executions.detail(ask.actor, ref)
    pieces = await ask.desks.executions.newest_output(ask.actor, ref, _MOST_PIECES)
    who = await accounts(ask.desks.acts, [detail.execution.requested_by])
    incident = None
    if detail.execution.incident_id is not None:
        try:
            found = await ask.desks.incidents.detail(ask.actor, detail.execution.incident_id)
            incident = found.incident
        except NotFound:
            incident = None
    values: dict[str, Any] = {
        "detail": detail,
        "execution": detail.execution,
        "who": who.get(detail.execution.requested_by or ""),
        "incident": incident,
        "printed": _printed(pieces),
        "lines": lines(detail.tasks),
        "shown_items": shown_items,
        "long": _LONG,
        "words_of": words_of,
        "why_skipped": partial(why_skipped, detail),
    }
    if ask.by_htmx:
        return ask.part("parts/execution.html", **values)
    return await ask.page("execution.html", **values)


def _printed(pieces: tuple[Piece, ...]) -> Mapping[str, str]:
    """What each step printed, by the task's id; the end of it where it is long."""
    found: dict[str, str] = {}
    for piece in pieces:
        found[piece.task_id] = (found.get(piece.task_id, "") + piece.text)[-_TAIL:]
    return found


def words_of(task: Task) -> str:
    """What an action says of its result in words: its `text`; empty where it says nothing."""
    result = step_facts(task)["result"]
    told = cast("dict[str, Json]", result) if isinstance(result, dict) else {}
    # A script prints it as JSON, which stands in what it printed.
    printed = told.get("stdout")
    told = cast("dict[str, Json]", printed) if isinstance(printed, dict) else told
    text = told.get("text")
    return text.strip() if isinstance(text, str) else ""


def why_skipped(detail: ExecutionDetail, task: Task) -> str:
    """Why a step was left out; empty for one that was not."""
    if task.status is not TaskStatus.SKIPPED:
        return ""
    if task.error:
        return _UNREACHED if task.error == NEVER_REACHED else task.error
    steps = detail.content.steps if detail.content is not None else ()
    when = steps[task.step].when if task.step is not None and task.step < len(steps) else ""
    return f"Its condition does not hold: `{when}`" if when else ""


def shown_items(line: StepLine) -> Sequence[Task]:
    """Those items of a step that have room: around the first that has not ended or has failed."""
    items = line.items
    busy = (at for at, each in enumerate(items) if each.status not in _DULL)
    first = max(next(busy, 0) - _MOST_ITEMS // 4, 0)
    return items[min(first, max(len(items) - _MOST_ITEMS, 0)) :][:_MOST_ITEMS]


async def output(ask: Ask) -> web.Response:
    """All that is kept of what one step printed, as a file."""
    ref, task = ask.path("execution"), ask.path("task")
    execution, pieces = await ask.desks.executions.output(ask.actor, ref, task_id=task)
    if not pieces:
        raise NotFound(f"{execution.key} has no output of that step.")
    texts: list[str] = []
    while pieces:
        texts += [piece.text for piece in pieces]
        _, pieces = await ask.desks.executions.output(
            ask.actor, ref, after=pieces[-1].id, task_id=task
        )
    return web.Response(
        text="".join(texts),
        headers={
            "Content-Type": "text/plain; charset=utf-8",
            "Content-Disposition": f'attachment; filename="{execution.key}-output.txt"',
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
        },
    )


async def control(ask: Ask) -> web.Response:
    """Cancel, pause, resume or rerun it."""
    desk = ask.desks.executions
    acts: Mapping[str, _Act] = {
        "cancel": desk.cancel,
        "pause": desk.pause,
        "resume": desk.resume,
        "rerun": desk.rerun,
    }
    act = acts.get(ask.path("act"))
    if act is None:
        raise NotFound("That cannot be done with an execution.")
    after = await act(ask.actor, ask.path("execution"))
    return gone_to(ask, f"/executions/{after.key}")


async def settle(ask: Ask) -> web.Response:
    """Say what became of a step that was interrupted."""
    form = await ask.form()
    verdict = next((one for one in Verdict if one == form.get("verdict")), None)
    if verdict is None:
        raise BadInput("Say whether the step was done, failed, or is to be done again.")
    after = await ask.desks.executions.settle(
        ask.actor, ask.path("execution"), form.get("step") or None, verdict, form.get("note", "")
    )
    return gone_to(ask, f"/executions/{after.key}")


async def file(ask: Ask) -> web.FileResponse:
    """A file that a step left, read while it is sent."""
    path = await ask.desks.executions.file(ask.actor, ask.path("execution"), ask.path("name"))
    return web.FileResponse(
        path,
        headers={
            "Content-Type": mimetypes.guess_type(path.name)[0] or "application/octet-stream",
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(path.name, safe='')}",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
        },
    )
