"""How long a runbook is expected to take, as documents write it.

Source: `estimated_duration` of the Automation & Orchestration API document, `00:05:00`.
"""

from __future__ import annotations

import re
from datetime import timedelta

from pydantic_core import PydanticCustomError

LONGEST = timedelta(days=365)
_SPAN = re.compile(r"(?:([0-9]{1,3}) )?([0-9]{1,3}):([0-5][0-9]):([0-5][0-9])")


def read_span(value: object) -> object:
    """`00:05:00`, perhaps with days before it, or a number of seconds; 0 to 365 days.

    Raises:
        PydanticCustomError: It is a text or a number, and no such duration.
    """
    if isinstance(value, str):
        match = _SPAN.fullmatch(value.strip())
        if match is None:
            raise PydanticCustomError("span", "give a duration such as 00:05:00 (five minutes)")
        days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
        span = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        return _bounded(span.total_seconds())
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _bounded(value)
    return value


def _bounded(seconds: float) -> timedelta:
    # Compared before it is converted: no timedelta holds what is much longer, nor NaN.
    if not 0 <= seconds <= LONGEST.total_seconds():
        raise PydanticCustomError("span", "give 0 seconds to 365 days")
    return timedelta(seconds=seconds)


def span_text(span: timedelta | None) -> str | None:
    """`00:05:00`, days before it where there are any."""
    if span is None:
        return None
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return (f"{days} " if days else "") + f"{hours:02}:{minutes:02}:{seconds:02}"
