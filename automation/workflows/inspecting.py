"""What is wrong with a workflow, found without running it.

Source: what is looked for is what Orquesta looks for when a workflow is saved; unknown functions
and tasks that nothing leads to are found besides.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator

from automation.templates.mistake import near
from automation.workflows import walking
from automation.workflows.definition import COMMANDS, Workflow
from automation.workflows.expressions import problems
from automation.workflows.graph import cyclic, forked, graph_of, starts
from automation.workflows.mistakes import Kind, WorkflowMistake
from automation.workflows.syntax import marked, mixed
from automation.workflows.undefined import undefined


def inspect(
    workflow: Workflow,
    known: Collection[str] = ("st2",),
    actions: Collection[str] | None = None,
) -> tuple[WorkflowMistake, ...]:
    """Everything that is wrong, by line.

    Args:
        workflow: What has been read.
        known: Variables that every run begins with.
        actions: References of the actions that there are; None where nobody knows.
    """
    found: dict[tuple[Kind, str, str], None] = dict.fromkeys(
        (
            *_tasks(workflow),
            *_joins(workflow),
            *_expressions(workflow),
            *_variables(workflow, known),
            *_actions(workflow, actions),
        )
    )
    mistakes = (
        WorkflowMistake(kind, workflow.line(key), key, problem) for kind, key, problem in found
    )
    return tuple(sorted(mistakes, key=lambda each: (each.line, each.key)))


Found = Iterator[tuple[Kind, str, str]]


def _tasks(workflow: Workflow) -> Found:
    names = {*workflow.tasks, *COMMANDS}
    for name, task in workflow.tasks.items():
        key = f"tasks.{name}"
        if name in COMMANDS:
            yield "semantics", key, "has the name of a command of the engine; choose another"
        if task.items is not None and not task.action:
            yield "semantics", key, "is done for each of several, and has no action"
        for number, each in enumerate(task.next):
            for target in each.do:
                if target not in names:
                    problem = f"leads to “{target}”, and there is no such task."
                    there = near(target, names)
                    yield "semantics", f"{key}.next[{number}].do", f"{problem}{there}".rstrip(".")
    if workflow.tasks and not starts(workflow):
        yield (
            "semantics",
            "tasks",
            "lead in a circle, so that none of them is the first; add one that leads into it",
        )
        return
    reached = graph_of(workflow).ways
    for name in workflow.tasks:
        if name not in reached:
            yield (
                "semantics",
                f"tasks.{name}",
                "can never be reached from where the workflow begins",
            )


def _joins(workflow: Workflow) -> Found:
    graph = graph_of(workflow)
    splits = forked(workflow) - cyclic(workflow)
    within: dict[str, frozenset[str]] = {name: splits & {name} for name in graph.roots}
    waiting = deque(graph.roots)
    while waiting:
        name = waiting.popleft()
        for way in graph.ways[name]:
            after = within[name] | (splits & {way.target})
            if way.target not in within or not after <= within[way.target]:
                within[way.target] = within.get(way.target, frozenset[str]()) | after
                waiting.append(way.target)
    for name in graph.joins:
        before = {within[source] for source in graph.sources.get(name, ())}
        if any(each != within[name] for each in before):
            yield (
                "semantics",
                f"tasks.{name}",
                "joins ways on different routes, and so can never be begun",
            )


def _expressions(workflow: Workflow) -> Found:
    for key, value in walking.values(workflow):
        for text in walking.texts(value):
            if marked(text) is None:
                continue
            if mixed(text):
                yield "expressions", key, "has YAQL and Jinja in one text; use one of them"
                continue
            for kind, problem in problems(text):
                yield kind, key, f"has an expression that cannot be used: {problem}"


def _variables(workflow: Workflow, known: Collection[str]) -> Found:
    for key, problem in undefined(workflow, known):
        yield "context", key, problem


def _actions(workflow: Workflow, actions: Collection[str] | None) -> Found:
    if actions is None:
        return
    for name, task in workflow.tasks.items():
        if task.action and marked(task.action) is None and task.action not in actions:
            problem = (
                f"is “{task.action}”, and there is no such action.{near(task.action, actions)}"
            )
            yield "contents", f"tasks.{name}.action", problem.rstrip(".")
