"""When a request is sent again, and how long to wait before."""

from __future__ import annotations

import random
from datetime import UTC
from email.utils import parsedate_to_datetime

from chat.clock import Clock

# Source: RFC 9110, section 9.2.2.
_IDEMPOTENT = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"})
PASSING = frozenset({429, 502, 503, 504})
"""Status codes of troubles that pass."""
_FIRST = 0.5
"""Seconds before the second try, about."""
_LONGEST = 30.0


def repeatable(method: str, *, keyed: bool) -> bool:
    """Whether sending a request twice is as good as once.

    Args:
        method: Of the request.
        keyed: Whether the other side knows by a key that it is the same request.
    """
    return keyed or method in _IDEMPOTENT


def pause(tries: int, asked: float | None) -> float:
    """Seconds to wait after so many tries.

    Args:
        tries: From 1.
        asked: What the other side asks for; None when it does not say.
    """
    if asked is not None:
        return asked
    # Half of it by chance, so that those who failed together do not come back together.
    return min(_LONGEST, _FIRST * 2 ** (tries - 1)) * random.uniform(0.5, 1.0)  # noqa: S311


def retry_after(header: str, clock: Clock) -> float | None:
    """Seconds that the header `Retry-After` asks for, at least 0; None when it says nothing.

    Source: RFC 9110, section 10.2.3.
    """
    text = header.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = when if when.tzinfo is not None else when.replace(tzinfo=UTC)
    return max(0.0, (aware - clock.now()).total_seconds())
