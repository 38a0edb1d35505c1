"""A pack's file with the line of each key, and what is wrong in one.

Source: YAML 1.1 as PyYAML reads it, JSON by RFC 8259. Whatever JSON cannot hold (a date,
bytes) is kept as the text that stands there.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

import yaml

from automation.values import Json

T = TypeVar("T")
Wrong: TypeAlias = Callable[[str, str], None]
"""Is told a key and what is wrong with it."""
_MOST = 100_000
"""Values that a document may have, each alias counted where it is used."""
_DEEPEST = 64
_MERGE = "tag:yaml.org,2002:merge"
_TOO_MUCH = "holds too much, or an alias of itself"
_TIMESTAMP = "tag:yaml.org,2002:timestamp"


@dataclass(frozen=True, slots=True)
class FileMistake:
    """Something wrong in a pack's file.

    Attributes:
        line: From 1; 0 where the whole file is meant.
        key: Such as `parameters.count.type`; empty for the whole file.
    """

    file: Path
    line: int
    key: str
    problem: str

    def __str__(self) -> str:
        """One line for people."""
        where = f"{self.file}:{self.line}" if self.line else str(self.file)
        return f"{where}: {self.key + ' ' if self.key else ''}{self.problem}"


_RESOLVERS = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _TIMESTAMP]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class Loader(yaml.SafeLoader):
    """Leaves dates as the texts they are."""

    yaml_implicit_resolvers = _RESOLVERS


if TYPE_CHECKING:
    _FastBase = yaml.SafeLoader
else:
    # Not in every build of the library.
    _FastBase = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _FastLoader(_FastBase):
    """The same in a tenth of the time, but with other words for mistakes."""

    yaml_implicit_resolvers = _RESOLVERS


class Lines:
    """A YAML or JSON document with the line of each key.

    Attributes:
        value: What it holds.
        repeated: Keys that stand in it twice; the later one counts.
        keys: Each key's line, from 1.
    """

    def __init__(self, text: str, *, is_json: bool = False) -> None:
        """Read it.

        Raises:
            ValueError: It is none.
            yaml.YAMLError: The same, with a mark of where.
        """
        self.repeated: list[str] = []
        self.keys: dict[str, int] = {}
        self._left = _MOST
        if is_json:
            self.value: Json = json.loads(text, parse_constant=_no_number)
            # A tab can only stand between values here, where YAML does not want it.
            text = text.replace("\t", " ")
        node = _composed(text)
        constructor = Loader("")
        read = self._value(constructor, node, "", 0) if node is not None else None
        if not is_json:
            self.value = read

    def line(self, key: str) -> int:
        """The line a key stands in, or the nearest key around it; from 1."""
        while key and key not in self.keys:
            key = key[: max(key.rfind("."), key.rfind("["), 0)]
        return self.keys.get(key, 1)

    def _value(self, loader: Loader, node: yaml.Node, key: str, depth: int) -> Json:
        self._left -= 1
        if self._left < 0 or depth > _DEEPEST:
            raise yaml.MarkedYAMLError(problem=_TOO_MUCH, problem_mark=node.start_mark)
        self.keys.setdefault(key, node.start_mark.line + 1)
        match node:
            case yaml.MappingNode():
                return self._mapping(loader, node, key, depth)
            case yaml.SequenceNode():
                items = cast("list[yaml.Node]", node.value)
                return [
                    self._value(loader, item, f"{key}[{number}]", depth + 1)
                    for number, item in enumerate(items)
                ]
            case _:
                return _scalar(loader, node)

    def _mapping(self, loader: Loader, node: yaml.MappingNode, key: str, depth: int) -> Json:
        own: set[str] = set()
        for name, _ in cast("list[tuple[yaml.Node, yaml.Node]]", node.value):
            if name.tag != _MERGE and str(name.value) in own:
                self.repeated.append(f"{key}.{name.value}" if key else str(name.value))
            own.add(str(name.value))
        loader.flatten_mapping(node)
        found: dict[str, Json] = {}
        for name, value in cast("list[tuple[yaml.Node, yaml.Node]]", node.value):
            inner = f"{key}.{name.value}" if key else str(name.value)
            self.keys[inner] = name.start_mark.line + 1
            found[str(name.value)] = self._value(loader, value, inner, depth + 1)
        return found


def _composed(text: str) -> yaml.Node | None:
    """The document as nodes; None when it is empty.

    What the fast reader does not take is left to the other one, which knows some more escapes
    and says what is wrong in its own words; so are tabs, where the fast one is more lenient.
    """
    for kind in (Loader,) if "\t" in text else (_FastLoader, Loader):
        loader = kind(text)
        try:
            return loader.get_single_node()
        except (yaml.YAMLError, ValueError):
            if kind is Loader:
                raise
        finally:
            loader.dispose()
    return None


def _scalar(loader: Loader, node: yaml.Node) -> Json:
    try:
        value: Any = loader.construct_object(node)  # pyright: ignore[reportUnknownMemberType] - its stubs are partly typed
    except (ValueError, LookupError, AttributeError, OverflowError):
        # Where a tag promises what does not stand there, the library stumbles in many ways.
        raise yaml.MarkedYAMLError(
            problem=f"{str(node.value)[:40]!r} is no {node.tag.rpartition(':')[2]}",
            problem_mark=node.start_mark,
        ) from None
    if isinstance(value, float) and not math.isfinite(value):
        return str(node.value)
    return value if isinstance(value, str | int | float) or value is None else str(node.value)


def _no_number(text: str) -> Json:
    raise ValueError(f"{text} is no JSON")


def read_file(path: Path) -> tuple[Lines | None, bytes, tuple[FileMistake, ...]]:
    """A file's document and bytes; None and the mistake when it cannot be read."""
    raw = b""
    try:
        raw = path.read_bytes()
        lines = Lines(raw.decode("utf-8-sig"), is_json=path.suffix == ".json")
    except OSError as error:
        return None, raw, (FileMistake(path, 0, "", f"cannot be read: {error.strerror}"),)
    except yaml.YAMLError as error:
        mark: Any = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error)
        line = mark.line + 1 if mark is not None else 0
        return None, raw, (FileMistake(path, line, "", f"is no YAML: {problem}"),)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 0)
        return None, raw, (FileMistake(path, line, "", f"cannot be read: {error}"),)
    return (
        lines,
        raw,
        tuple(
            FileMistake(path, lines.line(key), key, "is there twice; the later one counts")
            for key in lines.repeated
        ),
    )


def read_as(
    path: Path, made: Callable[[Json, Wrong], T | None]
) -> tuple[T | None, tuple[FileMistake, ...]]:
    """What is made of a file's document, and all that is wrong with the file.

    Args:
        path: The file, YAML or JSON.
        made: Makes it, and tells each key at which something is wrong, and what.
    """
    lines, _, mistakes = read_file(path)
    if lines is None:
        return None, mistakes
    found = list(mistakes)

    def wrong(key: str, problem: str) -> None:
        found.append(FileMistake(path, lines.line(key), key, problem))

    return made(lines.value, wrong), tuple(found)
