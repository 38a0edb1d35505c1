"""`/api/playbooks/`: the list, one playbook, templates, import and export."""

from __future__ import annotations

import json
from typing import Annotated, Any

from aiohttp import web
from pydantic import ConfigDict, Field

from api.downloads import download
from api.names import Names
from api.paging import Part, page_out, part_of
from api.playbook_shapes import (
    EditPlaybook,
    FromTemplate,
    NewPlaybook,
    PlaybookOrdering,
    PlaybookOut,
    PlaybookPage,
    RevisionOut,
    RevisionPage,
    TemplateOut,
    TemplatePage,
)
from api.routing import Answer, AnyRoute, Call, Media, Route
from api.shapes import WHOLE, In, Json, Line, NoQuery, Nothing, Out, Query, Search, Title
from chat.errors import BadInput, NotFound
from chat.message import Attachment
from playbooks.desk import PlaybookDesk
from playbooks.draft import PlaybookDraft
from playbooks.playbook import Playbook
from security.permissions import Permission

ROOT = "/api/playbooks/"
ONE = "/api/playbooks/{ref}/"


class PlaybookQuery(Part):
    """Which playbooks."""

    search: Search | None = Field(default=None, description="In name, handle and description.")
    team: Line | None = Field(default=None, description="Name or id; yours when not given.")
    ordering: PlaybookOrdering | None = Field(default=None, description="By name if not given.")


class Duplicate(In):
    """The copy's name."""

    name: Title


class Restore(In):
    """Which revision is to be the current one again."""

    revision: Annotated[int, Field(ge=1, le=2**31 - 1), WHOLE]


class ImportQuery(Query):
    """Into which team."""

    team: Line | None = Field(default=None, description="Name or id; yours when not given.")


class Exported(In):
    """A playbook as Mattermost Playbooks exports it, version 1."""

    model_config = ConfigDict(
        strict=True,
        extra="allow",
        frozen=True,
        json_schema_extra={
            "properties": {
                "version": {"const": 1},
                "title": {"type": "string"},
                "checklists": {"type": "array"},
            },
            "required": ["version", "title"],
        },
    )
    __pydantic_extra__: dict[str, Json]  # pyright: ignore[reportIncompatibleVariableOverride] - narrower on purpose


class ImportedOut(Out):
    """What came of an import."""

    playbook: PlaybookOut
    losses: tuple[str, ...] = Field(description="What the document had and the playbook has not.")


