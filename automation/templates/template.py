"""Templates in parameters: filled in with typed values, or refused with the exact place."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, cast

from jinja2 import TemplateError, TemplateSyntaxError, UndefinedError, meta, nodes
from jinja2.exceptions import SecurityError

from automation.hidden import clipped
from automation.templates.mistake import Mistake, near
from automation.templates.sandbox import (
    LONGEST,
    PLAIN,
    begin,
    compiled,
    expression,
    is_undefined,
    parsed,
)
from automation.values import Json
from chat.errors import BadInput

_LONE = re.compile(r"\{\{-?((?:(?!\{\{|\}\}|\{%|%\}).)*?)-?\}\}", re.DOTALL)
_MARKS = ("{{", "{%", "{#")
_SHOWN = 80


def is_template(text: str) -> bool:
    """Whether there is anything in it to fill in."""
    return any(mark in text for mark in _MARKS)


def render(value: Json, context: Mapping[str, Json], *, place: str = "") -> Json:
    """The value with every template in it filled in.

    A text that is one expression and nothing else keeps the expression's own type.

    Args:
        value: Any JSON value; texts in it may be templates.
        context: What they may read. It is data: nothing in it is read as a template.
        place: Where the value stands, for errors.

    Raises:
        BadInput: A template reads what is not there, or cannot be computed.
    """
    match value:
        case str():
            return _text(value, context, place) if is_template(value) else value
        case dict():
            return {
                name: render(each, context, place=f"{place}.{name}" if place else str(name))
                for name, each in cast("dict[str, Json]", value).items()
            }
        case list() | tuple():
            items = cast("list[Json]", value)
            return [
                render(each, context, place=f"{place}[{number}]")
                for number, each in enumerate(items)
            ]
        case _:
            return value


def _text(source: str, context: Mapping[str, Json], place: str) -> Json:
    lone = _LONE.fullmatch(source.strip())
    if lone is not None:
        return evaluate(lone[1].strip(), context, place=place)
    with_text = guarded(lambda: compiled(source).render(**context), source, place, context)
    if len(with_text) > LONGEST:
        raise _wrong(place, f"renders to more than {LONGEST} characters")
    return with_text


def evaluate(source: str, context: Mapping[str, Json], *, place: str) -> Json:
    """The value of an expression.

    Raises:
        BadInput: It cannot be computed, or reads what is not there.
    """

    def compute() -> Json:
        found = expression(source)(**context)
        if is_undefined(found):
            str(found)  # which raises the error that says what is missing
        return _plain(found)

    return guarded(compute, source, place, context)


def _plain(value: Any) -> Json:
    """The value as JSON can hold it."""
    if is_undefined(value):
        return str(value)  # which raises the error that says what is missing
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    if isinstance(value, Mapping):
        items = cast("Mapping[Any, Any]", value)
        return {str(name): _plain(each) for name, each in items.items()}
    if isinstance(value, list | tuple | set | range) or hasattr(value, "__iter__"):
        return [_plain(each) for each in cast("list[Any]", value)]
    return str(value)


def condition(text: str, context: Mapping[str, Json], *, place: str) -> bool:
    """Whether an expression is true; braces around it are tolerated.

    Raises:
        BadInput: It cannot be computed, or reads what is not there.
    """
    found = evaluate(bare(text), context, place=place)
    return (
        found.strip().casefold() not in {"", "false", "no", "0"}
        if isinstance(found, str)
        else bool(found)
    )


def bare(text: str) -> str:
    """The expression without braces around it."""
    lone = _LONE.fullmatch(text.strip())
    return lone[1].strip() if lone is not None else text.strip()


def guarded(compute: Any, source: str, place: str, context: Mapping[str, Json]) -> Any:
    """What `compute` gives, its errors in our words with the place.

    Raises:
        BadInput: It went wrong.
    """
    begin()
    try:
        return compute()
    except UndefinedError as missing:
        raise _wrong(place, f"{_missing(missing, context)} (in {source[:_SHOWN]})") from None
    except (TemplateError, SecurityError) as wrong:
        raise _wrong(place, f"{wrong.message or wrong} (in {source[:_SHOWN]})") from None
    except BadInput:
        raise
    except Exception as wrong:  # noqa: BLE001 - whatever a template does is its author's to mend
        why = str(wrong) or type(wrong).__name__
        told = f"cannot be computed: {clipped(why, 300)} (in {source[:_SHOWN]})"
        raise _wrong(place, told) from None


def _missing(error: UndefinedError, context: Mapping[str, Json]) -> str:
    said = str(error.message)
    lone = re.fullmatch(r"'(\w+)' is undefined", said)
    if lone is not None:
        return f"reads “{lone[1]}”, which is not there.{near(lone[1], context)}"
    inner = re.search(r"has no attribute '([^']*)'|has no element (.*)", said)
    if inner is not None:
        return f"reads “{inner[1] or inner[2]}”, which is not there"
    return f"reads what is not there: {said}"


def _wrong(place: str, problem: str) -> BadInput:
    return BadInput(f"{place or 'The template'} {problem}.", details={place or "template": problem})


def check(value: Json, *, place: str, known: Collection[str]) -> tuple[Mistake, ...]:
    """What is wrong with the templates in a value, found without filling them in.

    Args:
        value: Any JSON value.
        place: Where it stands.
        known: The names that every template may read.
    """
    return tuple(_mistakes(value, place, known))


def _mistakes(value: Json, place: str, known: Collection[str]) -> Iterator[Mistake]:
    match value:
        case str() if is_template(value):
            yield from check_source(value, place, known)
        case dict():
            for name, each in cast("dict[str, Json]", value).items():
                yield from _mistakes(each, f"{place}.{name}", known)
        case list() | tuple():
            for number, each in enumerate(cast("list[Json]", value)):
                yield from _mistakes(each, f"{place}[{number}]", known)
        case _:
            return


def check_source(source: str, place: str, known: Collection[str]) -> Iterator[Mistake]:
    """The mistakes of one template."""
    try:
        tree = parsed(source)
    except TemplateSyntaxError as wrong:
        where = f" in line {wrong.lineno}" if "\n" in source else ""
        yield Mistake(place, f"cannot be read{where}: {wrong.message}")
        return
    except TemplateError as wrong:
        yield Mistake(place, f"cannot be used: {wrong.message}")
        return
    unknown = tuple(_unknown_words(tree, place))
    if unknown:
        yield from unknown
        return
    for name in sorted(meta.find_undeclared_variables(tree)):
        if name not in known and name != "range":
            there = ", ".join(sorted(known))
            yield Mistake(
                place, f"reads “{name}”, which is not there; there are {there}.{near(name, known)}"
            )


def _unknown_words(tree: nodes.Template, place: str) -> Iterator[Mistake]:
    for used in tree.find_all(nodes.Filter):
        if used.name not in PLAIN.filters:
            problem = f"uses the filter “{used.name}”, which there is not."
            yield Mistake(place, f"{problem}{near(used.name, PLAIN.filters)}")
    for used in tree.find_all(nodes.Test):
        if used.name not in PLAIN.tests:
            yield Mistake(place, f"uses the test “{used.name}”, which there is not")
    for used in tree.find_all(nodes.Getattr):
        if used.attr.startswith("_"):
            yield Mistake(place, f"reads “{used.attr}”, and names with _ in front cannot be read")


def check_condition(text: str, place: str, known: Collection[str]) -> tuple[Mistake, ...]:
    """What is wrong with a condition, found without computing it."""
    return tuple(check_source(f"{{{{ {bare(text)} }}}}", place, known))


def names(value: Json) -> frozenset[str]:
    """What the templates in a value read, as dotted paths: `steps.check.output.stdout`."""
    found: set[str] = set()
    match value:
        case str() if is_template(value):
            try:
                tree = parsed(value)
            except TemplateError:
                return frozenset()
            _collect(tree, found)
        case dict():
            for each in cast("dict[str, Json]", value).values():
                found |= names(each)
        case list() | tuple():
            for each in cast("list[Json]", value):
                found |= names(each)
        case _:
            pass
    return frozenset(found)


def _collect(node: nodes.Node, found: set[str]) -> None:
    """The longest paths in a tree; what is looked up by a computed name ends there."""
    path = _path(node)
    if path is not None:
        found.add(path)
        return
    for child in node.iter_child_nodes():
        _collect(child, found)


def _path(node: nodes.Node) -> str | None:
    match node:
        case nodes.Name(ctx="load"):
            return node.name
        case nodes.Getattr():
            before = _path(node.node)
            return f"{before}.{node.attr}" if before is not None else None
        case nodes.Getitem(arg=nodes.Const(value=str() as key)):
            before = _path(node.node)
            return f"{before}.{key}" if before is not None else None
        case _:
            return None
