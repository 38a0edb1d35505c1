"""What the packages that are installed beside Tocsin add to it."""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points


@cache
def points(group: str) -> tuple[EntryPoint, ...]:
    """The entry points of a group, ours and those of other packages, by name.

    Looked for once: it reads a file of every package that is installed, and a package that
    comes while we run is there after the next start.
    """
    return tuple(sorted(entry_points(group=group), key=lambda point: point.name))
