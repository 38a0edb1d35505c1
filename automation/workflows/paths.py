"""`jsonpath_query`: what a path finds in a value."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, cast

from automation.values import Json

_LONGEST = 500


@lru_cache(maxsize=512)
def _parsed(path: str) -> Any:
    # Its parser takes a while to be made, and few workflows have paths.
    from jsonpath_ng.exceptions import JSONPathError  # noqa: PLC0415
    from jsonpath_ng.parser import parse  # noqa: PLC0415

    if len(path) > _LONGEST:
        raise ValueError(f"a path has at most {_LONGEST} characters here")
    try:
        return parse(path)
    except JSONPathError as wrong:
        raise ValueError(f"“{path[:40]}” is no JSONPath: {wrong}") from None


def query(value: Json, query: str) -> list[Json] | None:  # noqa: A002, RUF100 - named as workflows call it
    """Everything that a path finds; None for nothing.

    Raises:
        ValueError: It is no path.
    """
    found = cast("list[Any]", _parsed(query).find(value))
    return [each.value for each in found] or None
