"""Parts of what Slack sends, each of the kind it should be. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias, cast

Json: TypeAlias = dict[str, Any]


def part(of: Mapping[str, Any], name: str) -> Json:
    """An object in it; empty where there is none."""
    value = of.get(name)
    return cast("Json", value) if isinstance(value, dict) else {}


def parts(of: Mapping[str, Any], name: str) -> list[Json]:
    """The objects of a list in it; empty where there is none."""
    value = of.get(name)
    if not isinstance(value, list):
        return []
    return [cast("Json", one) for one in cast("list[object]", value) if isinstance(one, dict)]


def word(of: Mapping[str, Any], name: str) -> str:
    """A text in it; empty where there is none."""
    value = of.get(name)
    return "" if value is None else str(value)
