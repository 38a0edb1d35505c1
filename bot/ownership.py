"""Whether somebody else's package owns one of our import names.

Ours are plain words such as `api` and `web`. An installation has an environment of its
own, where nobody else should bring the same ones; where somebody does, one of the two
programs loads the other's code.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
from collections.abc import Iterable, Mapping
from pathlib import Path

DISTRIBUTION = "tocsin"
NAMES = (
    "adapters",
    "api",
    "automation",
    "bot",
    "chat",
    "commands",
    "incidents",
    "integrations",
    "packs",
    "playbooks",
    "security",
    "storage",
    "web",
)
"""Our import packages, as `pyproject.toml` lists them."""


def clashes(
    owners: Mapping[str, Iterable[str]] | None = None, root: Path | None = None
) -> tuple[str, ...]:
    """A sentence for each of our names that is not ours alone; empty when all is well.

    Args:
        owners: Import name to the distributions that bring it; None asks the environment.
        root: Folder that our packages are in; None takes this one's.
    """
    brought = importlib.metadata.packages_distributions() if owners is None else owners
    here = Path(__file__).resolve().parent.parent if root is None else root
    told: list[str] = []
    for name in NAMES:
        others = sorted({each for each in brought.get(name, ()) if each.lower() != DISTRIBUTION})
        if others:
            told.append(f"“{name}” also comes with {', '.join(others)}")
        elif (place := _place(name)) != here / name:
            told.append(f"“{name}” is loaded from {place or 'nowhere'} instead of {here / name}")
    return tuple(told)


def _place(name: str) -> Path | None:
    """The folder that a package would be imported from."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).resolve().parent
