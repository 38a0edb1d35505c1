"""A runbook: steps that Tocsin does, in versions that never change.

Source: the data model `Runbook` of the Automation & Orchestration API document.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from automation.actions.action import Parameter
from automation.approval import Policy
from automation.values import Json


class TriggerType(StrEnum):
    """How executions of a runbook begin. People may always begin one by hand."""

    MANUAL = "MANUAL"
    AUTOMATIC = "AUTOMATIC"
    SCHEDULED = "SCHEDULED"
    WEBHOOK = "WEBHOOK"
    CHATOPS = "CHATOPS"


class RunbookStatus(StrEnum):
    """Where a runbook is in its life. Only an ACTIVE one is executed."""

    DRAFT = "DRAFT"
    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"
    DEPRECATED = "DEPRECATED"


class OnFailure(StrEnum):
    """What follows when a step has failed for good.

    `stop` ends the execution; `continue` goes on with the next step; `roll_back` undoes,
    newest first, what the completed steps before it did, and then ends the execution.
    """

    STOP = "stop"
    CONTINUE = "continue"
    ROLL_BACK = "roll_back"


@dataclass(frozen=True, slots=True)
class Retry:
    """How often a failed step is tried again.

    Attributes:
        count: Further attempts after the first.
        delay: Seconds before the second attempt.
        backoff: What the delay is multiplied by before each further one.
    """

    count: int = 0
    delay: float = 0.0
    backoff: float = 1.0

    def wait(self, attempt: int) -> float:
        """Seconds to wait after a failed `attempt`, counting from 1; an hour at most."""
        return min(self.delay * self.backoff ** max(attempt - 1, 0), 3600.0)


@dataclass(frozen=True, slots=True)
class Rollback:
    """What undoes a step.

    Attributes:
        timeout: Seconds; None takes the action's own.
    """

    action: str
    parameters: Mapping[str, Json] = field(default_factory=dict[str, Json])
    timeout: float | None = None


MAX_ITEMS = 1000
"""Of one step that is done for each of a list."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    Attributes:
        name: Unique in its runbook, also as `slug`.
        action: Ref of an action, or a bare name that only one pack has.
        timeout: Seconds; None takes the action's own.
        parameters: Values and templates.
        when: Expression; the step is skipped when it is not true. Empty always does it.
        approval: None when nobody need agree.
        rollback: None takes the action's own `undo`, if it has one.
        parallel: Whether it is done together with the step before it.
        for_each: What it is done for each of: a list, or an expression that gives one. None
            does it once.
        concurrency: For how many items at most at the same time; 1 takes them in order.
    """

    name: str
    action: str
    timeout: float | None = None
    parameters: Mapping[str, Json] = field(default_factory=dict[str, Json])
    when: str = ""
    retry: Retry = Retry()
    on_failure: OnFailure = OnFailure.STOP
    approval: Policy | None = None
    rollback: Rollback | None = None
    parallel: bool = False
    for_each: Json = None
    concurrency: int = 1

    @property
    def slug(self) -> str:
        """What templates call it: `steps.check_status`."""
        return slug(self.name)


@dataclass(frozen=True, slots=True)
class Content:
    """What a version holds; never changed once it is saved.

    Attributes:
        trigger_conditions: What the trigger type needs: fields of an incident to their
            values (AUTOMATIC), `cron` and `timezone` (SCHEDULED); otherwise information.
        parameters: What whoever executes it may or must give.
        approval: For the whole runbook, before its first step; None when nobody need agree.
        estimated_duration: None when nobody has estimated it.
    """

    name: str
    description: str = ""
    trigger_type: TriggerType = TriggerType.MANUAL
    trigger_conditions: Mapping[str, Json] = field(default_factory=dict[str, Json])
    parameters: tuple[Parameter, ...] = ()
    steps: tuple[Step, ...] = ()
    approval: Policy | None = None
    estimated_duration: timedelta | None = None
    category: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Runbook:
    """A runbook as it stands.

    Attributes:
        handle: What people type: lower-case words joined by `-`, unique in the team.
        label: The version's name, such as `1.0`.
        revision: Counts the versions from 1; for `If-Match`, too.
        content: Of that version.
        is_public: Whether everybody in the team sees it; otherwise its author and those
            who see all.
        webhook_secret: Sealed; empty without one.
        run_count: Executions begun.
        ended_count: Executions that ended as COMPLETED or FAILED.
        success_count: Executions that ended as COMPLETED.
        shipped: The pack that brought it, as `pack/file`; empty for one made here.
        last_due: When a time of its schedule was last done or refused, so that what was due
            until then is not due any more; None for never.
    """

    id: str
    team_id: str
    handle: str
    status: RunbookStatus
    label: str
    revision: int
    content: Content
    is_public: bool
    created_by: str | None
    created_at: datetime
    updated_at: datetime
    webhook_secret: str = ""
    run_count: int = 0
    ended_count: int = 0
    success_count: int = 0
    shipped: str = ""
    last_due: datetime | None = None

    @property
    def name(self) -> str:
        """As people read it."""
        return self.content.name

    @property
    def success_rate(self) -> float:
        """Share of ended executions that completed, 0.0 to 1.0; 0.0 before the first."""
        return self.success_count / self.ended_count if self.ended_count else 0.0


@dataclass(frozen=True, slots=True)
class Version:
    """One saved version.

    Attributes:
        note: What changed, in a few words.
    """

    runbook_id: str
    revision: int
    label: str
    content: Content
    created_by: str | None
    created_at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class RunbookFilter:
    """Which runbooks; None and empty mean any.

    Attributes:
        team_ids: Of these teams; None means all.
        all_team_ids: Teams whose private ones are seen, too; None means all teams'.
        author_id: Whose private ones are seen besides.
        search: Words in name, description or category, case ignored.
    """

    team_ids: frozenset[str] | None = None
    all_team_ids: frozenset[str] | None = frozenset()
    author_id: str | None = None
    status: RunbookStatus | None = None
    trigger_type: TriggerType | None = None
    category: str | None = None
    is_public: bool | None = None
    tag: str | None = None
    search: str | None = None


RUNBOOK_ORDERS: tuple[str, ...] = ("name", "created_at", "updated_at", "run_count")
"""What a list of runbooks may be ordered by; by name is the list's own order."""


@lru_cache(maxsize=4096)
def slug(name: str) -> str:
    """The name as templates can write it: lower-case, everything else than a-z0-9 a `_`."""
    return re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_") or "step"
