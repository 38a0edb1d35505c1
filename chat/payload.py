"""Parts of the JSON that a platform sends, each of the kind it should be. Pure.

What is missing, or of another kind than expected, reads as empty: outside input must not end
in an error that nobody foresaw.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias, cast

Json: TypeAlias = dict[str, Any]


def whole(found: object) -> Json:
    """What ought to be an object; empty when it is none."""
    return cast("Json", found) if isinstance(found, dict) else {}


def part(of: Mapping[str, Any], name: str) -> Json:
    """An object in it; empty where there is none."""
    return whole(of.get(name))


def parts(of: Mapping[str, Any], name: str) -> list[Json]:
    """The objects of a list in it; empty where there is none."""
    value = of.get(name)
    if not isinstance(value, list):
        return []
    return [cast("Json", one) for one in cast("list[object]", value) if isinstance(one, dict)]


def words(of: Mapping[str, Any], name: str) -> list[str]:
    """The texts of a list in it; empty where there is none."""
    value = of.get(name)
    return [str(one) for one in cast("list[object]", value)] if isinstance(value, list) else []


def word(of: Mapping[str, Any], name: str) -> str:
    """A text in it; empty where there is none."""
    value = of.get(name)
    return "" if value is None else str(value)
