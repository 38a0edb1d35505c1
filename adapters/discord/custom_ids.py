"""What a control carries, so that it still means something after a restart.

Discord gives back 100 characters with each press. Action, value and the question that is
asked first fit into them as a rule; where they do not, a digest stands for them, and what
it stands for is kept with us.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from chat.fit import units

MOST = 100

_VERSION = "1"
_VERSIONS = frozenset({_VERSION, "2"})
"""Those that messages posted earlier still hold mean the same."""
_DIGEST = "#"
_PARTS = 5


@dataclass(frozen=True, slots=True)
class Pressed:
    """What a control means.

    Attributes:
        ask: The question to be asked before it counts; empty asks nothing.
    """

    action: str
    value: str = ""
    ask: str = ""


def written(pressed: Pressed, number: int) -> tuple[str, dict[str, str]]:
    """The id, and what has to be kept so that `read` understands it.

    Args:
        pressed: What it means.
        number: Of the control in its message, since Discord wants no id twice in one.
    """
    length = len(pressed.value)
    full = f"{_VERSION}|{number}|{pressed.action}|{length}|{pressed.value}{pressed.ask}"
    if units(full) <= MOST and full == full.strip():
        return full, {}
    meaning = f"{_VERSION}|0|{pressed.action}|{length}|{pressed.value}{pressed.ask}"
    digest = hashlib.sha256(meaning.encode("utf-8", "replace")).hexdigest()[:32]
    return f"{_DIGEST}{number}|{digest}", {digest: meaning}


def digest_of(custom_id: str) -> str | None:
    """What to look up with us before reading; None when the id says it all."""
    return custom_id.rpartition("|")[2] if custom_id.startswith(_DIGEST) else None


def read(text: str) -> Pressed | None:
    """What `written` wrote, or what was kept for its digest; None for anything else."""
    parts = text.split("|", _PARTS - 1)
    if len(parts) != _PARTS or parts[0] not in _VERSIONS or not parts[2]:
        return None
    length, rest = parts[3], parts[4]
    if not (length.isascii() and length.isdecimal()) or int(length[:6]) > len(rest):
        return None
    end = int(length[:6])
    return Pressed(parts[2], rest[:end], rest[end:])
