"""The playbook editor's fields, read into a draft.

A browser sends fields in the order they stand in the page. So a stage is what stands
between its `stage_name` and the next one, a step likewise, and nobody numbers anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from chat.errors import BadInput
from incidents.incident import Severity
from playbooks.draft import PlaybookDraft, StageDraft, StepDraft
from playbooks.playbook import Metric, MetricType, Settings
from web.durations import parse


@dataclass(slots=True)
class _Rows:
    """Fields grouped as they come."""

    plain: dict[str, str] = field(default_factory=dict[str, str])
    stages: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    steps: list[list[dict[str, str]]] = field(default_factory=list[list[dict[str, str]]])
    metrics: list[dict[str, str]] = field(default_factory=list[dict[str, str]])

    def take(self, name: str, value: str) -> None:
        """Put a field where it belongs; the first of a group's names begins another."""
        group, _, rest = name.partition("_")
        if name == "stage_id":
            self.stages.append({})
            self.steps.append([])
        elif name == "step_id" and self.steps:
            self.steps[-1].append({})
        elif name == "metric_title":
            self.metrics.append({})
        if group == "stage" and self.stages:
            self.stages[-1][rest] = value
        elif group == "step" and self.steps and self.steps[-1]:
            self.steps[-1][-1][rest] = value
        elif group == "metric" and self.metrics:
            self.metrics[-1][rest] = value
        else:
            self.plain[name] = value


@dataclass(slots=True)
class _Unread:
    """Fields that could not be read: by place, what is wrong and what was typed."""

    mistakes: dict[str, str] = field(default_factory=dict[str, str])
    typed: dict[str, str] = field(default_factory=dict[str, str])

    def add(self, place: str, written: str, mistake: str) -> None:
        """Keep one of them."""
        self.mistakes[place] = mistake
        self.typed[place] = written


@dataclass(frozen=True, slots=True)
class Posted:
    """What somebody wrote in the editor.

    Attributes:
        mistakes: Place, such as `stages[1].steps[0].due_after`, to what is wrong with it.
        typed: The same places to what stands there, which no draft can hold.
        revision: The revision it was written from; None for a new playbook.
    """

    draft: PlaybookDraft
    mistakes: Mapping[str, str]
    typed: Mapping[str, str]
    revision: int | None

    def check(self) -> PlaybookDraft:
        """The draft, when all of it could be read; the desk judges the rest.

        Raises:
            BadInput: Something could not; `details` says where.
        """
        if self.mistakes:
            details = dict(self.mistakes)
            try:
                self.draft.validate()
            except BadInput as more:
                details.update(more.details)
            raise BadInput("Some fields could not be read.", details=details)
        return self.draft


def read(fields: Iterable[tuple[str, str]]) -> Posted:
    """The draft in a posted form."""
    rows = _Rows()
    for name, value in fields:
        rows.take(name, value)
    unread = _Unread()
    stages = tuple(
        StageDraft(
            stage.get("name", ""),
            tuple(
                _step(step, f"stages[{at}].steps[{number}]", unread)
                for number, step in enumerate(rows.steps[at])
            ),
            id=stage.get("id", ""),
        )
        for at, stage in enumerate(rows.stages)
    )
    metrics = tuple(
        _metric(metric, f"metrics[{at}]", unread) for at, metric in enumerate(rows.metrics)
    )
    plain = rows.plain
    draft = PlaybookDraft(
        name=plain.get("name", ""),
        description=plain.get("description", ""),
        stages=stages,
        settings=_settings(plain, unread),
        metrics=tuple(metric for metric in metrics if metric.title or metric.description),
        handle=plain.get("handle") or None,
    )
    revision = plain.get("revision", "")
    known = int(revision) if revision.isascii() and revision.isdigit() else None
    return Posted(draft, unread.mistakes, unread.typed, known)


def _step(row: Mapping[str, str], place: str, unread: _Unread) -> StepDraft:
    return StepDraft(
        title=row.get("title", ""),
        description=row.get("description", ""),
        command=row.get("command", ""),
        due_after=_span(row.get("due", ""), f"{place}.due_after", unread),
        assignee=row.get("assignee", "").strip().removeprefix("@"),
        id=row.get("id", ""),
    )


def _metric(row: Mapping[str, str], place: str, unread: _Unread) -> Metric:
    try:
        kind = MetricType(row.get("type", MetricType.INTEGER))
    except ValueError:
        kind = MetricType.INTEGER
    target: int | None = None
    written = row.get("target", "").strip()
    if kind is MetricType.DURATION:
        span = _span(written, f"{place}.target", unread)
        target = None if span is None else round(span.total_seconds() * 1000)
    elif written:
        if written.isascii() and written.isdigit():
            target = int(written)
        else:
            unread.add(f"{place}.target", written, "must be a whole number")
    return Metric(row.get("title", ""), row.get("description", ""), kind, target)


def _settings(plain: Mapping[str, str], unread: _Unread) -> Settings:
    try:
        severity = Severity.parse(plain.get("severity", Severity.MEDIUM))
    except BadInput as error:
        unread.add("settings.severity", plain["severity"], error.message)
        severity = Severity.MEDIUM
    return Settings(
        public=plain.get("public", "true") == "true",
        default_commander=plain.get("default_commander", "").strip().removeprefix("@"),
        severity=severity,
        update_every=_span(plain.get("update_every", ""), "settings.update_every", unread),
        announce_in=_list(plain.get("announce_in", "")),
        invite=tuple(name.removeprefix("@") for name in _list(plain.get("invite", ""))),
        channel_name=plain.get("channel_name") or Settings().channel_name,
        summary=plain.get("summary", ""),
        welcome=plain.get("welcome", ""),
        keywords=_list(plain.get("keywords", "")),
        retrospective=plain.get("retrospective", "") == "true",
        retrospective_template=plain.get("retrospective_template", ""),
    )


def _list(text: str) -> tuple[str, ...]:
    """Names or words between commas or line ends."""
    return tuple(word.strip() for word in text.replace("\n", ",").split(",") if word.strip())


def _span(text: str, place: str, unread: _Unread) -> timedelta | None:
    try:
        return parse(text)
    except BadInput as error:
        unread.add(place, text, error.message)
        return None
