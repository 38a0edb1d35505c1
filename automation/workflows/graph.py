"""Which task leads to which: computed once for a definition."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from automation.workflows.definition import COMMANDS, RETRY, Retry, Task, Workflow

_TIMES = 3
"""How often the command `retry` tries again."""
_ALWAYS = "<% completed() %>"


@dataclass(frozen=True, slots=True)
class Edge:
    """One way from a task to another.

    Attributes:
        key: Counts the ways between these two.
        number: Of the transition in the first task's `next`.
    """

    source: str
    target: str
    key: int
    number: int
    when: str | None

    @property
    def id(self) -> str:
        """What the way is called in the first task's record."""
        return f"{self.target}__t{self.key}"

    @property
    def back(self) -> str:
        """What the way is called in the second task's record."""
        return f"{self.source}__t{self.key}"


@dataclass(frozen=True, slots=True)
class Graph:
    """The ways of a workflow.

    Attributes:
        roots: Where it begins, by name.
        ways: From each task that can be reached, by the name of where they lead.
        sources: Names of the tasks that lead to one.
        joins: Tasks that wait for others: for how many of them.
        forked: Tasks that are done once for each way that leads to them.
        retries: How a task is tried again, from `retry` or from the command.
    """

    roots: tuple[str, ...]
    ways: Mapping[str, tuple[Edge, ...]]
    sources: Mapping[str, frozenset[str]]
    joins: Mapping[str, Literal["all"] | int]
    forked: frozenset[str]
    retries: Mapping[str, Retry]

    def needed(self, name: str) -> int:
        """Of how many tasks the ways must lead to a joining task."""
        join = self.joins[name]
        return len(self.sources.get(name, ())) if join == "all" else join


def targets(task: Task) -> Iterator[tuple[str, int]]:
    """Where a task leads, with the number of the transition, by name."""
    found = [(name, n) for n, each in enumerate(task.next) for name in dict.fromkeys(each.do)]
    yield from sorted(found, key=lambda pair: pair[0])


def starts(workflow: Workflow) -> tuple[str, ...]:
    """The tasks to which none leads, by name."""
    led = {name for task in workflow.tasks.values() for name, _ in targets(task)}
    return tuple(sorted(name for name in workflow.tasks if name not in led))


def graph_of(workflow: Workflow) -> Graph:
    """The ways of a workflow, as far as they can be reached."""
    roots = starts(workflow)
    ways: dict[str, tuple[Edge, ...]] = {}
    retries: dict[str, Retry] = {}
    sources: dict[str, set[str]] = {}
    waiting = deque(roots)
    while waiting:
        name = waiting.popleft()
        task = workflow.tasks.get(name)
        if name in ways:
            continue
        if task is None:
            ways[name] = ()
            continue
        ways[name] = tuple(_ways(task))
        if (retry := _retry(task)) is not None:
            retries[name] = retry
        for each in ways[name]:
            sources.setdefault(each.target, set()).add(name)
            waiting.append(each.target)
    tasks = workflow.tasks
    joins: dict[str, Literal["all"] | int] = {
        name: join for name in ways if name in tasks and (join := tasks[name].join)
    }
    return Graph(
        roots=roots,
        ways=ways,
        sources={name: frozenset(each) for name, each in sources.items()},
        joins=joins,
        forked=forked(workflow) - cyclic(workflow),
        retries=retries,
    )


def forked(workflow: Workflow) -> frozenset[str]:
    """Tasks and commands that several transitions lead to, and that join none of them."""
    count: dict[str, int] = {}
    for task in workflow.tasks.values():
        for name, _ in targets(task):
            count[name] = count.get(name, 0) + 1
    return frozenset(
        name
        for name, ways in count.items()
        if ways > 1 and (name not in workflow.tasks or workflow.tasks[name].join is None)
    )


def _ways(task: Task) -> Iterator[Edge]:
    count: dict[str, int] = {}
    for name, number in targets(task):
        if name == RETRY:
            continue
        key = count.get(name, 0)
        count[name] = key + 1
        yield Edge(task.name, name, key, number, task.next[number].when)


def _retry(task: Task) -> Retry | None:
    commands = [number for name, number in targets(task) if name == RETRY]
    if commands:
        return Retry(_TIMES, task.next[commands[-1]].when or _ALWAYS)
    return task.retry and replace(task.retry)


def cyclic(workflow: Workflow) -> frozenset[str]:
    """Tasks from which a way leads back to themselves (Tarjan's components, without recursion)."""
    ways = {
        name: [each for each, _ in targets(task) if each in workflow.tasks and each not in COMMANDS]
        for name, task in workflow.tasks.items()
    }
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    held: dict[str, None] = {}
    found: set[str] = set()
    for root in tuple(ways):
        if root in order:
            continue
        order[root] = low[root] = len(order)
        held[root] = None
        path = [(root, iter(ways[root]))]
        while path:
            name, left = path[-1]
            for each in left:
                if each not in order:
                    order[each] = low[each] = len(order)
                    held[each] = None
                    path.append((each, iter(ways[each])))
                    break
                if each in held:
                    low[name] = min(low[name], order[each])
            else:
                path.pop()
                if path:
                    low[path[-1][0]] = min(low[path[-1][0]], low[name])
                if low[name] == order[name]:
                    found |= _component(held, name, ways)
    return frozenset(found)


def _component(held: dict[str, None], root: str, ways: Mapping[str, list[str]]) -> set[str]:
    members: set[str] = set()
    while root not in members:
        members.add(held.popitem()[0])
    return members if len(members) > 1 or root in ways[root] else set()
