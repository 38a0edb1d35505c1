"""One file of a pack being read: takes values out of it and notes what is wrong with them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import cast

from automation.actions.lines import FileMistake, Lines
from automation.templates.mistake import near
from automation.values import Json


class Sheet:
    """A file's object.

    Attributes:
        mistakes: What is wrong with it so far.
    """

    def __init__(
        self, file: Path, lines: Lines, body: Mapping[str, Json], within: str = ""
    ) -> None:
        """Begin.

        Args:
            file: The file.
            lines: Tells the line of each key.
            body: The object.
            within: Key of the object in the file; empty for the file's own.
        """
        self.file = file
        self.lines = lines
        self.body = body
        self.mistakes: list[FileMistake] = []
        self._within = within

    def wrong(self, key: str, problem: str) -> None:
        """Note something down."""
        whole = f"{self._within}.{key}" if self._within and key else self._within or key
        self.mistakes.append(FileMistake(self.file, self.lines.line(whole), whole, problem))

    def inner(self, key: str, body: Mapping[str, Json]) -> Sheet:
        """An object within this one; its mistakes are noted here."""
        sheet = Sheet(self.file, self.lines, body, f"{self._within}.{key}" if self._within else key)
        sheet.mistakes = self.mistakes
        return sheet

    def only(self, known: Collection[str]) -> None:
        """Note every key that is not known."""
        for key in sorted(self.body.keys() - set(known)):
            self.wrong(key, f"is unknown and passed over.{near(key, known)}")

    def text(self, key: str, *, needed: bool = False, otherwise: str = "") -> str:
        """A text; numbers are taken as they are written."""
        value = self.body.get(key)
        if value is None:
            if needed:
                self.wrong(key, "is missing")
            return otherwise
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            return str(value).strip()
        self.wrong(key, f"is {str(value)[:60]!r}; give a text")
        return otherwise

    def flag(self, key: str, *, otherwise: bool) -> bool:
        """True or false."""
        value = self.body.get(key, otherwise)
        if not isinstance(value, bool):
            self.wrong(key, f"is {str(value)[:60]!r}; give true or false")
            return otherwise
        return value

    def number(self, key: str) -> float | None:
        """A number above 0; None where there is none."""
        value = self.body.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
            self.wrong(key, f"is {str(value)[:60]!r}; give a number above 0")
            return None
        return value

    def mapping(self, key: str) -> Mapping[str, Json]:
        """An object; empty where there is none."""
        value = self.body.get(key)
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.wrong(key, "must be an object; it is passed over")
            return {}
        return cast("dict[str, Json]", value)

    def objects(self, key: str) -> list[tuple[str, Mapping[str, Json]]]:
        """A list of objects, each with its key such as `tasks[1]`."""
        found: list[tuple[str, Mapping[str, Json]]] = []
        for number, each in enumerate(self._list(key)):
            if isinstance(each, dict):
                found.append((f"{key}[{number}]", cast("dict[str, Json]", each)))
            else:
                self.wrong(f"{key}[{number}]", "must be an object; it is passed over")
        return found

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; a single one is taken for a list."""
        return tuple(str(each) for each in self._list(key, single=True) if each is not None)

    def tags(self) -> tuple[str, ...]:
        """The names of StackStorm's tags, which are objects with name and value, or texts."""
        return tuple(_tag(each) for each in self._list("tags"))

    def _list(self, key: str, *, single: bool = False) -> list[Json]:
        value = self.body.get(key)
        if value is None:
            return []
        if isinstance(value, list):
            return cast("list[Json]", value)
        if single and isinstance(value, str | int | float):
            return [value]
        self.wrong(key, "must be a list; it is passed over")
        return []


def _tag(tag: Json) -> str:
    return str(cast("dict[str, Json]", tag).get("name", "")) if isinstance(tag, dict) else str(tag)
