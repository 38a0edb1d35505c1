"""Scripts that know where StackStorm keeps its Pythons and packs, on a machine without it.

Source: StackStorm's folders: its own Python and those of packs, which scripts name in their
`#!` line, and the packs, which actions name as the directory to run in.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from automation.actions.runner import Call, Emit, RunnerKit
from integrations.python.environments import Environments

_HOME = Path("/opt/stackstorm")
_PACKS = _HOME / "packs"


def names_its_python(words: Sequence[str]) -> bool:
    """Whether a script's interpreter is a Python of StackStorm's that is not here."""
    if not words:
        return False
    program = Path(words[0])
    return (
        program.is_relative_to(_HOME)
        and program.name.startswith("python")
        and not os.access(program, os.X_OK)
    )


async def pack_python(kit: RunnerKit, call: Call, emit: Emit) -> tuple[str, Mapping[str, str]]:
    """The Python of an action's pack, and the variables by which its programs are found.

    Raises:
        Unavailable: It could not be built.
    """
    environments = Environments(sys.executable, kit.environments, kit.overrides)
    python = await environments.python_of(call.action.folder, partial(emit, "stderr"))
    return python, environments.around(python)


def directory(call: Call, otherwise: Path) -> Path:
    """Where a process is run: below `otherwise`, or in a pack here that is meant there."""
    named = str(call.parameters.get("cwd") or "")
    asked = otherwise / named
    if call.action.folder is None or not asked.is_relative_to(_PACKS) or asked.is_dir():
        return asked
    return call.action.folder.parent / asked.relative_to(_PACKS)
