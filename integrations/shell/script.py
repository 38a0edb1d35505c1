"""Runs scripts and any other executables that come with a few lines of metadata."""

from __future__ import annotations

import codecs
import os
import shlex
from pathlib import Path

from automation.actions.action import Parameter
from automation.actions.runner import Call, Emit, Outcome, RunnerKit
from integrations.process.environment import unfit
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
        if given.get("sudo"):
            argv = ["sudo", "-n", "-E", "--", *argv]
        env = texts(given.get("env"))
        if problem := unfit(argv, env):
            return Outcome(ok=False, error=problem)
        cwd = given.get("cwd")
        ran = await run(
            self._kit,
            call,
            argv,
            emit,
            cwd=entry.parent / str(cwd or ""),
            env=env,
        )
        output = result(ran.status, ran.stdout, ran.stderr)
        good = ran.status == 0 and not ran.timed_out
        return Outcome(good, output, ran.why, ran.timed_out, ran.truncated)

    async def close(self) -> None:
        """Nothing is kept."""


def command(entry: Path) -> list[str]:
    """How a file is run: itself when the system can do that, else by its `#!` line, else by sh."""
    try:
        with entry.open("rb") as file:
            first = file.readline(_LINE)
    except PermissionError:
        return [str(entry)]  # It may be executed all the same.
    named = first.startswith(_SHEBANG)
    # A text without that line is for a shell, also when it may be executed, as in a shell.
    if os.access(entry, os.X_OK) and (named or b"\0" in first or not _is_text(first)):
        return [str(entry)]
    try:
        words = shlex.split(first.removeprefix(_SHEBANG).decode()) if named else []
    except ValueError:
        words = []
    return [*(words or ["/bin/sh"]), str(entry)]


def _is_text(first: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(first)
    except UnicodeDecodeError:
        return False
    return True
