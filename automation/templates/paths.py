"""JSONPath, compiled once: what StackStorm's criteria and its filter `jsonpath_query` read by.

A path of plain keys and indexes, which nearly all are, becomes a walk; everything else a
search that knows where it is, since a path may go up again.

Source: the grammar of jsonpath-rw 1.4, its precedence and its ways with values that do not fit:
`[…]` binds to everything before it, `|` and `where` bind closer than `.`, a slice of something
that is no list is the slice of a list of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias, cast

from automation.templates.path_words import Kind, PathWord, words_of
from automation.values import Json

_MOST = 100_000
"""Places that a search may come by: two `..` may go through the square of a payload."""
_STRENGTH: Mapping[str, int] = {"..": 1, ".": 2, "|": 3, "&": 4, "where": 5}
_LONGEST = 1000


@dataclass(slots=True, eq=False)
class _Spot:
    """A value and where it was found; not frozen, since that takes longer to make."""

    value: Any
    above: _Spot | None


_NO_TOP = "the path goes up from the top"
_ABOVE_ALL = _Spot(None, None)
"""Where a path is that went up from the top: nothing is there, but it may go on."""
_Search: TypeAlias = Callable[[_Spot, list[int]], list[_Spot]]


class Path:
    """A path, ready to be looked along.

    Attributes:
        text: As it was written.
        steps: Its keys and indexes, when it has nothing else; None for any other.
    """

    def __init__(self, text: str) -> None:
        """Read it.

        Raises:
            ValueError: It is no path; the message says why, as the rest of a sentence.
        """
        if len(text) > _LONGEST:
            raise ValueError(f"is longer than {_LONGEST} characters")
        self.text = text
        parser = _Parser(words_of(text))
        search = parser.whole()
        self.steps: tuple[str | int, ...] | None = tuple(parser.steps) if parser.plain else None
        self._search = search

    def first(self, data: Any) -> tuple[bool, Any]:
        """Whether there is something, and the first that there is; None without one.

        Raises:
            LookupError: An index leads out of a list, or into an object.
            TypeError: An index leads into something that has no parts.
        """
        if self.steps is None:
            found = self.every(data)
            return (True, found[0]) if found else (False, None)
        for step in self.steps:
            if isinstance(step, int):
                if len(data) <= step:
                    return False, None
                data = data[step]
                continue
            try:
                data = data[step]
            except (TypeError, KeyError):
                return False, None
        return True, data

    def every(self, data: Any) -> list[Any]:
        """All that there is, in order.

        Raises:
            LookupError: As `first`.
            TypeError: As `first`.
        """
        found = self._search(_Spot(data, None), [_MOST])
        if any(spot is _ABOVE_ALL for spot in found):
            raise LookupError(_NO_TOP)
        return [spot.value for spot in found]


@lru_cache(maxsize=4096)
def path(text: str) -> Path:
    """The same, read once.

    Raises:
        ValueError: As `Path`.
    """
    return Path(text)


class _Parser:
    """Reads words into a search by their precedence.

    Attributes:
        steps: Keys and indexes that have been read.
        plain: Whether there has been nothing else.
    """

    def __init__(self, words: Sequence[PathWord]) -> None:
        self._words = words
        self._at = 0
        self.steps: list[str | int] = []
        self.plain = True

    def whole(self) -> _Search:
        found = self._chain(0)
        if self._at < len(self._words):
            raise self._unread()
        return found

    def _unread(self) -> ValueError:
        if self._at < len(self._words):
            word = self._words[self._at]
            return ValueError(f"cannot be read from “{word.text}” at {word.at + 1}")
        return ValueError("ends too early" if self._words else "is empty")

    def _sign(self, *signs: str) -> str:
        """The next word if it is one of these signs; empty when it is not."""
        if self._at >= len(self._words):
            return ""
        word = self._words[self._at]
        return word.text if word.kind is Kind.SIGN and word.text in signs else ""

    def _take(self, sign: str) -> None:
        if not self._sign(sign):
            raise self._unread()
        self._at += 1

    def _chain(self, depth: int) -> _Search:
        """Everything up to the end or a closing bracket: what waits is done by its strength."""
        if depth > 50:  # noqa: PLR2004 - nobody writes that many brackets
            raise ValueError("has too many brackets in one another")
        values = [self._part(depth)]
        waiting: list[str] = []
        while True:
            if self._sign("["):
                self._done(values, waiting, 0)
                values.append(_child(values.pop(), self._bracket()))
                continue
            operator = self._sign(*_STRENGTH)
            if not operator:
                self._done(values, waiting, 0)
                return values[0]
            self._at += 1
            self._done(values, waiting, _STRENGTH[operator])
            self.plain = self.plain and operator == "."
            waiting.append(operator)
            values.append(self._part(depth))

    @staticmethod
    def _done(values: list[_Search], waiting: list[str], strength: int) -> None:
        while waiting and _STRENGTH[waiting[-1]] >= strength:
            right, left = values.pop(), values.pop()
            values.append(_OPERATIONS[waiting.pop()](left, right))

    def _part(self, depth: int) -> _Search:
        if self._at >= len(self._words):
            raise self._unread()
        word = self._words[self._at]
        if word.kind is Kind.NAME:
            return self._fields()
        if word.kind is Kind.OPERATOR:
            self._at, self.plain = self._at + 1, False
            if word.text not in _NAMED:
                raise ValueError(f"has `{word.text}`, and there are `this` and `parent`")
            return _NAMED[word.text]
        if word.kind is Kind.SIGN:
            match word.text:
                case "[":
                    return self._bracket()
                case "*":
                    self._at, self.plain = self._at + 1, False
                    return _every_field
                case "$":
                    self._at, self.plain = self._at + 1, False
                    return _root
                case "(":
                    self._at, self.plain = self._at + 1, False
                    found = self._chain(depth + 1)
                    self._take(")")
                    return found
                case _:
                    pass
        raise self._unread()

    def _fields(self) -> _Search:
        names = [self._name()]
        while self._sign(","):
            self._at += 1
            names.append(self._name())
        if len(names) > 1 or names[0] == "*":
            self.plain = False
        self.steps.append(names[0])
        # A quoted star means the same as a bare one.
        return _every_field if "*" in names else _fields(tuple(names))

    def _name(self) -> str:
        if self._at >= len(self._words) or self._words[self._at].kind is not Kind.NAME:
            raise self._unread()
        self._at += 1
        return self._words[self._at - 1].text

    def _number(self) -> int | None:
        if self._at < len(self._words) and self._words[self._at].kind is Kind.NUMBER:
            self._at += 1
            return int(self._words[self._at - 1].text)
        return None

    def _bracket(self) -> _Search:
        """What stands in `[…]`: names, an index or a slice."""
        self._take("[")
        if self._at < len(self._words) and self._words[self._at].kind is Kind.NAME:
            found = self._fields()
        elif self._sign("*"):
            self._at, self.plain = self._at + 1, False
            found = _slice(None, None)
        else:
            number = self._number()
            if self._sign(":"):
                self._at, self.plain = self._at + 1, False
                found = _slice(number, self._number())
            elif number is not None:
                self.steps.append(number)
                found = _index(number)
            else:
                raise self._unread()
        self._take("]")
        return found


def _spent(left: list[int], count: int) -> None:
    left[0] -= count
    if left[0] < 0:
        raise LookupError(f"leads to more than {_MOST} places")


def _root(spot: _Spot, left: list[int]) -> list[_Spot]:
    _spent(left, 1)
    while spot.above is not None:
        spot = spot.above
    return [spot]


def _this(spot: _Spot, left: list[int]) -> list[_Spot]:
    _spent(left, 1)
    return [spot]


def _parent(spot: _Spot, left: list[int]) -> list[_Spot]:
    _spent(left, 1)
    return [_ABOVE_ALL if spot.above is None else spot.above]


_NAMED: Mapping[str, _Search] = {"this": _this, "parent": _parent}


_WITHOUT_KEYS = frozenset({str, int, float, bool, type(None), list})


def _fields(names: tuple[str, ...]) -> _Search:
    def search(spot: _Spot, left: list[int]) -> list[_Spot]:
        _spent(left, len(names))
        if spot.value.__class__ in _WITHOUT_KEYS:
            return []
        found: list[_Spot] = []
        for name in names:
            try:
                found.append(_Spot(spot.value[name], spot))
            except (TypeError, KeyError):
                continue
        return found

    return search


def _every_field(spot: _Spot, left: list[int]) -> list[_Spot]:
    if not isinstance(spot.value, Mapping):
        return []
    items = cast("Mapping[str, Json]", spot.value)
    _spent(left, len(items))
    return [_Spot(value, spot) for value in items.values()]


def _index(number: int) -> _Search:
    def search(spot: _Spot, left: list[int]) -> list[_Spot]:
        _spent(left, 1)
        return [_Spot(spot.value[number], spot)] if len(spot.value) > number else []

    return search


def _slice(start: int | None, end: int | None) -> _Search:
    def search(spot: _Spot, left: list[int]) -> list[_Spot]:
        value, around = spot.value, spot
        if isinstance(value, Mapping | int | str):
            value = [cast("Any", value)]
            around = _Spot(value, spot.above)
        chosen = range(len(value))[start:end]
        _spent(left, len(chosen) + 1)
        return [_Spot(value[number], around) for number in chosen]

    return search


def _child(before: _Search, after: _Search) -> _Search:
    def search(spot: _Spot, left: list[int]) -> list[_Spot]:
        return [each for found in before(spot, left) for each in after(found, left)]

    return search


def _below(before: _Search, after: _Search) -> _Search:
    def deep(spot: _Spot, left: list[int]) -> list[_Spot]:
        if spot is _ABOVE_ALL:
            raise LookupError(_NO_TOP)
        found = after(spot, left)
        value = spot.value
        inner: Sequence[Any] = ()
        if isinstance(value, list):
            inner = cast("list[Any]", value)
        elif isinstance(value, dict):
            inner = list(cast("dict[str, Any]", value).values())
        _spent(left, len(inner) + 1)
        for each in inner:
            found.extend(deep(_Spot(each, spot), left))
        return found

    def search(spot: _Spot, left: list[int]) -> list[_Spot]:
        return [each for found in before(spot, left) for each in deep(found, left)]

    return search


def _either(one: _Search, other: _Search) -> _Search:
    return lambda spot, left: one(spot, left) + other(spot, left)


def _both(one: _Search, other: _Search) -> _Search:
    del one, other

    def search(spot: _Spot, left: list[int]) -> list[_Spot]:
        del spot, left
        raise LookupError("has a &, which is written but never finds anything")

    return search


def _where(before: _Search, after: _Search) -> _Search:
    def search(spot: _Spot, left: list[int]) -> list[_Spot]:
        return [found for found in before(spot, left) if after(found, left)]

    return search


_OPERATIONS: Mapping[str, Callable[[_Search, _Search], _Search]] = {
    ".": _child,
    "..": _below,
    "|": _either,
    "&": _both,
    "where": _where,
}
