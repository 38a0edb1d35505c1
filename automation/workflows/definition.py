"""A workflow as it is written: what its file says, checked, and nothing of any run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from automation.values import Json

CONTINUE, NOOP, FAIL, RETRY = "continue", "noop", "fail", "retry"
COMMANDS = frozenset({CONTINUE, NOOP, FAIL, RETRY})
"""What a transition may lead to besides tasks; tasks cannot have these names."""


@dataclass(frozen=True, slots=True)
class Named:
    """A name with a value, in which expressions may stand."""

    name: str
    value: Json = None


@dataclass(frozen=True, slots=True)
class Items:
    """What a task is done for each of.

    Attributes:
        names: What each item is called; with several, an item is a list of as many values.
            Empty where items have no name.
        source: An expression that gives a list.
        concurrency: How many at once, a number or an expression; None for all.
    """

    names: tuple[str, ...]
    source: str
    concurrency: Json = None


@dataclass(frozen=True, slots=True)
class Retry:
    """How often, and when, a task is tried again.

    Attributes:
        count: A number or an expression.
        when: A condition; None for whenever the task did not end well.
        delay: Seconds, a number or an expression; None for none.
    """

    count: Json
    when: str | None = None
    delay: Json = None


@dataclass(frozen=True, slots=True)
class Transition:
    """What follows a task.

    Attributes:
        when: A condition; None for in any case.
        publish: In the order in which they are computed.
        do: Names of tasks, or engine commands.
    """

    when: str | None = None
    publish: tuple[Named, ...] = ()
    do: tuple[str, ...] = (CONTINUE,)


@dataclass(frozen=True, slots=True)
class Task:
    """One task.

    Attributes:
        action: Its reference, or an expression; None for a task that does nothing by itself.
        input: A mapping, or an expression that gives one.
        delay: Seconds, a number or an expression; None for none.
        join: Of how many tasks before it, at least, the way must lead here; None where it
            waits for none.
    """

    name: str
    action: str | None = None
    input: Json = None
    delay: Json = None
    join: Literal["all"] | int | None = None
    items: Items | None = None
    retry: Retry | None = None
    next: tuple[Transition, ...] = ()


@dataclass(frozen=True, slots=True)
class Workflow:
    """A whole workflow.

    Attributes:
        input: Names with their defaults.
        vars: In the order in which they are computed, as `output`.
    """

    tasks: Mapping[str, Task]
    input: tuple[Named, ...] = ()
    vars: tuple[Named, ...] = ()
    output: tuple[Named, ...] = ()
    description: str = ""
    lines: Mapping[str, int] = field(default_factory=dict[str, int], compare=False, repr=False)
    """Key such as `tasks.build.next[0].when` to its line; empty where there was no text."""

    def line(self, key: str) -> int:
        """The line that a key stands in, or the nearest around it; 0 where there was no text."""
        while key and key not in self.lines:
            key = key[: max(key.rfind("."), key.rfind("["), 0)]
        return self.lines.get(key, 0)
