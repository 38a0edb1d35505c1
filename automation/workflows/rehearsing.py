"""A rehearsal: a workflow is run on made-up results, and nothing is done."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from automation.values import Json
from automation.workflows.conductor import Conductor
from automation.workflows.definition import Workflow
from automation.workflows.events import Act, Start, TaskEvent
from automation.workflows.inspecting import inspect
from automation.workflows.mistakes import refused
from automation.workflows.reading import read
from automation.workflows.scope import ALONE, Outside
from automation.workflows.statuses import ABENDED, CANCELED, PAUSED, PENDING, RUNNING, SUCCEEDED
from chat.errors import BadInput

_STEPS = 10_000
_SECONDS = 10.0
OUTCOMES = frozenset({SUCCEEDED, CANCELED, PENDING, PAUSED}) | ABENDED
"""What a mock may say of its task."""


@dataclass(frozen=True, slots=True)
class Mock:
    """A made-up result.

    Attributes:
        route: None for whichever route.
        item: None for the task, or for whichever item.
    """

    task: str
    route: int | None = None
    item: int | None = None
    status: str = SUCCEEDED
    result: Json = None


@dataclass(frozen=True, slots=True)
class Played:
    """One task as it went, in the order in which they began."""

    id: str
    route: int
    status: str


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """How a run went."""

    status: str
    output: Mapping[str, Json] | None
    errors: tuple[Mapping[str, Json], ...]
    tasks: tuple[Played, ...]


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a rehearsal stops: a workflow that goes round in circles would go on for ever.

    Attributes:
        steps: Actions that are played.
        seconds: By the clock.
    """

    steps: int = _STEPS
    seconds: float = _SECONDS


@dataclass(slots=True)
class _Mocks:
    """The mocks, each used once; the last one for a task goes on being used."""

    left: dict[str, deque[Mock]] = field(default_factory=dict[str, "deque[Mock]"])

    @classmethod
    def of(cls, mocks: Iterable[Mock]) -> _Mocks:
        made = cls()
        for each in mocks:
            made.left.setdefault(each.task, deque()).append(each)
        return made

    def take(self, task: str, route: int, item: int | None) -> Mock:
        """The next one that fits; one that succeeds with nothing where there is none."""
        waiting = self.left.get(task, deque[Mock]())
        fits = [
            each
            for each in waiting
            if each.route in {None, route} and (item is None or each.item in {None, item})
        ]
        if not fits:
            return Mock(task)
        # Those that name the route or the item come before those that fit any.
        found = min(fits, key=lambda each: (each.item is None, each.route is None))
        alike = [each for each in fits if (each.route, each.item) == (found.route, found.item)]
        if len(alike) > 1:
            waiting.remove(found)
        return found


def prepared(definition: str | Mapping[str, Json], mocks: Iterable[Mock] = ()) -> Workflow:
    """A workflow that can be rehearsed.

    Raises:
        BadInput: It cannot be used, or a mock does not fit it; the details say where.
    """
    workflow, mistakes = read(definition)
    found = [*mistakes, *(inspect(workflow) if workflow is not None else ())]
    # What is merely not there fails when its turn comes.
    found = [each for each in found if each.kind != "contents"]
    if workflow is None or found:
        raise refused(found)
    for number, mock in enumerate(mocks):
        task = workflow.tasks.get(mock.task)
        place = f"mocks[{number}]"
        if task is None:
            there = ", ".join(workflow.tasks)
            problem = f"is for the task “{mock.task}”; there are {there}."
            raise BadInput(f"{place} {problem}", details={f"{place}.task_id": problem})
        if mock.item is not None and task.items is None:
            problem = f"is for an item of “{mock.task}”, which has no items."
            raise BadInput(f"{place} {problem}", details={f"{place}.item_id": problem})
    return workflow


def rehearse(
    workflow: Workflow,
    inputs: Mapping[str, Json],
    mocks: Iterable[Mock] = (),
    *,
    limits: Limits | None = None,
    parent: Mapping[str, Json] | None = None,
    outside: Outside = ALONE,
) -> Rehearsal:
    """Run a workflow on mocks.

    What may be done at the same time begins together, and ends in the order in which it began.

    Args:
        workflow: As `prepared` gives it.
        inputs: Name to value.
        mocks: A task without one succeeds with nothing. With several for the same task, each is
            used once, and the last one from then on.
        limits: Where it stops.
        parent: Variables that the run begins with.
        outside: What expressions may ask of the house; a rehearsal has no datastore of its own.
    """
    conductor = Conductor.begin(workflow, inputs, parent, outside)
    if conductor.status not in ABENDED:
        conductor.run()
    play = _Play(conductor, _Mocks.of(mocks), limits or Limits())
    stopped = play.through()
    if not stopped:
        conductor.finish()
    state = conductor.state
    return Rehearsal(
        status="failed" if stopped else conductor.status,
        output=conductor.output,
        errors=(*conductor.errors, *({"type": "error", "message": each} for each in stopped)),
        tasks=tuple(Played(each.id, each.route, each.status) for each in state.entries),
    )


class _Play:
    """Plays the actions of a run until nothing is left, or a limit is reached."""

    def __init__(self, conductor: Conductor, mocks: _Mocks, limits: Limits) -> None:
        self._conductor = conductor
        self._mocks = mocks
        self._limits = limits
        self._left = limits.steps
        self._until = time.monotonic() + limits.seconds

    def through(self) -> tuple[str, ...]:
        """Play it; why it was stopped, and nothing where it came to its end."""
        while starts := self._conductor.next():
            begun = [(start, act) for start in starts for act in self._begin(start)]
            for start, act in begun:
                self._left -= 1
                if self._left < 0:
                    return (self._stopped(f"{self._limits.steps} actions", start),)
                if time.monotonic() > self._until:
                    return (self._stopped(f"{self._limits.seconds:g} s", start),)
                self._end(start, act)
        return ()

    def _stopped(self, after: str, start: Start) -> str:
        return (
            f"The rehearsal was stopped after {after}: the workflow may go round in a circle. "
            f"The last task was “{start.task}”."
        )

    def _begin(self, start: Start) -> tuple[Act, ...]:
        acts = start.acts or (Act(None, {}),)
        for act in acts:
            self._conductor.tell(TaskEvent(start.task, RUNNING, start.route, item=act.item))
        return acts

    def _end(self, start: Start, act: Act) -> None:
        if start.items == 0:
            event = TaskEvent(start.task, SUCCEEDED, start.route, [])
        else:
            mock = self._mocks.take(start.task, start.route, act.item)
            event = TaskEvent(start.task, mock.status, start.route, mock.result, act.item)
        self._conductor.tell(event)
