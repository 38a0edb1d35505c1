"""One runbook: what it does, running it, trying it dry, changing it, how it was."""

from __future__ import annotations

from aiohttp import web

from automation.execution import ExecutionFilter
from automation.executions.desk import ExecuteWish
from automation.runbook import RunbookStatus
from automation.runbooks.desk import Edit, Seen
from automation.runbooks.documents import read_text
from automation.runbooks.writing import text_of
from chat.errors import BadInput, NotFound, Refused, Stale
from security.page import Slice
from web.ask import Ask
from web.dialogs import mistakes
from web.names import accounts
from web.parameters import given_in, placed
from web.replies import gone_to
from web.runbook_list import editor

_FORM = "run"
_SHOWN = 10


async def show(ask: Ask) -> web.Response:
    """What it does, with its last executions and its versions."""
    seen = await _found(ask)
    runbook = seen.runbook
    wanted = ExecutionFilter(runbook_id=runbook.id)
    executions = await ask.desks.executions.page(ask.actor, wanted, Slice(_SHOWN))
    versions = await ask.desks.runbooks.versions(ask.actor, runbook.id)
    people = await accounts(
        ask.desks.acts,
        (*(one.created_by for one in versions), *(one.requested_by for one in executions.items)),
    )
    return await ask.page(
        "runbook.html",
        seen=seen,
        runbook=runbook,
        content=runbook.content,
        document=text_of(runbook.content, runbook.label),
        executions=executions,
        versions=versions,
        people=people,
        statuses=tuple(RunbookStatus),
    )


async def ask_run(ask: Ask) -> web.Response:
    """The dialog with the runbook's parameters."""
    seen = await _found(ask)
    return ask.part("dialogs/run_runbook.html", seen=seen, runbook=seen.runbook)


async def run(ask: Ask) -> web.Response:
    """Begin an execution, or show what it would do; mistakes go to their fields."""
    seen = await _found(ask)
    form = dict(await ask.form())
    dry = form.pop("dry", "")
    wish = ExecuteWish(
        runbook=seen.runbook.id,
        parameters=given_in(form),
        incident=form.get("incident", "").strip() or None,
        reason=form.get("reason", ""),
    )
    try:
        if dry:
            found = await ask.desks.executions.dry_run(ask.actor, wish)
            return ask.part("parts/dry_run.html", found=found, plan=found.plan)
        begun = await ask.desks.executions.start(ask.actor, wish)
    except (BadInput, NotFound, Refused) as error:
        return mistakes(ask, _FORM, form, placed(error, form))
    return gone_to(ask, f"/executions/{begun.key}")


async def ask_edit(ask: Ask) -> web.Response:
    """The editor with the current version in it."""
    await ask.desks.runbooks.may_write(ask.actor)
    seen = await _found(ask)
    runbook = seen.runbook
    return await editor(
        ask,
        text_of(runbook.content),
        name=runbook.name,
        here=f"/runbooks/{runbook.id}",
        revision=runbook.revision,
    )


async def save(ask: Ask) -> web.Response:
    """Save it as a new version; mistakes are shown with their places, nothing typed is lost."""
    form = await ask.form()
    text, revision = form.get("document", ""), form.get("revision", "")
    seen = await _found(ask)
    runbook = seen.runbook
    known = int(revision) if revision.isascii() and revision.isdigit() else None
    try:
        content, label = read_text(text)
        await ask.desks.runbooks.edit(
            ask.actor, runbook.id, Edit(content=content, label=label), revision=known
        )
    except (BadInput, Refused, Stale) as error:
        return await editor(
            ask,
            text,
            name=runbook.name,
            here=f"/runbooks/{runbook.id}",
            revision=known,
            mistake=error.message,
            details=error.details,
        )
    return gone_to(ask, f"/runbooks/{runbook.id}")


async def mark(ask: Ask) -> web.Response:
    """Give it another status, or show it to others."""
    form = await ask.form()
    status = next((one for one in RunbookStatus if one == form.get("status")), None)
    public = {"yes": True, "no": False}.get(form.get("public", ""))
    after = await ask.desks.runbooks.edit(
        ask.actor, ask.path("runbook"), Edit(status=status, is_public=public)
    )
    return gone_to(ask, f"/runbooks/{after.runbook.id}")


async def restore(ask: Ask) -> web.Response:
    """Make it what it was."""
    ref, revision = ask.path("runbook"), ask.number("revision")
    after = await ask.desks.runbooks.restore(ask.actor, ref, revision)
    return gone_to(ask, f"/runbooks/{after.runbook.id}")


async def delete(ask: Ask) -> web.Response:
    """Take it away."""
    await ask.desks.runbooks.delete(ask.actor, ask.path("runbook"))
    return gone_to(ask, "/runbooks")


async def webhook_secret(ask: Ask) -> web.Response:
    """A new secret for its webhook, shown this once."""
    after, secret = await ask.desks.runbooks.new_webhook_secret(ask.actor, ask.path("runbook"))
    base = ask.desks.public_url or str(ask.request.url.origin())
    url = f"{base.rstrip('/')}/api/automation/webhooks/{after.runbook.id}/"
    return ask.part("dialogs/webhook_secret.html", secret=secret, url=url)


async def _found(ask: Ask) -> Seen:
    return await ask.desks.runbooks.find(ask.actor, ask.path("runbook"))
