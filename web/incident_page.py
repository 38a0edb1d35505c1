"""One incident: everything about it, and what can be done with it from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from aiohttp import web

from chat.errors import BadInput, NotFound, TocsinError
from incidents.detail import Detail
from incidents.incident import Severity
from playbooks.progress import Progress
from security.account import Account
from security.page import Slice
from web.ask import Ask
from web.dialogs import mistakes
from web.names import accounts
from web.replies import gone_to

_EVENTS = 200
_FIELDS = frozenset({"name", "summary", "severity", "commander"})


@dataclass(frozen=True, slots=True)
class Room:
    """Where the incident is talked about.

    Attributes:
        url: Where a browser finds it; empty when it cannot.
        messages: None when the platform does not tell.
    """

    name: str
    url: str
    messages: int | None


async def show(ask: Ask) -> web.Response:
    """The details."""
    desks, ref = ask.desks, ask.path("key")
    detail = await desks.incidents.detail(ask.actor, ref)
    incident = detail.incident
    if ref != incident.key:
        return gone_to(ask, f"/incidents/{incident.key}")
    progress = await desks.steps.progress(ask.actor, incident.id)
    events = await desks.incidents.timeline(ask.actor, incident.id, (), Slice(_EVENTS, 0, "-at"))
    return await ask.page(
        "incident.html",
        detail=detail,
        incident=incident,
        progress=progress,
        people=await _people(ask, detail, progress),
        events=events,
        room=await _room(ask, detail),
        export_refused=await desks.export.why_not(ask.actor, incident.id),
        takes_part=detail.works_on,
        duration=incident.duration(desks.clock.now()),
    )


async def _people(ask: Ask, detail: Detail, progress: Progress) -> Mapping[str, Account]:
    """Everybody the page names by id: who takes part, and who did or has which step."""
    steps = [step for stage in progress.stages for step in stage.steps]
    ids = [person for step in steps for person in (step.changed_by, step.assignee_id)]
    found = await accounts(ask.desks.acts, ids)
    return {**found, **{account.id: account for account in detail.participants}}


async def _room(ask: Ask, detail: Detail) -> Room | None:
    """The home channel; None while it is being made."""
    if not detail.rooms:
        return None
    home = detail.rooms[0]
    adapter = ask.desks.adapters.get(home.address.platform)
    if adapter is None:
        return Room(home.name, "", None)
    local = home.address.platform == "local"
    url = f"/channels/{home.name}" if local else adapter.link(home.address)
    try:
        facts = await adapter.channel(home.address)
    except TocsinError:
        return Room(home.name, url, None)
    return Room(home.name, url, facts.messages)


async def ask_edit(ask: Ask) -> web.Response:
    """The dialog that changes name, summary, severity and commander."""
    detail = await ask.desks.incidents.detail(ask.actor, ask.path("key"))
    return ask.part(
        "dialogs/edit_incident.html",
        detail=detail,
        incident=detail.incident,
        severities=tuple(reversed(Severity)),
    )


async def edit(ask: Ask) -> web.Response:
    """Change what the dialog changed."""
    form, ref, desk = dict(await ask.form()), ask.path("key"), ask.desks.incidents
    version = form.pop("version", "")
    try:
        incident = await desk.find(ask.actor, ref)
        changed = await desk.edit(
            ask.actor,
            ref,
            name=form.get("name"),
            summary=form.get("summary"),
            severity=Severity.parse(form.get("severity", incident.severity)),
            commander=form.get("commander") or None,
            version=int(version) if version.isascii() and version.isdigit() else None,
        )
    except BadInput as error:
        details = error.details if set(error.details) & _FIELDS else {"": error.message}
        return mistakes(ask, "edit", form, details)
    return gone_to(ask, f"/incidents/{changed.key}")


async def end(ask: Ask) -> web.Response:
    """Close it."""
    incident = await ask.desks.incidents.end(ask.actor, ask.path("key"))
    return gone_to(ask, f"/incidents/{incident.key}")


async def restart(ask: Ask) -> web.Response:
    """Make it ongoing again."""
    incident = await ask.desks.incidents.restart(ask.actor, ask.path("key"))
    return gone_to(ask, f"/incidents/{incident.key}")


async def join(ask: Ask) -> web.Response:
    """Take part."""
    incident = await ask.desks.incidents.join(ask.actor, ask.path("key"))
    return gone_to(ask, f"/incidents/{incident.key}")


async def export(ask: Ask) -> web.Response:
    """The channel as a file."""
    file = await ask.desks.export.csv(ask.actor, ask.path("key"))
    return web.Response(
        body=file.content,
        headers={
            "Content-Type": file.content_type,
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name, safe='')}",
        },
    )


async def step(ask: Ask) -> web.Response:
    """Check, uncheck or skip a step; the page shows what came of it."""
    desk, ref = ask.desks.steps, ask.path("step")
    acts = {"check": desk.check, "uncheck": desk.uncheck, "skip": desk.skip}
    act = acts.get(ask.path("act"))
    if act is None:
        raise NotFound("That cannot be done with a step.")
    changed = await act(ask.actor, None, ref)
    return gone_to(ask, f"/incidents/{changed.incident.key}#steps")
