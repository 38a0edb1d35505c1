"""The conductor: events go in, and what is to be started next comes out.

It does nothing by itself and waits for nothing. Whoever drives a run tells it what has happened,
asks it what is next, and stores the parts of its state that have changed (`parts.py`).

Source: the order in which things happen, down to the names in records of errors, is Orquesta's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from automation.values import Json
from automation.workflows import statuses
from automation.workflows.admitting import admit, begins_anew
from automation.workflows.asking import ask
from automation.workflows.computing import Computer
from automation.workflows.contexts import merged
from automation.workflows.definition import COMMANDS, FAIL, Workflow
from automation.workflows.events import Again, Start, TaskEvent
from automation.workflows.expressions import holds
from automation.workflows.following import Followers
from automation.workflows.graph import Edge, graph_of
from automation.workflows.machines import (
    items_after,
    task_after,
)
from automation.workflows.pieces import Entry, Staged
from automation.workflows.rendering import WrongValue, items_of, start_of, tries_of
from automation.workflows.rerunning import rerun
from automation.workflows.scope import ALONE, CannotEvaluate, Current, Outside, Scope
from automation.workflows.state import State
from automation.workflows.statuses import (
    ABENDED,
    ACTIVE,
    CANCELED,
    COMPLETED,
    FAILED,
    RESUMING,
    RETRYING,
    RUNNING,
    RUNS,
)
from automation.workflows.uses import reads_tasks
from chat.errors import Refused


class Conductor:
    """One run of a workflow."""

    def __init__(self, workflow: Workflow, state: State, outside: Outside = ALONE) -> None:
        """Go on with a run; `begin` makes a new one.

        Args:
            workflow: What is done.
            state: How far it has come; it is changed from here on.
            outside: What expressions may ask of the house.
        """
        self.workflow = workflow
        self.state = state
        self.graph = graph_of(workflow)
        self._computer = Computer(state, outside)
        self._keeps_results = reads_tasks(workflow)
        self._followers = Followers(self.graph, state)

    @classmethod
    def begin(
        cls,
        workflow: Workflow,
        inputs: Mapping[str, Json],
        parent: Mapping[str, Json] | None = None,
        outside: Outside = ALONE,
    ) -> Conductor:
        """A new run, its input and variables computed; it has failed if they cannot be.

        Args:
            workflow: What is done.
            inputs: Name to value; values are never read as expressions.
            parent: Further variables, such as `st2` with the execution's id.
            outside: What expressions may ask of the house.
        """
        made = cls(workflow, State(), outside)
        state = made.state
        state.inputs, state.parent = dict(inputs), dict(parent or {})
        state.touch("run")
        values = dict(state.parent)
        for each in workflow.input:
            if each.name in inputs:
                values[each.name] = inputs[each.name]
            else:
                made._computer.compute(each, values)
        found: dict[str, Json] = {}
        for each in workflow.vars:
            if made._computer.compute(each, values):
                found[each.name] = values[each.name]
        if state.errors:
            state.set_workflow(FAILED)
            return made
        state.add_context((), merged(values, found))
        state.add_route(())
        for name in made.graph.roots:
            state.stage(Staged(name, 0, [0], {}))
        return made

    # What can be asked.

    @property
    def status(self) -> str:
        """The state of the run."""
        return self.state.status

    @property
    def output(self) -> dict[str, Json] | None:
        """What the run gives; None before it has ended, or where it gives nothing."""
        return self.state.output

    @property
    def errors(self) -> list[dict[str, Json]]:
        """Everything that went wrong, in order: `type`, `message`, and where it was."""
        return list(self.state.errors.values())

    def next(self) -> tuple[Start, ...]:
        """What is to be started now, by name and route; the same until it has begun.

        Where one of them cannot be computed, the run fails and nothing is started.
        """
        state = self.state
        ready = [each for each in state.staged.values() if each.ready and not each.completed]
        if state.status == FAILED:
            ready = [each for each in ready if each.run_on_fail]
        elif state.status not in RUNS:
            return ()
        found: list[Start] = []
        wrong = False
        for staged in ready:
            try:
                start = self._start(staged)
            except (CannotEvaluate, WrongValue) as error:
                self._computer.note(error, staged.place)
                wrong = True
                continue
            if start.acts or start.items == 0:
                found.append(start)
        if wrong:
            self.ask(FAILED)
            return ()
        return tuple(sorted(found, key=lambda each: (each.task, each.route)))

    def _start(self, staged: Staged) -> Start:
        if staged.items is None and staged.rendered is not None:
            return cast("Start", staged.rendered)
        task = self.workflow.tasks[staged.id]
        values = self.state.contexts.values(staged.context)
        scope = self._computer.scope(values, Current(staged.id, staged.route))
        if task.items is not None and staged.items is None:
            self.state.set_items(staged, items_of(task.items, scope))
        found = start_of(task, scope, staged.route, staged.items)
        if staged.retry is not None:
            found = replace(found, delay=staged.retry)
        if staged.items is None:
            staged.rendered = found
        return found

    # What happens.

    def run(self) -> None:
        """Let it run; it does nothing before."""
        self.ask(RUNNING)

    def pause(self) -> None:
        """Start nothing more; it is paused when nobody is at work.

        Raises:
            Refused: It cannot be paused now.
        """
        self._wish(statuses.PAUSING, "paused")

    def resume(self) -> None:
        """Go on.

        Raises:
            Refused: It is not paused.
        """
        self._wish(RESUMING, "resumed")

    def cancel(self) -> None:
        """Start nothing more; it is canceled when nobody is at work.

        Raises:
            Refused: It has ended.
        """
        self._wish(statuses.CANCELING, "canceled")

    def rerun(self, again: tuple[Again, ...] = ()) -> None:
        """Do tasks once more, and what follows them; without any, those that went wrong last.

        Raises:
            Refused: It has not ended.
            BadInput: A task has not been begun.
        """
        if self.state.status not in COMPLETED:
            raise Refused(
                f"The workflow is {self.state.status}; it can be run again once it has ended."
            )
        rerun(self.state, self.enter, again)

    def _wish(self, wish: str, word: str) -> None:
        before = self.state.status
        if not self.ask(wish):
            raise Refused(f"The workflow is {before}, and cannot be {word} now.")

    def ask(self, wish: str) -> bool:
        """Ask the run to go into a state; whether it is there, or on its way."""
        return ask(self.state, wish)

    def tell(self, event: TaskEvent) -> None:
        """Take note of what happened to a task.

        Raises:
            BadInput: There is no such task, item or state, or it is not its turn.
        """
        admit(event, self.workflow, self.state)
        self._update(event)

    def _update(self, event: TaskEvent) -> None:
        state = self.state
        place = (event.task, event.route)
        staged, entry = state.staged.get(place), state.entry(place)
        entry = self._entry_for(event, staged, entry)
        n = state.latest[place]
        if staged is not None:
            self._note_staged(staged, event)
        if event.status == FAILED:
            self._computer.note_failure(event)
        before = entry.status
        after = self._after(entry, staged, event)
        if after is not None and after != before:
            state.set_status(n, after)
        if entry.status in COMPLETED:
            scope = self._ended(n, event)
            if scope is not None and entry.status != before:
                self._follow(n, scope)
            if scope is None or entry.status != before:
                return
        self._followers.settle(n, self._computer.note_unreachable)

    def _entry_for(self, event: TaskEvent, staged: Staged | None, entry: Entry | None) -> Entry:
        """The entry that an event belongs to: the last, or a new one where it begins once more."""
        if entry is not None and not begins_anew(event, entry):
            return entry
        return self.enter(cast("Staged", staged))

    def _note_staged(self, staged: Staged, event: TaskEvent) -> None:
        if event.item is not None:
            self.state.set_item(staged, event.item, event.status, event.result)
        elif staged.items is None:
            self.state.unstage(staged.place)

    def enter(self, staged: Staged) -> Entry:
        """Begin a task once more: a new entry."""
        retry = self.graph.retries.get(staged.id)
        made = Entry(staged.id, staged.route, list(staged.context), dict(staged.prev))
        self.state.begin_entry(made)
        self._followers.entered(made)
        if retry is not None:
            scope = self._computer.scope(self.state.contexts.values(staged.context))
            try:
                made.retry = tries_of(retry, scope)
            except (CannotEvaluate, WrongValue) as error:
                self._computer.note(error, staged.place)
                self.ask(FAILED)
        return made

    def _after(self, entry: Entry, staged: Staged | None, event: TaskEvent) -> str | None:
        if event.task in COMMANDS:
            return event.status
        if event.item is not None and staged is not None and staged.items is not None:
            return items_after(entry.status, event.status, staged.items.others(event.item))
        return task_after(entry.status, event.status)

    def _ended(self, n: int, event: TaskEvent) -> Scope | None:
        """Put a task that has ended away; what may be read after it, None if it is tried again."""
        state = self.state
        entry = state.entries[n]
        staged = state.staged.get(entry.place)
        result = event.result
        task = self.workflow.tasks.get(entry.id)
        if with_items := task is not None and task.items is not None:
            items = staged.items if staged is not None else None
            result = items.results() if event.item is not None and items else (event.result or [])
        if staged is not None and with_items and entry.status in ABENDED:
            staged.completed = True
            state.touch_staged(staged)
        else:
            state.unstage(entry.place)
        if self._keeps_results:
            state.keep_result(n, {"result": result, **event.facts})
        values = state.contexts.values(entry.context)
        scope = self._computer.scope(values, Current(entry.id, entry.route, result))
        if state.status in ACTIVE and self._tries_again(entry, scope):
            self._retry(n)
            return None
        return scope

    def _tries_again(self, entry: Entry, scope: Scope) -> bool:
        if entry.retry is None or entry.retry["tally"] >= entry.retry["count"]:
            return False
        when = self.graph.retries[entry.id].when
        if when is None:
            return entry.status in ABENDED
        try:
            return holds(when, scope)
        except CannotEvaluate as error:
            self._computer.note(error, entry.place)
            self.ask(FAILED)
            return False

    def _retry(self, n: int) -> None:
        state = self.state
        entry = state.entries[n]
        assert entry.retry is not None  # noqa: S101 - asked before
        entry.retry = entry.retry | {"tally": entry.retry["tally"] + 1}
        state.set_status(n, RETRYING)
        state.unstage(entry.place)
        delay = cast("int", entry.retry["delay"])
        state.stage(Staged(entry.id, entry.route, entry.context, entry.prev, retry=delay))
        self._followers.settle(n, self._computer.note_unreachable)

    def _follow(self, n: int, scope: Scope) -> None:
        """Take the ways that lead from a task that has ended."""
        state = self.state
        entry = state.entries[n]
        ways = self.graph.ways[entry.id]
        entry.term = entry.term or not ways
        published: dict[int, list[int]] = {}
        led = [self._lead(n, way, scope, published) for way in ways]
        commands = [each.place for each in led if each is not None and each.id in COMMANDS]
        if any(place[0] == FAIL for place in commands):
            for staged in led:
                if staged is not None and staged.ready and staged.id not in COMMANDS:
                    staged.run_on_fail = True
                    state.touch_staged(staged)
        state.touch(f"entry/{n}")
        self._followers.settle(n, self._computer.note_unreachable)
        for place in commands:
            ends = FAILED if place[0] == FAIL else statuses.SUCCEEDED
            self._update(TaskEvent(place[0], ends, place[1]))
        if state.status in COMPLETED:
            entry.term = True

    def _lead(
        self, n: int, way: Edge, scope: Scope, published: dict[int, list[int]]
    ) -> Staged | None:
        """Take a way if its condition holds; the task it leads to, None if it does not.

        Args:
            n: Number of the entry that has ended.
            way: One that leads from it.
            scope: What its expressions may read.
            published: The contexts after the transitions that have been computed.
        """
        entry = self.state.entries[n]
        try:
            taken = holds(way.when, scope)
        except CannotEvaluate as error:
            self._computer.note(error, entry.place, way)
            self.ask(FAILED)
            return None
        self._followers.decide(entry, way, taken=taken)
        if not taken:
            return None
        if way.number not in published:
            named = self.workflow.tasks[entry.id].next[way.number].publish
            values = self._computer.published(named, scope, entry.place, way)
            if values is None:
                self.ask(FAILED)
                return None
            added = [self.state.add_context(entry.context, values)] if named else entry.context
            published[way.number] = added
        return self._followers.lead(n, way, published[way.number])

    # What comes out.

    @property
    def ended(self) -> bool:
        """Whether the run has ended, and nothing is left to be started; see `finish`."""
        return self.state.status in COMPLETED and not self.next()

    def finish(self) -> None:
        """Compute what a run that has ended gives; it fails if that cannot be computed."""
        state = self.state
        if state.status not in COMPLETED or state.output is not None:
            return
        found, whole = self._computer.output(self.workflow.output)
        state.output = found or None
        state.touch("run")
        if not whole and state.status != CANCELED:
            state.set_workflow(FAILED)
