"""What a process of an action is given of our environment: as little as it needs."""

from __future__ import annotations

import os
from collections.abc import Mapping

_HANDED_ON = ("PATH", "HOME", "LANG", "TZ", "TMPDIR", "USER", "LOGNAME", "SHELL")


def environment(*given: Mapping[str, str]) -> dict[str, str]:
    """A few variables of ours, and those given; never settings of ours, which hold secrets."""
    found = {name: os.environ[name] for name in _HANDED_ON if name in os.environ}
    found |= {name: value for name, value in os.environ.items() if name.startswith("LC_")}
    found.setdefault("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
    for each in given:
        found |= {str(name): str(value) for name, value in each.items()}
    return found
