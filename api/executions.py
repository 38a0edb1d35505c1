"""`/api/automation/executions/` and `…/actions/`: what was begun, how it goes, its output."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from aiohttp import web
from pydantic import Field

from api.downloads import streamed
from api.execution_shapes import (
    ExecuteAction,
    ExecutionDetailOut,
    ExecutionOut,
    ExecutionPage,
    ExecutionQuery,
    OutputOut,
    OutputQuery,
    PieceOut,
    Settle,
)
from api.names import Names
from api.paging import PageOut, Part, page_out, part_of
from api.routing import Answer, AnyRoute, Call, Media, Route
from api.shapes import Json, NoQuery, Nothing, Out, Search
from automation.actions.action import Action
from automation.actions.schema import as_json_schema
from automation.execution import Execution, ExecutionFilter
from automation.executions.desk import ExecuteWish, ExecutionDesk
from automation.runbooks.desk import RunbookDesk
from incidents.desk import IncidentDesk
from security.actor import Actor
from security.permissions import Permission

ROOT = "/api/automation/executions/"
ONE = "/api/automation/executions/{ref}/"
ACTIONS = "/api/automation/actions/"

_Control: TypeAlias = Callable[[Actor, str], Awaitable[Execution]]


class ActionQuery(Part):
    """Which actions."""

    search: Search | None = Field(default=None, description="In ref and description.")


class AutomationActionOut(Out):
    """An action."""

    ref: str
    description: str
    runner: str
    parameters: dict[str, Json] = Field(description="JSON Schema of all that it takes.")
    output_schema: dict[str, Json] | None = Field(description="Null promises nothing.")
    timeout: float = Field(description="Seconds.")
    idempotent: bool = Field(description="Whether doing it twice is as good as once.")
    undo: str = Field(description="The action that undoes it; empty when none does.")
    enabled: bool
    tags: tuple[str, ...]

    @classmethod
    def of(cls, action: Action) -> AutomationActionOut:
        """An action of the registry."""
        schema = action.output_schema
        return cls(
            ref=action.ref,
            description=action.description,
            runner=action.runner,
            parameters=as_json_schema(action),
            output_schema=dict(schema) if schema is not None else None,
            timeout=action.timeout,
            idempotent=action.idempotent,
            undo=action.undo,
            enabled=action.enabled,
            tags=action.tags,
        )


class ActionPage(PageOut[AutomationActionOut]):
    """Actions."""


class Executions:
    """Executions over HTTP."""

    def __init__(
        self, desk: ExecutionDesk, runbooks: RunbookDesk, incidents: IncidentDesk, names: Names
    ) -> None:
        self._desk = desk
        self._runbooks = runbooks
        self._incidents = incidents
        self._names = names

    def routes(self) -> tuple[AnyRoute, ...]:
        """Its rows."""
        view, run = Permission.RUNBOOK_VIEW, Permission.RUNBOOK_RUN
        return (
            Route(
                "GET", ROOT, self.page, view, "List executions",
                ExecutionPage, query=ExecutionQuery,
            ),
            Route(
                "POST", ROOT, self.start, Permission.ACTION_RUN, "Do a single action",
                ExecutionOut, body=ExecuteAction, status=201, keyed=True,
            ),
            Route("GET", ONE, self.get, view, "Look at an execution", ExecutionDetailOut),
            *(
                Route(
                    "POST", f"{ONE}{word}/", self._controlling(act), run, summary,
                    ExecutionOut, status=status,
                )
                for word, act, summary, status in (
                    ("cancel", self._desk.cancel, "Cancel it", 200),
                    ("pause", self._desk.pause, "Begin nothing more of it", 200),
                    ("resume", self._desk.resume, "Go on with it", 200),
                    ("rerun", self._desk.rerun, "Begin again where it failed", 201),
                )
            ),
            Route(
                "POST", f"{ONE}settle/", self.settle, run,
                "Say what became of a step that was interrupted", ExecutionOut, body=Settle,
            ),
            Route(
                "GET", f"{ONE}output/", self.output, view, "Read what it prints",
                OutputOut, query=OutputQuery,
            ),
            Route(
                "GET", f"{ONE}files/{{name}}", self.file, view, "Fetch a file that it left",
                Media("application/octet-stream", "The file."),
            ),
            Route(
                "GET", ACTIONS, self.actions, view, "List actions", ActionPage, query=ActionQuery
            ),
            Route(
                "GET", f"{ACTIONS}{{ref}}/", self.action, view, "Look at an action",
                AutomationActionOut,
            ),
        )  # fmt: skip

    async def page(self, call: Call[ExecutionQuery, Nothing]) -> ExecutionPage:
        """Those that fit."""
        query = call.query
        runbook_id = incident_id = None
        if query.runbook:
            runbook_id = (await self._runbooks.find(call.actor, query.runbook)).runbook.id
        if query.incident:
            incident_id = (await self._incidents.detail(call.actor, query.incident)).incident.id
        wanted = ExecutionFilter(
            status=query.status,
            active=query.active,
            trigger=query.trigger,
            runbook_id=runbook_id,
            incident_id=incident_id,
            since=query.since,
            until=query.until,
            search=query.search,
        )
        part = query.part("-number")
        found = await self._desk.page(call.actor, wanted, part, team=query.team or None)
        known = await self._names.of(one.requested_by for one in found.items)
        return page_out(
            ExecutionPage, call.request, query, found, lambda one: ExecutionOut.of(one, known)
        )

    async def start(self, call: Call[NoQuery, ExecuteAction]) -> Answer:
        """Do one action."""
        body = call.body
        wish = ExecuteWish(
            action=body.action,
            parameters=body.parameters,
            trigger_data=body.trigger_data,
            incident=body.incident or None,
            reason=body.reason,
            key=call.key,
            team=body.team or None,
        )
        return await self._shown(await self._desk.start(call.actor, wish))

    async def get(self, call: Call[NoQuery, Nothing]) -> ExecutionDetailOut:
        """One with its steps."""
        found = await self._desk.detail(call.actor, call.path["ref"])
        known = await self._names.of([found.execution.requested_by])
        return ExecutionDetailOut.detailed(found, known)

    def _controlling(self, act: _Control) -> Callable[[Call[Any, Any]], Awaitable[Answer]]:
        async def control(call: Call[NoQuery, Nothing]) -> Answer:
            return await self._shown(await act(call.actor, call.path["ref"]))

        return control

    async def settle(self, call: Call[NoQuery, Settle]) -> Answer:
        """Say what became of a step."""
        body = call.body
        after = await self._desk.settle(
            call.actor, call.path["ref"], body.step or None, body.verdict, body.note
        )
        return await self._shown(after)

    async def output(self, call: Call[OutputQuery, Nothing]) -> OutputOut:
        """What was printed."""
        query = call.query
        execution, pieces = await self._desk.output(
            call.actor, call.path["ref"], after=query.after, task_id=query.step or None
        )
        return OutputOut(
            status=execution.status,
            ended=execution.ended and not pieces,
            pieces=tuple(map(PieceOut.of, pieces)),
        )

    async def file(self, call: Call[NoQuery, Nothing]) -> web.FileResponse:
        """A file that a step left."""
        return streamed(await self._desk.file(call.actor, call.path["ref"], call.path["name"]))

    async def actions(self, call: Call[ActionQuery, Nothing]) -> ActionPage:
        """Every action that fits."""
        word = (call.query.search or "").casefold()
        found = [
            action
            for action in await self._desk.actions(call.actor)
            if word in action.ref.casefold() or word in action.description.casefold()
        ]
        part = part_of(found, call.query)
        return page_out(ActionPage, call.request, call.query, part, AutomationActionOut.of)

    async def action(self, call: Call[NoQuery, Nothing]) -> AutomationActionOut:
        """One action."""
        return AutomationActionOut.of(await self._desk.action(call.actor, call.path["ref"]))

    async def _shown(self, execution: Execution) -> Answer:
        known = await self._names.of([execution.requested_by])
        return Answer(ExecutionOut.of(execution, known), location=f"{ROOT}{execution.id}/")
