"""A playbook as somebody wrote it: not yet saved, and checked on the way in."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field, replace
from datetime import timedelta

from playbooks.mistakes import Mistakes
from playbooks.playbook import (
    COMMANDER,
    MAX_STEPS,
    REPORTER,
    TITLE_CHARS,
    Metric,
    Playbook,
    Settings,
)

NAME_CHARS = 80
TEXT_CHARS = 20_000
COMMAND_CHARS = 1_000
MAX_STAGES = 50
MAX_METRICS = 4
MAX_NAMES = 100
LONGEST = timedelta(days=3650)
FINEST = timedelta(milliseconds=1)
SHORTEST_UPDATE = timedelta(minutes=1)
_MAX_TARGET = 2**53

_HANDLE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_ACCOUNT = re.compile(r"[a-z0-9._-]{1,40}")


@dataclass(frozen=True, slots=True)
class StepDraft:
    """A step somebody wrote; the fields are those of a `StepPlan`.

    Attributes:
        id: Of the step it changes; empty for a new one.
    """

    title: str
    description: str = ""
    command: str = ""
    due_after: timedelta | None = None
    assignee: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class StageDraft:
    """A stage somebody wrote.

    Attributes:
        id: Of the stage it changes; empty for a new one.
    """

    name: str
    steps: tuple[StepDraft, ...] = ()
    id: str = ""


@dataclass(frozen=True, slots=True)
class PlaybookDraft:
    """A playbook somebody wrote.

    Attributes:
        handle: What people will type; None makes one from the name, or keeps the old one.
    """

    name: str
    description: str = ""
    stages: tuple[StageDraft, ...] = (StageDraft("Default stage"),)
    settings: Settings = field(default_factory=Settings)
    metrics: tuple[Metric, ...] = ()
    handle: str | None = None

    @classmethod
    def of(cls, playbook: Playbook) -> PlaybookDraft:
        """A draft that changes nothing about `playbook` yet."""
        stages = tuple(
            StageDraft(
                stage.name,
                tuple(
                    StepDraft(
                        title=step.title,
                        description=step.description,
                        command=step.command,
                        due_after=step.due_after,
                        assignee=step.assignee,
                        id=step.id,
                    )
                    for step in stage.steps
                ),
                id=stage.id,
            )
            for stage in playbook.stages
        )
        return cls(
            name=playbook.name,
            description=playbook.description,
            stages=stages,
            settings=playbook.settings,
            metrics=playbook.metrics,
            handle=playbook.handle,
        )

    def validate(self, thing: str = "This playbook cannot be saved") -> PlaybookDraft:
        """The draft with its texts trimmed.

        Raises:
            BadInput: Something in it is wrong; `details` maps each place, such as
                `stages[1].steps[0].title`, to what.
        """
        mistakes = Mistakes()
        clean = PlaybookDraft(
            name=mistakes.line("name", self.name, NAME_CHARS),
            description=mistakes.block("description", self.description, TEXT_CHARS),
            stages=_stages(self.stages, mistakes),
            settings=_settings(self.settings, mistakes),
            metrics=_metrics(self.metrics, mistakes),
            handle=_handle(self.handle, mistakes),
        )
        mistakes.refuse(thing)
        return clean


def slug(name: str) -> str:
    """A handle made from a name: `Datenverlust (groß)` becomes `datenverlust-gro`."""
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")[:40].strip("-") or "playbook"


def _handle(handle: str | None, mistakes: Mistakes) -> str | None:
    if handle is None or not handle.strip():
        return None
    clean = handle.strip().lower()
    if not _HANDLE.fullmatch(clean):
        mistakes.add(
            "handle", "must be 1 to 40 lower-case letters, digits and -, such as data-loss"
        )
    return clean


def _stages(stages: tuple[StageDraft, ...], mistakes: Mistakes) -> tuple[StageDraft, ...]:
    if not 1 <= len(stages) <= MAX_STAGES:
        mistakes.add("stages", f"must hold 1 to {MAX_STAGES}; {len(stages)} were given")
    names: set[str] = set()
    clean: list[StageDraft] = []
    for index, stage in enumerate(stages[:MAX_STAGES]):
        place = f"stages[{index}]"
        name = mistakes.line(f"{place}.name", stage.name, NAME_CHARS)
        if name.casefold() in names:
            mistakes.add(f"{place}.name", f"repeats “{name}”; each stage needs a name of its own")
        names.add(name.casefold())
        if len(stage.steps) > MAX_STEPS:
            mistakes.add(f"{place}.steps", f"holds {len(stage.steps)}; at most {MAX_STEPS} fit")
        steps = tuple(
            _step(step, f"{place}.steps[{number}]", mistakes)
            for number, step in enumerate(stage.steps[:MAX_STEPS])
        )
        clean.append(replace(stage, name=name, steps=steps))
    return tuple(clean)


def _step(step: StepDraft, place: str, mistakes: Mistakes) -> StepDraft:
    command = mistakes.line(f"{place}.command", step.command, COMMAND_CHARS, least=0)
    if command and not command.startswith("/"):
        mistakes.add(f"{place}.command", "must begin with /, such as /incident update")
    due = step.due_after
    if due is not None and not FINEST <= due <= LONGEST:
        mistakes.add(f"{place}.due_after", "must be after the incident's start, at most 10 years")
    return replace(
        step,
        title=mistakes.line(f"{place}.title", step.title, TITLE_CHARS),
        description=mistakes.block(f"{place}.description", step.description, TEXT_CHARS),
        command=command,
        # What is finer than the export format can hold is cut off.
        due_after=None if due is None else due // FINEST * FINEST,
        assignee=_account(step.assignee, f"{place}.assignee", mistakes, (COMMANDER, REPORTER)),
    )


def _account(name: str, place: str, mistakes: Mistakes, words: tuple[str, ...] = ()) -> str:
    clean = name.strip().removeprefix("@").lower()
    if clean and clean not in words and not _ACCOUNT.fullmatch(clean):
        accepted = ", ".join((*words, "an account name such as ana"))
        mistakes.add(place, f"is “{clean[:40]}”; accepted: {accepted}, or nothing")
    return clean


def _settings(given: Settings, mistakes: Mistakes) -> Settings:
    place = "settings"
    every = given.update_every
    if every is not None and not SHORTEST_UPDATE <= every <= LONGEST:
        mistakes.add(f"{place}.update_every", "must be at least a minute and at most 10 years")
    return replace(
        given,
        update_every=None if every is None else timedelta(seconds=every // timedelta(seconds=1)),
        default_commander=_account(given.default_commander, f"{place}.default_commander", mistakes),
        announce_in=_words(given.announce_in, f"{place}.announce_in", mistakes, marks="#~"),
        invite=tuple(
            name
            for index, one in enumerate(
                _words(given.invite, f"{place}.invite", mistakes, marks="@")
            )
            if (name := _account(one, f"{place}.invite[{index}]", mistakes))
        ),
        channel_name=_channel_name(given.channel_name, f"{place}.channel_name", mistakes),
        summary=mistakes.block(f"{place}.summary", given.summary, TEXT_CHARS),
        welcome=mistakes.block(f"{place}.welcome", given.welcome, TEXT_CHARS),
        keywords=_words(given.keywords, f"{place}.keywords", mistakes),
        retrospective_template=mistakes.block(
            f"{place}.retrospective_template", given.retrospective_template, TEXT_CHARS
        ),
    )


def _words(
    words: tuple[str, ...], place: str, mistakes: Mistakes, *, marks: str = ""
) -> tuple[str, ...]:
    """Trimmed, each once (case ignored), empty ones and leading `marks` left out."""
    if len(words) > MAX_NAMES:
        mistakes.add(place, f"holds {len(words)}; at most {MAX_NAMES} are accepted")
    kept: dict[str, str] = {}
    for index, word in enumerate(words[:MAX_NAMES]):
        clean = mistakes.line(f"{place}[{index}]", word.strip().lstrip(marks), NAME_CHARS, least=0)
        if clean:
            kept.setdefault(clean.casefold(), clean)
    return tuple(kept.values())


def _channel_name(template: str, place: str, mistakes: Mistakes) -> str:
    clean = mistakes.line(place, template, NAME_CHARS)
    rest = clean.replace("{key}", "").replace("{name}", "")
    if "{" in rest or "}" in rest:
        mistakes.add(place, "may hold the placeholders {key} and {name}, and no other braces")
    elif rest == clean:
        mistakes.add(place, "needs {key} or {name}, so that channels can be told apart")
    return clean


def _metrics(metrics: tuple[Metric, ...], mistakes: Mistakes) -> tuple[Metric, ...]:
    if len(metrics) > MAX_METRICS:
        mistakes.add("metrics", f"holds {len(metrics)}; at most {MAX_METRICS} are accepted")
    titles: set[str] = set()
    clean: list[Metric] = []
    for index, metric in enumerate(metrics[:MAX_METRICS]):
        place = f"metrics[{index}]"
        title = mistakes.line(f"{place}.title", metric.title, NAME_CHARS)
        if title in titles:
            mistakes.add(f"{place}.title", f"repeats “{title}”; each metric needs its own")
        titles.add(title)
        if metric.target is not None and not 0 <= metric.target <= _MAX_TARGET:
            mistakes.add(f"{place}.target", "must be 0 or more")
        description = mistakes.block(f"{place}.description", metric.description, TEXT_CHARS)
        clean.append(replace(metric, title=title, description=description))
    return tuple(clean)
