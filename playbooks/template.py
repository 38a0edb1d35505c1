"""Playbooks shipped as data: `templates/*.toml`, checked when they are read."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from functools import cache
from importlib import resources

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from chat.errors import BadInput, NotFound
from incidents.incident import Severity
from playbooks.draft import PlaybookDraft, StageDraft, StepDraft
from playbooks.playbook import Metric, MetricType, Settings


@dataclass(frozen=True, slots=True)
class Template:
    """A playbook to start from.

    Attributes:
        id: File name without its ending; also the handle of the playbook made at first run.
        rank: Its place among the templates, lowest first.
    """

    id: str
    rank: int
    draft: PlaybookDraft


class _Part(BaseModel):
    """Nothing unknown is accepted, so that a mistyped key is found."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _Step(_Part):
    title: str
    description: str = ""
    command: str = ""
    assignee: str = ""
    due_minutes: int | None = Field(default=None, ge=1)


class _Stage(_Part):
    name: str
    steps: tuple[_Step, ...] = ()


class _Settings(_Part):
    public: bool = True
    severity: Severity = Severity.MEDIUM
    update_minutes: int | None = Field(default=None, ge=1)
    summary: str = ""
    welcome: str = ""
    keywords: tuple[str, ...] = ()
    retrospective_template: str = ""


class _Metric(_Part):
    title: str
    description: str = ""
    type: MetricType
    target: int | None = None


class _File(_Part):
    rank: int
    name: str
    description: str
    settings: _Settings = _Settings()
    stages: tuple[_Stage, ...]
    metrics: tuple[_Metric, ...] = ()


def parse(template_id: str, text: str) -> Template:
    """A template from the text of its file.

    Raises:
        BadInput: It is not TOML (with the line), or a key in it is wrong (with its place).
    """
    try:
        read = _File.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as wrong:
        raise BadInput(f"Template {template_id}: {wrong}.") from wrong
    except ValidationError as wrong:
        first = wrong.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadInput(f"Template {template_id}: {place}: {first['msg']}.") from wrong
    thing = f"Template {template_id} is not valid"
    return Template(template_id, read.rank, _draft(read).validate(thing))


def _draft(read: _File) -> PlaybookDraft:
    given = read.settings
    return PlaybookDraft(
        name=read.name,
        description=read.description,
        stages=tuple(
            StageDraft(stage.name, tuple(_step(step) for step in stage.steps))
            for stage in read.stages
        ),
        settings=Settings(
            public=given.public,
            severity=given.severity,
            update_every=_minutes(given.update_minutes),
            summary=given.summary,
            welcome=given.welcome,
            keywords=given.keywords,
            retrospective_template=given.retrospective_template,
        ),
        metrics=tuple(
            Metric(one.title, one.description, one.type, one.target) for one in read.metrics
        ),
    )


def _step(step: _Step) -> StepDraft:
    return StepDraft(
        title=step.title,
        description=step.description,
        command=step.command,
        due_after=_minutes(step.due_minutes),
        assignee=step.assignee,
    )


def _minutes(count: int | None) -> timedelta | None:
    return None if count is None else timedelta(minutes=count)


@cache
def shipped() -> tuple[Template, ...]:
    """Every template in the package, by rank.

    Raises:
        BadInput: A file is not valid.
    """
    folder = resources.files("playbooks") / "templates"
    found = [
        parse(file.name.removesuffix(".toml"), file.read_text(encoding="utf-8"))
        for file in folder.iterdir()
        if file.name.endswith(".toml")
    ]
    return tuple(sorted(found, key=lambda template: template.rank))


def template_named(template_id: str) -> Template:
    """The template with that id.

    Raises:
        NotFound: There is none.
    """
    wanted = template_id.strip().casefold()
    by_id = {template.id: template for template in shipped()}
    if wanted in by_id:
        return by_id[wanted]
    near = get_close_matches(wanted, by_id, n=1)
    meant = f" Did you mean {near[0]}?" if near else ""
    raise NotFound(
        f"There is no template “{template_id[:40]}”.{meant} There are: {', '.join(by_id)}."
    )
