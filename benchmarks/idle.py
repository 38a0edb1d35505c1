"""What this process uses while nobody asks for anything."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass

_SETTLE = 3.0
"""Seconds until what was done just before has been sealed, delivered and written down."""


@dataclass(frozen=True, slots=True)
class Idle:
    """A stretch of doing nothing.

    Attributes:
        percent: Of one processor, all threads together, in user and system time.
        threads: There were at its end.
        tasks: Of the event loop there were at its end.
    """

    percent: float
    threads: int
    tasks: int


async def idle(seconds: float) -> Idle:
    """Do nothing for so long, after a time to settle."""
    await asyncio.sleep(_SETTLE)
    spent, began = time.process_time(), time.perf_counter()
    await asyncio.sleep(seconds)
    share = (time.process_time() - spent) / (time.perf_counter() - began)
    return Idle(100 * share, threading.active_count(), len(asyncio.all_tasks()))
