"""The operator's file of requirements that stand in for those of packs.

    "*":                      # for every pack
      lxml: lxml>=5
    mysql:                    # for one
      mysqlclient: PyMySQL>=1.1
      http_parser: null       # left out
      six: six                # added, where the pack does not ask for it

What is said of one pack goes before what is said of all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from automation.actions.lines import FileMistake, Lines, read_file
from automation.values import Json

FILE = "requirements-overrides.yaml"
"""Its name in the product's home."""
_EVERY = "*"
_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
_EGG = re.compile(r"[#&]egg=([A-Za-z0-9][A-Za-z0-9._-]*)")
_SIGNS = re.compile(r"[-_.]+")


@dataclass(frozen=True, slots=True)
class Overrides:
    """What stands in for which requirement, by normalised name.

    Attributes:
        of_all: For every pack; no lines for what is left out.
        of_pack: For one pack, by its ref.
    """

    of_all: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    of_pack: Mapping[str, Mapping[str, tuple[str, ...]]] = field(
        default_factory=dict[str, Mapping[str, tuple[str, ...]]]
    )

    def applied(self, pack: str, lines: tuple[str, ...]) -> tuple[str, ...]:
        """A pack's lines with those that stand in for them; what is added comes last."""
        own = self.of_pack.get(pack, {})
        known = {**self.of_all, **own}
        found: list[str] = []
        for line in lines:
            name = name_of(line)
            found += known.get(name, (line,)) if name else (line,)
        asked = {name_of(line) for line in lines}
        added = [line for name, others in own.items() if name not in asked for line in others]
        return (*found, *added)


NO_OVERRIDES = Overrides()


def name_of(line: str) -> str:
    """The normalised name of what a line of requirements asks for; empty where it has none.

    Source: the name normalisation of the Python Packaging User Guide.
    """
    found = _EGG.search(line) or (None if _is_address(line) else _NAME.match(line))
    return _SIGNS.sub("-", found[1]).lower() if found else ""


def read_overrides(path: Path | None) -> tuple[Overrides, tuple[FileMistake, ...]]:
    """What a file says, and what is wrong with it; nothing where there is no such file."""
    if path is None or not path.is_file():
        return NO_OVERRIDES, ()
    lines, _, mistakes = read_file(path)
    if lines is None or lines.value is None:
        return NO_OVERRIDES, mistakes
    reading = _Reading(path, lines)
    return reading.overrides(lines.value), (*mistakes, *reading.mistakes)


class _Reading:
    """One file being read."""

    def __init__(self, path: Path, lines: Lines) -> None:
        self.mistakes: list[FileMistake] = []
        self._path = path
        self._lines = lines

    def _wrong(self, key: str, problem: str) -> None:
        self.mistakes.append(FileMistake(self._path, self._lines.line(key), key, problem))

    def overrides(self, value: Json) -> Overrides:
        if not isinstance(value, dict):
            self._wrong("", "must be an object of packs, such as mysql: {mysqlclient: PyMySQL}")
            return NO_OVERRIDES
        body = cast("dict[str, Json]", value)
        packs = {pack: self._of_pack(pack, given) for pack, given in body.items()}
        every = packs.pop(_EVERY, {})
        return Overrides(every, packs)

    def _of_pack(self, pack: str, body: Json) -> dict[str, tuple[str, ...]]:
        if not isinstance(body, dict):
            self._wrong(pack, "must be an object of requirements by name")
            return {}
        found: dict[str, tuple[str, ...]] = {}
        for name, given in cast("dict[str, Json]", body).items():
            lines = [given] if given is not None else list[Json]()
            if isinstance(given, list):
                lines = cast("list[Json]", given)
            if not all(isinstance(each, str) for each in lines):
                self._wrong(f"{pack}.{name}", "must be a requirement, a list of some, or null")
                continue
            found[name_of(name)] = tuple(str(each) for each in lines)
        return found


def _is_address(line: str) -> bool:
    """Whether a line is an option, a path or an address, which has no name in front."""
    return line.startswith(("-", ".", "/")) or "://" in line.partition(" @ ")[0]
