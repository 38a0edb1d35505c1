"""The product as a process of its own, started the way an operator starts it."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import aiohttp

from benchmarks.load import resident

TOCSIN = Path(sys.executable).parent / "tocsin"
_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Product:
    """A running Tocsin.

    Attributes:
        session: Signed in as the administrator by a token.
        started_in: Seconds from the start of the process to its first answered command.
    """

    url: str
    pid: int
    session: aiohttp.ClientSession
    started_in: float

    def memory(self) -> float:
        """Resident memory in MiB."""
        return resident(self.pid)

    async def say(self, channel: str, text: str) -> dict[str, Any]:
        """Type a line in a channel of the local platform; the answer as JSON."""
        body = {"channel": channel, "text": text}
        async with self.session.post(f"{self.url}/api/chat/local/messages/", json=body) as answer:
            said: dict[str, Any] = await answer.json()
            if answer.status >= 400:
                raise RuntimeError(f"{text} was answered {answer.status}: {said}")
            return said

    async def get(self, path: str) -> dict[str, Any]:
        """Read a resource."""
        async with self.session.get(self.url + path) as answer:
            found: dict[str, Any] = await answer.json()
            if answer.status != 200:
                raise RuntimeError(f"{path} was answered {answer.status}: {found}")
            return found


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def run_tocsin(home: Path, database: str, *words: str) -> str:
    """Run the command line once and return what it printed."""
    environment = _environment(home, database, 0)
    process = await asyncio.create_subprocess_exec(
        TOCSIN, *words, env=environment, stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"tocsin {' '.join(words)} ended with {process.returncode}")
    return printed.decode().strip()


def _environment(home: Path, database: str, port: int) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}
    return kept | {
        "TOCSIN_HOME": str(home),
        "TOCSIN_DATABASE_URL": database,
        "TOCSIN_PORT": str(port),
        "TOCSIN_LOG_LEVEL": "warning",
    }


@asynccontextmanager
async def _process(
    home: Path, database: str, port: int, more: Mapping[str, str] = _NOTHING
) -> AsyncGenerator[asyncio.subprocess.Process]:
    """`tocsin up`, stopped at the end."""
    process = await asyncio.create_subprocess_exec(
        TOCSIN,
        "up",
        env={**_environment(home, database, port), **more},
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


@asynccontextmanager
async def served(
    home: Path, database: str, port: int, more: Mapping[str, str] = _NOTHING
) -> AsyncGenerator[int]:
    """A Tocsin from when its doors are open; the id of its process.

    Args:
        home: A directory that is there.
        database: URL of a database, which may be empty.
        port: Of 127.0.0.1, where it is served.
        more: Further variables of its environment, such as a platform's settings.
    """
    async with _process(home, database, port, more) as process, aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(f"http://127.0.0.1:{port}/healthz") as answer:
                    await answer.read()
                break
            except aiohttp.ClientConnectionError:
                _still_runs(process)
                await asyncio.sleep(0.05)
        yield process.pid


async def ready(port: int) -> None:
    """Wait until a Tocsin at `port` says that every part of it has started."""
    async with aiohttp.ClientSession() as session:
        while True:
            async with session.get(f"http://127.0.0.1:{port}/readyz") as answer:
                if answer.status == 200:
                    return
            await asyncio.sleep(0.05)


async def prepare(home: Path, database: str) -> None:
    """Make the installation: its tables, its administrator, its playbooks."""
    async with served(home, database, free_port()):
        pass


def _still_runs(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        raise RuntimeError("tocsin up ended at once")


@asynccontextmanager
async def running(home: Path, database: str) -> AsyncGenerator[Product]:
    """Start a prepared Tocsin, wait for its first answered command, and stop it at the end."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    token = await run_tocsin(home, database, "token", "create", "--user", "admin")
    headers = {"Authorization": f"Bearer {token}"}
    began = time.perf_counter()
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        _process(home, database, port) as process,
    ):
        product = Product(url, process.pid, session, 0.0)
        while True:
            try:
                await product.say("general", "/incident list")
                break
            except aiohttp.ClientConnectionError:
                _still_runs(process)
                await asyncio.sleep(0.01)
        yield Product(url, process.pid, session, time.perf_counter() - began)
