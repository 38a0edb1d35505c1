"""What a task is begun with: its expressions computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from automation.values import Json
from automation.workflows.definition import Items, Retry, Task
from automation.workflows.events import Act, Start
from automation.workflows.expressions import evaluate
from automation.workflows.pieces import ItemRuns
from automation.workflows.scope import Scope


class WrongValue(TypeError):
    """An expression gave something of another type than is needed there."""


def number(value: Json, scope: Scope, what: str) -> int | None:
    """A number that may be given as an expression; None for none.

    Raises:
        CannotEvaluate: It cannot be computed.
        WrongValue: It is no whole number.
    """
    found = evaluate(value, scope)
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, int):
        raise WrongValue(f"{what} is no whole number")
    return found


def tries_of(retry: Retry, scope: Scope) -> dict[str, Json]:
    """How often a task is tried again, after how many seconds, and that it has not been yet.

    Raises:
        CannotEvaluate: It cannot be computed.
        WrongValue: It is no whole number.
    """
    count = number(retry.count, scope, "the count of retries")
    delay = number(retry.delay, scope, "the delay of retries")
    return {"count": count or 0, "delay": delay or 0, "tally": 0}


def act_of(task: Task, scope: Scope, item: int | None = None) -> Act:
    """The action of a task with its input.

    Raises:
        CannotEvaluate: It cannot be computed.
        WrongValue: Its name is no text, or its input no mapping.
    """
    action = evaluate(task.action, scope)
    if action is not None and not isinstance(action, str):
        raise WrongValue("the action's name is no text")
    given = evaluate(task.input if task.input is not None else {}, scope)
    if not isinstance(given, Mapping):
        raise WrongValue("the input is no mapping")
    return Act(action, cast("Mapping[str, Json]", given), item)


def items_of(items: Items, scope: Scope) -> ItemRuns:
    """The items of a task, each as expressions see it.

    Raises:
        CannotEvaluate: They cannot be computed.
        WrongValue: They are no list, or the concurrency is no number.
    """
    found: Any = evaluate(items.source, scope)
    if not isinstance(found, list):
        raise WrongValue(f"the value of {items.source} is no list")
    values = cast("list[Json]", found)
    concurrency = number(items.concurrency, scope, "the concurrency")
    if concurrency is not None:
        concurrency = max(concurrency, 1)
    return ItemRuns([_called(items.names, each) for each in values], concurrency)


def _called(names: Sequence[str], item: Json) -> Json:
    """An item under its names, as far as there are both."""
    if not names:
        return item
    if isinstance(item, list):
        return dict(zip(names, cast("list[Json]", item), strict=False))
    return {names[0]: item} if len(names) == 1 else item


def start_of(task: Task, scope: Scope, route: int, runs: ItemRuns | None) -> Start:
    """What a task is begun with; of its items, those that may be begun now.

    Raises:
        CannotEvaluate: Something cannot be computed.
        WrongValue: Something is of the wrong type.
    """
    if runs is None:
        acts: tuple[Act, ...] = (act_of(task, scope),)
    else:
        acts = tuple(
            act_of(task, replace(scope, item=runs.values[each]), each) for each in runs.waiting()
        )
    return Start(
        task=task.name,
        route=route,
        acts=acts,
        delay=number(task.delay, scope, "the delay") or 0,
        items=None if runs is None else len(runs.values),
        concurrency=None if runs is None else runs.concurrency,
    )
