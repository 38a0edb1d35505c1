"""What conducting a workflow costs, with nothing done or stored, beside bare dictionaries."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from automation.workflows.conductor import Conductor
from automation.workflows.definition import Workflow
from automation.workflows.events import Act, Start, TaskEvent
from automation.workflows.parts import changes
from automation.workflows.rehearsing import prepared
from benchmarks.figures import Figure

_FLOOR = "as many entries in a dictionary, each with its state changed twice and written as JSON"
_SHAPES: dict[str, tuple[Callable[[], dict[str, Any]], int]] = {
    "10 in a row": (lambda: _row(10), 10),
    "100 in a row": (lambda: _row(100), 100),
    "1,000 in a row": (lambda: _row(1000), 1000),
    "100 at once and a join": (lambda: _parallel(100), 102),
    "1,000 items": (lambda: _items(1000, None), 1000),
    "1,000 items, 10 at once": (lambda: _items(1000, 10), 1000),
}


def workflows(*, quick: bool) -> list[Figure]:
    """Tasks, or items, a second, every change of the state written as JSON; medians."""
    figures: list[Figure] = []
    for what, (shape, count) in _SHAPES.items():
        workflow = prepared(shape())
        times = 2 if quick else 7
        taken = median(_conducted(workflow) for _ in range(times))
        floor = median(_bare(count) for _ in range(times))
        figures.append(
            Figure(f"workflow, {what}: a second", count / taken, "/s", count / floor, _FLOOR)
        )
    return figures


def _row(count: int) -> dict[str, Any]:
    tasks = {f"t{n:04}": _task(f"t{n + 1:04}") for n in range(count - 1)}
    return {"tasks": {**tasks, f"t{count - 1:04}": {"action": "core.noop"}}}


def _task(after: str) -> dict[str, Any]:
    way = {"when": "<% succeeded() %>", "publish": [{"x": "<% result().x %>"}], "do": after}
    return {"action": "core.echo", "input": {"message": "<% ctx() %>"}, "next": [way]}


def _parallel(count: int) -> dict[str, Any]:
    names = [f"t{n:04}" for n in range(count)]
    return {
        "tasks": {
            "begin": {"action": "core.noop", "next": [{"do": names}]},
            **{name: _task("end") for name in names},
            "end": {"action": "core.noop", "join": "all"},
        }
    }


def _items(count: int, at_once: int | None) -> dict[str, Any]:
    items: dict[str, Any] = {"items": f"x in <% range({count}) %>"}
    if at_once is not None:
        items["concurrency"] = at_once
    task = {"action": "core.echo", "with": items, "input": {"message": "<% item(x) %>"}}
    return {"tasks": {"each": task}}


def _conducted(workflow: Workflow) -> float:
    began = time.perf_counter()
    run = Conductor.begin(workflow, {})
    run.run()
    waiting = [(start, act) for start in run.next() for act in start.acts]
    for start, act in waiting:
        _tell(run, start, act, "running")
    while waiting:
        start, act = waiting.pop(0)
        _tell(run, start, act, "succeeded")
        more = [(start, act) for start in run.next() for act in start.acts]
        for start, act in more:
            _tell(run, start, act, "running")
        waiting += more
    assert run.status == "succeeded"
    return time.perf_counter() - began


def _tell(run: Conductor, start: Start, act: Act, status: str) -> None:
    run.tell(TaskEvent(start.task, status, start.route, {"x": 1}, act.item))
    json.dumps(changes(run.state))


def _bare(count: int) -> float:
    began = time.perf_counter()
    entries: dict[str, dict[str, Any]] = {}
    for n in range(count):
        entry = {"id": f"t{n}", "route": 0, "context": [0], "status": "running"}
        entries[f"entry/{n}"] = entry
        json.dumps({f"entry/{n}": entry})
        entry["status"] = "succeeded"
        json.dumps({f"entry/{n}": entry})
    return time.perf_counter() - began
