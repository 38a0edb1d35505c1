"""JSON, as it comes from documents, triggers and actions."""

from __future__ import annotations

from typing import Any, TypeAlias, cast

Json: TypeAlias = Any
"""A value that JSON can hold: text, number, truth value, nothing, list, object."""

RESERVED = frozenset({"$sealed", "$given"})
"""Keys of our own in values that are kept; nobody else may bring them."""


def reserved_in(value: Json) -> str:
    """The first such key anywhere in a value; empty when there is none."""
    inner: list[Json] = []
    match value:
        case dict():
            items = cast("dict[str, Json]", value)
            for name in items:
                if name in RESERVED:
                    return name
            inner = list(items.values())
        case list():
            inner = cast("list[Json]", value)
        case _:
            return ""
    for each in inner:
        if own := reserved_in(each):
            return own
    return ""
