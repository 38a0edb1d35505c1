"""Runs scripts and any other executables that come with a few lines of metadata."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from automation.actions.action import Parameter
from automation.actions.runner import Call, Emit, Outcome, RunnerKit
from integrations.process.run import run
from integrations.shell.arguments import arguments
from integrations.shell.results import CWD, ENV, KWARG_OP, SUDO, result, texts

_SHEBANG = b"#!"
_LINE = 256


class LocalScript:
    """The runner `local-shell-script`: the action's entry point, with arguments."""

    name = "local-shell-script"
    parameters: tuple[Parameter, ...] = (CWD, ENV, SUDO, KWARG_OP)

    def __init__(self, kit: RunnerKit) -> None:
        self._kit = kit

    async def run(self, call: Call, emit: Emit) -> Outcome:
        """Run the script."""
        entry = call.action.entry_point
        if entry is None or not entry.is_file():
            return Outcome(ok=False, error=f"the script of {call.action.ref} is not there")
        given = call.parameters
        argv = [*command(entry), *arguments(call.action, given)]
        if any("\0" in word for word in argv):
            return Outcome(ok=False, error="an argument holds a NUL character, which none can")
        if given.get("sudo"):
            argv = ["sudo", "-n", "-E", "--", *argv]
        cwd = given.get("cwd")
        ran = await run(
            self._kit,
            call,
            argv,
            emit,
            cwd=Path(str(cwd)) if cwd else entry.parent,
            env=texts(given.get("env")),
        )
        output = result(ran.status, ran.stdout, ran.stderr)
        good = ran.status == 0 and not ran.timed_out
        return Outcome(good, output, ran.why, ran.timed_out, ran.truncated)

    async def close(self) -> None:
        """Nothing is kept."""


def command(entry: Path) -> list[str]:
    """How a file is run: itself when it is executable, else by its `#!` line, else by sh."""
    if os.access(entry, os.X_OK):
        return [str(entry)]
    with entry.open("rb") as file:
        first = file.readline(_LINE)
    if first.startswith(_SHEBANG):
        words = shlex.split(first.removeprefix(_SHEBANG).decode("utf-8", "replace"))
        if words:
            return [*words, str(entry)]
    return ["/bin/sh", str(entry)]
