"""Reads a pack's action files into actions, as far as they can be read.

Source: StackStorm's action metadata (its runner types, parameters and their keys), with
`timeout`, `idempotent` and `undo` of our own.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from automation.actions.action import Action, Parameter
from automation.actions.dialect import modern
from automation.actions.lines import FileMistake, Lines, read_file
from automation.actions.parameters import TYPES, read_parameters
from automation.actions.runner_names import UNSUPPORTED, named_now
from automation.templates.mistake import near
from automation.values import Json

_KNOWN = frozenset(
    (
        *("name", "pack", "description", "runner_type", "enabled", "entry_point", "parameters"),
        *("output_schema", "tags", "notify", "timeout", "idempotent", "undo", "metadata_file"),
        *("uid", "ref", "id", "content_version", "output_key", "skip_notify"),
    )
)
_WITH_FILE = frozenset(
    (
        *("python-script", "local-shell-script", "remote-shell-script"),
        *("orquesta", "action-chain"),
    )
)
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
_TIMEOUT = 60.0
"""Seconds, where neither the file nor a parameter `timeout` says."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an action file lies among.

    Attributes:
        pack: Ref of its pack.
        folder: Of the pack.
        runners: What each runner takes, by its name.
        library: Changes with the code that the pack's actions share.
    """

    pack: str
    folder: Path
    runners: Mapping[str, tuple[Parameter, ...]]
    library: bytes = b""


def read_action(path: Path, around: Surroundings) -> tuple[Action | None, tuple[FileMistake, ...]]:
    """The action that a file describes, and what is wrong with the file.

    Returns:
        None for the action when it cannot be done at all: no name, or no such runner.
    """
    lines, raw, mistakes = read_file(path)
    if lines is None:
        return None, mistakes
    action, more = action_of(path, lines, raw, around)
    return action, (*mistakes, *more)


def action_of(
    path: Path, lines: Lines, raw: bytes, around: Surroundings
) -> tuple[Action | None, tuple[FileMistake, ...]]:
    """As `read_action`, of a file that has been read.

    Args:
        path: The file.
        lines: What it holds.
        raw: Its bytes.
        around: What it lies among.
    """
    reading = _Reading(path, lines, around)
    return reading.action(raw), tuple(reading.mistakes)


class _Reading:
    """One file being read."""

    def __init__(self, path: Path, lines: Lines, around: Surroundings) -> None:
        self.mistakes: list[FileMistake] = []
        self._path = path
        self._lines = lines
        self._around = around

    def _wrong(self, key: str, problem: str) -> None:
        self.mistakes.append(FileMistake(self._path, self._lines.line(key), key, problem))

    def action(self, raw: bytes) -> Action | None:
        value, around = self._lines.value, self._around
        if not isinstance(value, dict):
            self._wrong("", "must be an object with name and runner_type")
            return None
        body = cast("dict[str, Json]", value)
        for key in sorted(body.keys() - _KNOWN):
            self._wrong(key, f"is unknown and passed over.{near(key, _KNOWN)}")
        if body.get("pack") not in {None, around.pack}:
            self._wrong("pack", f"is “{body['pack']}”, and the file lies in {around.pack}")
        name, runner = self._name(body), self._runner(body)
        if not name or not runner:
            return None
        entry = self._entry_point(body, runner)
        parameters = read_parameters(body.get("parameters"), around.runners[runner], self._wrong)
        runner_timeout = next((p.default for p in parameters if p.name == "timeout"), None)
        return Action(
            ref=f"{around.pack}.{name}",
            runner=runner,
            description=str(body.get("description") or "").strip(),
            parameters=parameters,
            entry_point=entry,
            folder=around.folder,
            output_schema=self._output_schema(body.get("output_schema")),
            timeout=self._timeout(body) or _positive(runner_timeout) or _TIMEOUT,
            idempotent=self._flag(body, "idempotent", otherwise=False),
            undo=str(body.get("undo") or ""),
            enabled=self._flag(body, "enabled", otherwise=True),
            tags=_tags(body.get("tags")),
            digest=_digest(raw, entry, around.library),
        )

    def _name(self, body: Mapping[str, Json]) -> str:
        name = body.get("name")
        if isinstance(name, str) and _NAME.fullmatch(name):
            return name
        if name is None:
            self._wrong("name", "is missing")
        else:
            self._wrong("name", f"is {name!r}; letters, digits, _, - and . are accepted")
        return ""

    def _runner(self, body: Mapping[str, Json]) -> str:
        runner, known = body.get("runner_type"), self._around.runners
        if isinstance(runner, str) and named_now(runner) in known:
            return named_now(runner)
        if isinstance(runner, str) and runner in UNSUPPORTED:
            self._wrong(
                "runner_type", f"is {runner}, which is not supported: {UNSUPPORTED[runner]}"
            )
            return ""
        there = f"there are {', '.join(sorted(known))}"
        if runner is None:
            self._wrong("runner_type", f"is missing; {there}")
        else:
            self._wrong("runner_type", f"is “{runner}”; {there}.{near(str(runner), known)}")
        return ""

    def _timeout(self, body: Mapping[str, Json]) -> float | None:
        value = body.get("timeout")
        number = _positive(value)
        if value is not None and number is None:
            self._wrong("timeout", f"is {value!r}; give seconds as a number above 0")
        return number

    def _flag(self, body: Mapping[str, Json], key: str, *, otherwise: bool) -> bool:
        value = body.get(key, otherwise)
        if not isinstance(value, bool):
            self._wrong(key, f"is {value!r}; give true or false")
            return otherwise
        return value

    def _entry_point(self, body: Mapping[str, Json], runner: str) -> Path | None:
        named = body.get("entry_point")
        if not named:
            if runner in _WITH_FILE:
                self._wrong("entry_point", f"is missing, and {runner} needs one")
            return None
        inside = (self._around.folder / "actions").resolve()
        entry = (inside / str(named)).resolve()
        if inside not in entry.parents:
            self._wrong("entry_point", "must lie in the pack's folder “actions”")
            return None
        if not entry.is_file():
            self._wrong("entry_point", f"is “{named}”, and there is no such file")
        return entry

    def _output_schema(self, value: Json) -> Mapping[str, Json] | None:
        """A whole schema, or StackStorm's map of property to schema."""
        if value is not None and not isinstance(value, dict):
            self._wrong("output_schema", "must be a JSON schema; the output is not checked")
            return None
        rules = cast("dict[str, Json]", value or {})
        if not rules:
            return None
        if rules.get("type") in TYPES or "$schema" in rules:
            return modern(rules)
        return modern({"type": "object", "properties": rules})


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


def _digest(raw: bytes, entry: Path | None, library: bytes) -> str:
    found = hashlib.sha256(raw)
    if entry is not None and entry.is_file():
        found.update(b"\0")
        found.update(entry.read_bytes())
    found.update(library)
    return found.hexdigest()