class Playbooks:
    """Playbooks over HTTP."""

    def __init__(self, desk: PlaybookDesk, names: Names) -> None:
        self._desk = desk
        self._names = names

    def routes(self) -> tuple[AnyRoute, ...]:
        """Its rows."""
        view, edit = Permission.PLAYBOOK_VIEW, Permission.PLAYBOOK_EDIT
        create, out = Permission.PLAYBOOK_CREATE, PlaybookOut
        return (
            Route(
                "GET", ROOT, self.page, view, "List playbooks you are a member of",
                PlaybookPage, query=PlaybookQuery,
            ),
            Route(
                "POST", ROOT, self.create, create, "Make a playbook from scratch",
                out, body=NewPlaybook, status=201,
            ),
            Route(
                "POST", f"{ROOT}import/", self.take_in, create,
                "Import a playbook exported by Mattermost or by us",
                ImportedOut, query=ImportQuery, body=Exported, status=201,
            ),
            Route(
                "GET", f"{ROOT}templates/", self.templates, view, "List templates",
                TemplatePage, query=Part,
            ),
            Route(
                "POST", f"{ROOT}templates/{{template}}/", self.from_template, create,
                "Make a playbook from a template", out, body=FromTemplate, status=201,
            ),
            Route("GET", ONE, self.get, view, "Look at a playbook", out),
            Route(
                "PATCH", ONE, self.edit, edit, "Change a playbook", out,
                body=EditPlaybook, versioned=True,
            ),
            # Its own admins may delete it without the team-wide right: the domain decides.
            Route("DELETE", ONE, self.delete, view, "Delete a playbook", None, status=204),
            Route(
                "POST", f"{ONE}duplicate/", self.duplicate, create, "Copy a playbook",
                out, body=Duplicate, status=201,
            ),
            Route(
                "GET", f"{ONE}export/", self.export, view,
                "Export a playbook in Mattermost's format",
                Media("application/json", "Mattermost Playbooks' export format, version 1."),
            ),
            Route(
                "GET", f"{ONE}revisions/", self.revisions, view, "List how it was before",
                RevisionPage, query=Part,
            ),
            Route(
                "POST", f"{ONE}restore/", self.restore, edit, "Go back to a revision",
                out, body=Restore,
            ),
        )  # fmt: skip

    async def page(self, call: Call[PlaybookQuery, Nothing]) -> PlaybookPage:
        """The playbooks that fit."""
        query = call.query
        found = await self._desk.page(
            call.actor, query.search, query.part("name"), team=query.team or None
        )
        known = await self._names.of(playbook.created_by for playbook in found.items)
        return page_out(
            PlaybookPage, call.request, query, found, lambda it: PlaybookOut.of(it, known)
        )

    async def create(self, call: Call[NoQuery, NewPlaybook]) -> Answer:
        """A new playbook."""
        body = call.body
        made = await self._desk.create(call.actor, body.draft(), team=body.team or None)
        return await self._made(made)

    async def from_template(self, call: Call[NoQuery, FromTemplate]) -> Answer:
        """A new playbook like one that is shipped."""
        body = call.body
        made = await self._desk.from_template(
            call.actor, call.path["template"], body.name, team=body.team or None
        )
        return await self._made(made)

    async def take_in(self, call: Call[ImportQuery, Exported]) -> Answer:
        """Import one."""
        document = dict(call.body.__pydantic_extra__)
        taken = await self._desk.import_json(call.actor, document, team=call.query.team or None)
        known = await self._names.of([taken.playbook.created_by])
        body = ImportedOut(playbook=PlaybookOut.of(taken.playbook, known), losses=taken.losses)
        return Answer(body, taken.playbook.revision, f"{ROOT}{taken.playbook.id}/")

    async def templates(self, call: Call[Part, Nothing]) -> TemplatePage:
        """What is shipped."""
        part = part_of(self._desk.templates(), call.query)
        return page_out(TemplatePage, call.request, call.query, part, TemplateOut.of)

    async def get(self, call: Call[NoQuery, Nothing]) -> Answer:
        """One playbook."""
        return await self._shown(await exactly(self._desk, call))

    async def edit(self, call: Call[NoQuery, EditPlaybook]) -> Answer:
        """Change what is given."""
        old = await exactly(self._desk, call)
        # Without If-Match the revision just read stands in for it: what is left out is filled
        # in from there, and must not undo somebody else's change.
        revision = old.revision if call.version is None else call.version
        draft = call.body.draft(PlaybookDraft.of(old))
        changed = await self._desk.edit(call.actor, old.id, draft, revision=revision)
        return await self._shown(changed)

    async def delete(self, call: Call[NoQuery, Nothing]) -> Answer:
        """Take it away."""
        await self._desk.delete(call.actor, (await exactly(self._desk, call)).id)
        return Answer()

    async def duplicate(self, call: Call[NoQuery, Duplicate]) -> Answer:
        """Copy it."""
        old = await exactly(self._desk, call)
        return await self._made(await self._desk.duplicate(call.actor, old.id, call.body.name))

    async def export(self, call: Call[NoQuery, Nothing]) -> web.Response:
        """As a file."""
        playbook = await exactly(self._desk, call)
        written = await self._desk.export_json(call.actor, playbook.id)
        text = json.dumps(written, ensure_ascii=False, indent=2)
        file = Attachment(f"{playbook.handle}.json", "application/json", text.encode())
        return download(file)

    async def revisions(self, call: Call[Part, Nothing]) -> RevisionPage:
        """How it was."""
        playbook = await exactly(self._desk, call)
        found = await self._desk.revisions(call.actor, playbook.id)
        known = await self._names.of(revision.playbook.created_by for revision in found)
        part = part_of(found, call.query)
        return page_out(
            RevisionPage, call.request, call.query, part, lambda it: RevisionOut.of(it, known)
        )

    async def restore(self, call: Call[NoQuery, Restore]) -> Answer:
        """Go back."""
        old = await exactly(self._desk, call)
        return await self._shown(await self._desk.restore(call.actor, old.id, call.body.revision))

    async def _shown(self, playbook: Playbook) -> Answer:
        known = await self._names.of([playbook.created_by])
        return Answer(PlaybookOut.of(playbook, known), version=playbook.revision)

    async def _made(self, playbook: Playbook) -> Answer:
        shown = await self._shown(playbook)
        return Answer(shown.body, shown.version, location=f"{ROOT}{playbook.id}/")


async def exactly(desk: PlaybookDesk, call: Call[Any, Any]) -> Playbook:
    """The playbook whose id or handle stands in the path.

    People in chat may type a part of a name; a program that deletes must not be understood
    to mean something near what it says.

    Raises:
        NotFound: There is none for them, or only one that is called a little like it.
    """
    ref = call.path["ref"]
    try:
        found = await desk.find(call.actor, ref)
    except BadInput:
        found = None
    if found is None or ref not in {found.id, found.handle}:
        raise NotFound(f"There is no playbook with the id or handle “{ref[:60]}” that you can see.")
    return found
