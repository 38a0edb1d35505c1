"""What importing an adapter costs a process, beside one that has only what all need."""

from __future__ import annotations

import asyncio
import json
import sys
from statistics import median

from benchmarks.chats.platform import Platform
from benchmarks.figures import Figure

_BARE = ("aiohttp", "sqlalchemy")
_IMPORT = """
import importlib, json, os, sys, time
began = time.perf_counter()
for name in sys.argv[1:]:
    importlib.import_module(name)
took = time.perf_counter() - began
pages = int(open("/proc/self/statm").read().split()[1])
print(json.dumps([took, pages * os.sysconf("SC_PAGE_SIZE") / 2**20]))
"""
_FLOOR = "aiohttp and SQLAlchemy alone"


async def imported(platform: Platform, times: int) -> list[Figure]:
    """Seconds and resident memory of fresh processes, each kind by turns; medians."""
    await _fresh(*_BARE, platform.module)
    bare: list[tuple[float, float]] = []
    whole: list[tuple[float, float]] = []
    for _ in range(times):
        bare.append(await _fresh(*_BARE))
        whole.append(await _fresh(*_BARE, platform.module))
    return [
        Figure(
            f"{platform.title}: {what}",
            median(each[column] for each in whole),
            unit,
            median(each[column] for each in bare),
            _FLOOR,
        )
        for column, (what, unit) in enumerate(
            (("imported in", "s"), ("memory when imported", "MiB"))
        )
    ]


async def _fresh(*modules: str) -> tuple[float, float]:
    """Seconds to import them all, and resident MiB then."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _IMPORT, *modules, stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{', '.join(modules)} cannot be imported")
    took, memory = json.loads(printed)
    return took, memory
