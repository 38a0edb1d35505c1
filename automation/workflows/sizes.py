"""How large a value may become: what is put into itself a few times over would fill the memory."""

from __future__ import annotations

from typing import cast

from automation.values import Json

VALUES = 1_000_000
"""Values that one may hold, each counted wherever it stands."""
CHARACTERS = 64 * 1024 * 1024
_DEEPEST = 100


def too_large(value: Json) -> bool:
    """Whether a value holds too much, or is nested too deeply."""
    return _Scale().weigh(value, 0) > VALUES


class _Scale:
    """Weighs each object once, however often it is found again."""

    def __init__(self) -> None:
        self._known: dict[int, int] = {}

    def weigh(self, value: Json, depth: int) -> int:
        if isinstance(value, str):
            return 1 + len(value) * VALUES // CHARACTERS
        if not isinstance(value, dict | list):
            return 1
        own = id(cast("object", value))
        if own in self._known:
            return self._known[own]
        if depth > _DEEPEST:
            return VALUES + 1
        inner = (
            list(cast("dict[str, Json]", value).values())
            if isinstance(value, dict)
            else cast("list[Json]", value)
        )
        found = 1
        for each in inner:
            found += self.weigh(each, depth + 1)
            if found > VALUES:
                break
        self._known[own] = found
        return found
