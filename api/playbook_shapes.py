"""What playbooks look like in JSON. Durations are whole seconds."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from api.incident_shapes import seconds
from api.names import AccountRef, Known, TeamRef
from api.paging import PageOut
from api.shapes import WHOLE, Count, In, Line, Out, Prose, Title, Word, described
from incidents.incident import Severity
from playbooks.draft import PlaybookDraft, StageDraft, StepDraft
from playbooks.playbook import Metric, MetricType, Playbook, Revision, Settings, StagePlan
from playbooks.template import Template

_CHANNEL_NAME = "^([^{}]|[{](key|name)[}])*[{](key|name)[}]([^{}]|[{](key|name)[}])*$"
_Person: TypeAlias = Annotated[
    str, Field(max_length=200), described(pattern="^ *@?[A-Za-z0-9._-]{0,40} *$")
]
_Id: TypeAlias = Annotated[str, Field(max_length=64, description="Empty for a new one.")]
_Handle: TypeAlias = Annotated[
    str, described(pattern=r"^\s*([A-Za-z0-9]([A-Za-z0-9-]{0,38}[A-Za-z0-9])?)?\s*$")
]
_Names: TypeAlias = Annotated[tuple[Word, ...], Field(max_length=100)]


class StepPlanShape(In):
    """A step as a playbook describes it."""

    id: _Id = ""
    title: Word
    description: Prose = Field(default="", description="Markdown.")
    command: Annotated[
        str, Field(max_length=1000), described(pattern=r"^(/[^\x00-\x1f\x7f-\x9f]*)?$")
    ] = Field(default="", description="Slash command behind Run; empty without one.")
    due_after: Count | None = Field(
        default=None, description="Seconds from the incident's start; null without a due time."
    )
    assignee: _Person = Field(
        default="", description="`commander`, `reporter` or an account's name; empty for nobody."
    )

    def draft(self) -> StepDraft:
        """As the desk takes it."""
        return StepDraft(
            title=self.title,
            description=self.description,
            command=self.command,
            due_after=_span(self.due_after),
            assignee=self.assignee,
            id=self.id,
        )


class StageShape(In):
    """A stage: a named checklist."""

    id: _Id = ""
    name: Title
    steps: tuple[StepPlanShape, ...] = Field(default=(), max_length=200)

    def draft(self) -> StageDraft:
        """As the desk takes it."""
        return StageDraft(self.name, tuple(step.draft() for step in self.steps), id=self.id)

    @classmethod
    def of(cls, stage: StagePlan | StageDraft) -> StageShape:
        """A stage of a playbook or of a template."""
        return cls(
            id=stage.id,
            name=stage.name,
            steps=tuple(
                StepPlanShape(
                    id=step.id,
                    title=step.title,
                    description=step.description,
                    command=step.command,
                    due_after=seconds(step.due_after),
                    assignee=step.assignee,
                )
                for step in stage.steps
            ),
        )


class SettingsShape(In):
    """How incidents of a playbook begin."""

    public: bool = Field(default=True, description="Whether everybody in the team may see them.")
    default_commander: _Person = Field(default="", description="Empty: whoever starts it.")
    severity: Severity = Severity.MEDIUM
    update_every: Count | None = Field(
        default=None, description="Seconds between status updates; null never reminds."
    )
    announce_in: _Names = ()
    invite: Annotated[tuple[_Person, ...], Field(max_length=100)] = ()
    channel_name: Annotated[Title, described(pattern=_CHANNEL_NAME)] = Field(
        default="{key}-{name}", description="With {key}, {name}, or both."
    )
    summary: Prose = ""
    welcome: Prose = ""
    keywords: _Names = ()
    retrospective: bool = True
    retrospective_template: Prose = ""

    def settings(self) -> Settings:
        """As the desk takes them."""
        return Settings(
            public=self.public,
            default_commander=self.default_commander,
            severity=self.severity,
            update_every=_span(self.update_every),
            announce_in=self.announce_in,
            invite=self.invite,
            channel_name=self.channel_name,
            summary=self.summary,
            welcome=self.welcome,
            keywords=self.keywords,
            retrospective=self.retrospective,
            retrospective_template=self.retrospective_template,
        )

    @classmethod
    def of(cls, given: Settings) -> SettingsShape:
        """The settings of a playbook."""
        return cls(
            public=given.public,
            default_commander=given.default_commander,
            severity=given.severity,
            update_every=seconds(given.update_every),
            announce_in=given.announce_in,
            invite=given.invite,
            channel_name=given.channel_name,
            summary=given.summary,
            welcome=given.welcome,
            keywords=given.keywords,
            retrospective=given.retrospective,
            retrospective_template=given.retrospective_template,
        )


class MetricShape(In):
    """A figure asked for after an incident."""

    title: Title
    description: Prose = ""
    type: MetricType
    target: Annotated[int, Field(ge=0, le=2**53), WHOLE] | None = Field(
        default=None, description="Milliseconds for a duration, a plain number otherwise."
    )

    def metric(self) -> Metric:
        """As the desk takes it."""
        return Metric(self.title, self.description, self.type, self.target)

    @classmethod
    def of(cls, metric: Metric) -> MetricShape:
        """A metric of a playbook."""
        return cls(
            title=metric.title,
            description=metric.description,
            type=metric.type,
            target=metric.target,
        )


_Stages: TypeAlias = Annotated[tuple[StageShape, ...], Field(min_length=1, max_length=50)]
_Metrics: TypeAlias = Annotated[tuple[MetricShape, ...], Field(max_length=4)]


def _span(given: int | None) -> timedelta | None:
    return None if given is None else timedelta(seconds=given)


class FromTemplate(In):
    """A playbook to make from a template."""

    name: Title | None = Field(default=None, description="The template's when null.")
    team: Line | None = Field(default=None, description="Name or id; yours when null.")


class NewPlaybook(In):
    """A playbook to make."""

    name: Title
    description: Prose = ""
    handle: _Handle | None = Field(
        default=None, description="What people type; made from the name when null."
    )
    stages: _Stages = (StageShape(name="Default stage"),)
    settings: SettingsShape = SettingsShape()
    metrics: _Metrics = ()
    team: Line | None = Field(default=None, description="Name or id; yours when null.")

    def draft(self) -> PlaybookDraft:
        """As the desk takes it."""
        return PlaybookDraft(
            name=self.name,
            description=self.description,
            stages=tuple(stage.draft() for stage in self.stages),
            settings=self.settings.settings(),
            metrics=tuple(metric.metric() for metric in self.metrics),
            handle=self.handle,
        )


class EditPlaybook(In):
    """What is to change; what is left out stays. Stages, settings, metrics change as a whole."""

    name: Title | None = None
    description: Prose | None = None
    handle: _Handle | None = None
    stages: _Stages | None = Field(
        default=None, description="All of them; with their ids, so that they stay the same ones."
    )
    settings: SettingsShape | None = None
    metrics: _Metrics | None = None

    def draft(self, old: PlaybookDraft) -> PlaybookDraft:
        """What `old` becomes."""
        return PlaybookDraft(
            name=old.name if self.name is None else self.name,
            description=old.description if self.description is None else self.description,
            stages=old.stages
            if self.stages is None
            else tuple(stage.draft() for stage in self.stages),
            settings=old.settings if self.settings is None else self.settings.settings(),
            metrics=old.metrics
            if self.metrics is None
            else tuple(metric.metric() for metric in self.metrics),
            handle=old.handle if self.handle is None else self.handle,
        )


class PlaybookOut(Out):
    """A playbook."""

    id: str
    handle: str
    name: str
    description: str
    team: TeamRef | None
    shared_with_team: bool
    stages: tuple[StageShape, ...]
    step_count: int
    settings: SettingsShape
    metrics: tuple[MetricShape, ...]
    template: str = Field(description="Id of the template it was made from; empty without one.")
    created_by: AccountRef | None
    created_at: datetime
    updated_at: datetime
    revision: int = Field(description="Of the `ETag`; grows with each change.")

    @classmethod
    def of(cls, playbook: Playbook, known: Known) -> PlaybookOut:
        """A playbook."""
        return cls(
            id=playbook.id,
            handle=playbook.handle,
            name=playbook.name,
            description=playbook.description,
            team=known.team(playbook.team_id),
            shared_with_team=playbook.shared_with_team,
            stages=tuple(StageShape.of(stage) for stage in playbook.stages),
            step_count=playbook.step_count,
            settings=SettingsShape.of(playbook.settings),
            metrics=tuple(MetricShape.of(metric) for metric in playbook.metrics),
            template=playbook.template,
            created_by=known.account(playbook.created_by),
            created_at=playbook.created_at,
            updated_at=playbook.updated_at,
            revision=playbook.revision,
        )


class PlaybookPage(PageOut[PlaybookOut]):
    """A part of the playbooks."""


class RevisionOut(Out):
    """A playbook as it once was."""

    revision: int
    by: str
    by_id: str | None
    at: datetime
    note: str
    playbook: PlaybookOut

    @classmethod
    def of(cls, revision: Revision, known: Known) -> RevisionOut:
        """A revision."""
        return cls(
            revision=revision.playbook.revision,
            by=revision.by_name,
            by_id=revision.by_id,
            at=revision.at,
            note=revision.note,
            playbook=PlaybookOut.of(revision.playbook, known),
        )


class RevisionPage(PageOut[RevisionOut]):
    """Revisions, newest first."""


class TemplateOut(Out):
    """A playbook to start from."""

    id: str
    name: str
    description: str
    stages: tuple[StageShape, ...]

    @classmethod
    def of(cls, template: Template) -> TemplateOut:
        """A template."""
        return cls(
            id=template.id,
            name=template.draft.name,
            description=template.draft.description,
            stages=tuple(StageShape.of(stage) for stage in template.draft.stages),
        )


class TemplatePage(PageOut[TemplateOut]):
    """The templates shipped, in the order people meet them."""


PlaybookOrdering: TypeAlias = Literal[
    "name", "-name", "created_at", "-created_at", "updated_at", "-updated_at"
]
