"""Which tasks follow which in a run: joins, routes, and what that makes of the run."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from automation.workflows.definition import CONTINUE
from automation.workflows.graph import Edge, Graph
from automation.workflows.machines import Around, workflow_after
from automation.workflows.pieces import Entry, Place, Staged
from automation.workflows.state import State
from automation.workflows.statuses import (
    ACTIVE,
    CANCELS,
    COMPLETED,
    FAILED,
    HELD,
    PAUSING,
)

_PAUSED = HELD | {PAUSING}


class Followers:
    """Keeps count of what leads to joining tasks, so that nothing need be searched for."""

    def __init__(self, graph: Graph, state: State) -> None:
        self._graph = graph
        self._state = state
        self._led: dict[Place, dict[str, bool]] = {}
        self._taken: dict[Place, int] = {}
        for number in state.latest.values():
            entry = state.entries[number]
            self.entered(entry)
            for way in graph.ways.get(entry.id, ()):
                if way.target in graph.joins and entry.next.get(way.id):
                    self._mark(entry, way, taken=True)

    def entered(self, entry: Entry) -> None:
        """A task has been begun: the ways that lead from it are open again."""
        for way in self._graph.ways.get(entry.id, ()):
            if way.target in self._graph.joins:
                self._mark(entry, way, taken=False)

    def decide(self, entry: Entry, way: Edge, *, taken: bool) -> None:
        """Note whether a way is taken."""
        entry.next[way.id] = taken
        if taken and way.target in self._graph.joins:
            self._mark(entry, way, taken=True)

    def _mark(self, entry: Entry, way: Edge, *, taken: bool) -> None:
        place = (way.target, entry.route)
        led = self._led.setdefault(place, {})
        before = led.get(way.source, False)
        led[way.source] = taken
        self._taken[place] = self._taken.get(place, 0) + taken - before

    def satisfied(self, task: str, route: int) -> bool:
        """Whether a joining task may be begun."""
        return self._taken.get((task, route), 0) >= self._graph.needed(task)

    def hopeless(self, task: str, route: int) -> bool:
        """Whether a joining task can never be begun."""
        if self.satisfied(task, route):
            return False
        state = self._state
        open_ways = len(self._led.get((task, route), {})) < len(self._graph.sources[task])
        return not (open_ways and (state.some(ACTIVE) or state.has_staged))

    def lead(self, number: int, way: Edge, context: Sequence[int]) -> Staged:
        """Stage the task that a way leads to."""
        state = self._state
        entry = state.entries[number]
        route = self._route(entry.route, way)
        staged = state.staged.get((way.target, route))
        if staged is None:
            staged = state.stage(Staged(way.target, route, list(context), {way.back: number}))
        else:
            staged.context = state.join_contexts(staged.context, context)
            staged.prev = staged.prev | {way.back: number}
            staged.completed = False
            state.forget_items(staged)
        joins = way.target in self._graph.joins
        staged.ready = not joins or self.satisfied(way.target, entry.route)
        state.touch_staged(staged)
        return staged

    def _route(self, before: int, way: Edge) -> int:
        if way.target not in self._graph.forked:
            return before
        # Where it came from, not where it leads, tells the routes of a task apart.
        name = way.back
        ways = self._state.routes[before]
        return before if name in ways else self._state.add_route((*ways, name))

    def settle(self, number: int, unreachable: Callable[[Staged], None]) -> None:
        """What a task's state makes of the run."""
        state = self._state
        entry = state.entries[number]
        follows, joins = self._follows(entry)
        around = Around(
            remedied=follows or joins,
            active=state.some(ACTIVE),
            held=state.some(_PAUSED),
            canceled=state.some(CANCELS),
            more=follows or state.has_staged,
        )
        after = workflow_after(state.status, entry.status, around)
        if after is None:
            return
        state.set_workflow(after)
        if after not in COMPLETED:
            return
        lost = [
            each
            for each in state.staged.values()
            if each.id in self._graph.joins
            and not each.ready
            and self.hopeless(each.id, each.route)
        ]
        if lost:
            state.set_workflow(FAILED)
            for each in lost:
                unreachable(each)

    def _follows(self, entry: Entry) -> tuple[bool, bool]:
        """Whether something follows a task, and whether a joining task may."""
        if entry.status not in COMPLETED:
            return False, False
        follows = joins = False
        for way in self._graph.ways.get(entry.id, ()):
            if way.target == CONTINUE or not entry.next.get(way.id):
                continue
            if way.target not in self._graph.joins:
                follows = joins = True
            else:
                joins = True
                follows = follows or not self.hopeless(way.target, entry.route)
            if follows:
                break
        return follows, joins
