"""What the Python files of a pack import, found without running any of them."""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

_IMPORT = re.compile(r"^[ \t]*(?:from|import)[ \t]+([A-Za-z_][\w.]*)", re.MULTILINE)
_FOLDERS = ("actions", "sensors", "lib")


def imported(pack: Path) -> frozenset[str]:
    """Names of the modules that a pack's actions, sensors and libraries import, with dots.

    The standard library's and those that lie in the pack are among them.
    """
    found: set[str] = set()
    for path in _files(pack):
        found |= _of_file(path)
    return frozenset(found)


def _of_file(path: Path) -> frozenset[str]:
    try:
        stat = path.stat()
        return _read(str(path), stat.st_mtime_ns, stat.st_size)
    except OSError:
        return frozenset()


@lru_cache(maxsize=20_000)
def _read(path: str, changed: int, size: int) -> frozenset[str]:
    """One file's; its time and size only tell one state of it from another."""
    del changed, size
    text = Path(path).read_text(encoding="utf-8", errors="replace")
    try:
        return frozenset(_named(ast.parse(text)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        # Of an older Python: its import statements look the same.
        return frozenset(sys.intern(name) for name in _IMPORT.findall(text))


def _named(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (sys.intern(each.name) for each in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield sys.intern(module)
            case _:
                pass


def _files(pack: Path) -> Iterator[Path]:
    for folder in _FOLDERS:
        for where, folders, names in os.walk(pack / folder):
            folders[:] = [each for each in folders if each != "__pycache__"]
            yield from (Path(where, name) for name in sorted(names) if name.endswith(".py"))
