"""Every value of a definition in which expressions may stand, with its key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from automation.values import Json
from automation.workflows.definition import Task, Transition, Workflow

Placed = tuple[str, Json]


def values(workflow: Workflow) -> Iterator[Placed]:
    """Key and value, in the order in which they are computed."""
    for name in ("input", "vars"):
        yield from named(workflow, name)
    for task in workflow.tasks.values():
        yield from of_task(task)
        for number, each in enumerate(task.next):
            yield from of_transition(each, f"tasks.{task.name}.next[{number}]")
    yield from named(workflow, "output")


def named(workflow: Workflow, name: str) -> Iterator[Placed]:
    """Those of `input`, `vars` or `output`."""
    for number, each in enumerate(getattr(workflow, name)):
        yield f"{name}[{number}]", each.value


def of_task(task: Task) -> Iterator[Placed]:
    """Those of a task, without what follows it."""
    key = f"tasks.{task.name}"
    yield f"{key}.delay", task.delay
    if task.items is not None:
        yield f"{key}.with.items", task.items.source
        yield f"{key}.with.concurrency", task.items.concurrency
    yield f"{key}.action", task.action
    yield f"{key}.input", task.input
    if task.retry is not None:
        yield f"{key}.retry.when", task.retry.when
        yield f"{key}.retry.count", task.retry.count
        yield f"{key}.retry.delay", task.retry.delay


def of_transition(transition: Transition, key: str) -> Iterator[Placed]:
    """Those of what follows a task."""
    yield f"{key}.when", transition.when
    for number, each in enumerate(transition.publish):
        yield f"{key}.publish[{number}]", each.value


def texts(value: Json) -> Iterator[str]:
    """Every text in a value, names included."""
    match value:
        case str():
            yield value
        case dict():
            for name, each in cast("dict[str, Json]", value).items():
                yield name
                yield from texts(each)
        case list():
            for each in cast("list[Json]", value):
                yield from texts(each)
        case _:
            return
