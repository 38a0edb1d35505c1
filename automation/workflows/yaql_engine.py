"""YAQL in workflows: the library's engine with limits of time and size, made when first used.

Each expression is compiled once. What comes out of it is a value, and is never read as an
expression again: it may have been written by anybody.
"""

# The library ships no types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false, reportUnknownParameterType=false, reportUnknownLambdaType=false

from __future__ import annotations

import collections.abc
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, cast

import yaql
from yaql.language import contexts, conventions, exceptions, expressions
from yaql.language.utils import FrozenDict

from automation.values import Json
from automation.workflows import yaql_functions
from automation.workflows.functions import FUNCTIONS, visible
from automation.workflows.scope import HERE, CannotEvaluate, Unreadable
from automation.workflows.syntax import YAQL, Marked, Problem, inner

KIND = "YaqlEvaluationException"
_SHOWN = 200
_TIME = 1.0
"""Seconds that one expression may take."""
_MOST = 100_000
"""Values that a list may have on the way."""
_MEMORY = 64 * 1024 * 1024
_LONGEST = 1024 * 1024
_REPLACED = (
    *("regex", "isRegex", "escapeRegex", "matches", "#operator_=~", "#operator_!~"),
    *("search", "searchAll", "replaceBy", "pow", "shiftBitsLeft"),
)
_until: ContextVar[float] = ContextVar("yaql_until")
_parsing = threading.Lock()


class _Late(Exception):
    """The expression has had its time."""


class Watched(contexts.Context):
    """Looks at the clock whenever a function is called."""

    def collect_functions(self, *args: Any, **kwargs: Any) -> Any:
        """The functions of a name, as long as there is time."""
        if time.monotonic() > _until.get(float("inf")):
            raise _Late
        return super().collect_functions(*args, **kwargs)


class View(Mapping[str, Any]):
    """The variables, of which only those that are read are brought into YAQL's own types."""

    def __init__(self, values: Mapping[str, Json]) -> None:
        self._values = values

    def __getitem__(self, name: str) -> Any:
        return frozen(self._values[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __hash__(self) -> int:
        return id(self)


def frozen(value: Json) -> Any:
    """A value in types that YAQL can compare and count."""
    if isinstance(value, list | tuple):
        return tuple(frozen(each) for each in cast("list[Json]", value))
    if isinstance(value, dict):
        items = cast("dict[str, Json]", value).items()
        return FrozenDict((name, frozen(each)) for name, each in items)
    return value


def thawed(value: Any) -> Json:
    """A value of YAQL's as JSON can hold it."""
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    if isinstance(value, Mapping):
        items = _counted(cast("Mapping[Any, Any]", value).items())
        return {name if isinstance(name, str) else str(name): thawed(each) for name, each in items}
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, collections.abc.Iterable):
        return [thawed(each) for each in _counted(cast("collections.abc.Iterable[Any]", value))]
    return str(value)


def _counted(values: collections.abc.Iterable[Any]) -> Iterator[Any]:
    until = _until.get(float("inf"))
    for number, each in enumerate(values):
        if number >= _MOST:
            raise exceptions.CollectionTooLargeException(_MOST)
        if time.monotonic() > until:
            raise _Late
        yield each


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])([A-Z])", lambda found: f"_{found[1].lower()}", name)


def _wrapped(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        named = {_snake(name): thawed(value) for name, value in kwargs.items()}
        return frozen(function(*map(thawed, args), **named))

    return call


def _ctx(key: Any = None) -> Any:
    return frozen(FUNCTIONS["ctx"](key)) if key else View(visible(HERE.get()))


def _made_context() -> Any:
    base = Watched(convention=conventions.CamelCaseConvention())
    context: Any = yaql.create_context(context=base)
    layer: Any = context
    while layer is not None:
        for name in _REPLACED:
            for found in tuple(layer.get_functions(name)[0]):
                layer.delete_function(found)
        for name in ("split", "replace"):
            for found in tuple(layer.get_functions(name)[0]):
                if found.payload.__module__ == "yaql.standard_library.regex":
                    layer.delete_function(found)
        layer = layer.parent
    context = context.create_child_context()
    yaql_functions.register(context)
    for name, function in FUNCTIONS.items():
        call = _ctx if name == "ctx" else _wrapped(function)
        context.register_function(call, name=name)
    return context


_ENGINE: Any = yaql.YaqlFactory().create(
    {"yaql.limitIterators": _MOST, "yaql.memoryQuota": _MEMORY, "yaql.convertOutputData": False}
)
_CONTEXT: Any = _made_context()


@lru_cache(maxsize=4096)
def _compiled(source: str) -> Any:
    # The library's parser keeps its state in itself.
    with _parsing:
        return _ENGINE(source)


def evaluate(text: str, seen: Marked) -> Json:
    """The value of a text, whose scope has been set.

    Raises:
        CannotEvaluate: It cannot be computed, or reads what is not there.
    """
    if seen.whole:
        return _computed(text)
    filled = YAQL.sub(lambda found: str(_computed(found[0])), text)
    if len(filled) > _LONGEST:
        raise CannotEvaluate(KIND, f"A text becomes longer than {_LONGEST} characters.")
    return filled


def _computed(expression: str) -> Json:
    token = _until.set(time.monotonic() + _TIME)
    try:
        found = _compiled(inner(expression)).evaluate(context=_CONTEXT.create_child_context())
        return thawed(found)
    except RecursionError:
        why = "it is nested too deeply"
    except KeyError as wrong:
        why = f"there is no “{wrong.args[0] if wrong.args else ''}” in it"
    except Unreadable as wrong:
        why = str(wrong)
    except _Late:
        why = f"it takes longer than {_TIME:.0f} s"
    except Exception as wrong:  # noqa: BLE001 - whatever an expression does is its author's to mend
        why = f"{type(wrong).__name__}: {wrong}"
    finally:
        _until.reset(token)
    raise CannotEvaluate(KIND, f"Cannot compute '{expression[:_SHOWN]}': {why[:_SHOWN]}")


def problems(seen: Marked) -> Iterator[Problem]:
    """What is wrong with the expressions of a text, found without computing them."""
    for part in seen.expressions:
        try:
            statement = _compiled(inner(part))
        except (exceptions.YaqlException, ValueError, TypeError) as wrong:
            yield "expressions", f"“{part[:_SHOWN]}” cannot be read: {wrong}"
            continue
        for name in _called(statement.expression):
            if not (name in FUNCTIONS or _CONTEXT.collect_functions(name, use_convention=True)):
                yield "contents", f"“{part[:_SHOWN]}” calls “{name}”, which there is not"


def _called(node: Any) -> Iterator[str]:
    """Names of the functions and methods that an expression calls."""
    if type(node) is expressions.Function:
        yield node.name
    for each in (*getattr(node, "args", ()), *_inside(node)):
        yield from _called(each)


def _inside(node: Any) -> Iterator[Any]:
    for name in ("expr", "source", "destination"):
        if (found := getattr(node, name, None)) is not None:
            yield found
