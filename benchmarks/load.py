"""A client that calls again and again and writes down how long each call took."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from benchmarks.figures import Timings

_PAGE_KIB = os.sysconf("SC_PAGE_SIZE") / 1024


def resident(pid: int) -> float:
    """Resident memory of a process, in MiB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * _PAGE_KIB / 1024


Call = Callable[[int], Awaitable[None]]


async def measure(call: Call, *, times: int, at_once: int = 1, warm_up: int = 20) -> Timings:
    """Make `times` calls, `at_once` side by side, after `warm_up` that do not count.

    Args:
        call: Given a running number, so that no two calls need be the same.
        times: Calls that count.
        at_once: How many are under way at any time.
        warm_up: Calls before the first that counts.
    """
    for number in range(warm_up):
        await call(-1 - number)
    numbers = iter(range(times))
    taken: list[float] = []

    async def worker() -> None:
        for number in numbers:
            began = time.perf_counter()
            await call(number)
            taken.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(at_once)))
    return Timings(tuple(taken), time.perf_counter() - began)
