"""The runbooks of the team, and writing a new one."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from aiohttp import web

from automation.runbook import RunbookFilter, RunbookStatus, TriggerType
from automation.runbooks.desk import Edit
from automation.runbooks.documents import read_text
from chat.errors import BadInput, Refused
from web.ask import Ask
from web.paging import paging
from web.replies import gone_to

_SIZE = 30
_BLANK = """\
name: Restart the web service
description: Looks how the service is, and restarts it when somebody agrees.
trigger_type: MANUAL
parameters:
- name: service
  description: Name of the service
  required: true
steps:
- name: Look
  action: core.local
  parameters:
    cmd: systemctl status {{ parameters.service }} --no-pager
  on_failure: continue
- name: Restart
  action: core.local
  timeout: 60
  parameters:
    cmd: systemctl restart {{ parameters.service }}
  approval:
    role: approver
tags: [restart]
"""
"""What a new runbook begins as in the editor."""


async def show(ask: Ask) -> web.Response:
    """The list with its filters; only the list itself when a filter changed."""
    chosen = {
        "q": ask.query("q")[:200],
        "status": ask.query("status").upper(),
        "trigger": ask.query("trigger").upper(),
        "category": ask.query("category")[:80],
    }
    where = paging(ask, chosen, _SIZE)
    team = ask.visitor.team
    wanted = RunbookFilter(
        team_ids=frozenset({team.id}) if team else None,
        status=next((one for one in RunbookStatus if one == chosen["status"]), None),
        trigger_type=next((one for one in TriggerType if one == chosen["trigger"]), None),
        category=chosen["category"] or None,
        search=chosen["q"] or None,
    )
    page = await ask.desks.runbooks.page(ask.actor, wanted, where.part)
    values: dict[str, Any] = {
        "page": page,
        "paging": where,
        "chosen": chosen,
        "statuses": tuple(RunbookStatus),
        "triggers": tuple(TriggerType),
    }
    if ask.by_htmx:
        return ask.part("parts/runbook_list.html", **values)
    return await ask.page("runbooks.html", **values)


async def new(ask: Ask) -> web.Response:
    """The editor with an example in it."""
    await ask.desks.runbooks.may_write(ask.actor)
    return await editor(ask, _BLANK)


async def create(ask: Ask) -> web.Response:
    """Save a new one as a draft; mistakes are shown with their places."""
    text = (await ask.form()).get("document", "")
    try:
        content, label = read_text(text)
        made = await ask.desks.runbooks.create(ask.actor, content, Edit(label=label))
    except (BadInput, Refused) as error:
        return await editor(ask, text, mistake=error.message, details=error.details)
    return gone_to(ask, f"/runbooks/{made.runbook.id}")


async def editor(
    ask: Ask,
    text: str,
    *,
    name: str = "",
    here: str = "/runbooks",
    revision: int | None = None,
    mistake: str = "",
    details: Mapping[str, str] | None = None,
) -> web.Response:
    """The page where a runbook is written, and what was wrong with it."""
    actions = await ask.desks.executions.actions(ask.actor)
    return await ask.page(
        "runbook_edit.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if mistake else HTTPStatus.OK,
        text=text,
        name=name,
        target=here,
        revision=revision,
        mistake=mistake,
        details=details or {},
        actions=actions,
    )
