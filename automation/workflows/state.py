"""How far a run has come.

Every part of it is JSON under a name of its own, such as `entry/3`: an event changes a few of
them, however long the run, and only those need be written. `parts.py` turns them to and fro.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence

from automation.values import Json
from automation.workflows.contexts import Contexts
from automation.workflows.pieces import Entry, ItemRuns, Place, Staged, named
from automation.workflows.statuses import UNSET


class State:
    """A run, to be changed only by the conductor."""

    def __init__(self) -> None:
        self.status = UNSET
        self.inputs: Mapping[str, Json] = {}
        self.parent: Mapping[str, Json] = {}
        self.output: dict[str, Json] | None = None
        self.reruns: list[list[int]] = []
        self.entries: list[Entry] = []
        self.latest: dict[Place, int] = {}
        self.staged: dict[Place, Staged] = {}
        self.routes: list[tuple[str, ...]] = []
        self.contexts = Contexts()
        self.errors: dict[int, dict[str, Json]] = {}
        self.results: dict[int, Json] = {}
        self.count: Counter[str] = Counter()
        self._told: dict[str, int] = {}
        self._changed: dict[str, None] = {}

    # What is in it.

    def entry(self, place: Place) -> Entry | None:
        """The last time that a task was begun; None if it never was."""
        number = self.latest.get(place)
        return None if number is None else self.entries[number]

    def some(self, statuses: frozenset[str]) -> bool:
        """Whether a task is in one of these states."""
        return any(self.count[each] for each in statuses)

    @property
    def has_staged(self) -> bool:
        """Whether a task is ready to be begun, or has items that may be."""
        return any(each.ready and not each.completed for each in self.staged.values())

    def nearest(self, task: str, route: int) -> int | None:
        """Number of a task's last entry on a route, or on the nearest before it."""
        number = self.latest.get((task, route))
        while number is None and 0 < route < len(self.routes):
            own = set(self.routes[route])
            # The first route has no ways, and so is before every other.
            route = next(
                each for each in range(route - 1, -1, -1) if own.issuperset(self.routes[each])
            )
            number = self.latest.get((task, route))
        return number

    def status_of(self, task: str, route: int) -> str:
        """The state of a task, as expressions ask for it."""
        number = self.nearest(task, route)
        return UNSET if number is None else self.entries[number].status

    def facts_of(self, task: str, route: int) -> Json:
        """What expressions may know of a task's last execution; None where there is none."""
        number = self.nearest(task, route)
        if number is None:
            return None
        entry = self.entries[number]
        return {
            "task_id": task,
            "task_name": task,
            "route": entry.route,
            "status": entry.status,
            **self.results.get(number, {"result": None}),
        }

    # What changes it.

    def begin_entry(self, entry: Entry) -> int:
        """Add an entry; its number."""
        old = self.entry(entry.place)
        if old is not None:
            self.count[old.status] -= 1
        self.entries.append(entry)
        number = len(self.entries) - 1
        self.latest[entry.place] = number
        self.count[entry.status] += 1
        self.touch(f"entry/{number}")
        return number

    def set_status(self, number: int, status: str) -> None:
        """Change the state of an entry."""
        entry = self.entries[number]
        if self.latest.get(entry.place) == number:
            self.count[entry.status] -= 1
            self.count[status] += 1
        entry.status = status
        self.touch(f"entry/{number}")

    def set_workflow(self, status: str) -> None:
        """Change the state of the run."""
        if status != self.status:
            self.status = status
            self.touch("run")

    def stage(self, staged: Staged) -> Staged:
        """Put a task among those to be begun."""
        self.staged[staged.place] = staged
        self.touch_staged(staged)
        return staged

    def unstage(self, place: Place) -> None:
        """Take a task from those to be begun, unless items of it are at work."""
        staged = self.staged.get(place)
        if staged is None or (staged.items is not None and staged.items.others().active):
            return
        self.forget_items(staged)
        del self.staged[place]
        self.touch(f"staged/{named(*place)}")

    def set_items(self, staged: Staged, items: ItemRuns) -> None:
        """Note what a task is done for each of."""
        staged.items = items
        self.touch(f"items/{named(*staged.place)}")

    def forget_items(self, staged: Staged) -> None:
        """Forget the items of a task, to be computed anew."""
        staged.rendered = None
        if staged.items is None:
            return
        word = named(*staged.place)
        self.touch(f"items/{word}")
        for number, run in enumerate(staged.items.runs):
            if run.status != UNSET:
                self.touch(f"item/{word}/{number}")
        staged.items = None

    def set_item(self, staged: Staged, number: int, status: str, result: Json) -> None:
        """Note how an item stands."""
        assert staged.items is not None  # noqa: S101 - only asked of tasks with items
        staged.items.set(number, status, result)
        self.touch(f"item/{named(*staged.place)}/{number}")

    def add_context(self, before: Sequence[int], values: Mapping[str, Json]) -> int:
        """Keep what was published; its number."""
        number = self.contexts.add(before, values)
        self.touch(f"context/{number}")
        return number

    def join_contexts(self, one: Sequence[int], other: Sequence[int]) -> list[int]:
        """The context where a branch joins another."""
        before = len(self.contexts.all)
        found = self.contexts.joined(one, other)
        if len(self.contexts.all) > before:
            self.touch(f"context/{before}")
        return found

    def add_route(self, ways: tuple[str, ...]) -> int:
        """A new route; its number."""
        self.routes.append(ways)
        self.touch(f"route/{len(self.routes) - 1}")
        return len(self.routes) - 1

    def add_error(self, error: dict[str, Json]) -> None:
        """Note an error, unless the same has been noted."""
        told = json.dumps(error, sort_keys=True, default=str)
        if told not in self._told:
            number = max(self.errors, default=-1) + 1
            self._told[told] = number
            self.errors[number] = error
            self.touch(f"error/{number}")

    def restore_error(self, number: int, error: dict[str, Json]) -> None:
        """Put an error back that was kept."""
        self.errors[number] = error
        self._told[json.dumps(error, sort_keys=True, default=str)] = number

    def drop_errors(self, task: str) -> None:
        """Forget the errors of a task."""
        for number in [n for n, each in self.errors.items() if each.get("task_id") == task]:
            del self.errors[number]
            self.touch(f"error/{number}")
        self._told = {told: n for told, n in self._told.items() if n in self.errors}

    def keep_result(self, number: int, result: Json) -> None:
        """Keep what an entry gave, for expressions that ask."""
        self.results[number] = result
        self.touch(f"result/{number}")

    def touch(self, part: str) -> None:
        """Note that a part has changed."""
        self._changed[part] = None

    def touch_staged(self, staged: Staged) -> None:
        """The same for a task that is to be begun."""
        self.touch(f"staged/{named(*staged.place)}")

    def taken(self) -> tuple[str, ...]:
        """Names of the parts that have changed since this was last asked."""
        found = tuple(self._changed)
        self._changed.clear()
        return found
