"""Jinja in workflows: the house's sandbox with the functions of workflows.

Each expression is compiled once. What comes out of it is a value, and is never read as an
expression again: it may have been written by anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import Any, cast

from jinja2 import TemplateError, Undefined, nodes
from jinja2.exceptions import SecurityError, UndefinedError

from automation.templates.sandbox import FORBIDDEN, LONGEST, Sandbox, begin, in_time
from automation.values import Json
from automation.workflows.functions import FUNCTIONS
from automation.workflows.scope import CannotEvaluate, Unreadable
from automation.workflows.syntax import JINJA, Marked, Problem, inner

KIND = "JinjaEvaluationException"
_SHOWN = 200


class WorkflowSandbox(Sandbox):
    """The sandbox, in which every function is a filter, too."""

    def __init__(self) -> None:
        super().__init__()
        self.trim_blocks = self.lstrip_blocks = True
        self.keep_trailing_newline = False
        self.globals.update(FUNCTIONS)  # pyright: ignore[reportCallIssue, reportArgumentType] - typed too narrowly
        self.filters.update(FUNCTIONS)


ENVIRONMENT = WorkflowSandbox()


@lru_cache(maxsize=4096)
def _expression(source: str) -> Callable[..., Any]:
    return ENVIRONMENT.compile_expression(source, undefined_to_none=False)


@lru_cache(maxsize=512)
def _template(source: str) -> Callable[..., str]:
    tree = ENVIRONMENT.parse(source)
    for kind in FORBIDDEN:
        found = tree.find(kind)
        if found is not None:
            word = type(found).__name__.lower().replace("fromimport", "import")
            raise TemplateError(f"“{word}” is not possible here")
    return ENVIRONMENT.from_string(source).render


def evaluate(text: str, seen: Marked) -> Json:
    """The value of a text, whose scope has been set.

    Raises:
        CannotEvaluate: It cannot be computed, or reads what is not there.
    """
    if seen.blocks:
        return _guarded(text, lambda: _short(_template(text)()))
    if seen.whole:
        return _computed(text)
    return _short(JINJA.sub(lambda found: str(_computed(found[0])), text))


def _computed(expression: str) -> Json:
    return _guarded(expression, lambda: _plain(_expression(inner(expression))()))


def _short(text: str) -> str:
    if len(text) > LONGEST:
        raise CannotEvaluate(KIND, f"A text becomes longer than {LONGEST} characters.")
    return text


def _guarded(source: str, compute: Callable[[], Json]) -> Json:
    begin()
    try:
        return compute()
    except CannotEvaluate:
        raise
    except (UndefinedError, TemplateError, SecurityError) as wrong:
        why = wrong.message or str(wrong)
    except Unreadable as wrong:
        why = str(wrong)
    except Exception as wrong:  # noqa: BLE001 - whatever an expression does is its author's to mend
        why = f"{type(wrong).__name__}: {wrong}"
    raise CannotEvaluate(KIND, f"Cannot compute '{source[:_SHOWN]}': {why[:_SHOWN]}")


def _plain(value: Any) -> Json:
    """The value as JSON can hold it."""
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    if isinstance(value, Undefined):
        return str(value)  # which raises the error that says what is missing
    if isinstance(value, Mapping):
        items = cast("Mapping[Any, Any]", value)
        return {str(name): _plain(each) for name, each in items.items()}
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Iterable):
        return [_plain(each) for each in in_time(cast("Iterable[Any]", value))]
    return str(value)


def problems(text: str, seen: Marked) -> Iterator[Problem]:
    """What is wrong with the expressions of a text, found without computing them."""
    for part in (text,) if seen.blocks else seen.expressions:
        try:
            tree = ENVIRONMENT.parse(part)
        except TemplateError as wrong:
            yield "expressions", f"“{part[:_SHOWN]}” cannot be read: {wrong.message}"
            continue
        for kind in FORBIDDEN:
            if tree.find(kind) is not None:
                word = kind.__name__.lower()
                yield "expressions", f"“{part[:_SHOWN]}” has “{word}”, which is not possible here"
        for stranger in _strangers(tree):
            yield "contents", f"“{part[:_SHOWN]}” {stranger}, which there is not"


def _strangers(tree: nodes.Template) -> Iterator[str]:
    for used in tree.find_all(nodes.Filter):
        if used.name not in ENVIRONMENT.filters:
            yield f"uses the filter “{used.name}”"
    own = {each.name for each in tree.find_all(nodes.Name) if each.ctx == "store"}
    for called in tree.find_all(nodes.Call):
        name = called.node.name if isinstance(called.node, nodes.Name) else None
        if name is not None and name not in ENVIRONMENT.globals and name not in own:
            yield f"calls “{name}”"
