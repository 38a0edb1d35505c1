"""A run, told event by event, and kept as parts between any two of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from automation.workflows.conductor import Conductor
from automation.workflows.definition import Workflow
from automation.workflows.events import Again, TaskEvent
from automation.workflows.parts import changes, restored, whole
from automation.workflows.rehearsing import prepared
from chat.errors import BadInput, Refused

Keep = Callable[[Conductor], Conductor]


def as_it_is(run: Conductor) -> Conductor:
    """The same run."""
    return run


def from_all(run: Conductor) -> Conductor:
    """The run, out of everything that was kept."""
    return Conductor(run.workflow, restored(json.loads(json.dumps(whole(run.state)))))


class Store:
    """Keeps only what has changed, as a database would."""

    def __init__(self) -> None:
        self.rows: dict[str, str] = {}
        self.written = 0

    def __call__(self, run: Conductor) -> Conductor:
        for name, value in changes(run.state).items():
            self.written += 1
            if value is None:
                self.rows.pop(name, None)
            else:
                self.rows[name] = json.dumps(value)
        kept = {name: json.loads(row) for name, row in self.rows.items()}
        assert kept == json.loads(json.dumps(whole(run.state)))
        return Conductor(run.workflow, restored(kept))


@pytest.fixture(params=["as it is", "from all", "from changes"])
def keep(request: pytest.FixtureRequest) -> Keep:
    """How the run is kept after each event."""
    return {"as it is": as_it_is, "from all": from_all, "from changes": Store()}[request.param]


def begun(workflow: Workflow, **inputs: Any) -> Conductor:
    """A run that runs."""
    run = Conductor.begin(workflow, inputs)
    run.run()
    return run


def starts(run: Conductor) -> list[str]:
    """Names of what is to be started."""
    return [each.task for each in run.next()]


THREE = """
version: 1.0
tasks:
  a: {action: core.noop, next: [{when: <% succeeded() %>, publish: [{x: <% result() %>}], do: b}]}
  b: {action: core.noop, next: [{when: <% succeeded() %>, do: c}]}
  c: {action: core.echo, input: {message: <% ctx().x %>}}
output: [{x: <% ctx().x %>}]
"""


def test_a_run_is_told_and_asked(keep: Keep) -> None:
    run = keep(begun(prepared(THREE)))
    for name in "abc":
        assert starts(run) == [name] == starts(run)
        run.tell(TaskEvent(name, "running"))
        run = keep(run)
        assert starts(run) == []
        run.tell(TaskEvent(name, "succeeded", result=name))
        run = keep(run)

    assert run.ended
    run.finish()
    assert (run.status, run.output) == ("succeeded", {"x": "a"})


def test_it_pauses_when_nobody_is_at_work_and_goes_on(keep: Keep) -> None:
    run = keep(begun(prepared(THREE)))
    run.tell(TaskEvent("a", "running"))
    run.pause()
    run = keep(run)
    assert run.status == "pausing"
    run.tell(TaskEvent("a", "succeeded"))
    run = keep(run)
    assert (run.status, starts(run)) == ("paused", [])

    run.resume()
    run = keep(run)

    assert starts(run) == ["b"]


def test_it_is_canceled_when_nobody_is_at_work(keep: Keep) -> None:
    run = keep(begun(prepared(THREE)))
    run.tell(TaskEvent("a", "running"))
    run.cancel()
    assert keep(run).status == "canceling"

    run.tell(TaskEvent("a", "succeeded", result=1))

    assert (run.status, starts(run)) == ("canceled", [])
    with pytest.raises(Refused, match="canceled"):
        run.resume()


def test_a_question_to_people_pauses_it(keep: Keep) -> None:
    run = keep(begun(prepared(THREE)))
    run.tell(TaskEvent("a", "running"))
    run.tell(TaskEvent("a", "pending"))
    run = keep(run)
    assert run.status == "paused"

    run.resume()
    run.tell(TaskEvent("a", "succeeded", result="yes"))

    assert starts(keep(run)) == ["b"]


def test_it_is_run_again_from_what_went_wrong(keep: Keep) -> None:
    run = keep(begun(prepared(THREE)))
    for name, end in (("a", "succeeded"), ("b", "failed")):
        run.tell(TaskEvent(name, "running"))
        run.tell(TaskEvent(name, end, result=name))
    run.finish()
    run = keep(run)
    assert (run.status, len(run.errors), run.output) == ("failed", 1, {"x": "a"})

    run.rerun()
    run = keep(run)

    assert (run.status, run.errors, run.output, starts(run)) == ("resuming", [], None, ["b"])
    for name in "bc":
        run.tell(TaskEvent(name, "running"))
        run.tell(TaskEvent(name, "succeeded"))
        run = keep(run)
    run.finish()
    assert (run.status, run.output) == ("succeeded", {"x": "a"})


def test_it_is_run_again_from_a_chosen_task(keep: Keep) -> None:
    run = begun(prepared(THREE))
    for name in "abc":
        run.tell(TaskEvent(name, "running"))
        run.tell(TaskEvent(name, "succeeded", result=1))
    run = keep(run)
    with pytest.raises(BadInput, match="nobody has begun"):
        run.rerun((Again("z"),))

    run.rerun((Again("a"),))
    run = keep(run)

    assert starts(run) == ["a"]


ITEMS = """
version: 1.0
tasks:
  a:
    with: {items: <% range(4) %>, concurrency: 2}
    action: core.echo
    input: {message: <% item() %>}
