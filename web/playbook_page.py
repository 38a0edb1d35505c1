"""One playbook: its editor, its members, its history."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from aiohttp import web

from chat.errors import BadInput, Refused, Stale, UserError
from incidents.incident import Severity
from playbooks.draft import PlaybookDraft
from playbooks.playbook import MetricType, Playbook
from security.permissions import Permission
from web.ask import Ask
from web.markup import markdown
from web.playbook_form import Posted, read
from web.replies import gone_to


async def new(ask: Ask) -> web.Response:
    """The editor with an empty playbook."""
    await ask.desks.playbooks.may_create(ask.actor)
    return await ask.page("playbook.html", saved=False, **_editor(None, PlaybookDraft("")))


async def create(ask: Ask) -> web.Response:
    """Save a new playbook."""
    posted = read(await ask.fields())
    try:
        made = await ask.desks.playbooks.create(ask.actor, posted.check())
    except (BadInput, Refused) as error:
        return _again(ask, None, posted, error)
    return gone_to(ask, f"/playbooks/{made.id}?saved=1")


async def show(ask: Ask) -> web.Response:
    """The editor with a playbook, or the playbook to read for who may not change it."""
    playbook = await ask.desks.playbooks.find(ask.actor, ask.path("playbook"))
    if ask.path("playbook") != playbook.id:
        return gone_to(ask, f"/playbooks/{playbook.id}")
    values = _editor(playbook, PlaybookDraft.of(playbook))
    return await ask.page("playbook.html", saved="saved" in ask.request.query, **values)


async def save(ask: Ask) -> web.Response:
    """Save a changed playbook."""
    ref, posted = ask.path("playbook"), read(await ask.fields())
    try:
        await ask.desks.playbooks.edit(ask.actor, ref, posted.check(), revision=posted.revision)
    except (BadInput, Refused, Stale) as error:
        playbook = await ask.desks.playbooks.find(ask.actor, ref)
        return _again(ask, playbook, posted, error)
    return gone_to(ask, f"/playbooks/{ref}?saved=1")


def _editor(playbook: Playbook | None, draft: PlaybookDraft) -> dict[str, Any]:
    return {
        "playbook": playbook,
        "draft": draft,
        "errors": {},
        "typed": {},
        "mistake": "",
        "severities": tuple(Severity),
        "metric_types": tuple(MetricType),
        "tab": "edit",
    }


def _again(ask: Ask, playbook: Playbook | None, posted: Posted, error: UserError) -> web.Response:
    """The editor once more, with the mistakes in place."""
    values = _editor(playbook, posted.draft)
    values |= {"errors": error.details, "typed": posted.typed, "mistake": error.message}
    return ask.part("parts/playbook_editor.html", status=HTTPStatus.UNPROCESSABLE_ENTITY, **values)


async def members(ask: Ask) -> web.Response:
    """Who it is shared with."""
    desk, ref = ask.desks.playbooks, ask.path("playbook")
    playbook = await desk.find(ask.actor, ref)
    shared = await desk.members(ask.actor, ref)
    inside = {account.id for account, _ in shared}
    team: list[Any] = []
    if ask.visitor.may(Permission.PEOPLE_VIEW):
        everybody = await ask.desks.people.members(ask.actor, playbook.team_id)
        team = [account for account in everybody if account.id not in inside]
    mine = any(admin and account.id == ask.actor.account_id for account, admin in shared)
    return await ask.page(
        "playbook_members.html",
        playbook=playbook,
        members=shared,
        others=team,
        admin=mine or ask.visitor.may(Permission.PLAYBOOK_VIEW_ALL),
        tab="members",
    )


async def share(ask: Ask) -> web.Response:
    """Share it with somebody, or with the whole team."""
    form, ref, desk = await ask.form(), ask.path("playbook"), ask.desks.playbooks
    match form.get("act"):
        case "team":
            await desk.share_with_team(ask.actor, ref, shared=form.get("shared") == "true")
        case "remove":
            await desk.unshare(ask.actor, ref, form.get("account", ""))
        case _:
            admin = form.get("admin") == "true"
            await desk.share(ask.actor, ref, form.get("account", ""), admin=admin)
    return gone_to(ask, f"/playbooks/{ref}/members")


async def history(ask: Ask) -> web.Response:
    """Its revisions, newest first."""
    desk, ref = ask.desks.playbooks, ask.path("playbook")
    return await ask.page(
        "playbook_history.html",
        playbook=await desk.find(ask.actor, ref),
        revisions=await desk.revisions(ask.actor, ref),
        tab="history",
    )


async def restore(ask: Ask) -> web.Response:
    """Make it what it was at a revision."""
    ref = ask.path("playbook")
    await ask.desks.playbooks.restore(ask.actor, ref, ask.number("revision"))
    return gone_to(ask, f"/playbooks/{ref}?saved=1")


async def duplicate(ask: Ask) -> web.Response:
    """Copy it under another name."""
    desk, ref = ask.desks.playbooks, ask.path("playbook")
    name = (await ask.form()).get("name", "").strip()
    if not name:
        name = f"{(await desk.find(ask.actor, ref)).name[:73]} (copy)"
    made = await desk.duplicate(ask.actor, ref, name)
    return gone_to(ask, f"/playbooks/{made.id}")


async def delete(ask: Ask) -> web.Response:
    """Take it away."""
    await ask.desks.playbooks.delete(ask.actor, ask.path("playbook"))
    return gone_to(ask, "/playbooks")


async def preview(ask: Ask) -> web.Response:
    """How a description will look."""
    texts = [value for name, value in await ask.fields() if name.endswith("description")]
    html = markdown(texts[0][:20_000]) if texts and texts[0].strip() else ""
    return web.Response(
        text=str(html) or '<p class="quiet">Nothing written yet.</p>', content_type="text/html"
    )
