"""What differs from YAQL's own functions: patterns with a limit of time, powers with a size.

Source: https://yaql.readthedocs.io, names and arguments of the functions replaced.
"""

# The library ships no types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false, reportUnknownParameterType=false, reportUnknownLambdaType=false

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import regex
from yaql.language import specs, yaqltypes

from automation.workflows.patterns import Timed

_TEXT = yaqltypes.String()
_BIG = 10_000
"""Bits that a power or a shift may have."""


def register(context: Any) -> None:
    """Put them into a context."""
    for function in (_regex, _is_regex, _escape, _search, _search_all, _replace_by, _pow, _shift):
        context.register_function(function)
    for pattern in (Timed, _TEXT):
        for name, function in (
            ("#operator_=~", _fits),
            ("#operator_!~", lambda string, pattern: not _fits(string, pattern)),
        ):
            found = specs.get_function_definition(function, name=name)
            _typed(found, "string", _TEXT)
            _typed(found, "pattern", pattern)
            context.register_function(found)
    _methods(context)


def _methods(context: Any) -> None:
    text, many = {"string": _TEXT}, {"max_split": int}
    pattern: dict[str, Any] = {"pattern": Timed}
    put: dict[str, Any] = {"repl": _TEXT, "count": int}
    table: tuple[tuple[str, Callable[..., Any], dict[str, Any]], ...] = (
        ("matches", _fits, {**text, "pattern": _TEXT}),
        ("matches", lambda pattern, string: _fits(string, pattern), {**pattern, **text}),
        ("split", _split, {**pattern, **text, **many}),
        ("split", _split_text, {**text, **pattern, **many}),
        ("replace", _replace, {**pattern, **text, **put}),
        ("replace", _replace_text, {**text, **pattern, **put}),
    )
    for name, function, types in table:
        found = specs.get_function_definition(
            function, name=name, convention=context.convention, method=True, function=False
        )
        for argument, kind in types.items():
            _typed(found, argument, kind)
        context.register_function(found)


def _typed(found: Any, argument: str, kind: Any) -> None:
    typed = kind if isinstance(kind, yaqltypes.SmartType) else yaqltypes.PythonType(kind, False)  # noqa: FBT003 - not nullable
    found.set_parameter(argument, typed, overwrite=True)


def _timed(pattern: Any) -> Timed:
    return pattern if isinstance(pattern, Timed) else Timed(pattern)


def _fits(string: str, pattern: Any) -> bool:
    return _timed(pattern).search(string) is not None


@specs.parameter("pattern", _TEXT)
@specs.name("regex")
def _regex(
    pattern: str,
    ignore_case: bool = False,  # noqa: FBT002 - as YAQL has it
    multi_line: bool = False,  # noqa: FBT002 - the same
    dot_all: bool = False,  # noqa: FBT002 - the same
) -> Timed:
    flags = (
        (regex.IGNORECASE if ignore_case else 0)
        | (regex.MULTILINE if multi_line else 0)
        | (regex.DOTALL if dot_all else 0)
    )
    return Timed(pattern, int(flags))


@specs.name("isRegex")
def _is_regex(value: Any) -> bool:
    return isinstance(value, Timed)


@specs.parameter("string", _TEXT)
@specs.name("escapeRegex")
def _escape(string: str) -> str:
    return regex.escape(string)


def _within(context: Any, found: regex.Match[str]) -> Any:
    """A context in which `$`, `$2` and so on are what was found."""
    inner = context.create_child_context()
    for number in range(found.re.groups + 1):
        seen = {"value": found[number], "start": found.start(number), "end": found.end(number)}
        inner[f"${number + 1}"] = seen
    for name in found.re.groupindex:
        inner[f"${name}"] = {
            "value": found[name],
            "start": found.start(name),
            "end": found.end(name),
        }
    return inner


@specs.parameter("pattern", Timed)
@specs.parameter("string", _TEXT)
@specs.parameter("selector", yaqltypes.Lambda(with_context=True))
@specs.method
@specs.name("search")
def _search(context: Any, pattern: Timed, string: str, selector: Any = None) -> Any:
    found = pattern.search(string)
    if found is None:
        return None
    return found[0] if selector is None else selector(_within(context, found))


@specs.parameter("pattern", Timed)
@specs.parameter("string", _TEXT)
@specs.parameter("selector", yaqltypes.Lambda(with_context=True))
@specs.method
@specs.name("searchAll")
def _search_all(context: Any, pattern: Timed, string: str, selector: Any = None) -> Iterator[Any]:
    for found in pattern.all(string):
        yield found[0] if selector is None else selector(_within(context, found))


@specs.parameter("pattern", Timed)
@specs.parameter("string", _TEXT)
@specs.parameter("repl", yaqltypes.Lambda(with_context=True))
@specs.parameter("count", int)
@specs.method
@specs.name("replaceBy")
def _replace_by(context: Any, pattern: Timed, string: str, repl: Any, count: int = 0) -> str:
    parts: list[str] = []
    end = 0
    for found in pattern.all(string)[: count or None]:
        parts += [string[end : found.start()], str(repl(_within(context, found)))]
        end = found.end()
    return "".join((*parts, string[end:]))


def _split(pattern: Timed, string: str, max_split: int = 0) -> list[str | None]:
    return pattern.split(string, max_split)


def _split_text(string: str, pattern: Timed, max_split: int = 0) -> list[str | None]:
    return pattern.split(string, max_split)


def _replace(pattern: Timed, string: str, repl: str, count: int = 0) -> str:
    return pattern.sub(repl, string, count)


def _replace_text(string: str, pattern: Timed, repl: str, count: int = 0) -> str:
    return pattern.sub(repl, string, count)


@specs.name("pow")
def _pow(a: Any, b: Any, c: Any = None) -> Any:
    if any(not isinstance(each, int | float) for each in (a, b)):
        raise TypeError("pow takes numbers")
    if c is None and isinstance(a, int) and isinstance(b, int) and a.bit_length() * b > _BIG:
        raise ValueError("that power is too large")
    return pow(a, b, c)


@specs.parameter("value", int)
@specs.parameter("bits_number", int)
@specs.name("shiftBitsLeft")
def _shift(value: int, bits_number: int) -> int:
    if value.bit_length() + bits_number > _BIG:
        raise ValueError("that number is too large")
    return value << bits_number
