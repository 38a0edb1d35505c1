"""The warm fork servers: one for each module, replaced when its files change.

The servers of one environment share its interpreter and what is installed there, and
nothing else.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from automation.actions.action import Action
from integrations.python.fork_server import ForkServer

SURFACE = Path(__file__).with_name("surface")
"""What packs import of ours."""
IDLE = 600.0
"""Seconds after which a server that nobody uses is ended."""
_MARGIN = 0.01
"""Seconds by which the clock's grain is outwaited."""


class Servers:
    """Keeps them, and starts them as they are wanted.

    One for each module, so that packs cannot get into each other's imports.
    """

    def __init__(self, idle: float = IDLE, *, common_libs: bool = True) -> None:
        """Get ready.

        Args:
            idle: Seconds after its last call until a server is ended.
            common_libs: Whether a pack's modules import from its folder `lib`, too.
        """
        self._idle = idle
        self._common_libs = common_libs
        self._watch: asyncio.Task[None] | None = None
        self._servers: dict[str, ForkServer] = {}
        self._retired: set[ForkServer] = set()
        self._starting = asyncio.Lock()

    async def reserved(self, action: Action, python: str) -> ForkServer:
        """A server in that Python that stays until it is released.

        Raises:
            Unavailable: It cannot be started.
        """
        # A start that was begun is carried through, whoever is cancelled.
        reserving = asyncio.ensure_future(self._reserved(action, python))
        try:
            return await asyncio.shield(reserving)
        except asyncio.CancelledError:
            reserving.add_done_callback(_unclaimed)
            raise

    async def _reserved(self, action: Action, python: str) -> ForkServer:
        key = str(action.entry_point)
        server = self._servers.get(key)
        if server is None or not (server.alive and server.fresh(action, python)):
            async with self._starting:
                server = await self._started(key, action, python)
        server.users += 1
        server.used = asyncio.get_running_loop().time()
        return server

    async def _started(self, key: str, action: Action, python: str) -> ForkServer:
        server = self._servers.get(key)
        if server is not None and server.alive and server.fresh(action, python):
            return server
        if server is not None:
            await self._retire(key)
        server = ForkServer(python, tuple(each for each in self.paths(action) if each != SURFACE))
        await server.start(action)
        self._servers[key] = server
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._end_idle(), name="idle fork servers")
        return server

    def paths(self, action: Action) -> tuple[Path, ...]:
        """Where its module imports from besides what is installed; the folder it lies in last."""
        entry, folder = action.entry_point, action.folder
        found: tuple[Path, ...] = ()
        if folder is not None:
            found = (folder / "actions" / "lib",)
            if self._common_libs:
                found = (folder / "lib", *found)
        return (*found, SURFACE, *((entry.parent,) if entry is not None else ()))

    async def _retire(self, key: str) -> None:
        """Give it no more calls, and end it after the last one."""
        server = self._servers.pop(key)
        if server.users:
            self._retired.add(server)
        else:
            await server.close()

    async def release(self, server: ForkServer) -> None:
        """Let go of one."""
        server.users -= 1
        server.used = asyncio.get_running_loop().time()
        if not server.users and server in self._retired:
            self._retired.discard(server)
            await server.close()

    async def _end_idle(self) -> None:
        """End each server when its time has come, as long as there are any."""
        while self._servers:
            now = asyncio.get_running_loop().time()
            idle = [server.used for server in self._servers.values() if not server.users]
            await asyncio.sleep(max(min(idle, default=now) + self._idle - now, 0) + _MARGIN)
            async with self._starting:
                now = asyncio.get_running_loop().time()
                for key, server in list(self._servers.items()):
                    if not server.users and now - server.used >= self._idle:
                        await self._retire(key)

    async def close(self) -> None:
        """End every server."""
        async with self._starting:
            if self._watch is not None:
                # Behind the lock it only sleeps, so no server is left half ended.
                self._watch.cancel()
            servers = {*self._servers.values(), *self._retired}
            self._servers.clear()
            self._retired.clear()
            for server in servers:
                await server.close()


def _unclaimed(reserved: asyncio.Future[ForkServer]) -> None:
    if not reserved.cancelled() and reserved.exception() is None:
        reserved.result().users -= 1
