"""Values with expressions in them, computed.

The commonest expressions, such as `<% ctx().host %>` and `{{ succeeded() }}`, are computed here,
alike in both languages and without either engine; YAQL's is loaded for the first that needs it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, cast

from automation.values import Json
from automation.workflows import jinja
from automation.workflows.functions import FUNCTIONS
from automation.workflows.scope import HERE, CannotEvaluate, Scope, Unreadable
from automation.workflows.sizes import VALUES, too_large
from automation.workflows.syntax import Marked, Problem, inner, marked

Read = Callable[[], Json]
_SIMPLE = re.compile(
    r"""(?:
        (?P<all>ctx\(\s*\)(?=\.))
        | ctx\(\s*(?P<q>['"])(?P<one>\w+)(?P=q)\s*\)
        | item\(\s*(?P<i>['"])(?P<item>\w+)(?P=i)\s*\)
        | (?P<bare>succeeded|failed|completed|result|item)\(\s*\)
    )(?P<path>(?:\.[A-Za-z]\w*)*)""",
    re.VERBOSE,
)
_NOT_SIMPLE = object()


def evaluate(value: Json, scope: Scope) -> Json:
    """A value, every expression in it replaced by what it gives.

    Raises:
        CannotEvaluate: One cannot be computed, or reads what is not there.
    """
    token = HERE.set(scope)
    try:
        found = _evaluated(value)
    finally:
        HERE.reset(token)
    # What a lone expression reads has been weighed before.
    if isinstance(found, dict | list) and not _lone(value) and too_large(cast("Json", found)):
        raise CannotEvaluate("ValueError", f"A value becomes larger than {VALUES} values.")
    return cast("Json", found)


def holds(condition: str | None, scope: Scope) -> bool:
    """Whether a condition holds; there being none, it does.

    Raises:
        CannotEvaluate: It cannot be computed.
    """
    return condition is None or bool(evaluate(condition.strip(), scope))


def _lone(value: Json) -> bool:
    return isinstance(value, str) and value.startswith(("<%", "{{")) and _reads(value)


@lru_cache(maxsize=8192)
def _reads(text: str) -> bool:
    seen = marked(text)
    return seen is not None and seen.whole and _SIMPLE.fullmatch(inner(text)) is not None


def _evaluated(value: Json) -> Json:
    match value:
        case str():
            return _text(value)()
        case dict():
            items = cast("dict[str, Json]", value).items()
            return {_key(name): _evaluated(each) for name, each in items}
        case list():
            return [_evaluated(each) for each in cast("list[Json]", value)]
        case _:
            return value


def _key(name: str) -> str:
    found = _text(name)()
    return found if isinstance(found, str) else str(found)


@lru_cache(maxsize=8192)
def _text(text: str) -> Read:
    """How a text is computed, found out once."""
    seen = marked(text)
    if seen is None:
        return lambda: text
    simple = _simple(inner(text)) if seen.whole else None
    if simple is None:
        return lambda: _by_engine(text, seen)

    def read() -> Json:
        found = simple()
        return _by_engine(text, seen) if found is _NOT_SIMPLE else found

    return read


def _by_engine(text: str, seen: Marked) -> Json:
    if seen.language == "jinja":
        return jinja.evaluate(text, seen)
    # Half a tenth of a second, and memory, that workflows without YAQL need not pay for.
    from automation.workflows import yaql_engine  # noqa: PLC0415

    return yaql_engine.evaluate(text, seen)


def _simple(source: str) -> Callable[[], Any] | None:
    """How a common expression is computed; it leaves to the engine what goes wrong."""
    found = _SIMPLE.fullmatch(source)
    if found is None:
        return None
    path = tuple(found["path"].split(".")[1:])
    root = _root(found)

    def read() -> Any:
        try:
            value = root()
        except Unreadable:
            return _NOT_SIMPLE
        for name in path:
            if not isinstance(value, dict) or name not in value:
                return _NOT_SIMPLE
            value = cast("dict[str, Json]", value)[name]
        return value

    return read


def _root(found: re.Match[str]) -> Callable[[], Json]:
    if found["all"]:
        first = found["path"].split(".")[1]
        return lambda: _one(first)
    if found["one"]:
        return lambda: FUNCTIONS["ctx"](found["one"])
    if found["item"]:
        return lambda: FUNCTIONS["item"](found["item"])
    return FUNCTIONS[found["bare"]]


def _one(name: str) -> Json:
    """Only what is read: the variables may be many."""
    values = HERE.get().values
    if name.startswith("__") or name not in values:
        return {}
    return {name: values[name]}


def problems(text: str) -> tuple[Problem, ...]:
    """What is wrong with the expressions of a text, found without computing them."""
    seen = marked(text)
    if seen is None:
        return ()
    if seen.language == "jinja":
        return tuple(jinja.problems(text, seen))
    from automation.workflows import yaql_engine  # noqa: PLC0415 - as above

    return tuple(yaql_engine.problems(seen))
