"""Computes what a run needs computed, and notes in it what goes wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from automation.values import Json
from automation.workflows.contexts import merged
from automation.workflows.definition import Named
from automation.workflows.events import TaskEvent
from automation.workflows.expressions import evaluate
from automation.workflows.graph import Edge
from automation.workflows.pieces import Place, Staged
from automation.workflows.rendering import WrongValue
from automation.workflows.scope import CannotEvaluate, Current, Outside, Scope
from automation.workflows.state import State

# What programs that read StackStorm's records of errors look for.
_FAILED = "Execution failed. See result for details."
_LOST = "is partially satisfied but unreachable."


class Computer:
    """Knows the run whose expressions it computes."""

    def __init__(self, state: State, outside: Outside) -> None:
        self._state = state
        self._outside = outside

    def scope(self, values: Mapping[str, Json], current: Current | None = None) -> Scope:
        """What an expression may read."""
        return Scope(values, current, tasks=self._state, outside=self._outside)

    def compute(self, named: Named, values: dict[str, Json]) -> bool:
        """Put one more value among the others; whether it could be computed."""
        try:
            values[named.name] = evaluate(named.value, self.scope(values))
        except CannotEvaluate as error:
            self.note(error)
            return False
        return True

    def published(
        self, named: Iterable[Named], scope: Scope, place: Place, way: Edge
    ) -> dict[str, Json] | None:
        """What a transition publishes; each may read those before it.

        None when one cannot be computed, and all that cannot have been noted.
        """
        values = dict(scope.values)
        found: dict[str, Json] = {}
        whole = True
        for each in named:
            try:
                inner = self.scope(values, scope.task)
                values[each.name] = found[each.name] = evaluate(each.value, inner)
            except CannotEvaluate as error:
                self.note(error, place, way)
                whole = False
        return found if whole else None

    def output(self, named: Iterable[Named]) -> tuple[dict[str, Json], bool]:
        """What a run that has ended gives, and whether all of it could be computed."""
        values = self.last_context()
        found: dict[str, Json] = {}
        whole = True
        for each in named:
            if self.compute(each, values):
                found[each.name] = values[each.name]
            else:
                whole = False
        return found, whole

    def last_context(self) -> dict[str, Json]:
        """The variables where a run ended, the branches merged in the order they began."""
        ends = [each for each in self._state.entries if each.term]
        if not ends:
            return {}
        found = self._state.contexts.values(ends[0].context)
        for each in ends[1:]:
            found = merged(found, self._state.contexts.added(each.context))
        return dict(found)

    def note(
        self,
        error: CannotEvaluate | WrongValue,
        place: Place | None = None,
        way: Edge | None = None,
    ) -> None:
        """Note what could not be computed, and where."""
        kind = "" if isinstance(error, CannotEvaluate) else "TypeError: "
        told: dict[str, Json] = {"type": "error", "message": f"{kind}{error}"}
        if place is not None:
            told |= {"task_id": place[0], "route": place[1]}
        if way is not None:
            told["task_transition_id"] = way.id
        self._state.add_error(told)

    def note_failure(self, event: TaskEvent) -> None:
        """Note that a task has failed."""
        told: dict[str, Json] = {"type": "error", "message": _FAILED, "task_id": event.task}
        if event.result is not None:
            told["result"] = event.result
        self._state.add_error(told)

    def note_unreachable(self, staged: Staged) -> None:
        """Note that a joining task can never be begun any more."""
        which = f'The join task|route "{staged.id}|{staged.route}"'
        told: dict[str, Json] = {
            "type": "error",
            "message": f"UnreachableJoinError: {which} {_LOST}",
        }
        self._state.add_error(told | {"task_id": staged.id, "route": staged.route})
