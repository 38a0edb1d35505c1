"""What the Python files of a pack import, found without running any of them."""

from __future__ import annotations

import ast
import contextlib
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from automation.packs.python_files import PythonFile, python_files

_IMPORT = re.compile(r"^[ \t]*(?:from|import)[ \t]+([A-Za-z_][\w.]*)", re.MULTILINE)
_FOLDERS = ("actions", "sensors", "lib")


def imported(pack: Path, among: frozenset[str]) -> frozenset[str]:
    """Those top-level modules that a pack's actions, sensors and libraries import.

    Args:
        pack: The pack's folder.
        among: Modules that are looked for.
    """
    found: set[str] = set()
    for folder in _FOLDERS:
        for file in python_files(pack / folder):
            with contextlib.suppress(OSError):
                found |= _read(file, among)
    return frozenset(found)


@lru_cache(maxsize=20_000)
def _read(file: PythonFile, among: frozenset[str]) -> frozenset[str]:
    text = Path(file.path).read_text(encoding="utf-8", errors="replace")
    # Most files name none of them, and need not be parsed.
    if not any(name in text for name in among):
        return frozenset()
    return frozenset(name.partition(".")[0] for name in _imports(text)) & among


def _imports(text: str) -> frozenset[str]:
    try:
        return frozenset(_named(ast.parse(text)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        # Of an older Python: its import statements look the same.
        return frozenset(_IMPORT.findall(text))


def _named(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (each.name for each in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module
            case _:
                pass
