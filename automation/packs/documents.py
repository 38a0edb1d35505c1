"""What a pack holds, as it was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from automation.actions.action import Action, Parameter
from automation.actions.lines import FileMistake, Lines
from automation.values import Json


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a pack says of itself in `pack.yaml`.

    Attributes:
        ref: Its name within refs.
        version: By semantic versioning; empty where it says none.
        dependencies: Other packs that it needs, as `NAME_OR_ADDRESS[=VERSION]`.
        python_versions: Of `2` and `3`; empty where it does not say.
        more: Whatever else it says.
    """

    ref: str
    name: str
    folder: Path
    description: str = ""
    version: str = ""
    author: str = ""
    email: str = ""
    keywords: tuple[str, ...] = ()
    contributors: tuple[str, ...] = ()
    dependencies: tuple[str, ...] = ()
    stackstorm_version: str = ""
    python_versions: tuple[str, ...] = ()
    system: Mapping[str, Json] = field(default_factory=dict[str, Json])
    more: Mapping[str, Json] = field(default_factory=dict[str, Json])


@dataclass(frozen=True, slots=True)
class Document:
    """A file that has a reader of its own: a rule, an alias, a workflow, a chain.

    Attributes:
        pack: Ref of its pack.
        lines: Tells the line of each key.
        body: What it holds.
    """

    pack: str
    file: Path
    lines: Lines
    body: Mapping[str, Json]

    def mistake(self, key: str, problem: str) -> FileMistake:
        """Something wrong in it, with its place."""
        return FileMistake(self.file, self.lines.line(key), key, problem)


@dataclass(frozen=True, slots=True)
class TriggerType:
    """A kind of thing that happens.

    Attributes:
        ref: `pack.name`.
        payload_schema: JSON Schema of what comes with it; empty promises nothing.
        parameters_schema: JSON Schema of what rules say about it; empty for nothing.
    """

    ref: str
    description: str = ""
    payload_schema: Mapping[str, Json] = field(default_factory=dict[str, Json])
    parameters_schema: Mapping[str, Json] = field(default_factory=dict[str, Json])
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SensorType:
    """A class that looks for what happens.

    Attributes:
        ref: `pack.class_name`.
        entry_point: Its module.
        poll_interval: Seconds between two looks; None for one that waits by itself.
        triggers: What it fires.
    """

    ref: str
    class_name: str
    entry_point: Path
    folder: Path
    description: str = ""
    enabled: bool = True
    poll_interval: float | None = None
    triggers: tuple[TriggerType, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """How often, and how again, something may be done.

    Attributes:
        ref: `pack.name`.
        resource_ref: The action that it is for.
        policy_type: Such as `action.retry`.
    """

    ref: str
    resource_ref: str
    policy_type: str
    description: str = ""
    enabled: bool = True
    parameters: Mapping[str, Json] = field(default_factory=dict[str, Json])


@dataclass(frozen=True, slots=True)
class Unsupported:
    """An action that cannot be done here.

    Attributes:
        ref: Of the action.
        why: One sentence, the runner named.
    """

    ref: str
    file: Path
    line: int
    runner: str
    why: str


@dataclass(frozen=True, slots=True)
class CommandLine:
    """A place where a value from outside lands in a shell's command line as it is.

    Attributes:
        expression: As it stands there; empty where the whole line comes from outside.
        what: One sentence about it.
    """

    file: Path
    line: int
    key: str
    expression: str
    what: str


@dataclass(frozen=True, slots=True)
class Contents:
    """All that a pack holds, as far as it can be read.

    Attributes:
        config: What its config takes; empty for none.
        workflows: Definitions for the runner orquesta, by the ref of their action.
        chains: Definitions for the runner action-chain, by the ref of their action.
        mistakes: What is wrong in its files.
        unsupported: What is right, and cannot be done here.
        command_lines: Where values from outside land in command lines.
    """

    manifest: Manifest
    actions: tuple[Action, ...] = ()
    config: tuple[Parameter, ...] = ()
    rules: tuple[Document, ...] = ()
    aliases: tuple[Document, ...] = ()
    sensors: tuple[SensorType, ...] = ()
    triggers: tuple[TriggerType, ...] = ()
    policies: tuple[Policy, ...] = ()
    workflows: Mapping[str, Document] = field(default_factory=dict[str, Document])
    chains: Mapping[str, Document] = field(default_factory=dict[str, Document])
    mistakes: tuple[FileMistake, ...] = ()
    unsupported: tuple[Unsupported, ...] = ()
    command_lines: tuple[CommandLine, ...] = ()
