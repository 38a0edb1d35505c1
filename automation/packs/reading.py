"""Reads a whole pack's folder, in StackStorm's format.

Whatever is wrong is noted with file, line and key, and the rest is read all the same.

Source: StackStorm's layout of packs: files of metadata lie in `actions`, `rules`, `aliases`,
`sensors`, `triggers` and `policies`, not below them; workflows and chains where their actions
point to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast

from automation.actions.action import Action, Parameter
from automation.actions.freshness import library
from automation.actions.lines import FileMistake, read_file
from automation.actions.metadata import Surroundings, action_of
from automation.actions.runner_names import UNSUPPORTED
from automation.packs.command_lines import command_lines
from automation.packs.config_schema import read_config_schema
from automation.packs.documents import (
    Contents,
    Document,
    Manifest,
    Policy,
    SensorType,
    TriggerType,
    Unsupported,
)
from automation.packs.happenings import read_policy, read_sensor, read_trigger
from automation.packs.manifest import read_manifest
from automation.packs.runners import together
from automation.values import Json

_SUFFIXES = frozenset({".yaml", ".yml", ".json"})
_DEFINED = {"orquesta": "workflows", "action-chain": "chains"}


def read_pack(folder: Path, runners: Mapping[str, tuple[Parameter, ...]] | None = None) -> Contents:
    """All that a pack holds.

    Args:
        folder: The pack's.
        runners: What each runner that is installed takes, by name; what StackStorm's take is
            known for the others.

    Raises:
        BadInput: The folder is no pack.
    """
    folder = folder.resolve()
    manifest, mistakes = read_manifest(folder)
    reading = _Reading(manifest, together(runners or {}))
    reading.mistakes += mistakes
    return reading.contents()


class _Reading:
    """One pack being read."""

    def __init__(self, manifest: Manifest, runners: Mapping[str, tuple[Parameter, ...]]) -> None:
        self.mistakes: list[FileMistake] = []
        self._manifest = manifest
        self._folder = manifest.folder
        self._runners = runners
        self._described: dict[str, tuple[Document, Action]] = {}
        self._unsupported: list[Unsupported] = []
        self._workflows: dict[str, Document] = {}
        self._chains: dict[str, Document] = {}

    def contents(self) -> Contents:
        """Everything."""
        config, mistakes = read_config_schema(self._folder)
        self.mistakes += mistakes
        self._actions()
        found = Contents(
            self._manifest,
            actions=tuple(action for _, action in self._described.values()),
            config=config,
            rules=tuple(self._named("rules", "name")),
            aliases=tuple(self._named("aliases", "name")),
            sensors=tuple(self._sensors()),
            triggers=tuple(self._triggers()),
            policies=tuple(self._policies()),
            workflows=self._workflows,
            chains=self._chains,
            unsupported=tuple(self._unsupported),
        )
        lines = tuple(command_lines(found, self._described))
        return replace(found, mistakes=tuple(self.mistakes), command_lines=lines)

    def _documents(self, kind: str) -> Iterator[tuple[Document, bytes]]:
        """The files of metadata in one of the pack's folders."""
        inside = self._folder / kind
        if not inside.is_dir():
            return
        for path in sorted(inside.iterdir()):
            if path.suffix in _SUFFIXES and path.is_file():
                document, raw = self._read(path)
                if document is not None:
                    yield document, raw

    def _read(self, path: Path) -> tuple[Document | None, bytes]:
        lines, raw, mistakes = read_file(path)
        self.mistakes += mistakes
        if lines is None:
            return None, raw
        if not isinstance(lines.value, dict):
            self.mistakes.append(FileMistake(path, 1, "", "must hold an object"))
            return None, raw
        body = cast("dict[str, Json]", lines.value)
        return Document(self._manifest.ref, path, lines, body), raw

    def _actions(self) -> None:
        around = Surroundings(
            self._manifest.ref, self._folder, self._runners, library(self._folder)
        )
        for document, raw in self._documents("actions"):
            runner = document.body.get("runner_type")
            if isinstance(runner, str) and runner in UNSUPPORTED and runner not in self._runners:
                self._cannot(document, runner)
                continue
            action, mistakes = action_of(document.file, document.lines, raw, around)
            self.mistakes += mistakes
            if action is None:
                continue
            if action.ref in self._described:
                other = self._described[action.ref][0].file.name
                self.mistakes.append(document.mistake("name", f"is that of {other}, too"))
            self._described[action.ref] = (document, action)
            self._definition(action)

    def _cannot(self, document: Document, runner: str) -> None:
        name = str(document.body.get("name") or document.file.stem)
        self._unsupported.append(
            Unsupported(
                ref=f"{self._manifest.ref}.{name}",
                file=document.file,
                line=document.lines.line("runner_type"),
                runner=runner,
                why=UNSUPPORTED[runner],
            )
        )

    def _definition(self, action: Action) -> None:
        """The file in which a workflow or a chain is defined."""
        kind = _DEFINED.get(action.runner)
        if kind is None or action.entry_point is None or not action.entry_point.is_file():
            return
        document, _ = self._read(action.entry_point)
        if document is not None:
            into = self._workflows if kind == "workflows" else self._chains
            into[action.ref] = document

    def _named(self, kind: str, key: str) -> Iterator[Document]:
        """Files for a reader of their own, as long as they have a name."""
        seen: dict[str, str] = {}
        for document, _ in self._documents(kind):
            name = document.body.get(key)
            if not isinstance(name, str) or not name:
                self.mistakes.append(document.mistake(key, "is missing"))
                continue
            said = document.body.get("pack")
            if said not in {None, self._manifest.ref}:
                problem = f"is “{str(said)[:60]}”, and the file lies in {self._manifest.ref}"
                self.mistakes.append(document.mistake("pack", problem))
            if name in seen:
                self.mistakes.append(document.mistake(key, f"is that of {seen[name]}, too"))
            seen[name] = document.file.name
            yield document

    def _sensors(self) -> Iterator[SensorType]:
        for document, _ in self._documents("sensors"):
            sensor, sheet = read_sensor(document, self._folder)
            self.mistakes += sheet.mistakes
            if sensor is not None:
                yield sensor

    def _triggers(self) -> Iterator[TriggerType]:
        for document, _ in self._documents("triggers"):
            trigger, sheet = read_trigger(document)
            self.mistakes += sheet.mistakes
            if trigger is not None:
                yield trigger

    def _policies(self) -> Iterator[Policy]:
        for document, _ in self._documents("policies"):
            policy, sheet = read_policy(document)
            self.mistakes += sheet.mistakes
            if policy is not None:
                yield policy
