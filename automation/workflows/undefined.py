"""Variables that are read before anything has given them a value."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping

from automation.templates.mistake import near
from automation.values import Json
from automation.workflows import walking
from automation.workflows.definition import Workflow
from automation.workflows.graph import starts
from automation.workflows.syntax import variables

Names = frozenset[str]
Found = Iterator[tuple[str, str]]
_WAYS = 16
"""Ways to a task that are told apart; where each decision doubles them, there may be many."""


def undefined(workflow: Workflow, known: Collection[str]) -> Found:
    """Key and problem of each such place, in the order in which things are computed.

    Args:
        workflow: What has been read.
        known: Variables that every run begins with.
    """
    own = frozenset(known)
    for name in ("input", "vars"):
        for (key, value), each in zip(
            walking.named(workflow, name), getattr(workflow, name), strict=True
        ):
            yield from _strangers(key, value, own)
            own |= {each.name}
    may = _may(workflow, own)
    for key, value, names in _walk(workflow, own, may):
        yield from _strangers(key, value, names)
    after = own.union(*may.values())
    for (key, value), each in zip(walking.named(workflow, "output"), workflow.output, strict=True):
        yield from _strangers(key, value, after)
        after |= {each.name}


def _may(workflow: Workflow, known: Names) -> dict[str, Names]:
    """The variables that a task or command may find, whichever way leads to it."""
    found = dict.fromkeys(starts(workflow), known)
    waiting = deque(found)
    while waiting:
        name = waiting.popleft()
        task = workflow.tasks.get(name)
        for each in task.next if task is not None else ():
            after = found[name] | {published.name for published in each.publish}
            for target in each.do:
                if not after <= found.get(target, frozenset()):
                    found[target] = found.get(target, frozenset()) | after
                    waiting.append(target)
    return found


def _walk(
    workflow: Workflow, known: Names, may: Mapping[str, Names]
) -> Iterator[tuple[str, Json, Names]]:
    """Every value of the tasks, with the variables there are on each way that leads to it."""
    waiting: deque[tuple[str, Names]] = deque((name, known) for name in starts(workflow))
    seen: dict[str, list[Names]] = {}
    while waiting:
        name, names = waiting.popleft()
        task = workflow.tasks.get(name)
        if task is None:
            continue
        if task.join is not None:
            names = may[name]
        before = seen.setdefault(name, [])
        if len(before) >= _WAYS or any(each <= names for each in before):
            continue
        before.append(names)
        for key, value in walking.of_task(task):
            yield key, value, names
        for number, each in enumerate(task.next):
            key, after = f"tasks.{name}.next[{number}]", names
            yield f"{key}.when", each.when, after
            for place, published in enumerate(each.publish):
                yield f"{key}.publish[{place}]", published.value, after
                after |= {published.name}
            waiting.extend((target, after) for target in each.do)


def _strangers(key: str, value: Json, known: Names) -> Found:
    for text in walking.texts(value):
        for name, expression in variables(text):
            if name.startswith("__"):
                yield key, f"reads “{name}” in {expression}; names with __ in front are private"
            elif name not in known:
                problem = f"reads “{name}” in {expression}, and nothing has given it a value."
                yield key, f"{problem}{near(name, known)}".rstrip(".")
