"""The pieces that a run's state is made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from automation.values import Json
from automation.workflows.machines import Others
from automation.workflows.statuses import ABENDED, ACTIVE, CANCELED, COMPLETED, HELD, UNSET

Place = tuple[str, int]
"""A task and its route."""


def named(task: str, route: int) -> str:
    """A task on a route, as one word."""
    return f"{task}__r{route}"


@dataclass(slots=True)
class Entry:
    """One time that a task was begun.

    Attributes:
        context: What it may read.
        prev: Way to the number of the entry that it came from.
        next: Way to whether it was taken.
        term: The run, or this branch of it, ended here.
    """

    id: str
    route: int
    context: list[int]
    prev: dict[str, int]
    next: dict[str, bool] = field(default_factory=dict[str, bool])
    status: str = UNSET
    retry: dict[str, Json] | None = None
    term: bool = False

    @property
    def place(self) -> Place:
        """Its task and route."""
        return self.id, self.route


@dataclass(slots=True)
class ItemRun:
    """How one item stands."""

    status: str = UNSET
    result: Json = None


class ItemRuns:
    """The items of a task: their values, and how each stands.

    Attributes:
        values: What the task is done for each of.
        concurrency: How many at once; None for all.
    """

    def __init__(self, values: Sequence[Json], concurrency: int | None) -> None:
        self.values = list(values)
        self.concurrency = concurrency
        self.runs = [ItemRun() for _ in self.values]
        self._count = Counter({UNSET: len(self.runs)})
        self._next = 0

    def set(self, number: int, status: str, result: Json = None) -> None:
        """Note how an item stands."""
        run = self.runs[number]
        self._count[run.status] -= 1
        self._count[status] += 1
        if status == UNSET:
            self._next = min(self._next, number)
        run.status, run.result = status, result

    def others(self, number: int | None = None) -> Others:
        """How the items stand, one of them left out."""
        own = self.runs[number].status if number is not None else ""

        def count(statuses: frozenset[str]) -> int:
            return sum(self._count[each] for each in statuses) - (own in statuses)

        left = len(self.runs) - (number is not None)
        return Others(
            active=count(ACTIVE),
            held=count(HELD),
            canceled=count(frozenset({CANCELED})),
            failed=count(ABENDED),
            open=left - count(COMPLETED),
        )

    def waiting(self) -> list[int]:
        """Numbers of the items that may be begun now, in order."""
        left = self._count[UNSET]
        if self.concurrency is not None:
            left = min(left, max(self.concurrency, 1) - self.others().active)
        found: list[int] = []
        number = self._next
        while left > 0 and number < len(self.runs):
            if self.runs[number].status == UNSET:
                found.append(number)
                left -= 1
            number += 1
        while self._next < len(self.runs) and self.runs[self._next].status != UNSET:
            self._next += 1
        return found

    def results(self) -> list[Json]:
        """What each gave that has been begun, in order."""
        return [run.result for run in self.runs if run.status != UNSET]


@dataclass(slots=True)
class Staged:
    """A task that is to be begun, or would be if more ways led to it.

    Attributes:
        ready: Nothing is missing.
        retry: It is tried again after so many seconds; None for the first time.
        completed: It has ended; its items are kept, to be done again if asked.
        run_on_fail: It is done although the run has failed.
        rendered: What it is begun with, as long as it is held in memory.
    """

    id: str
    route: int
    context: list[int]
    prev: dict[str, int]
    ready: bool = True
    retry: int | None = None
    completed: bool = False
    run_on_fail: bool = False
    items: ItemRuns | None = None
    rendered: Any = None

    @property
    def place(self) -> Place:
        """Its task and route."""
        return self.id, self.route
