"""The installed product as processes of its own, and ways to hurt them."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout

TOCSIN = Path(sys.executable).with_name("tocsin")
_STARTS_WITHIN = 60.0
_READY = re.compile(r"(?:ready|serves) at (http://\S+)")


class Product:
    """One process.

    Attributes:
        url: Where it serves; empty for a worker.
        spawned: When it was started, by `time.monotonic`.
    """

    def __init__(self, process: asyncio.subprocess.Process, log: Path, token: str) -> None:
        self._process = process
        self._log = log
        self._token = token
        self.spawned = time.monotonic()
        self.url = ""

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    @property
    def output(self) -> str:
        """What it has written so far."""
        return self._log.read_text(encoding="utf-8")

    async def serving(self) -> None:
        """Wait until it says where it serves."""
        async with asyncio.timeout(_STARTS_WITHIN):
            while not (found := _READY.search(self.output)):
                assert self._process.returncode is None, self.output
                await asyncio.sleep(0.01)
        self.url = found[1]

    async def ended(self, within: float = 40.0) -> int:
        """Wait for its end; the exit status, negative for a signal."""
        async with asyncio.timeout(within):
            return await self._process.wait()

    async def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()
        await self._process.wait()

    def signal(self, sign: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(sign)

    async def stop(self) -> int:
        """Ask it to end, and wait until it has."""
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
        return await self.ended()

    def memory(self) -> float:
        """Megabytes that it holds in memory now."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert found is not None
        return int(found[1]) / 1024

    def waited(self) -> float:
        """Seconds that its first thread was ready to run and had no processor.

        Source: Documentation/scheduler/sched-stats.rst of Linux, `/proc/<pid>/schedstat`.
        """
        return int(Path(f"/proc/{self.pid}/schedstat").read_text(encoding="ascii").split()[1]) / 1e9

    async def ask(self, method: str, path: str, **body: Any) -> Any:
        """One request; the JSON that answers it, whatever the status.

        Raises:
            ClientError: It hung up, which is what a dying process does.
        """
        headers = {"Authorization": f"Token {self._token}"}
        timeout = ClientTimeout(total=30)
        async with (
            ClientSession(self.url, headers=headers, timeout=timeout) as session,
            session.request(method, path, json=body or None) as answer,
        ):
            return await answer.json()

    async def say(self, channel: str, text: str) -> Any:
        """Say a line as `admin`."""
        return await self.ask("POST", "/api/chat/local/messages/", channel=channel, text=text)

    async def say_into_death(self, channel: str, text: str) -> None:
        """Say a line that the process does not survive."""
        try:
            await self.say(channel, text)
        except (ClientError, TimeoutError):
            return

    async def messages(self, channel: str) -> list[Any]:
        """What stands in a channel; nothing when there is no such channel."""
        found = await self.ask("GET", f"/api/chat/local/channels/{channel}/messages/")
        return found.get("results", [])

    async def channels(self) -> list[str]:
        """Names of all channels."""
        found = await self.ask("GET", "/api/chat/local/channels/")
        return [channel["name"] for channel in found["results"]]


class Place:
    """A data directory and a database, in which the product is started."""

    def __init__(self, home: Path, database_url: str | None = None) -> None:
        self.home = home
        self._environment = {
            name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")
        }
        self._environment |= {"TOCSIN_HOME": str(home), "TOCSIN_PORT": "0"}
        if database_url is not None:
            self._environment["TOCSIN_DATABASE_URL"] = database_url
        self._token = ""
        self._started = 0

    async def command(self, *words: str, given: Mapping[str, str] | None = None) -> str:
        """Run `tocsin WORDS`; what it printed on standard output."""
        status, out, err = await self.attempt(*words, given=given)
        assert status == 0, err
        return out

    async def attempt(
        self, *words: str, given: Mapping[str, str] | None = None
    ) -> tuple[int, str, str]:
        """Run `tocsin WORDS`; exit status, standard output, standard error."""
        process = await asyncio.create_subprocess_exec(
            TOCSIN,
            *words,
            env={**self._environment, **(given or {})},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await asyncio.wait_for(process.communicate(), 60)
        return process.returncode or 0, out.decode(), err.decode()

    async def token(self) -> str:
        """A token of `admin`'s, made with the command line at the first call."""
        if not self._token:
            printed = await self.command("token", "create", "--user", "admin")
            self._token = printed.strip()
        return self._token

    @asynccontextmanager
    async def running(
        self,
        role: str = "up",
        *,
        given: Mapping[str, str] | None = None,
        options: Sequence[str] = (),
    ) -> AsyncGenerator[Product]:
        """The product in a role; it is killed at the end unless it has ended."""
        token = await self.token()
        self._started += 1
        log = self.home / f"output-{self._started}.txt"
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                TOCSIN,
                role,
                *options,
                env={**self._environment, **(given or {})},
                stdout=output,
                stderr=output,
            )
        product = Product(process, log, token)
        try:
            if role != "worker":
                await product.serving()
            yield product
        finally:
            if process.returncode is None:
                await product.kill()
