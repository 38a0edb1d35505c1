"""An action: one thing that can be done, described so that any door can offer it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from automation.values import Json


@dataclass(frozen=True, slots=True)
class Parameter:
    """One value an action takes.

    Attributes:
        name: As written in steps and behind `tocsin action run`.
        schema: JSON Schema of the value: `type`, `enum`, `pattern`, `default`, `items`, …
            Without a `type` it is a string.
        secret: Kept encrypted, masked wherever it would be shown.
        immutable: Has its default always; nobody may give another value.
        position: Place among a script's bare arguments, from 0; None for `--name=value`.
        command_line: The value is a shell's command line, so whatever a template puts into
            it is quoted.
    """

    name: str
    schema: Mapping[str, Json] = field(default_factory=dict[str, Json])
    description: str = ""
    required: bool = False
    secret: bool = False
    immutable: bool = False
    position: int | None = None
    command_line: bool = False

    @property
    def type(self) -> str:
        """Its JSON type, `string` unless said."""
        return str(self.schema.get("type", "string"))

    @property
    def has_default(self) -> bool:
        """Whether it has a value when none is given."""
        return "default" in self.schema

    @property
    def default(self) -> Json:
        """The value when none is given; None without one."""
        return self.schema.get("default")


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that can be done.

    Attributes:
        ref: `pack.name`, unique.
        runner: Name of the runner that does it, such as `local-shell-cmd`.
        parameters: All that it takes, the runner's own included, by name in order.
        entry_point: The script or module; None for a runner that needs none.
        folder: The pack's own folder; None for an action without one.
        output_schema: JSON Schema of the output; None promises nothing.
        timeout: Seconds an attempt may take unless the step says otherwise.
        idempotent: Whether doing it twice is as good as once, so that it may be tried again
            after a crash that left open whether it was done.
        undo: Ref of the action that undoes it, with the same parameters; empty when it
            cannot be undone.
        digest: Changes with the description and with the entry point's content.
    """

    ref: str
    runner: str
    description: str = ""
    parameters: tuple[Parameter, ...] = ()
    entry_point: Path | None = None
    folder: Path | None = None
    output_schema: Mapping[str, Json] | None = None
    timeout: float = 60.0
    idempotent: bool = False
    undo: str = ""
    enabled: bool = True
    tags: tuple[str, ...] = ()
    digest: str = ""

    @property
    def pack(self) -> str:
        """The pack it belongs to."""
        return self.ref.partition(".")[0]

    @property
    def name(self) -> str:
        """Its name within the pack."""
        return self.ref.partition(".")[2]

    def parameter(self, name: str) -> Parameter | None:
        """One of its parameters; None when it has none of that name."""
        return next((each for each in self.parameters if each.name == name), None)

    @property
    def secrets(self) -> frozenset[str]:
        """Names of parameters whose values are secret."""
        return frozenset(each.name for each in self.parameters if each.secret)
