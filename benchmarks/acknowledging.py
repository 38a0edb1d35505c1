"""How soon a command is acknowledged while a platform delivers more than can be worked on.

The stand-in of the platform is in this process; the bot is a process of its own, started as
an operator starts it. What is acknowledged is written down, and worked on afterwards.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from benchmarks.chats.platform import Chat, Way
from benchmarks.figures import Figure, Timings
from benchmarks.product import free_port, ready, served

RATE = 200
"""Commands a second."""
_WARM_UP = 20
_PATIENCE = 3.0
"""Seconds; the strictest platform gives no more."""
_START = 120.0
"""Seconds; a busy machine takes long to load a library."""
_FLOOR = "the platform's library with an empty handler"


@dataclass(frozen=True, slots=True)
class _Flood:
    """What became of many commands.

    Attributes:
        timings: Of those that were acknowledged.
        failed: How many were refused, or not acknowledged in time.
        first: What was wrong with the first of those; empty when none was.
    """

    timings: Timings
    failed: int
    first: str


async def acknowledged(
    way: Way, folder: Path, postgresql: Callable[[], str] | None, seconds: int
) -> list[Figure]:
    """The same flood for the bare library, and for a bot on each database."""
    place = folder / way.bare
    place.mkdir()
    async with way.open() as chat, _bare(way, chat):
        floor = await _flood(chat, seconds)
    if not floor.timings.calls:
        raise RuntimeError(f"{way.title}: nothing was acknowledged by {_FLOOR}: {floor.first}")
    figures: list[Figure] = []
    databases = {"SQLite": lambda: f"sqlite:///{place / 'bench.db'}", "PostgreSQL": postgresql}
    for label, make in databases.items():
        if make is None:
            continue
        home = place / label.lower()
        home.mkdir()
        async with way.open() as chat:
            port = free_port()
            async with served(home, make(), port, chat.settings(port)):
                await _ready(chat)
                async with asyncio.timeout(_START):
                    # Its doors open before the durable engine is loaded.
                    await ready(port)
                flood = await _flood(chat, seconds)
        figures += _figures(f"{label}: {way.title}", flood, floor)
    return figures


def _figures(what: str, flood: _Flood, floor: _Flood) -> list[Figure]:
    asked = len(flood.timings.calls) + flood.failed
    if flood.first:
        print(f"{what}: {flood.failed} of {asked} were not acknowledged, the first: {flood.first}")
    done = Figure(
        f"{what}: acknowledged of {asked:,}",
        len(flood.timings.calls),
        "",
        len(floor.timings.calls),
        _FLOOR,
    )
    if not flood.timings.calls:
        return [done]
    return [
        done,
        *(
            Figure(
                f"{what}: acknowledged: p{round(share * 100)}",
                flood.timings.percentile(share),
                "ms",
                floor.timings.percentile(share),
                _FLOOR,
            )
            for share in (0.5, 0.99)
        ),
    ]


async def _flood(chat: Chat, seconds: int) -> _Flood:
    """Deliver at an even pace, whatever became of those before."""
    async with asyncio.timeout(_START):
        for number in range(_WARM_UP):
            await chat.deliver(number)
    taken: list[float] = []
    wrong: list[str] = []

    async def one(number: int) -> None:
        began = time.perf_counter()
        try:
            async with asyncio.timeout(_PATIENCE):
                await chat.deliver(number)
        except (aiohttp.ClientError, RuntimeError, TimeoutError) as error:
            wrong.append(f"{type(error).__name__}: {error}")
        else:
            taken.append(time.perf_counter() - began)

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(RATE * seconds):
            due = began + number / RATE
            await asyncio.sleep(max(0, due - time.perf_counter()))
            group.create_task(one(_WARM_UP + number))
    timings = Timings(tuple(taken), time.perf_counter() - began)
    return _Flood(timings, len(wrong), wrong[0] if wrong else "")


@asynccontextmanager
async def _bare(way: Way, chat: Chat) -> AsyncGenerator[None]:
    """The library with an empty handler, in a process of its own."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "benchmarks.chats.bare", way.bare, str(port)),
        env={**os.environ, **chat.settings(port)},
    )
    try:
        await _ready(chat, process)
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _ready(chat: Chat, process: asyncio.subprocess.Process | None = None) -> None:
    async with asyncio.timeout(_START):
        while not await chat.ready():
            if process is not None and process.returncode is not None:
                raise RuntimeError("the bare bot ended at once")
            await asyncio.sleep(0.05)
