"""What the rehearsal of a workflow takes and gives in JSON."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from api.shapes import Count, In, Json, Out, Word
from automation.workflows.rehearsing import Mock, Rehearsal

_MOST = 10_000
Outcome = Literal[
    "succeeded", "failed", "timeout", "abandoned", "canceled", "pending", "paused"
]  # fmt: skip


class MockIn(In):
    """A made-up result of a task, or of one of its items."""

    task_id: Word
    route: Count | None = Field(default=None, description="Whichever if not given.")
    item_id: Count | None = Field(default=None, description="From 0; whichever if not given.")
    status: Outcome = "succeeded"
    result: Json = None

    def mock(self) -> Mock:
        """As the rehearsal takes it."""
        return Mock(self.task_id, self.route, self.item_id, self.status, self.result)


class RehearseWorkflow(In):
    """A workflow, and what its tasks are made to give."""

    definition: Annotated[
        str | dict[str, Json],
        Field(description="An Orquesta workflow: YAML text, or the same as an object."),
    ]
    inputs: dict[str, Json] = Field(default_factory=dict)
    mocks: list[MockIn] = Field(
        default_factory=list[MockIn],
        max_length=_MOST,
        description="A task without one succeeds with null. With several for one task, each is "
        "used once, and the last one from then on.",
    )


class PlayedOut(Out):
    """One task as it went."""

    id: str
    route: int
    status: str


class RehearsalOut(Out):
    """How the workflow went."""

    status: str
    output: dict[str, Json] | None
    errors: list[dict[str, Json]]
    tasks: list[PlayedOut] = Field(description="In the order in which they began.")

    @classmethod
    def of(cls, found: Rehearsal) -> RehearsalOut:
        """A rehearsal as it is answered."""
        return cls(
            status=found.status,
            output=None if found.output is None else dict(found.output),
            errors=[dict(each) for each in found.errors],
            tasks=[
                PlayedOut(id=each.id, route=each.route, status=each.status) for each in found.tasks
            ],
        )
