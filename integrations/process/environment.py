"""What a process of an action is given of our environment: as little as it needs."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from automation.hidden import clipped

_HANDED_ON = ("PATH", "HOME", "LANG", "TZ", "TMPDIR", "USER", "LOGNAME", "SHELL")


def environment(*given: Mapping[str, str]) -> dict[str, str]:
    """A few variables of ours, and those given; never settings of ours, which hold secrets."""
    found = {name: os.environ[name] for name in _HANDED_ON if name in os.environ}
    found |= {name: value for name, value in os.environ.items() if name.startswith("LC_")}
    found.setdefault("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
    for each in given:
        found |= {str(name): str(value) for name, value in each.items()}
    return found


def unfit(words: Iterable[str], env: Mapping[str, str]) -> str:
    """Why no process can be given these; empty when one can.

    Args:
        words: A command line's.
        env: Variables.
    """
    for word in words:
        if "\0" in word:
            return "an argument holds a NUL character, which none can"
        if not _encodes(word):
            return "an argument holds half a character, which none can"
    for name, value in env.items():
        if not name or "=" in name or "\0" in name or not _encodes(name):
            return f"env has {clipped(name, 60)!r}, which no variable can be called"
        if "\0" in value or not _encodes(value):
            return f"env.{clipped(name, 60)} holds a NUL or half a character, which no variable can"
    return ""


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
