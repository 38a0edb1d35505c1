"""Background loops: started together, restarted when they fail, ended together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from chat.errors import Unavailable

_log = logging.getLogger("tocsin.crew")

_PAUSE = 1.0


class Crew:
    """The loops of one process.

    A loop that ends with an error is logged and begun again a second later; nothing
    that goes wrong in one of them stops another.
    """

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def add(self, name: str, loop: Callable[[], Awaitable[None]]) -> None:
        """Start `loop`, which runs until it is cancelled."""
        self._tasks[name] = asyncio.create_task(self._keep(name, loop), name=name)

    async def dismiss(self, *names: str) -> None:
        """Cancel those loops, or all without a name, and wait until they have ended."""
        wanted = names or tuple(self._tasks)
        tasks = [self._tasks.pop(name) for name in wanted if name in self._tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _keep(self, name: str, loop: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await loop()
            except Unavailable as away:
                _log.warning("%s: %s", name, away.message)
            except Exception:  # noqa: BLE001 - logged with its traceback, and the loop must go on
                _log.exception("%s failed and is begun again", name)
            await asyncio.sleep(_PAUSE)


async def every(
    seconds: float, work: Callable[[], Awaitable[object]], woken: asyncio.Event | None = None
) -> None:
    """Do `work` now and then each `seconds`, or sooner when `woken` is set."""
    while True:
        if woken is not None:
            woken.clear()
        await work()
        if woken is None:
            await asyncio.sleep(seconds)
            continue
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await woken.wait()
