"""Lengths of time as people write them in a form's field."""

from __future__ import annotations

import re
from datetime import timedelta

from chat.errors import BadInput

_WRITTEN = re.compile(r"([0-9]{1,6})\s*(m|min|minutes?|h|hours?|d|days?|w|weeks?)?", re.IGNORECASE)
_MINUTES = {"m": 1, "h": 60, "d": 1440, "w": 10080}
ACCEPTED = "a length of time such as 30m, 2h or 1d"


def parse(text: str) -> timedelta | None:
    """`30m`, `2 h`, `1d`, or a bare number of minutes; None for nothing.

    Raises:
        BadInput: It is none of these.
    """
    if not text.strip():
        return None
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        raise BadInput(f"must be {ACCEPTED}")
    unit = (found[2] or "m")[0].casefold()
    return timedelta(minutes=int(found[1]) * _MINUTES[unit])


def write(span: timedelta | None) -> str:
    """As a field holds it: `90m`, `2h`, `1d`; empty for None."""
    if span is None:
        return ""
    minutes = round(span.total_seconds() / 60)
    for unit in ("d", "h"):
        if minutes and minutes % _MINUTES[unit] == 0:
            return f"{minutes // _MINUTES[unit]}{unit}"
    return f"{minutes}m"
