"""What the templates of a step may read, and what is wrong when they read something else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from automation.runbook import Content, Step
from automation.templates import template
from automation.templates.mistake import Mistake, near
from automation.values import Json

KNOWN = frozenset({"parameters", "incident", "trigger", "steps", "previous", "execution"})
"""What every template may read."""
ITEM = frozenset({"item", "index"})
"""What the templates of a step that is done for each of a list may read besides."""
INCIDENT = frozenset(
    (
        *("id", "key", "number", "name", "summary", "severity", "status", "public", "commander"),
        *("reporter", "playbook", "playbook_name", "channel", "started_at", "ended_at"),
    )
)
"""Fields of `incident`; empty where an execution has no incident."""
EXECUTION = frozenset(
    (
        "id",
        "key",
        "runbook",
        "version",
        "trigger",
        "reason",
        "in_chat",
        "requested_by",
        "started_at",
    )
)
"""Fields of `execution`; `in_chat` says whether it was begun in a channel."""


@dataclass(frozen=True, slots=True)
class Readable:
    """What one step may read.

    Attributes:
        parameters: Names of the runbook's parameters.
        steps: Slugs of the steps that have ended before it.
        items: Whether it is done for each of a list, and may read the item.
    """

    parameters: frozenset[str]
    steps: frozenset[str]
    items: bool = False

    @classmethod
    def at(cls, content: Content, number: int) -> Readable:
        """What the step at `number` may read."""
        names = frozenset(each.name for each in content.parameters)
        items = content.steps[number].for_each is not None
        return cls(names, _before(content.steps, number), items)

    def after(self, step: Step) -> Readable:
        """What may be read when the step itself has ended, too."""
        return replace(self, steps=self.steps | {step.slug})

    def before_items(self) -> Readable:
        """What the list itself may read."""
        return replace(self, items=False)

    @property
    def words(self) -> frozenset[str]:
        """The names that its templates may read."""
        return KNOWN | ITEM if self.items else KNOWN

    def strangers(self, given: Mapping[str, Json], place: str) -> Iterator[Mistake]:
        """Each thing that templates read and that is not there."""
        fields = {
            "steps": (self.steps, "no step before this one"),
            "parameters": (self.parameters, "no parameter of this runbook"),
            "incident": (INCIDENT, "nothing that an incident has"),
            "execution": (EXECUTION, "nothing that an execution has"),
        }
        for name, value in given.items():
            for path in sorted(template.names(value)):
                root, _, rest = path.partition(".")
                known, what = fields.get(root, (frozenset[str](), ""))
                field = rest.partition(".")[0]
                if what and field and field not in known:
                    there = ", ".join(sorted(known)) or "none"
                    yield Mistake(
                        f"{place}.{name}" if name else place,
                        f"reads {root}.{field}, which is {what}; there are: {there}."
                        f"{near(field, known)}".removesuffix("."),
                    )


def _before(steps: tuple[Step, ...], number: int) -> frozenset[str]:
    """Slugs of the steps whose results the step at `number` may read."""
    first = number
    while first and steps[first].parallel:
        first -= 1
    return frozenset(step.slug for step in steps[:first])
