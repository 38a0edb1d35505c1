"""A run as JSON: all of it, what has changed, and back.

A part that is gone is None. The names: `run`, `entry/3`, `context/2`, `route/0`, `error/0`,
`result/3`, `staged/build__r0`, `items/build__r0` and `item/build__r0/17`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from automation.values import Json
from automation.workflows.contexts import Published
from automation.workflows.pieces import Entry, ItemRun, ItemRuns, Place, Staged, named
from automation.workflows.state import State
from automation.workflows.statuses import UNSET


def changes(state: State) -> dict[str, Json]:
    """The parts that have changed since this was last asked."""
    return {name: part(state, name) for name in state.taken()}


def whole(state: State) -> dict[str, Json]:
    """Every part: the whole run as one JSON object."""
    return {name: part(state, name) for name in _names(state)}


def restored(parts: Mapping[str, Json]) -> State:
    """The run that was kept as these parts."""
    made = State()
    run = parts["run"]
    made.status, made.output = run["status"], run["output"]
    made.inputs, made.parent = run["inputs"], run["parent"]
    made.reruns = [list(each) for each in run["reruns"]]
    made.contexts.all = [
        Published(tuple(each["before"]), each["values"]) for each in _in_order(parts, "context")
    ]
    made.routes = [tuple(each) for each in _in_order(parts, "route")]
    for each in _in_order(parts, "entry"):
        made.begin_entry(Entry(**each))
    for name, value in parts.items():
        kind, _, rest = name.partition("/")
        if value is None:
            continue
        if kind == "error":
            made.restore_error(int(rest), value)
        elif kind == "result":
            made.results[int(rest)] = value
        elif kind == "staged":
            staged = Staged(**value)
            made.staged[staged.place] = staged
    _restore_items(made, parts)
    made.taken()
    return made


def _restore_items(state: State, parts: Mapping[str, Json]) -> None:
    for staged in state.staged.values():
        kept = parts.get(f"items/{named(*staged.place)}")
        if kept is not None:
            staged.items = ItemRuns(kept["values"], kept["concurrency"])
    for name, value in parts.items():
        kind, _, rest = name.partition("/")
        if kind == "item" and value is not None:
            word, _, number = rest.rpartition("/")
            staged = state.staged.get(_place(word))
            if staged is not None and staged.items is not None:
                staged.items.set(int(number), value["status"], value["result"])


def _in_order(parts: Mapping[str, Json], kind: str) -> Iterator[Json]:
    number = 0
    while (found := parts.get(f"{kind}/{number}")) is not None:
        yield found
        number += 1


def _place(word: str) -> Place:
    task, _, route = word.rpartition("__r")
    return task, int(route)


def _names(state: State) -> Iterator[str]:
    yield "run"
    yield from (f"entry/{n}" for n in range(len(state.entries)))
    yield from (f"context/{n}" for n in range(len(state.contexts.all)))
    yield from (f"route/{n}" for n in range(len(state.routes)))
    yield from (f"error/{n}" for n in state.errors)
    yield from (f"result/{n}" for n in state.results)
    for staged in state.staged.values():
        word = named(*staged.place)
        yield f"staged/{word}"
        if staged.items is not None:
            yield f"items/{word}"
            for number, run in enumerate(staged.items.runs):
                if run.status != UNSET:
                    yield f"item/{word}/{number}"


def part(state: State, name: str) -> Json:  # noqa: PLR0911 - one for each kind
    """One part; None for one that is not there."""
    kind, _, rest = name.partition("/")
    match kind:
        case "run":
            return _run(state)
        case "entry":
            return _entry(state.entries[int(rest)])
        case "context":
            own = state.contexts.all[int(rest)]
            return {"before": list(own.before), "values": dict(own.values)}
        case "route":
            return list(state.routes[int(rest)])
        case "error":
            return state.errors.get(int(rest))
        case "result":
            return state.results.get(int(rest))
        case _:
            return _of_staged(state, kind, rest)


def _run(state: State) -> Json:
    return {
        "status": state.status,
        "inputs": dict(state.inputs),
        "parent": dict(state.parent),
        "output": state.output,
        "reruns": [list(each) for each in state.reruns],
    }


def _of_staged(state: State, kind: str, rest: str) -> Json:
    word, _, number = rest.partition("/")
    staged = state.staged.get(_place(word))
    if staged is None:
        return None
    if kind == "staged":
        return _staged(staged)
    items = staged.items
    if items is None:
        return None
    if kind == "items":
        return {"values": list(items.values), "concurrency": items.concurrency}
    run = items.runs[int(number)] if int(number) < len(items.runs) else ItemRun()
    return None if run.status == UNSET else {"status": run.status, "result": run.result}


def _entry(entry: Entry) -> Json:
    found: dict[str, Json] = {
        "id": entry.id,
        "route": entry.route,
        "context": list(entry.context),
        "prev": dict(entry.prev),
        "next": dict(entry.next),
        "status": entry.status,
    }
    if entry.retry is not None:
        found["retry"] = dict(entry.retry)
    return found | {"term": True} if entry.term else found


def _staged(staged: Staged) -> Json:
    return {
        "id": staged.id,
        "route": staged.route,
        "context": list(staged.context),
        "prev": dict(staged.prev),
        "ready": staged.ready,
        "retry": staged.retry,
        "completed": staged.completed,
        "run_on_fail": staged.run_on_fail,
    }
