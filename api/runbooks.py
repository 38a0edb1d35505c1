"""`/api/automation/runbooks/`: the list, one runbook, its versions, and executing it.

Source: the section Runbooks of the Automation & Orchestration API document.
"""

from __future__ import annotations

from dataclasses import replace

from pydantic import Field
from yarl import URL

from api.execution_shapes import ExecutionOut, ExecutionPage
from api.names import Names
from api.paging import Part, here, page_out, part_of
from api.routing import Answer, AnyRoute, Call, Entry, Route
from api.runbook_shapes import (
    CheckedOut,
    CheckRunbook,
    DryRunOut,
    EditRunbook,
    ExecuteRunbook,
    NewRunbook,
    Ordering,
    RestoreVersion,
    RunbookOut,
    RunbookPage,
    SecretOut,
    VersionOut,
    VersionPage,
    WriteRunbook,
)
from api.shapes import Flag, Json, Line, NoQuery, Nothing, Raw, Search
from api.teams import team_named
from automation.execution import Execution, ExecutionFilter, Trigger
from automation.executions.desk import ExecuteWish, ExecutionDesk
from automation.runbook import RunbookFilter, RunbookStatus, TriggerType
from automation.runbooks.desk import Edit, RunbookDesk, Seen
from automation.runbooks.documents import read
from automation.runbooks.signature import Delivery
from automation.runbooks.writing import written
from automation.triggers.webhook import WebhookDesk
from chat.errors import BadInput
from security.people import PeopleDesk
from security.permissions import Permission

ROOT = "/api/automation/runbooks/"
ONE = "/api/automation/runbooks/{ref}/"
EXECUTIONS = "/api/automation/executions/"
WEBHOOK = "/api/automation/webhooks/{ref}/"


class RunbookQuery(Part):
    """Which runbooks."""

    status: RunbookStatus | None = None
    trigger_type: TriggerType | None = None
    category: Line | None = None
    is_public: Flag | None = None
    tag: Line | None = None
    search: Search | None = Field(default=None, description="In name, description and category.")
    team: Line | None = Field(default=None, description="Name or id; all of yours if not given.")
    ordering: Ordering | None = Field(default=None, description="By name if not given.")


