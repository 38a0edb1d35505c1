"""The functions of expressions, in both languages; they take and give JSON.

Source: Orquesta's own (`ctx` to `zip`) and those that StackStorm adds.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Callable, Mapping
from itertools import zip_longest
from typing import Any, Final, cast

import yaml

from automation.values import Json
from automation.workflows import paths, patterns, versions
from automation.workflows.scope import HERE, MISSING, Current, Scope, Unreadable
from automation.workflows.statuses import COMPLETED, FAILED, SUCCEEDED, UNSET

_NONE = "%*****__%NONE%__*****%"
"""What StackStorm's `use_none` puts in the place of null."""
_LONGEST = 1024 * 1024
_INDENT = 8
_UNITS = ("y", "d", "h", "m", "s")
_YEAR: Final = 365


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


def from_json_string(value: Json) -> Json:
    """What a text holds as JSON."""
    return json.loads(str(value))


def from_yaml_string(value: Json) -> Json:
    """What a text holds as YAML."""
    text = str(value)
    if len(text) > _LONGEST or text.count("*") > _INDENT**3:
        raise ValueError("that is too large for YAML")
    return yaml.safe_load(text)


def to_json_string(
    value: Json,
    indent: int | None = None,
    sort_keys: bool = False,  # noqa: FBT002 - as workflows call it
    separators: list[str] | None = None,
) -> str:
    """A value as JSON."""
    pair = (separators[0], separators[1]) if separators else (",", ": ")
    return json.dumps(value, indent=_indent(indent), sort_keys=sort_keys, separators=pair)


def to_yaml_string(value: Json, indent: int | None = None, allow_unicode: bool = True) -> str:  # noqa: FBT002 - the same
    """A value as YAML."""
    return yaml.safe_dump(  # pyright: ignore[reportUnknownMemberType] - its stubs are partly typed
        value,
        default_flow_style=False,
        indent=_indent(indent),
        allow_unicode=allow_unicode,
        sort_keys=True,
    )


def _indent(indent: int | None) -> int | None:
    if indent is not None and not 0 <= indent <= _INDENT:
        raise ValueError(f"an indent is 0 to {_INDENT} here")
    return indent


def json_escape(value: Json) -> str:
    """A text as it stands between the quotes of JSON."""
    return json.dumps(value).strip('"')


def use_none(value: Json) -> Json:
    """What StackStorm puts in the place of null; anything else as it is."""
    return _NONE if value is None else value


def basename(path: str) -> str:
    """The last part of a path."""
    return posixpath.basename(path)


def dirname(path: str) -> str:
    """A path without its last part."""
    return posixpath.dirname(path)


def to_human_time_from_seconds(seconds: float | None) -> str | None:
    """`3725` as `1h2m5s`."""
    if seconds is None:
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):  # pyright: ignore[reportUnnecessaryIsInstance] - from an expression
        raise TypeError("that is no number of seconds")
    if seconds == 0:
        return "0s"
    if seconds < 1:
        return f"{seconds}\N{GREEK SMALL LETTER MU}s"
    left, parts = round(seconds), list[int]()
    for size in (60, 60, 24, _YEAR):
        left, part = divmod(left, size)
        parts.append(part)
    counted = [left, *reversed(parts)]
    first = next((place for place, count in enumerate(counted) if count), len(counted))
    shown = list(zip(counted, _UNITS, strict=True))[first:]
    return "".join(f"{count}{unit}" for count, unit in shown) or "0s"


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
    "basename": basename,
    "dirname": dirname,
    "from_json_string": from_json_string,
    "json_parse": from_json_string,
    "from_yaml_string": from_yaml_string,
    "yaml_parse": from_yaml_string,
    "to_json_string": to_json_string,
    "json_dump": to_json_string,
    "to_yaml_string": to_yaml_string,
    "yaml_dump": to_yaml_string,
    "json_escape": json_escape,
    "jsonpath_query": paths.query,
    "regex_match": patterns.match,
    "regex_replace": patterns.replace,
    "regex_search": patterns.search,
    "regex_substring": patterns.substring,
    "to_human_time_from_seconds": to_human_time_from_seconds,
    "use_none": use_none,
    "version_compare": versions.compare,
    "version_more_than": versions.more_than,
    "version_less_than": versions.less_than,
    "version_equal": versions.equal,
    "version_match": versions.match,
    "version_bump_major": versions.bump_major,
    "version_bump_minor": versions.bump_minor,
    "version_bump_patch": versions.bump_patch,
    "version_strip_patch": versions.strip_patch,
}
"""Name to function. With `ctx` to `zip` there are the 27 of StackStorm's."""