"""


def items(run: Conductor) -> list[int | None]:
    """Numbers of the items that may be begun."""
    return [act.item for each in run.next() for act in each.acts]


def test_no_more_items_are_at_work_than_said(keep: Keep) -> None:
    run = keep(begun(prepared(ITEMS)))
    done: list[int | None] = []
    while waiting := items(run):
        assert len(waiting) <= 2
        for number in waiting:
            run.tell(TaskEvent("a", "running", item=number))
            run = keep(run)
        assert items(run) == []
        run.tell(TaskEvent("a", "succeeded", item=waiting[0], result=waiting[0]))
        run = keep(run)
        if len(waiting) > 1:
            run.tell(TaskEvent("a", "succeeded", item=waiting[1], result=waiting[1]))
            run = keep(run)
        done += waiting

    assert (done, run.status) == ([0, 1, 2, 3], "succeeded")


@pytest.mark.parametrize(("reset", "again"), [(False, [1, 2]), (True, [0, 1])])
def test_items_that_went_well_are_not_done_again_unless_asked(
    keep: Keep,
    reset: bool,
    again: list[int],
) -> None:
    run = begun(prepared(ITEMS))
    for number, end in ((0, "succeeded"), (1, "failed")):
        run.tell(TaskEvent("a", "running", item=number)) if items(run) else None
        run.tell(TaskEvent("a", end, item=number))
    run = keep(run)
    assert run.status == "failed"

    run.rerun((Again("a", reset_items=reset),))
    run = keep(run)

    assert items(run) == again


@pytest.mark.parametrize(
    "event",
    [
        TaskEvent("z", "running"),
        TaskEvent("a", "running", route=1),
        TaskEvent("c", "succeeded"),
        TaskEvent("a", "happy"),
        TaskEvent("a", "running", item=0),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(event: TaskEvent) -> None:
    run = begun(prepared(THREE))
    before = whole(run.state)

    with pytest.raises(BadInput):
        run.tell(event)

    assert whole(run.state) == before


def test_an_event_changes_as_few_parts_of_a_long_run_as_of_a_short_one() -> None:
    """The parts that one step writes do not grow with the steps before it."""
    tasks: dict[str, Any] = {
        f"t{n}": {
            "action": "core.noop",
            "next": [{"publish": [{"x": "<% result() %>"}], "do": f"t{n + 1}"}],
        }
        for n in range(60)
    }
    run = begun(prepared({"tasks": {**tasks, "t60": {"action": "core.noop"}}}))
    sizes: list[int] = []
    for n in range(60):
        changes(run.state)
        run.tell(TaskEvent(f"t{n}", "running"))
        run.tell(TaskEvent(f"t{n}", "succeeded", result=1))
        sizes.append(len(json.dumps(changes(run.state))))

    assert max(sizes[1:]) <= min(sizes[1:]) + 40


def test_the_state_of_items_is_written_one_by_one() -> None:
    run = begun(
        prepared(
            ITEMS.replace("range(4)", "range(500)").replace("concurrency: 2", "concurrency: 9")
        )
    )
    first = items(run)
    changes(run.state)

    run.tell(TaskEvent("a", "running", item=first[0]))
    run.tell(TaskEvent("a", "succeeded", item=first[0]))

    assert set(changes(run.state)) == {"entry/0", "item/a__r0/0"}
