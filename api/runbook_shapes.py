"""What runbooks look like in JSON.

Source: the data model `Runbook` of the Automation & Orchestration API document; the fields
beside it are ours.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from api.names import AccountRef, Known, TeamRef
from api.paging import PageOut
from api.shapes import WHOLE, Brief, In, Json, Line, Out
from automation.approval import PlannedItem, PlannedStep
from automation.executions.desk import DryRun
from automation.runbook import RunbookStatus, TriggerType, Version
from automation.runbooks.desk import Seen
from automation.runbooks.writing import written

Ordering = Literal[
    "name", "-name", "created_at", "-created_at", "updated_at", "-updated_at",
    "run_count", "-run_count",
]  # fmt: skip

_FIELDS: dict[str, Any] = {
    "name": {"type": "string", "minLength": 1, "maxLength": 120},
    "description": {"type": "string"},
    "version": {"type": ["string", "null"], "description": "Such as `1.0`; else counted on."},
    "trigger_type": {"enum": [each.value for each in TriggerType]},
    "trigger_conditions": {
        "type": "object",
        "description": "Fields of an incident to their values (AUTOMATIC), `cron` and "
        "`timezone` (SCHEDULED).",
    },
    "parameters": {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["name"],
            "properties": {
                "name": {"type": "string"},
                "type": {"enum": ["string", "integer", "number", "boolean", "array", "object"]},
                "description": {"type": "string"},
                "required": {"type": "boolean"},
                "default": {},
                "enum": {"type": ["array", "null"]},
                "secret": {"type": "boolean"},
            },
        },
    },
    "steps": {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["name", "action"],
            "properties": {
                "name": {"type": "string"},
                "action": {"type": "string", "description": "Such as `core.local`."},
                "timeout": {"type": ["number", "null"], "description": "Seconds."},
                "parameters": {"type": "object", "description": "Values and templates."},
                "when": {"type": ["string", "boolean", "null"]},
                "retry": {"type": "object", "description": "`count`, `delay`, `backoff`."},
                "on_failure": {"enum": ["stop", "continue", "roll_back"]},
                "approval": {"type": ["object", "boolean", "null"]},
                "rollback": {"type": ["object", "null"]},
                "parallel": {"type": "boolean"},
                "for_each": {
                    "type": ["array", "string", "null"],
                    "description": "A list, or an expression that gives one; at most 1000 items.",
                },
                "concurrency": {"type": "integer", "minimum": 1, "maximum": 50},
            },
        },
    },
    "approval": {"type": ["object", "boolean", "null"], "description": "For the whole of it."},
    "estimated_duration": {"type": ["string", "number", "null"], "description": "`00:05:00`."},
    "category": {"type": "string"},
    "tags": {"type": "array", "items": {"type": "string"}},
}

_OURS = frozenset(
    (
        *("id", "handle", "revision", "execution_count", "success_rate", "can_trigger"),
        *("mistakes", "team", "created_by", "created_at", "updated_at"),
    )
)
"""Fields of an answer that may be sent back and change nothing."""


class Document(In):
    """A runbook as it is written; a mistake in it is answered with its exact place."""

    model_config = ConfigDict(
        strict=True,
        extra="allow",
        frozen=True,
        json_schema_extra={"properties": _FIELDS, "required": ["name"]},
    )
    __pydantic_extra__: dict[str, Json]  # pyright: ignore[reportIncompatibleVariableOverride] - narrower on purpose

    @property
    def document(self) -> dict[str, Json]:
        """All of it that is a runbook's document; what only we set is passed over."""
        given = self.__pydantic_extra__
        return {name: value for name, value in given.items() if name not in _OURS}


class CheckRunbook(Document):
    """A document that may be wrong in any way."""

    model_config = ConfigDict(
        json_schema_extra=lambda schema: schema.update(
            {"type": "object", "properties": {}, "required": [], "additionalProperties": True}
        )
    )


class EditRunbook(Document):
    """What is to change; what is left out stays. A changed content is a new version."""

    model_config = ConfigDict(json_schema_extra={"properties": _FIELDS})

    status: RunbookStatus | None = Field(default=None, strict=False)
    is_public: bool | None = None


class WriteRunbook(Document):
    """The whole of it anew; a changed content is a new version."""

    status: RunbookStatus | None = Field(default=None, strict=False)
    is_public: bool | None = None


class NewRunbook(Document):
    """A new runbook."""

    status: RunbookStatus = Field(default=RunbookStatus.DRAFT, strict=False)
    is_public: bool = True
    team: Line | None = Field(default=None, description="Name or id; yours when not given.")


class RestoreVersion(In):
    """Which version is to be the current one again."""

    revision: Annotated[int, Field(ge=1, le=2**31 - 1), WHOLE]


class ExecuteRunbook(In):
    """With what a runbook is executed."""

    trigger_data: dict[str, Json] = Field(
        default={},
        description="What came with it, for templates. `incident_id` names the incident; a "
        "value called like a parameter is taken as that.",
    )
    parameters: dict[str, Json] = Field(default={}, description="By name.")
    incident: Line | None = Field(default=None, description="Key, number or id.")
    reason: Brief = Field(default="", description="Why; shown to whoever approves it.")


