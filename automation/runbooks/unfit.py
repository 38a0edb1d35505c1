"""What Python reads as JSON, and JSON or the database cannot hold.

Source: RFC 8259, section 6 for numbers; `1e999` is read as infinite there.
"""

from __future__ import annotations

import math
from typing import cast

from automation.values import Json

_DEEPEST = 64
_BITS = 1024
"""Of the largest whole number: what no floating-point number reaches is no number to work with."""
NUMBER = "is no number that JSON can hold; give a smaller one"
DEEP = f"is nested more than {_DEEPEST} levels deep; make it flatter"
NUL = "holds a NUL character; take it out"


def unfit_in(
    value: Json, place: str, *, nul: bool = True, depth: int = 0
) -> tuple[str, str] | None:
    """The first place that cannot be kept and what is wrong there; None when there is none.

    Args:
        value: As it was read.
        place: Where it stands; the places in it are `place.key` and `place[0]`.
        nul: Whether NUL characters in texts and keys are looked for.
        depth: How many levels are around it.
    """
    problem, inner = _lone(value, nul=nul), _parts(value, place)
    if not problem and inner and depth >= _DEEPEST:
        problem = DEEP
    if problem:
        return place, problem
    for where, each in inner:
        if found := unfit_in(each, where, nul=nul, depth=depth + 1):
            return found
    return None


def _lone(value: Json, *, nul: bool) -> str:
    """What is wrong with a value whatever it holds; empty when nothing is."""
    match value:
        case float():
            return "" if math.isfinite(value) else NUMBER
        case int():
            return NUMBER if value.bit_length() > _BITS else ""
        case str():
            return NUL if nul and "\0" in value else ""
        case dict():
            names = cast("dict[str, Json]", value)
            return NUL if nul and any("\0" in name for name in names) else ""
        case _:
            return ""


def _parts(value: Json, place: str) -> list[tuple[str, Json]]:
    """What a value holds, each with its place."""
    if isinstance(value, dict):
        items = cast("dict[str, Json]", value).items()
        return [(f"{place}.{name}" if place else name, each) for name, each in items]
    if isinstance(value, list):
        held = cast("list[Json]", value)
        if place.endswith("]"):
            # A list in a list: its place is exact enough, and one that people can read.
            return [(place, each) for each in held]
        return [(f"{place}[{number}]", each) for number, each in enumerate(held)]
    return []
