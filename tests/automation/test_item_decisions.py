"""What follows when some of a step's items have ended, decided without doing anything."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from automation.actions.registry import Registry
from automation.execution import (
    Execution,
    ExecutionStatus,
    Task,
    TaskKind,
    TaskStatus,
    WaitsFor,
    Wish,
)
from automation.executions.card import execution_card
from automation.executions.decide import Decision, decide, status_of
from automation.executions.items import lines, which
from automation.executions.scene import Scene
from automation.runbook import Content, OnFailure, Step
from chat.card import Table
from tests.clock import START
from tests.make_automation import execution, task

DONE, FAILED, WAITS, RUNS, NEW = (
    TaskStatus.COMPLETED,
    TaskStatus.FAILED,
    TaskStatus.WAITING,
    TaskStatus.RUNNING,
    TaskStatus.PENDING,
)


def head(**changed: Any) -> Task:
    """A step whose items are under way."""
    given: dict[str, Any] = {
        "name": "Each",
        "status": RUNS,
        "waits_for": WaitsFor.ITEMS,
        "input": ["a"] * 3,
    }
    return task(0, **{**given, **changed})


def items(*states: TaskStatus) -> tuple[Task, ...]:
    """Items that stand like this."""
    return tuple(
        task(
            0,
            id=f"item-{at}",
            name=f"Each ({which(at, len(states), f'web{at}')})",
            kind=TaskKind.ITEM,
            index=at,
            item=f"web{at}",
            status=state,
            error="no" if state is FAILED else "",
            again_at=START + timedelta(seconds=9) if state is WAITS else None,
            waits_for=WaitsFor.RETRY if state is WAITS else WaitsFor.NOTHING,
        )
        for at, state in enumerate(states)
    )


def scene(*tasks: Task, run: Execution | None = None, **step: object) -> Scene:
    """An execution of a step with a list and one beside or after it."""
    listed = Step("Each", "core.noop", for_each=["a"], **step)  # pyright: ignore[reportArgumentType] - of a step
    beside = any(each.name == "Beside" for each in tasks)
    after = Step("Beside" if beside else "After", "core.noop", parallel=beside)
    content = Content("Try", steps=(listed, after))
    nothing: dict[str, object] = {}
    return Scene(
        run or execution(),
        content,
        tasks,
        None,
        nothing,
        nothing,
        nothing,
        frozenset(),
        {},
        {},
        {},
    )


def decided(*tasks: Task, run: Execution | None = None, **step: object) -> Decision:
    """What follows."""
    return decide(scene(*tasks, run=run, **step), Registry({}), START, winding_down=False)


def begun(decision: Decision) -> list[int]:
    """Which items may begin."""
    return [each.index for each in decision.ready]


@pytest.mark.parametrize(
    ("states", "concurrency", "ready"),
    [
        ((NEW, NEW, NEW), 1, [0]),
        ((DONE, NEW, NEW), 1, [1]),
        ((RUNS, NEW, NEW), 1, []),
        ((WAITS, NEW, NEW), 1, []),
        ((WAITS, NEW, NEW), 2, [1]),
        ((RUNS, DONE, NEW), 3, [2]),
        ((NEW, RUNS, NEW), 2, [0]),
        ((NEW, NEW, NEW), 50, [0, 1, 2]),
    ],
)
def test_so_many_are_begun_as_there_are_places(
    states: tuple[TaskStatus, ...], concurrency: int, ready: list[int]
) -> None:
    assert begun(decided(head(), *items(*states), task(1), concurrency=concurrency)) == ready


def test_those_that_run_come_to_their_end_after_a_failure() -> None:
    first = decided(head(), *items(FAILED, RUNS, NEW), task(1), concurrency=2)
    assert [(each.index, each.status) for each in first.settled] == [(2, TaskStatus.SKIPPED)]
    assert (first.ready, first.ending) == ((), None)

    last = decided(head(), *items(FAILED, DONE, TaskStatus.SKIPPED), task(1), concurrency=2)
    ended = {each.id: each for each in last.settled}["execution-1-task-0"]
    assert (ended.status, ended.error) == (FAILED, "item 1 of 3: web0: no")
    assert last.ending is not None
    assert last.ending.status is ExecutionStatus.FAILED


def test_with_continue_the_rest_is_done_and_the_next_step_begins() -> None:
    on: dict[str, Any] = {"on_failure": OnFailure.CONTINUE}
    assert begun(decided(head(), *items(FAILED, NEW, NEW), task(1), **on)) == [1]

    last = decided(head(), *items(FAILED, DONE, FAILED), task(1), **on)
    assert [each.position for each in last.ready] == [1]
    (ended,) = last.settled
    assert ended.error == "2 of 3 items failed; item 1 of 3: web0: no"


def test_a_step_beside_it_that_fails_stops_it() -> None:
    bad = task(1, name="Beside", status=FAILED, error="broke")
    running = decided(head(), *items(DONE, RUNS, NEW), bad)
    assert [each.status for each in running.settled] == [TaskStatus.SKIPPED]

    after = decided(head(), *items(DONE, DONE, NEW), bad)
    ended = {each.id: each for each in after.settled}["execution-1-task-0"]
    assert (ended.status, ended.error) == (
        TaskStatus.CANCELLED,
        "stopped after 2 of 3, since a step beside it failed",
    )
    assert after.ending is not None
    assert after.ending.error == "Beside: broke"


def test_paused_nothing_begins_and_cancelled_all_is_left() -> None:
    paused = execution(wish=Wish.PAUSE)
    assert decided(head(), *items(DONE, NEW), task(1), run=paused).ready == ()

    cancelled = execution(wish=Wish.CANCEL)
    left = decided(head(), *items(DONE, WAITS, NEW), task(1), run=cancelled)
    assert {each.status for each in left.settled} == {TaskStatus.CANCELLED}
    assert len(left.settled) == 4
    assert left.ending is not None


@pytest.mark.parametrize(
    ("states", "stands"),
    [
        ((DONE, RUNS), ExecutionStatus.RUNNING),
        ((DONE, WAITS), ExecutionStatus.WAITING),
        ((DONE, TaskStatus.NEEDS_ATTENTION), ExecutionStatus.NEEDS_ATTENTION),
    ],
)
def test_how_it_stands_is_how_its_items_stand(
    states: tuple[TaskStatus, ...], stands: ExecutionStatus
) -> None:
    assert status_of(execution(), (head(), *items(*states), task(1))) is stands


def test_in_chat_it_is_one_line() -> None:
    many = items(DONE, DONE, FAILED, RUNS, *[NEW] * 8)
    undoing = [
        replace(one, id=f"undo-{one.index}", kind=TaskKind.ROLLBACK, position=9 - one.index)
        for one in reversed(items(DONE, DONE))
    ]
    tasks = (head(), *many, task(1), *undoing)

    card = execution_card(execution(), tasks, (), ())

    (table,) = (each for each in card.sections if isinstance(each, Table))
    assert [(row[1], row[2]) for row in table.rows] == [
        (("Each",), ("2 of 12 done, 1 failed",)),
        (("Step 1",), ()),
        (("Undo Each",), ("2 of 2 done",)),
    ]
    assert card.title.endswith("1/3")
    assert [len(line.items) for line in lines(tasks)] == [12, 0, 2]
