"""What an action's code is at this moment, whatever was read of it before."""

from __future__ import annotations

import hashlib
from pathlib import Path

from automation.actions.action import Action
from automation.actions.requirements import requirements_of


def library(pack: Path) -> bytes:
    """A digest of the code that a pack's actions share: `lib`, `actions/lib`, what it requires."""
    found = hashlib.sha256()
    for folder in (pack / "lib", pack / "actions" / "lib"):
        for path in sorted(folder.rglob("*.py")):
            found.update(str(path.relative_to(pack)).encode() + b"\0" + path.read_bytes())
    if (required := requirements_of(pack)) is not None:
        found.update(required.digest.encode())
    return found.digest()


def code_now(action: Action) -> str:
    """A digest of the files that would be run now; empty for an action without any.

    The registry looks for changed files every few seconds, which is too late for an
    approval that is given in between. A file that is gone is as good as a changed one.
    """
    if action.entry_point is None:
        return ""
    try:
        found = hashlib.sha256(action.entry_point.read_bytes())
        if action.folder is not None:
            found.update(library(action.folder))
    except OSError as gone:
        return f"cannot be read: {gone.strerror}"
    return found.hexdigest()
