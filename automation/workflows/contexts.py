"""The variables of a run: each publication is kept once, as what it added.

A context is a list of numbers. The first stands for all that could be read where the task was
led from; each other one for what another branch has added since the beginning of the run, so
that the last writer wins where branches are joined. Mappings are merged key by key.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from automation.values import Json

_HELD = 512
"""Merged contexts that are held; others are merged anew."""
_LONGEST = 8
"""Numbers in a list; longer ones become one."""


@dataclass(frozen=True, slots=True)
class Published:
    """What one transition added.

    Attributes:
        before: The context that it was added to.
    """

    before: tuple[int, ...]
    values: Mapping[str, Json]


def merged(left: Mapping[str, Json], right: Mapping[str, Json]) -> dict[str, Json]:
    """Both; the right one wins, and mappings are merged key by key. Neither is changed."""
    found = dict(left)
    for name, value in right.items():
        old = found.get(name)
        if isinstance(old, dict) and isinstance(value, dict):
            found[name] = merged(cast("dict[str, Json]", old), cast("dict[str, Json]", value))
        else:
            found[name] = value
    return found


class Contexts:
    """All contexts of a run. The first is what it began with."""

    def __init__(self) -> None:
        self.all: list[Published] = []
        self._whole: OrderedDict[int, dict[str, Json]] = OrderedDict()
        self._added: OrderedDict[int, dict[str, Json]] = OrderedDict()

    def add(self, before: Sequence[int], values: Mapping[str, Json]) -> int:
        """Keep what was added to a context; its number."""
        self.all.append(Published(tuple(before), values))
        return len(self.all) - 1

    def joined(self, one: Sequence[int], other: Sequence[int]) -> list[int]:
        """The context where a further branch joins."""
        more = [number for number in other if number]
        if not more or list(other) == list(one):
            return list(one)
        found = [*one, *more]
        return found if len(found) <= _LONGEST else [self.add(found, {})]

    def values(self, numbers: Sequence[int]) -> dict[str, Json]:
        """Everything that can be read there; not to be changed."""
        if not numbers:
            return {}
        found = self._read(numbers[0], whole=True)
        for number in numbers[1:]:
            found = merged(found, self._read(number, whole=False))
        return found

    def added(self, numbers: Sequence[int]) -> dict[str, Json]:
        """What has been added there since the beginning."""
        found: dict[str, Json] = {}
        for number in numbers:
            if number:
                found = merged(found, self._read(number, whole=False))
        return found

    def _read(self, number: int, *, whole: bool) -> dict[str, Json]:
        held = self._whole if whole else self._added
        # Those that this one needs are merged first, without recursion: they may be many.
        waiting = [number]
        while waiting:
            top = waiting[-1]
            if top in held:
                waiting.pop()
                continue
            missing = self._missing(top, whole=whole)
            if missing is not None:
                waiting.append(missing)
                continue
            held[top] = self._merge(top, whole=whole)
            waiting.pop()
        held.move_to_end(number)
        found = held[number]
        while len(held) > _HELD:
            held.popitem(last=False)
        return found

    def _missing(self, number: int, *, whole: bool) -> int | None:
        """A context that must be merged before this one; None when all are."""
        before = self.all[number].before
        if not before:
            return None
        if whole and before[0] not in self._whole:
            return before[0]
        rest = before[1:] if whole else before
        if whole:
            for each in rest:
                self._read(each, whole=False)
            return None
        return next((each for each in rest if each and each not in self._added), None)

    def _merge(self, number: int, *, whole: bool) -> dict[str, Json]:
        own = self.all[number]
        if number == 0:
            return dict(own.values) if whole else {}
        held = self._whole if whole else self._added
        found: dict[str, Json] = {}
        for place, each in enumerate(own.before):
            if whole and place == 0:
                found = held[each]
            elif each:
                found = merged(found, self._added[each])
        return merged(found, own.values)
