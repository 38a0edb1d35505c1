"""What somebody probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

LONGEST = 40
"""Nobody mistypes a word longer than this; comparing stays cheap."""


def nearest(word: str, known: Iterable[str], *, most: int = 1) -> tuple[str, ...]:
    """Up to `most` of `known` that look like `word`, the likest first; case is ignored."""
    if len(word) > LONGEST:
        return ()
    by_lower = {name.lower(): name for name in known}
    wanted = word.lower()
    starting = [name for name in by_lower if wanted and name.startswith(wanted)]
    close = get_close_matches(wanted, by_lower, n=most, cutoff=0.6)
    found = dict.fromkeys((*close, *starting))
    return tuple(by_lower[name] for name in found)[:most]


def did_you_mean(word: str, known: Iterable[str], before: str = "") -> str:
    """A sentence behind a space, such as ` Did you mean --name?`; empty without a match."""
    found = nearest(word, known)
    return f" Did you mean {before}{found[0]}?" if found else ""
