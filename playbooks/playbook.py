"""A playbook: the stages and steps an incident begins with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from incidents.incident import Severity

COMMANDER = "commander"
REPORTER = "reporter"
TITLE_CHARS = 200
"""Of a step's title."""
MAX_STEPS = 200
"""In one stage."""


@dataclass(frozen=True, slots=True)
class StepPlan:
    """A step as a playbook describes it.

    Attributes:
        title: One plain line, 1 to 200 characters.
        description: Markdown; may be empty.
        command: Slash command behind (Run), beginning with `/`; empty without one.
        due_after: Relative to the incident's start; None without a due time.
        assignee: `commander`, `reporter` or an account name; empty for nobody.
    """

    id: str
    title: str
    description: str = ""
    command: str = ""
    due_after: timedelta | None = None
    assignee: str = ""


@dataclass(frozen=True, slots=True)
class StagePlan:
    """A stage: a named checklist.

    Attributes:
        name: One plain line, 1 to 80 characters; unique in its playbook, case ignored.
    """

    id: str
    name: str
    steps: tuple[StepPlan, ...] = ()


class MetricType(StrEnum):
    """What a metric counts. Source: Mattermost Playbooks' export format."""

    DURATION = "metric_duration"
    CURRENCY = "metric_currency"
    INTEGER = "metric_integer"


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure asked for after an incident.

    Attributes:
        target: Milliseconds for a duration, a plain number otherwise; None without one.
    """

    title: str
    description: str
    type: MetricType
    target: int | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """How incidents of a playbook begin.

    Attributes:
        public: Whether the incident channel is public in its team.
        default_commander: Account name; empty makes whoever starts the incident commander.
        severity: What an incident begins with when nobody says.
        update_every: How often a status update is expected; None never reminds.
        announce_in: Channel names that hear of each incident, besides the one it was
            started from; `slack:ops` is one of another platform.
        invite: Account names that are invited at the start.
        channel_name: Template of the channel's name; `{key}` and `{name}` are filled in.
        summary: What the summary begins with.
        welcome: Posted privately to whoever joins the channel; empty for nothing.
        keywords: Words in a message that make the bot offer to start an incident.
        retrospective: Whether a postmortem is asked for, from `retrospective_template`.
    """

    public: bool = True
    default_commander: str = ""
    severity: Severity = Severity.MEDIUM
    update_every: timedelta | None = None
    announce_in: tuple[str, ...] = ()
    invite: tuple[str, ...] = ()
    channel_name: str = "{key}-{name}"
    summary: str = ""
    welcome: str = ""
    keywords: tuple[str, ...] = ()
    retrospective: bool = True
    retrospective_template: str = ""


@dataclass(frozen=True, slots=True)
class Playbook:
    """A way to deal with one sort of incident.

    Attributes:
        handle: What people type: lower-case letters, digits and `-`; unique in its team.
        shared_with_team: Whether every member of the team is a member of it.
        stages: At least one.
        metrics: At most 4.
        revision: Grows with each change, each kept; also what `If-Match` compares.
        template: Id of the template it was made from; empty when from scratch.
        deleted_at: None while it can be used.
    """

    id: str
    team_id: str
    handle: str
    name: str
    description: str
    stages: tuple[StagePlan, ...]
    settings: Settings
    created_by: str | None
    created_at: datetime
    updated_at: datetime
    shared_with_team: bool = False
    metrics: tuple[Metric, ...] = ()
    revision: int = 1
    template: str = ""
    deleted_at: datetime | None = None

    @property
    def step_count(self) -> int:
        """Steps in all stages."""
        return sum(len(stage.steps) for stage in self.stages)


@dataclass(frozen=True, slots=True)
class PlaybookMember:
    """An account a playbook is shared with.

    Attributes:
        admin: Whether they may also share and delete it.
    """

    playbook_id: str
    account_id: str
    admin: bool = False


@dataclass(frozen=True, slots=True)
class Revision:
    """A playbook as it once was."""

    playbook: Playbook
    by_id: str | None
    by_name: str
    at: datetime
    note: str
