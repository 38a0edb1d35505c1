"""Names of Discord's channels."""

from __future__ import annotations

import re
import unicodedata

MOST = 100

_OTHER = re.compile(r"[^\w-]+")
_DASHES = re.compile(r"-{2,}")


def cleaned(wanted: str, number: int = 1) -> str:
    """A text channel's name: small letters, digits, dashes and underscores.

    Args:
        wanted: Anything; `incident` stands in when nothing of it can be used.
        number: From 2 on it is appended.
    """
    lower = unicodedata.normalize("NFKC", wanted).lower()
    name = _DASHES.sub("-", _OTHER.sub("-", lower)).strip("-_") or "incident"
    end = f"-{number}" if number > 1 else ""
    return f"{name[: MOST - len(end)].rstrip('-_')}{end}"


def free(wanted: str, taken: set[str]) -> str:
    """The first such name that no other channel has."""
    number = 1
    while cleaned(wanted, number) in taken:
        number += 1
    return cleaned(wanted, number)