class RunbookOut(Out):
    """A runbook; secrets in it are masked."""

    id: str
    name: str
    handle: str = Field(description="What people type.")
    description: str
    version: str
    revision: int = Field(description="Counts versions from 1; the `ETag`.")
    trigger_type: TriggerType
    trigger_conditions: dict[str, Json]
    parameters: list[dict[str, Json]]
    steps: list[dict[str, Json]]
    approval: dict[str, Json] | None
    estimated_duration: str | None = Field(description="`00:05:00`; null when not estimated.")
    category: str
    tags: tuple[str, ...]
    status: RunbookStatus
    is_public: bool
    execution_count: int
    success_rate: float = Field(description="Of those that ended, 0.0 to 1.0.")
    can_trigger: bool = Field(description="Whether you may execute it now.")
    mistakes: dict[str, str] = Field(description="Place to what is wrong there now.")
    team: TeamRef | None
    created_by: AccountRef | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, seen: Seen, known: Known) -> RunbookOut:
        """A runbook as somebody sees it."""
        one = seen.runbook
        return cls.model_validate(
            {
                **written(one.content, one.label),
                "id": one.id,
                "handle": one.handle,
                "revision": one.revision,
                "status": one.status,
                "is_public": one.is_public,
                "execution_count": one.run_count,
                "success_rate": round(one.success_rate, 4),
                "can_trigger": seen.can_trigger,
                "mistakes": seen.mistakes,
                "team": known.team(one.team_id),
                "created_by": known.account(one.created_by),
                "created_at": one.created_at,
                "updated_at": one.updated_at,
            }
        )


class RunbookPage(PageOut[RunbookOut]):
    """Runbooks."""


class VersionOut(Out):
    """One version; it never changes."""

    revision: int
    version: str
    note: str = Field(description="What changed, in a few words.")
    document: dict[str, Json]
    created_by: AccountRef | None
    created_at: datetime

    @classmethod
    def of(cls, version: Version, known: Known) -> VersionOut:
        """A saved version."""
        return cls(
            revision=version.revision,
            version=version.label,
            note=version.note,
            document=written(version.content, version.label),
            created_by=known.account(version.created_by),
            created_at=version.created_at,
        )


class VersionPage(PageOut[VersionOut]):
    """Versions, newest first."""


class CheckedOut(Out):
    """Whether a document could be saved."""

    valid: bool
    mistakes: dict[str, str] = Field(description="Place to what is wrong there.")


class SecretOut(Out):
    """A webhook's secret, told this once."""

    secret: str = Field(description="Begins with `whsec_`; for signatures by Standard Webhooks.")
    url: str = Field(description="Where deliveries go.")


class PlannedItemOut(Out):
    """One item of a step that is done for each of a list; secrets are masked."""

    index: int = Field(description="From 0.")
    item: Json
    parameters: Json = Field(description="Filled in, as of a step.")
    command: str
    open: tuple[str, ...]
    skipped: bool
    kept: bool = Field(description="Completed before, and not done again.")
    mistake: str
    undo: PlannedStepOut | None
    calls: tuple[PlannedStepOut, ...]

    @classmethod
    def of(cls, item: PlannedItem) -> PlannedItemOut:
        """An item of a plan."""
        return cls(**_facts(cls, item, "undo", "calls"), **_nested(item))


class PlannedStepOut(Out):
    """A step as it would be done; secrets are masked."""

    name: str
    action: str
    parameters: Json = Field(description="Filled in; what is not known yet is still a template.")
    command: str = Field(description="The whole command line; empty where there is none.")
    timeout: float = Field(description="Seconds.")
    when: str
    skipped: bool
    open: tuple[str, ...] = Field(description="What is known only while it runs.")
    approval: bool
    rollback: str = Field(description="What undoes it, in one line.")
    undo: PlannedStepOut | None = Field(
        description="The same as a step, filled in as far as it is known; null for nothing, and "
        "where each item has its own."
    )
    calls: tuple[PlannedStepOut, ...] = Field(description="Steps of the runbook that it calls.")
    retry: str = Field(description="How often it is tried again, in words; empty for never.")
    on_failure: str = Field(description="`stop`, `continue` or `roll_back`.")
    mistake: str = Field(description="Why it could not be done; empty when nothing is wrong.")
    for_each: str = Field(description="As it is written; empty for a step that is done once.")
    concurrency: int
    items: tuple[PlannedItemOut, ...] = Field(description="Empty where the list is not known yet.")

    @classmethod
    def of(cls, step: PlannedStep) -> PlannedStepOut:
        """A step of a plan."""
        items = tuple(map(PlannedItemOut.of, step.items))
        return cls(**_facts(cls, step, "undo", "calls", "items"), **_nested(step), items=items)


def _facts(shape: type[Out], planned: object, *without: str) -> dict[str, Any]:
    return {name: getattr(planned, name) for name in shape.model_fields if name not in without}


def _nested(planned: PlannedStep | PlannedItem) -> dict[str, Any]:
    """What undoes it, and what it calls."""
    undo = planned.undo
    return {
        "undo": PlannedStepOut.of(undo) if undo is not None else None,
        "calls": tuple(map(PlannedStepOut.of, planned.calls)),
    }


class DryRunOut(Out):
    """What would be done; nothing was."""

    runbook: str = Field(description="Its handle.")
    version: str
    valid: bool
    parameters: dict[str, Json]
    steps: tuple[PlannedStepOut, ...]

    @classmethod
    def of(cls, found: DryRun) -> DryRunOut:
        """A plan."""
        return cls(
            runbook=found.runbook.handle,
            version=found.runbook.label,
            valid=found.good,
            parameters=dict(found.parameters),
            steps=tuple(map(PlannedStepOut.of, found.plan)),
        )
