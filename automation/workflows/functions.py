"""The functions of expressions, in both languages; they take and give JSON.

Source: Orquesta's own (`ctx` to `zip`) and those that StackStorm adds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from itertools import zip_longest
from typing import Any, cast

from automation.templates import st2_functions as stackstorm
from automation.values import Json
from automation.workflows.scope import HERE, MISSING, Current, Scope, Unreadable
from automation.workflows.statuses import COMPLETED, FAILED, SUCCEEDED, UNSET


def _current(scope: Scope) -> Current:
    if scope.task is None:
        raise Unreadable("there is no task here")
    return scope.task


def visible(scope: Scope) -> dict[str, Json]:
    """The variables that expressions may read: those without `__` in front."""
    return {name: value for name, value in scope.values.items() if not name.startswith("__")}


def ctx(key: str | None = None) -> Json:
    """A variable, or all of them."""
    scope = HERE.get()
    if not key:
        return visible(scope)
    if key not in scope.values:
        raise Unreadable(f"there is no “{key}” in the context")
    if key.startswith("__"):
        raise Unreadable(f"“{key}” is private, as everything with __ in front")
    return scope.values[key]


def task_status(task_id: str, route: int | None = None) -> str:
    """The state of a task, on the route of the current one if none is named."""
    scope = HERE.get()
    if route is None:
        route = scope.task.route if scope.task is not None else 0
    return UNSET if scope.tasks is None else scope.tasks.status_of(task_id, route)


def _own_status() -> str:
    own = _current(HERE.get())
    return task_status(own.id, own.route)


def succeeded() -> bool:
    """Whether the current task has ended well."""
    return _own_status() == SUCCEEDED


def failed() -> bool:
    """Whether the current task has failed."""
    return _own_status() == FAILED


def completed() -> bool:
    """Whether the current task has ended, however."""
    return _own_status() in COMPLETED


def result() -> Json:
    """What the current task gave; a list of those of its items."""
    return _current(HERE.get()).result


def item(key: str | None = None) -> Json:
    """The current item, or what is called so in it."""
    found = HERE.get().item
    if found is MISSING:
        raise Unreadable("there is no item here")
    if not key:
        return found
    if not isinstance(found, Mapping):
        raise Unreadable("the item is no mapping")
    inner = cast("Mapping[str, Json]", found)
    if key not in inner:
        raise Unreadable(f"the item has no “{key}”")
    return inner[key]


def task(task_id: str | None = None, route: int | None = None) -> Json:
    """Status, result and ids of a task's last execution."""
    scope = HERE.get()
    if task_id is None:
        task_id = _current(scope).id
    if route is None:
        route = scope.task.route if scope.task is not None else 0
    found = None if scope.tasks is None else scope.tasks.facts_of(task_id, route)
    if found is None:
        raise Unreadable(f"the task “{task_id}” has not been executed")
    return found


def st2kv(key: str, *, default: Json = MISSING, decrypt: bool = False) -> Json:
    """A value of the datastore; `default` where there is none."""
    if not isinstance(key, str):  # pyright: ignore[reportUnnecessaryIsInstance] - from an expression
        raise TypeError("the key is no text")
    if not isinstance(decrypt, bool):  # pyright: ignore[reportUnnecessaryIsInstance] - the same
        raise TypeError("decrypt is neither true nor false")
    try:
        return HERE.get().outside.stored(key, decrypt=decrypt)
    except LookupError:
        if default is MISSING:
            raise Unreadable(f"there is no “{key}” in the datastore") from None
        return default


def json_(text: Json) -> Json:
    """What a text holds as JSON; a mapping stays as it is."""
    if isinstance(text, Mapping):
        return cast("Json", text)
    if not isinstance(text, str):
        raise TypeError("that is no text")
    return json.loads(text)


def zip_(*lists: Json, pad: Json = None) -> Json:
    """The first of each list, the second of each, and so on; short ones are filled with `pad`."""
    given: list[list[Json]] = [[] if each is None else each for each in lists]
    if len(given) == 1:
        return given[0]
    return [list(each) for each in zip_longest(*given, fillvalue=pad)]


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "ctx": ctx,
    "task_status": task_status,
    "succeeded": succeeded,
    "failed": failed,
    "completed": completed,
    "result": result,
    "item": item,
    "task": task,
    "st2kv": st2kv,
    "json": json_,
    "zip": zip_,
    **stackstorm.FUNCTIONS,
    "json_parse": stackstorm.FUNCTIONS["from_json_string"],
    "yaml_parse": stackstorm.FUNCTIONS["from_yaml_string"],
    "json_dump": stackstorm.FUNCTIONS["to_json_string"],
    "yaml_dump": stackstorm.FUNCTIONS["to_yaml_string"],
}
"""Name to function. With `ctx` to `zip` there are the 27 of StackStorm's."""
