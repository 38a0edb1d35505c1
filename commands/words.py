"""A typed line cut into words, whatever keyboard it came from.

Phones turn `"x"` into `“x”` and `--name` into `—name`; both mean what was meant.
Nothing here raises: a quote without its partner is marked, and `arguments.py`
decides whether that matters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

CURLY = "\u201c\u201d\u201e\u201f"
STRAIGHT = '"\uff02'
DOUBLE = STRAIGHT + CURLY
ANGLE = "«»"
SINGLE = "'\u2018\u2019\u201a\u201b"

_BLANK = r"\s\u200b\u2060\ufeff"
_SPACE = re.compile(f"[{_BLANK}]*")
_PLAIN = re.compile(f"[^{_BLANK}\\\\{DOUBLE}{ANGLE}{SINGLE}]+")
_SINGLE_END = re.compile(f"[{SINGLE}](?=[{_BLANK}]|\\Z)")
_OPTION = re.compile(r"(?:--|[—–―])([A-Za-z][\w-]*)")  # noqa: RUF001 - what phones make of `--`
_PAIR = re.compile(r"[A-Za-z_][\w-]*=")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Word:
    """One word, or several in quotes.

    Attributes:
        text: Without the quotes.
        start: Where it begins in the line.
        end: Where the next character after it stands.
        quoted: Whether it began with a quote that was closed.
        unclosed: The quote mark that has no partner; empty when all have.
    """

    text: str
    start: int
    end: int
    quoted: bool = False
    unclosed: str = ""

    @property
    def option(self) -> str | None:
        """The name in `--name` or `--name=value`, lower case; None for anything else."""
        match = None if self.quoted else _OPTION.match(self.text)
        if match is None or self.text[match.end() : match.end() + 1] not in {"", "="}:
            return None
        return match[1].lower().replace("_", "-")

    @property
    def value(self) -> str | None:
        """What stands behind `=` in `--name=value`; None without one."""
        return self.text.partition("=")[2] if "=" in self.text else None


def clean(text: str) -> str:
    """The text without what no database stores: NUL and half surrogate pairs become `�`."""
    return _UNSTORABLE.sub("\ufffd", text)


def blank(text: str) -> bool:
    """Whether there is nothing to see in `text`."""
    return _SPACE.fullmatch(text) is not None


def unquoted(text: str) -> str:
    """The text without the quotes that it stands in as a whole."""
    first = next(words(text), None)
    return first.text if first is not None and first.quoted and first.end == len(text) else text


def words(line: str, start: int = 0) -> Iterator[Word]:
    """The words of `line` from `start` on, lazily, in time linear in its length.

    A quote opens at the beginning of a word, behind the `=` of an option, and, where it has
    a partner, behind that of a `key="two words"`; an apostrophe inside a word is only that.
    A single quote closes at the end of a word. A backslash before a quote mark makes it an
    ordinary character.
    """
    last = _Last(
        single=max((match.start() for match in _SINGLE_END.finditer(line, start)), default=-1),
        straight=max(line.rfind(mark) for mark in STRAIGHT),
        curly=max(line.rfind(mark) for mark in CURLY),
    )
    at = _skip(line, start)
    while at < len(line):
        word = _word(line, at, last)
        yield word
        at = _skip(line, word.end)


def _skip(line: str, at: int) -> int:
    match = _SPACE.match(line, at)
    return match.end() if match else at


@dataclass(frozen=True, slots=True)
class _Last:
    """Where the last quote mark of each kind stands in a line; -1 for nowhere."""

    single: int
    straight: int
    curly: int


def _word(line: str, begin: int, last: _Last) -> Word:
    parts: list[str] = []
    at, quoted, unclosed = begin, False, ""
    option = _OPTION.match(line, begin)
    value = option.end() + 1 if option and line[option.end() : option.end() + 1] == "=" else begin
    pair = _PAIR.match(line, begin)
    behind = pair.end() if pair else begin
    while at < len(line):
        if plain := _PLAIN.match(line, at):
            parts.append(plain[0])
            at = plain.end()
            continue
        mark = line[at]
        if at == behind and pair and mark in DOUBLE and (found := _quoted(line, at, last))[2]:
            parts.append(found[0])
            at = found[1]
        elif mark == "\\":
            escaped = line[at + 1 : at + 2]
            known = bool(escaped) and escaped in DOUBLE + ANGLE + SINGLE
            parts.append(escaped if known else mark)
            at += 2 if known else 1
        elif mark not in DOUBLE + ANGLE + SINGLE:
            break  # a blank
        elif at not in {begin, value}:
            parts.append(mark)
            at += 1
        elif mark in SINGLE and last.single <= at:
            parts.append(mark)  # an apostrophe, as in '90s
            unclosed = mark
            at += 1
        else:
            inside, at, closed = _quoted(line, at, last)
            parts.append(inside)
            quoted = quoted or (closed and not parts[:-1])
            unclosed = unclosed if closed else mark
    return Word("".join(parts), begin, at, quoted, unclosed)


def _quoted(line: str, at: int, last: _Last) -> tuple[str, int, bool]:
    """What stands between the quote at `at` and its partner, where it ends, whether it does.

    The partner is the next mark of the same shape; only where none follows may a straight
    mark close a curly one or the other way round, as some keyboards type it.
    """
    family = next(family for family in (DOUBLE, ANGLE, SINGLE) if line[at] in family)
    closing = family
    if family == DOUBLE:
        straight = line[at] in STRAIGHT
        if (last.straight if straight else last.curly) > at:
            closing = STRAIGHT if straight else CURLY
    parts: list[str] = []
    piece = re.compile(f"[^\\\\{closing}]+")
    at += 1
    while at < len(line):
        if plain := piece.match(line, at):
            parts.append(plain[0])
            at = plain.end()
        elif line[at] == "\\":
            escaped = line[at + 1 : at + 2]
            known = bool(escaped) and (escaped in family or escaped == "\\")
            parts.append(escaped if known else "\\")
            at += 2 if known else 1
        elif family == SINGLE and not _SINGLE_END.match(line, at):
            parts.append(line[at])
            at += 1
        else:
            return "".join(parts), at + 1, True
    return "".join(parts), at, False
