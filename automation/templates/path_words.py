"""The words of a JSONPath, as the library that StackStorm uses reads them.

Source: the lexer of jsonpath-rw 1.4.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

_NAME = re.compile(r"[a-zA-Z_@][a-zA-Z0-9_@-]*")
_NUMBER = re.compile(r"-?[0-9]+")
_SIGNS = "*.[]()$,:|&"
_QUOTES = "'\"`"


class Kind(Enum):
    """What a word is."""

    NAME = auto()
    NUMBER = auto()
    OPERATOR = auto()
    SIGN = auto()


@dataclass(frozen=True, slots=True)
class PathWord:
    """One word.

    Attributes:
        text: Without quotes; a sign as it is, `..` and `where` being signs, too.
        at: Where it begins in the path.
    """

    kind: Kind
    text: str
    at: int


def words_of(path: str) -> list[PathWord]:
    """A path's words in order.

    Raises:
        ValueError: A letter stands in it that begins no word, or a quote is not closed.
    """
    found: list[PathWord] = []
    at = 0
    while at < len(path):
        letter = path[at]
        if letter in " \t\n":
            at += 1
        elif letter in _QUOTES:
            text, end = _quoted(path, at)
            found.append(PathWord(Kind.OPERATOR if letter == "`" else Kind.NAME, text, at))
            at = end
        elif named := _NAME.match(path, at):
            kind = Kind.SIGN if named[0] == "where" else Kind.NAME
            found.append(PathWord(kind, named[0], at))
            at = named.end()
        elif number := _NUMBER.match(path, at):
            found.append(PathWord(Kind.NUMBER, number[0], at))
            at = number.end()
        elif path.startswith("..", at):
            found.append(PathWord(Kind.SIGN, "..", at))
            at += 2
        elif letter in _SIGNS:
            found.append(PathWord(Kind.SIGN, letter, at))
            at += 1
        else:
            raise ValueError(f"has {letter!r} at {at + 1}, which begins no part of a path")
    return found


def _quoted(path: str, at: int) -> tuple[str, int]:
    """The text of a quoted word, and where it ends."""
    quote, out, place = path[at], "", at + 1
    while place < len(path):
        letter = path[place]
        if letter == quote:
            return out, place + 1
        if letter == "\\":
            if path[place + 1 : place + 2] in {"", "\n"}:
                break
            place += 1
        out += path[place]
        place += 1
    raise ValueError(f"has a {quote} at {at + 1} that is not closed")
