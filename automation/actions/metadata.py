"""Reads a pack's action files into actions, as far as they can be read.

Source: StackStorm's action metadata (its runner types, parameters and their keys), with
`timeout`, `idempotent` and `undo` of our own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import yaml

from automation.actions.action import Action, Parameter
from automation.values import Json

_OWN = frozenset(
    (
        *("name", "pack", "description", "runner_type", "enabled", "entry_point", "parameters"),
        *("output_schema", "tags", "notify", "timeout", "idempotent", "undo", "metadata_file"),
        *("uid", "ref", "id", "content_version", "output_key", "skip_notify"),
    )
)
_MAY_OVERRIDE = frozenset({"default", "description", "enum", "immutable", "required", "secret"})
_MARKS = frozenset({"required", "secret", "immutable", "position", "description"})
_TYPES = frozenset({"string", "integer", "number", "boolean", "array", "object", "null"})


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


class Lines:
    """A YAML or JSON document with the line of each key."""

    def __init__(self, text: str) -> None:
        """Read it.

        Raises:
            yaml.YAMLError: It is none.
        """
        self.value: Json = yaml.safe_load(text)
        self._lines: dict[str, int] = {}
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        if node is not None:
            self._walk(node, "")

    def line(self, key: str) -> int:
        """The line a key stands in, or the nearest key around it; from 1."""
        while key and key not in self._lines:
            key = key.rpartition(".")[0]
        return self._lines.get(key, 1)

    def _walk(self, node: yaml.Node, key: str) -> None:
        self._lines.setdefault(key, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            for name, value in cast("list[tuple[yaml.Node, yaml.Node]]", node.value):
                inner = f"{key}.{name.value}" if key else str(name.value)
                self._lines[inner] = name.start_mark.line + 1
                self._walk(value, inner)


def read_action(
    path: Path, pack: str, folder: Path, runners: Mapping[str, tuple[Parameter, ...]]
) -> tuple[Action | None, tuple[FileMistake, ...]]:
    """The action that a file describes, and what is wrong with the file.

    Args:
        path: The file.
        pack: Name of its pack.
        folder: Of the pack.
        runners: What each runner takes, by its name.

    Returns:
        None for the action when it cannot be done at all: no name, or no such runner.
    """
    mistakes: list[FileMistake] = []
    try:
        raw = path.read_bytes()
        lines = Lines(raw.decode("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        return None, (FileMistake(path, 0, "", f"cannot be read: {error}"),)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 0
        problem = f"is no YAML: {getattr(error, 'problem', None) or error}"
        return None, (FileMistake(path, line, "", problem),)
    reading = _Reading(path, lines, mistakes)
    action = reading.action(pack, folder, runners, raw)
    return action, tuple(mistakes)


class _Reading:
    """One file being read."""

    def __init__(self, path: Path, lines: Lines, mistakes: list[FileMistake]) -> None:
        self._path = path
        self._lines = lines
        self._mistakes = mistakes

    def _wrong(self, key: str, problem: str) -> None:
        self._mistakes.append(FileMistake(self._path, self._lines.line(key), key, problem))

    def action(
        self, pack: str, folder: Path, runners: Mapping[str, tuple[Parameter, ...]], raw: bytes
    ) -> Action | None:
        value = self._lines.value
        if not isinstance(value, dict):
            self._wrong("", "must be an object with name and runner_type")
            return None
        body = cast("dict[str, Json]", value)
        name, runner = body.get("name"), body.get("runner_type")
        if not isinstance(name, str) or not name:
            self._wrong("name", "is missing")
            return None
        if not isinstance(runner, str) or runner not in runners:
            known = ", ".join(sorted(runners))
            self._wrong("runner_type", f"is “{runner}”; there are {known}")
            return None
        for key in sorted(body.keys() - _OWN):
            self._wrong(key, "is unknown and passed over")
        entry = self._entry_point(body, folder)
        timeout = self._number(body, "timeout")
        parameters = self._parameters(body.get("parameters"), runners[runner])
        runner_timeout = next((p.default for p in parameters if p.name == "timeout"), None)
        schema = body.get("output_schema")
        return Action(
            ref=f"{pack}.{name}",
            runner=runner,
            description=str(body.get("description") or "").strip(),
            parameters=parameters,
            entry_point=entry,
            folder=folder,
            output_schema=_output_schema(cast("Json", schema)),
            timeout=timeout or _positive(runner_timeout) or 60.0,
            idempotent=body.get("idempotent") is True,
            undo=str(body.get("undo") or ""),
            enabled=body.get("enabled") is not False,
            tags=_tags(body.get("tags")),
            digest=_digest(raw, entry),
        )

    def _number(self, body: Mapping[str, Json], key: str) -> float | None:
        value = body.get(key)
        if value is None:
            return None
        number = _positive(value)
        if number is None:
            self._wrong(key, f"is {value!r}; give seconds as a number above 0")
        return number

    def _entry_point(self, body: Mapping[str, Json], folder: Path) -> Path | None:
        named = body.get("entry_point")
        if not named:
            return None
        inside = (folder / "actions").resolve()
        entry = (inside / str(named)).resolve()
        if inside not in entry.parents:
            self._wrong("entry_point", "must lie in the pack's folder “actions”")
            return None
        if not entry.is_file():
            self._wrong("entry_point", f"is “{named}”, and there is no such file")
        return entry

    def _parameters(self, given: Json, of_runner: tuple[Parameter, ...]) -> tuple[Parameter, ...]:
        found = {each.name: each for each in of_runner}
        if given is not None and not isinstance(given, dict):
            self._wrong("parameters", "must be an object of parameters by name")
            given = None
        for name, rules in cast("dict[str, Json]", given or {}).items():
            key = f"parameters.{name}"
            if not isinstance(rules, dict):
                self._wrong(key, "must be an object such as {type: string}")
                continue
            rules = cast("dict[str, Json]", rules)
            if name in found:
                found[name] = self._overridden(found[name], rules, key)
            else:
                found[name] = self._parameter(name, rules, key)
        return tuple(found.values())

    def _overridden(self, old: Parameter, rules: dict[str, Json], key: str) -> Parameter:
        for rule in sorted(rules.keys() - _MAY_OVERRIDE - {"type", "position"}):
            self._wrong(f"{key}.{rule}", "cannot be changed for a runner's own parameter")
        schema = dict(old.schema)
        schema |= {rule: rules[rule] for rule in ("default", "enum") if rule in rules}
        return replace(
            old,
            schema=schema,
            description=str(rules.get("description") or old.description),
            required=bool(rules.get("required", old.required)),
            immutable=bool(rules.get("immutable", old.immutable)),
            secret=bool(rules.get("secret", old.secret)),
        )

    def _parameter(self, name: str, rules: dict[str, Json], key: str) -> Parameter:
        schema = {rule: value for rule, value in rules.items() if rule not in _MARKS}
        kind = schema.setdefault("type", "string")
        kinds = cast("list[Json]", kind if isinstance(kind, list) else [kind])
        if not set(map(str, kinds)) <= _TYPES:
            self._wrong(f"{key}.type", f"is {kind!r}; there are {', '.join(sorted(_TYPES))}")
            schema["type"] = "string"
        position = rules.get("position")
        if position is not None and (not isinstance(position, int) or position < 0):
            self._wrong(f"{key}.position", f"is {position!r}; give a whole number from 0")
            position = None
        return Parameter(
            name=str(name),
            schema=schema,
            description=str(rules.get("description") or ""),
            required=rules.get("required") is True,
            secret=rules.get("secret") is True,
            immutable=rules.get("immutable") is True,
            position=position,
        )


def _positive(value: Json) -> float | None:
    good = isinstance(value, int | float) and not isinstance(value, bool) and value > 0
    return float(value) if good else None


def _tags(value: Json) -> tuple[str, ...]:
    if not isinstance(value, list):
        return ()
    return tuple(_tag(tag) for tag in cast("list[Json]", value))


def _tag(tag: Json) -> str:
    """A tag, or StackStorm's object with a name and a value."""
    return str(cast("dict[str, Json]", tag).get("name", "")) if isinstance(tag, dict) else str(tag)


def _output_schema(value: Json) -> Mapping[str, Json] | None:
    """A whole schema, or StackStorm's map of property to schema."""
    if not isinstance(value, dict) or not value:
        return None
    rules = cast("dict[str, Json]", value)
    if "type" in rules and isinstance(rules["type"], str):
        return rules
    return {"type": "object", "properties": rules}


def _digest(raw: bytes, entry: Path | None) -> str:
    found = hashlib.sha256(raw)
    if entry is not None and entry.is_file():
        found.update(b"\0")
        found.update(entry.read_bytes())
    return found.hexdigest()
