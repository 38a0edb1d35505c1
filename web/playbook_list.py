"""The playbooks somebody is a member of, and making new ones."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from aiohttp import web

from chat.errors import BadInput, Refused
from security.page import Slice
from web.ask import Ask
from web.files import posted
from web.paging import paging
from web.replies import gone_to

_SIZE = 30


async def show(ask: Ask) -> web.Response:
    """The list; only the list itself when the search changed."""
    search = ask.query("q")[:200]
    where = paging(ask, {"q": search}, _SIZE)
    page = await ask.desks.playbooks.page(ask.actor, search or None, where.part)
    values: dict[str, Any] = {"page": page, "paging": where, "search": search}
    if ask.by_htmx:
        return ask.part("parts/playbook_list.html", **values)
    return await ask.page("playbooks.html", **values)


async def choose(ask: Ask) -> web.Response:
    """From scratch, from a template, or from a file."""
    await ask.desks.playbooks.may_create(ask.actor)
    return await _ways(ask)


async def _ways(
    ask: Ask, mistake: str = "", details: Mapping[str, str] | None = None
) -> web.Response:
    """The page with the ways to a new playbook, and what was wrong with the last file."""
    return await ask.page(
        "playbook_new.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if mistake else HTTPStatus.OK,
        templates=ask.desks.playbooks.templates(),
        mistake=mistake,
        details=details or {},
    )


async def from_template(ask: Ask) -> web.Response:
    """Make one from a template and open it in the editor."""
    template = (await ask.form()).get("template", "")
    name = await _free_name(ask, template)
    made = await ask.desks.playbooks.from_template(ask.actor, template, name)
    return gone_to(ask, f"/playbooks/{made.id}")


async def _free_name(ask: Ask, template_id: str) -> str | None:
    """A name for a second playbook of one template; None for the template's own."""
    templates = ask.desks.playbooks.templates()
    template = next((one for one in templates if one.id == template_id), None)
    if template is None:
        return None
    page = await ask.desks.playbooks.page(ask.actor, template.draft.name, Slice(200))
    taken = {one.name.casefold() for one in page.items}
    name, number = template.draft.name, 1
    while name.casefold() in taken:
        number += 1
        name = f"{template.draft.name} {number}"
    return name if number > 1 else None


async def import_file(ask: Ask) -> web.Response:
    """Make one from a file in Mattermost's export format; say what could not be kept."""
    await ask.desks.playbooks.may_create(ask.actor)
    try:
        form = await posted(ask.request)
        if not form.files:
            return await _ways(
                ask, "Choose a file first: a playbook exported from here or from Mattermost."
            )
        text = form.files[0].content.decode("utf-8", "replace")
        imported = await ask.desks.playbooks.import_json(ask.actor, text)
    except (BadInput, Refused) as error:
        return await _ways(ask, error.message, error.details)
    if not imported.losses:
        return gone_to(ask, f"/playbooks/{imported.playbook.id}")
    return await ask.page("playbook_imported.html", imported=imported)


async def export_file(ask: Ask) -> web.Response:
    """One playbook as a file in Mattermost's export format."""
    ref = ask.path("playbook")
    playbook = await ask.desks.playbooks.find(ask.actor, ref)
    document = await ask.desks.playbooks.export_json(ask.actor, ref)
    return web.Response(
        text=json.dumps(document, ensure_ascii=False, indent=2),
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{playbook.handle}.json"'},
    )
