"""Keeps calls within a platform's limits, so that it has no reason to refuse them.

In memory, since one process of a cluster delivers at a time; what a platform itself says
(`Retry-After`) always counts besides.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from math import isfinite

from chat.errors import Unavailable

_PATIENCE = 5.0
_KEYS = 10_000
_LONGEST = 3600.0


@dataclass(frozen=True, slots=True)
class Window:
    """At most `calls` within any `seconds`."""

    calls: int
    seconds: float


def told_to_wait(header: str) -> float | None:
    """Seconds that a platform asks us to wait, 0 to 3600; None when it does not say.

    Args:
        header: `Retry-After` of its answer: seconds, perhaps with a fraction. The date that
            RFC 9110 allows besides is sent by none of them.
    """
    try:
        seconds = float(header)
    except ValueError:
        return None
    return min(max(seconds, 0.0), _LONGEST) if isfinite(seconds) else None


class Rate:
    """One rule of a platform, such as one post a second in each channel.

    Calls take their turn in the order in which they ask.
    """

    def __init__(self, *windows: Window, patience: float = _PATIENCE) -> None:
        """Set the rule.

        Args:
            windows: All of them hold at once.
            patience: Seconds that a call waits here; one that would have to wait longer is
                told to come again, so that it holds up nothing.
        """
        self._windows = windows
        self._patience = patience
        self._spent: dict[str, deque[float]] = {}
        self._closed: dict[str, float] = {}

    async def turn(self, key: str = "") -> None:
        """Wait for a turn under `key`: the channel, the bucket, or nothing for all.

        Raises:
            Unavailable: It is more than a few seconds away; `retry_after` says how long.
        """
        now = _now()
        at = max(now, self._closed.get(key, 0.0), self._free_at(key))
        if at - now > self._patience:
            raise Unavailable("The platform's limit of calls is reached.", retry_after=at - now)
        self._book(key, at)
        if at > now:
            await asyncio.sleep(at - now)

    def close(self, seconds: float, key: str = "") -> None:
        """The platform itself said to wait so long."""
        self._closed[key] = max(self._closed.get(key, 0.0), _now() + seconds)

    def _free_at(self, key: str) -> float:
        """When the next call keeps every window."""
        spent = self._spent.get(key, deque())
        return max(
            (spent[-w.calls] + w.seconds for w in self._windows if len(spent) >= w.calls),
            default=0.0,
        )

    def _book(self, key: str, at: float) -> None:
        if len(self._spent) > _KEYS:
            self._forget(_now())
        longest = max((window.calls for window in self._windows), default=1)
        self._spent.setdefault(key, deque(maxlen=longest)).append(at)

    def _forget(self, now: float) -> None:
        """Drop keys whose last call lies outside every window."""
        longest = max((window.seconds for window in self._windows), default=0.0)
        self._spent = {
            key: spent for key, spent in self._spent.items() if spent[-1] + longest > now
        }
        self._closed = {key: until for key, until in self._closed.items() if until > now}


def _now() -> float:
    return asyncio.get_running_loop().time()
