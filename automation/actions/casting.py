"""Values read as the type that their schema wants, so that people can type them.

Source: StackStorm's rules for reading typed-in text as a number, truth value, list or
object (its `util/casts.py`); the words for truth values and `a,b` for a list are ours.
"""

from __future__ import annotations

import ast
import json
import math
import re
from collections.abc import Callable, Mapping
from typing import cast

from automation.values import Json

_YES = frozenset({"true", "yes", "on", "1"})
_NO = frozenset({"false", "no", "off", "0"})
_WHOLE = re.compile(r"[+-]?[0-9]{1,400}")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_COMBINED = frozenset({"anyOf", "oneOf", "allOf", "$ref", "const", "not"})
"""What says by itself which types there are."""


def kinds_of(rules: Mapping[str, Json]) -> tuple[str, ...]:
    """The JSON types that a schema accepts: `string` unless it says; empty for `anyOf` and such."""
    kind = rules.get("type")
    if kind is None:
        return () if _COMBINED & rules.keys() else ("string",)
    return tuple(map(str, cast("list[Json]", kind))) if isinstance(kind, list) else (str(kind),)


def as_typed(rules: Mapping[str, Json], value: Json) -> Json:
    """The value as its schema wants it; what cannot be read as that stays as it is."""
    kinds = kinds_of(rules)
    match value:
        case str() if kinds and "string" not in kinds:
            return _read(rules, kinds, value.strip(), value)
        case bool() if "boolean" not in kinds and "string" in kinds:
            return "true" if value else "false"
        case int() | float() if not isinstance(value, bool):
            return _number_as(kinds, value)
        case list() if isinstance(rules.get("items"), dict):
            inner = cast("Mapping[str, Json]", rules["items"])
            return [as_typed(inner, each) for each in cast("list[Json]", value)]
        case _:
            return value


def _number_as(kinds: tuple[str, ...], value: float) -> Json:
    if "number" in kinds:
        return value
    if "integer" in kinds:
        return int(value) if isinstance(value, int) or value.is_integer() else value
    return str(value) if "string" in kinds else value


def _read(rules: Mapping[str, Json], kinds: tuple[str, ...], text: str, otherwise: Json) -> Json:
    for kind in kinds:
        reader = _READERS.get(kind)
        if reader is None:
            continue
        try:
            found = reader(text)
        except ValueError:
            continue
        return as_typed(rules, found) if kind == "array" else found
    return otherwise


def _integer(text: str) -> int:
    if _WHOLE.fullmatch(text) is None:
        raise ValueError(text)
    return int(text)


def _number(text: str) -> float | int:
    if _WHOLE.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text) is None or not math.isfinite(float(text)):
        raise ValueError(text)
    return float(text)


def _boolean(text: str) -> bool:
    word = text.casefold()
    if word in _YES | _NO:
        return word in _YES
    raise ValueError(text)


def _array(text: str) -> list[Json]:
    if text[:1] + text[-1:] in {"[]", "()"}:
        found = _literal(text)
        if isinstance(found, list):
            return cast("list[Json]", found)
        raise ValueError(text)
    return [part.strip() for part in text.split(",")] if text else []


def _object(text: str) -> dict[str, Json]:
    found = _literal(text)
    if isinstance(found, dict):
        return cast("dict[str, Json]", found)
    raise ValueError(text)


def _null(text: str) -> None:
    if text.casefold() not in {"null", "none"}:
        raise ValueError(text)


def _literal(text: str) -> Json:
    """JSON, or else a Python literal that JSON could hold.

    Raises:
        ValueError: It is neither.
    """
    try:
        return _plain(json.loads(text))
    except (ValueError, RecursionError):
        pass
    try:
        return _plain(ast.literal_eval(text))
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        raise ValueError(text) from None


def _plain(value: Json) -> Json:
    match value:
        case str() | bool() | int() | None:
            return value
        case float() if math.isfinite(value):
            return value
        case list() | tuple():
            return [_plain(each) for each in cast("list[Json]", value)]
        case dict():
            items = cast("dict[Json, Json]", value)
            if all(isinstance(name, str) for name in items):
                return {name: _plain(each) for name, each in items.items()}
        case _:
            pass
    raise ValueError(str(cast("object", value)))


_READERS: Mapping[str, Callable[[str], Json]] = {
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "array": _array,
    "object": _object,
    "null": _null,
}
