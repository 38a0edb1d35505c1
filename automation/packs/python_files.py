"""The Python files below a folder, with what tells one state of them from another."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class PythonFile(NamedTuple):
    """A file as it is at this moment.

    Attributes:
        changed: When it was written last, in nanoseconds.
        size: In bytes.
    """

    path: str
    changed: int
    size: int


def python_files(folder: Path | str) -> Iterator[PythonFile]:
    """Each of them, at every depth; nothing where there is no such folder.

    Looked at for every action that is begun, in packs with thousands of files: so it is by
    `scandir`, which takes a tenth of what paths would.
    """
    try:
        with os.scandir(folder) as entries:
            found = list(entries)
    except OSError:
        return
    for entry in found:
        try:
            if entry.name.endswith(".py"):
                stat = entry.stat()
                yield PythonFile(entry.path, stat.st_mtime_ns, stat.st_size)
            elif entry.name != "__pycache__" and entry.is_dir():
                yield from python_files(entry.path)
        except OSError:
            continue  # Gone meanwhile.
