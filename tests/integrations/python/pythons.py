"""Python actions in packs on the disk, run by the real runner."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from automation.actions.action import Action, Parameter
from automation.actions.runner import Outcome
from integrations.python.fork_server import SCRIPT
from integrations.python.runner import PythonRunner
from tests.integrations.process.local import Local, called

ANYTHING = tuple(
    Parameter(name, {"type": ["string", "integer", "number", "boolean", "array", "object"]})
    for name in ("a", "b")
)


@dataclass
class Pythons(Local):
    """Writes modules into a pack, and runs them as a step would."""

    runners: list[PythonRunner] = field(default_factory=list[PythonRunner])

    @property
    def pack(self) -> Path:
        return self.files.parent / "packs" / "ops"

    @property
    def runner(self) -> PythonRunner:
        if not self.runners:
            self.runners.append(PythonRunner(self.kit))
        return self.runners[0]

    def write(self, name: str, code: str) -> Path:
        """A file in the pack."""
        path = self.pack / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code)
        return path

    def module(
        self, code: str, name: str = "do", parameters: Sequence[Parameter] = ANYTHING
    ) -> Action:
        """An action of that code."""
        entry = self.write(f"actions/{name}.py", code)
        return Action(
            f"ops.{name}",
            "python-script",
            parameters=(*PythonRunner.parameters, *parameters),
            entry_point=entry,
            folder=self.pack,
        )

    async def run(self, code: str | Action, seconds: float = 60, /, **given: Any) -> Outcome:
        """Run some code, or an action."""
        action = self.module(code) if isinstance(code, str) else code
        return await self.do(self.runner, action, given, seconds)

    def servers(self) -> list[int]:
        """The fork servers of ours that run, and their children."""
        return [pid for pid in called_server() if _parent(pid) == os.getpid()]

    def children(self) -> list[int]:
        """What the servers have forked."""
        servers = set(self.servers())
        return [pid for pid in called_server() if _parent(pid) in servers]


class Gate:
    """Holds an action up until it is opened.

    Attributes:
        waits: What the action evaluates to be held up; wants `os` and `time`.
    """

    def __init__(self, folder: Path) -> None:
        self._opened = folder / "opened"
        is_open = f"lambda: os.path.exists({str(self._opened)!r})"
        self.waits = f"[time.sleep(0.01) for _ in iter({is_open}, True)]"

    def open(self) -> None:
        """Let whoever waits go on."""
        self._opened.touch()


def called_server() -> list[int]:
    """Processes that look like a fork server: children look as it does."""
    return called(f"{sys.executable} -u {SCRIPT}")


def _parent(pid: int) -> int:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0
    return int(stat.rpartition(")")[2].split()[1])