class Runbooks:
    """Runbooks over HTTP."""

    def __init__(
        self,
        desk: RunbookDesk,
        executions: ExecutionDesk,
        webhooks: WebhookDesk,
        people: PeopleDesk,
        names: Names,
    ) -> None:
        self._desk = desk
        self._executions = executions
        self._webhooks = webhooks
        self._people = people
        self._names = names

    def routes(self) -> tuple[AnyRoute, ...]:
        """Its rows."""
        view, edit, run = Permission.RUNBOOK_VIEW, Permission.RUNBOOK_EDIT, Permission.RUNBOOK_RUN
        out = RunbookOut
        return (
            Route("GET", ROOT, self.page, view, "List runbooks", RunbookPage, query=RunbookQuery),
            Route(
                "POST", ROOT, self.create, edit, "Make a runbook", out, body=NewRunbook, status=201
            ),
            Route(
                "POST", f"{ROOT}check/", self.check, edit,
                "Say what is wrong with a document, without saving it",
                CheckedOut, body=CheckRunbook,
            ),
            Route("GET", ONE, self.get, view, "Look at a runbook", out),
            Route(
                "PATCH", ONE, self.edit, edit, "Change a runbook", out,
                body=EditRunbook, versioned=True,
            ),
            Route(
                "PUT", ONE, self.write, edit, "Write a runbook anew", out,
                body=WriteRunbook, versioned=True,
            ),
            Route("DELETE", ONE, self.delete, edit, "Delete a runbook", None, status=204),
            Route(
                "POST", f"{ONE}execute/", self.execute, run, "Execute a runbook",
                ExecutionOut, body=ExecuteRunbook, status=201, keyed=True,
            ),
            Route(
                "POST", f"{ONE}dry_run/", self.dry_run, view,
                "Show every step as it would be done", DryRunOut, body=ExecuteRunbook,
            ),
            Route(
                "GET", f"{ONE}executions/", self.executions, view, "List a runbook's executions",
                ExecutionPage, query=Part,
            ),
            Route(
                "GET", f"{ONE}versions/", self.versions, view, "List its versions",
                VersionPage, query=Part,
            ),
            Route(
                "POST", f"{ONE}restore/", self.restore, edit, "Go back to a version",
                out, body=RestoreVersion,
            ),
            Route(
                "POST", f"{ONE}webhook_secret/", self.webhook_secret, edit,
                "Make a new secret for its webhook; it is shown once", SecretOut, status=201,
            ),
            Route(
                "POST", WEBHOOK, self.receive, Entry.OPEN,
                "Take a delivery signed by Standard Webhooks", ExecutionOut, body=Raw, status=202,
            ),
        )  # fmt: skip

    async def page(self, call: Call[RunbookQuery, Nothing]) -> RunbookPage:
        """The runbooks that fit."""
        query = call.query
        teams: frozenset[str] | None = None
        team_id = await team_named(self._people, call.actor, query.team)
        if team_id is not None:
            teams = frozenset({team_id})
        wanted = RunbookFilter(
            team_ids=teams,
            status=query.status,
            trigger_type=query.trigger_type,
            category=query.category or None,
            is_public=query.is_public,
            tag=query.tag or None,
            search=query.search,
        )
        found = await self._desk.page(call.actor, wanted, query.part("name"))
        known = await self._names.of(seen.runbook.created_by for seen in found.items)
        return page_out(
            RunbookPage, call.request, query, found, lambda seen: RunbookOut.of(seen, known)
        )

    async def create(self, call: Call[NoQuery, NewRunbook]) -> Answer:
        """A new runbook."""
        body = call.body
        content, label = read(body.document)
        wish = Edit(label=label, status=body.status, is_public=body.is_public)
        made = await self._desk.create(call.actor, content, wish, team=body.team or None)
        shown = await self._shown(made)
        return replace(shown, location=f"{ROOT}{made.runbook.id}/")

    async def check(self, call: Call[NoQuery, CheckRunbook]) -> CheckedOut:
        """What is wrong with a document."""
        document = {
            name: value
            for name, value in call.body.document.items()
            if name not in {"status", "is_public", "team"}
        }
        try:
            content, _ = read(document)
            mistakes = await self._desk.check(call.actor, content)
        except BadInput as wrong:
            mistakes = wrong.details
        return CheckedOut(valid=not mistakes, mistakes=mistakes)

    async def get(self, call: Call[NoQuery, Nothing]) -> Answer:
        """One runbook."""
        return await self._shown(await self._desk.exactly(call.actor, call.path["ref"]))

    async def edit(self, call: Call[NoQuery, EditRunbook]) -> Answer:
        """Change what is given."""
        old = await self._desk.exactly(call.actor, call.path["ref"])
        given = call.body.document
        whole = {**written(old.runbook.content), **given} if given else None
        return await self._edited(call, old, whole)

    async def write(self, call: Call[NoQuery, WriteRunbook]) -> Answer:
        """Write the whole of it anew."""
        old = await self._desk.exactly(call.actor, call.path["ref"])
        return await self._edited(call, old, call.body.document)

    async def _edited(
        self,
        call: Call[NoQuery, EditRunbook] | Call[NoQuery, WriteRunbook],
        old: Seen,
        document: dict[str, Json] | None,
    ) -> Answer:
        # Without If-Match the revision just read stands in for it: what is left out is filled
        # in from there, and must not undo somebody else's change.
        revision = old.runbook.revision if call.version is None else call.version
        content, label = read(document) if document is not None else (None, None)
        wish = Edit(content, label, call.body.status, call.body.is_public)
        after = await self._desk.edit(call.actor, old.runbook.id, wish, revision=revision)
        return await self._shown(after)

    async def delete(self, call: Call[NoQuery, Nothing]) -> Answer:
        """Take it away."""
        old = await self._desk.exactly(call.actor, call.path["ref"])
        await self._desk.delete(call.actor, old.runbook.id)
        return Answer()

    async def execute(self, call: Call[NoQuery, ExecuteRunbook]) -> Answer:
        """Begin an execution."""
        wish = replace(await self._wish(call), key=call.key)
        return await self._begun(await self._executions.start(call.actor, wish))

    async def dry_run(self, call: Call[NoQuery, ExecuteRunbook]) -> DryRunOut:
        """What would be done."""
        return DryRunOut.of(await self._executions.dry_run(call.actor, await self._wish(call)))

    async def _wish(self, call: Call[NoQuery, ExecuteRunbook]) -> ExecuteWish:
        found = await self._desk.exactly(call.actor, call.path["ref"])
        body = call.body
        return ExecuteWish(
            runbook=found.runbook.id,
            parameters=body.parameters,
            trigger=Trigger.MANUAL,
            trigger_data=body.trigger_data,
            incident=body.incident or None,
            reason=body.reason,
        )

    async def executions(self, call: Call[Part, Nothing]) -> ExecutionPage:
        """Those of one runbook."""
        found = await self._desk.exactly(call.actor, call.path["ref"])
        wanted = ExecutionFilter(runbook_id=found.runbook.id)
        page = await self._executions.page(call.actor, wanted, call.query.part())
        known = await self._names.of(one.requested_by for one in page.items)
        return page_out(
            ExecutionPage, call.request, call.query, page, lambda one: ExecutionOut.of(one, known)
        )

    async def versions(self, call: Call[Part, Nothing]) -> VersionPage:
        """How it was."""
        old = await self._desk.exactly(call.actor, call.path["ref"])
        found = await self._desk.versions(call.actor, old.runbook.id)
        known = await self._names.of(version.created_by for version in found)
        part = part_of(found, call.query)
        return page_out(
            VersionPage, call.request, call.query, part, lambda it: VersionOut.of(it, known)
        )

    async def restore(self, call: Call[NoQuery, RestoreVersion]) -> Answer:
        """Go back."""
        old = await self._desk.exactly(call.actor, call.path["ref"])
        after = await self._desk.restore(call.actor, old.runbook.id, call.body.revision)
        return await self._shown(after)

    async def webhook_secret(self, call: Call[NoQuery, Nothing]) -> SecretOut:
        """A new secret."""
        old = await self._desk.exactly(call.actor, call.path["ref"])
        after, secret = await self._desk.new_webhook_secret(call.actor, old.runbook.id)
        path = WEBHOOK.format(ref=after.runbook.id)
        return SecretOut(secret=secret, url=str(here(call.request).join(URL(path))))

    async def receive(self, call: Call[NoQuery, Raw]) -> Answer:
        """A delivery from outside."""
        headers = call.request.headers
        delivery = Delivery(
            id=headers.get("webhook-id", ""),
            timestamp=headers.get("webhook-timestamp", ""),
            signature=headers.get("webhook-signature", ""),
            body=call.body.content,
        )
        return await self._begun(await self._webhooks.receive(call.path["ref"], delivery))

    async def _begun(self, execution: Execution) -> Answer:
        known = await self._names.of([execution.requested_by])
        return Answer(ExecutionOut.of(execution, known), location=f"{EXECUTIONS}{execution.id}/")

    async def _shown(self, seen: Seen) -> Answer:
        known = await self._names.of([seen.runbook.created_by])
        return Answer(RunbookOut.of(seen, known), version=seen.runbook.revision)
