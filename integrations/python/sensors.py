"""Our side of one sensor's process: starts it, tells it of triggers, hears what it dispatches.

Whoever keeps sensors running decides when one is started again, and how long it waits.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal, TypeAlias

from automation.actions.runner import Port
from automation.packs.documents import SensorType
from automation.values import Json
from chat.clock import new_id
from chat.errors import Unavailable
from integrations.process import group
from integrations.process.environment import environment
from integrations.process.pack_variables import PACKS
from integrations.python.environments import Environments
from integrations.python.port import PortEnd
from integrations.python.servers import SURFACE

HOST = Path(__file__).with_name("sensor_host.py")
_HEAD = struct.Struct("!I")
_GRACE = 5.0
"""Seconds that a sensor has to clean up."""

Word: TypeAlias = Literal["add", "update", "remove"]
Line: TypeAlias = Callable[[str], None]
"""Is told each line that a sensor prints or logs."""


class SensorProcess:
    """One sensor at work.

    Attributes:
        ended: Resolves to its exit status once it has ended, however that came.
    """

    def __init__(self, sensor: SensorType, port: Port, line: Line) -> None:
        """Get ready.

        Args:
            sensor: What is to look.
            port: Does what it asks for, dispatching above all.
            line: Is told what it prints.
        """
        self._sensor = sensor
        self._port = PortEnd(port)
        self._line = line
        self._mark = new_id()
        self._control: socket.socket | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._waiting: asyncio.Task[None] | None = None
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def start(self, environments: Environments, config: Mapping[str, Json]) -> None:
        """Start it, in its pack's environment, which is built where it is not there yet.

        Args:
            environments: Where the Pythons of packs are.
            config: The pack's own, secrets in the clear.

        Raises:
            Unavailable: The environment cannot be built, or no process be started.
        """
        sensor = self._sensor
        python = await environments.python_of(sensor.folder, self._line)
        ours, theirs = socket.socketpair()
        try:
            asks = self._port.open()
            try:
                self._process = await asyncio.create_subprocess_exec(
                    *(python, "-u", str(HOST)),
                    stdin=theirs.fileno(),
                    stdout=asyncio.subprocess.PIPE,
                    stderr=asyncio.subprocess.STDOUT,
                    env=environment(
                        environments.around(python),
                        {PACKS: str(sensor.folder.parent), group.MARK: self._mark},
                    ),
                    pass_fds=(asks,),
                    cwd=sensor.folder,
                    start_new_session=True,
                    limit=1024 * 1024,
                )
            finally:
                os.close(asks)
        except OSError as error:
            ours.close()
            await self._port.close()
            raise Unavailable(f"{python} cannot be started: {error.strerror}.") from error
        finally:
            theirs.close()
        ours.setblocking(False)  # noqa: FBT003 - the library's own order
        self._control = ours
        self._waiting = asyncio.create_task(self._wait(self._process))
        await self._send(self._asked(asks, config, own=python != environments.python))

    async def tell(self, word: Word, trigger: Mapping[str, Json]) -> None:
        """Tell it that a trigger of one of its types has come, changed or gone."""
        await self._send({"word": word, "trigger": dict(trigger)})

    async def stop(self) -> None:
        """Have it clean up, and end it with all that it has started."""
        await self._send({"word": "end"})
        if self._control is not None:
            await asyncio.wait([self.ended], timeout=_GRACE)
        if self._process is not None:
            await group.end(self._process.pid, self._mark)
        if self._waiting is not None:
            await self._waiting
        await self._port.close()
        if self._control is not None:
            self._control.close()
            self._control = None

    def _asked(self, asks: int, config: Mapping[str, Json], *, own: bool) -> dict[str, Json]:
        sensor = self._sensor
        paths = (
            sensor.folder / "lib",
            sensor.folder / "sensors" / "lib",
            sensor.folder / "actions" / "lib",
            SURFACE,
            sensor.entry_point.parent,
        )
        return {
            "module": str(sensor.entry_point),
            "class": sensor.class_name,
            "paths": [str(path) for path in paths],
            "own": own,
            "pack": sensor.ref.partition(".")[0],
            "config": dict(config),
            "poll_interval": sensor.poll_interval,
            "port": asks,
        }

    async def _send(self, word: Mapping[str, Json]) -> None:
        if self._control is None:
            return
        body = json.dumps(word).encode()
        # What has ended is told by `ended`, and needs nothing any more.
        with contextlib.suppress(OSError):
            loop = asyncio.get_running_loop()
            await loop.sock_sendall(self._control, _HEAD.pack(len(body)) + body)

    async def _wait(self, process: asyncio.subprocess.Process) -> None:
        """Hand on what it prints, until it ends."""
        stream = process.stdout
        while stream is not None:
            try:
                line = await stream.readline()
            except ValueError:
                continue  # A line without end: what has come of it is thrown away.
            if not line:
                break
            self._line(line.decode(errors="replace").rstrip("\n"))
        status = await process.wait()
        if not self.ended.done():
            self.ended.set_result(status)
