"""Runs scripts and any other executables that come with a few lines of metadata."""

from __future__ import annotations

import codecs
import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from automation.actions.action import Parameter
from automation.actions.runner import Call, Emit, Outcome, RunnerKit
from integrations.process.environment import unfit
from integrations.process.pack_variables import pack_variables
from integrations.process.run import run
from integrations.process.variables import ENV, texts
from integrations.shell.arguments import arguments
from integrations.shell.results import CWD, KWARG_OP, SUDO, result
from integrations.shell.stackstorm import directory, names_its_python, pack_python

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
        around: Mapping[str, str] = {}
        program = command(entry)
        if names_its_python(interpreter(entry)):
            python, around = await pack_python(self._kit, call, emit)
            # Named again, since sudo has a PATH of its own.
            words = [f"{name}={value}" for name, value in around.items()]
            program = [*(("env", *words) if words else ()), python, str(entry)]
        argv = [*program, *arguments(call.action, given)]
        if given.get("sudo"):
            argv = ["sudo", "-n", "-E", "--", *argv]
        env = texts(given.get("env"))
        if problem := unfit(argv, env):
            return Outcome(ok=False, error=problem)
        ran = await run(
            self._kit,
            call,
            argv,
            emit,
            cwd=directory(call, entry.parent),
            env={**around, **pack_variables(call), **env},
        )
        output = result(ran.status, ran.stdout, ran.stderr)
        good = ran.status == 0 and not ran.timed_out
        return Outcome(good, output, ran.why, ran.timed_out, ran.truncated)

    async def close(self) -> None:
        """Nothing is kept."""


def command(entry: Path) -> list[str]:
    """How a file is run: itself when the system can do that, else by its `#!` line, else by sh."""
    first = _first(entry)
    if first is None:
        return [str(entry)]  # It may be executed all the same.
    named = first.startswith(_SHEBANG)
    # A text without that line is for a shell, also when it may be executed, as in a shell.
    if os.access(entry, os.X_OK) and (named or b"\0" in first or not _is_text(first)):
        return [str(entry)]
    return [*(interpreter(entry) or ["/bin/sh"]), str(entry)]


def interpreter(entry: Path) -> list[str]:
    """What the `#!` line of a script names, with its words; nothing where there is none."""
    first = _first(entry) or b""
    try:
        return shlex.split(first.removeprefix(_SHEBANG).decode()) if first[:2] == _SHEBANG else []
    except ValueError:
        return []


def _first(entry: Path) -> bytes | None:
    """The beginning of a file; None where it may not be read."""
    try:
        with entry.open("rb") as file:
            return file.readline(_LINE)
    except PermissionError:
        return None


def _is_text(first: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(first)
    except UnicodeDecodeError:
        return False
    return True
