"""A pack on the disk, and what is read out of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from automation.actions.action import Action, Parameter
from automation.actions.lines import FileMistake
from automation.actions.metadata import Surroundings, read_action
from integrations.http.parameters import PARAMETERS
from integrations.python.runner import PythonRunner
from integrations.shell.command import LocalCommand
from integrations.shell.script import LocalScript

RUNNERS: dict[str, tuple[Parameter, ...]] = {
    "local-shell-cmd": LocalCommand.parameters,
    "local-shell-script": LocalScript.parameters,
    "python-script": PythonRunner.parameters,
    "http-request": PARAMETERS,
    "noop": (),
}


@dataclass
class Pack:
    """A pack called `ops`."""

    folder: Path

    def write(self, name: str, content: str | bytes) -> Path:
        """A file in its folder `actions`."""
        path = self.folder / "actions" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def read(
        self, content: str | bytes, name: str = "do.yaml"
    ) -> tuple[Action | None, tuple[FileMistake, ...]]:
        """What a file says."""
        return read_action(self.write(name, content), Surroundings("ops", self.folder, RUNNERS))

    def good(self, content: str | bytes, name: str = "do.yaml") -> Action:
        """An action of a file with which nothing is wrong."""
        action, mistakes = self.read(content, name)
        assert mistakes == ()
        assert action is not None
        return action

    def wrong(self, content: str | bytes, name: str = "do.yaml") -> list[tuple[int, str, str]]:
        """Line, key and problem of each mistake."""
        _, mistakes = self.read(content, name)
        return [(each.line, each.key, each.problem) for each in mistakes]
