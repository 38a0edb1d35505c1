"""A format, compiled: the regular expression that its sentence becomes.

Source: StackStorm's parser of alias formats. A format is a regular expression; a parameter
takes a text in quotes without them, braces with what is in them, or as few letters as will do.
Without an anchor of its own it must be the whole sentence. Letters count as they are written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from automation.templates.expressions import Expression, Found, expression, inner_trees, tree_of

_KEY = r"\s*(\S+?)\s*"
_QUOTED = r"""\"\"|''|"(.+?)"|'(.+?)'|({.+?})|"""
_OPTIONAL = rf"{{{{{_KEY}\s*=\s*(?:{_QUOTED}(.+?))\s*}}}}"
_REQUIRED = rf"{{{{{_KEY}}}}}"
_PAIR = rf"(?:^|\s+){_KEY}=({_QUOTED}(\S+))"
_PAIRS = expression(_PAIR, re.DOTALL)
_TAIL = expression(rf".*?(({_PAIR}\s*)*)$", re.DOTALL)
_DEFAULTS = re.compile(_OPTIONAL, re.DOTALL)
_WITH_DEFAULT = re.compile(rf"(\s*){_OPTIONAL}")
_WITHOUT = re.compile(rf"(\s*){_REQUIRED}")
_VALUE = r"""(?:(?<=').+?(?=')|(?<=").+?(?=")|{.+?}|.+?)"""
_BEGINS = frozenset({"AT_BEGINNING", "AT_BEGINNING_STRING"})
_ENDS = frozenset({"AT_END", "AT_END_STRING"})
_LONGEST = 4000


def _parameter(spaces: str, name: str) -> str:
    return rf"""{spaces}["']?(?P<{name}>{_VALUE})["']?"""


@dataclass(frozen=True, slots=True)
class Sentence:
    """What somebody said, made ready for formats.

    Attributes:
        text: Without the `key=value` at its end, and with spaces around it.
        pairs: These, later ones last.
    """

    said: str
    text: str
    pairs: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, said: str) -> Sentence:
        """A sentence.

        Raises:
            TooSlow: Its end cannot be told apart in time.
        """
        if "=" not in said:
            return cls(said, f" {said} ", ())
        found = _TAIL.match(said)
        tail = (found.groups()[0] or "") if found is not None else ""
        if not tail:
            return cls(said, f" {said} ", ())
        pairs = tuple(
            ((each.groups()[0] or ""), "".join(part or "" for part in each.groups()[2:]))
            for each in _PAIRS.every(tail)
        )
        return cls(said, f" {said.replace(tail, '')} ", pairs)


class CompiledFormat:
    """A format, ready to be matched.

    Attributes:
        source: As it was written.
        runs: Texts that every sentence that fits has in it.
    """

    __slots__ = ("_defaults", "_expression", "runs", "source")

    def __init__(self, source: str) -> None:
        """Compile it.

        Raises:
            ValueError: It is no regular expression; the message is the rest of a sentence.
        """
        if len(source) > _LONGEST:
            raise ValueError(f"is longer than {_LONGEST} characters")
        self.source = source
        self._defaults = tuple(
            (each[1], "".join(part or "" for part in each.groups()[1:]))
            for each in _DEFAULTS.finditer(source)
        )
        pattern = _WITH_DEFAULT.sub(lambda at: f"(?:{_parameter(at[1], at[2])})?", source)
        pattern = _WITHOUT.sub(lambda at: _parameter(at[1], at[2]), pattern)
        self._expression = Expression(_anchored(pattern), re.DOTALL)
        tree = self._expression.tree
        folds = bool(tree.state.flags & re.IGNORECASE)
        self.runs = () if folds else tuple(dict.fromkeys(_runs(tree)))

    @property
    def pattern(self) -> str:
        """The regular expression that it became."""
        return self._expression.pattern

    def parameters(self, sentence: Sentence) -> dict[str, str | None] | None:
        """The parameters that a sentence gives; None when it does not fit.

        Raises:
            TooSlow: That cannot be told in time.
        """
        found = self._expression.search(sentence.text)
        return self._taken(found, sentence) if found is not None else None

    def every(self, sentence: Sentence) -> list[dict[str, str | None]]:
        """The same for every place that fits, in order; those that give nothing are left out.

        Raises:
            TooSlow: That cannot be told in time.
        """
        taken = (self._taken(each, sentence) for each in self._expression.every(sentence.text))
        return [each for each in taken if each is not None]

    def _taken(self, found: Found, sentence: Sentence) -> dict[str, str | None] | None:
        given = found.groupdict()
        for name, default in self._defaults:
            given[name] = given.get(name) or default
        given.update(sentence.pairs)
        # A format that fits without a word, and gives nothing, fits everything.
        if self.source and not (sentence.text.strip() or any(given.values())):
            return None
        return given


def _anchored(pattern: str) -> str:
    """The pattern with an anchor at either end, unless it has its own.

    Raises:
        ValueError: It is no regular expression.
    """
    try:
        tree = tree_of(pattern, re.DOTALL)
    except (re.error, RecursionError, OverflowError) as wrong:
        raise ValueError(f"is no regular expression: {wrong}") from None
    before = "" if _has(_BEGINS, tree) else r"^\s*"
    behind = "" if _has(_ENDS, tree) else r"\s*$"
    return f"{before}{pattern}{behind}"


def _has(anchors: frozenset[str], tree: Any) -> bool:
    """Whether there is such an anchor, as StackStorm looks: of choices only at the second."""
    for item, held in tree:
        name = str(item)
        if name == "AT" and str(held) in anchors:
            return True
        if name == "SUBPATTERN" and _has(anchors, held[3]):
            return True
        if name == "BRANCH" and _has(anchors, held[1][1]):
            return True
    return False


def _runs(tree: Any) -> Iterator[str]:
    """Texts that whatever it matches has in it, as long as they go without a gap."""
    run = ""
    for item, held in tree:
        name = str(item)
        if name == "LITERAL":
            run += chr(held)
            continue
        if name == "AT":
            continue
        if run:
            yield run
            run = ""
        if name == "SUBPATTERN" and not held[1]:
            yield from _runs(held[3])
        elif name in {"MAX_REPEAT", "MIN_REPEAT"} and held[0]:
            for inner in inner_trees(name, held):
                yield from _runs(inner)
    if run:
        yield run
