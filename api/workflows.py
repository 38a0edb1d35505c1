"""`/api/automation/workflows/`: rehearsing a workflow."""

from __future__ import annotations

import asyncio

from api.routing import AnyRoute, Call, Route
from api.shapes import NoQuery
from api.workflow_shapes import RehearsalOut, RehearseWorkflow
from automation.workflows.rehearsing import Limits, Rehearsal, prepared, rehearse
from security.permissions import Permission

ROOT = "/api/automation/workflows/"
_AT_ONCE = 2
_LIMITS = Limits(steps=5000, seconds=5.0)


class Workflows:
    """Workflows over HTTP."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(_AT_ONCE)

    def routes(self) -> tuple[AnyRoute, ...]:
        """Its rows."""
        return (
            Route(
                "POST", f"{ROOT}rehearse/", self.rehearse, Permission.RUNBOOK_VIEW,
                "Run a workflow on made-up results, without doing anything",
                RehearsalOut, body=RehearseWorkflow,
            ),
        )  # fmt: skip

    async def rehearse(self, call: Call[NoQuery, RehearseWorkflow]) -> RehearsalOut:
        """How it would go."""
        body = call.body

        def play() -> Rehearsal:
            mocks = [each.mock() for each in body.mocks]
            workflow = prepared(body.definition, mocks)
            return rehearse(workflow, body.inputs, mocks, limits=_LIMITS)

        # It computes and waits for nothing: elsewhere than where everybody else is answered.
        async with self._turn:
            return RehearsalOut.of(await asyncio.to_thread(play))
