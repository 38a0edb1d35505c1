"""Our side of one fork server: starts it, sends it calls, hears how their children end."""

from __future__ import annotations

import array
import asyncio
import contextlib
import json
import os
import socket
import struct
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from automation.actions.action import Action
from automation.packs.python_files import python_files
from chat.errors import Unavailable
from integrations.process import group
from integrations.process.environment import environment
from integrations.process.orphans import TASK

SCRIPT = Path(__file__).with_name("server.py")
_HEAD = struct.Struct("!I")
_ROOM = "0" * 36
"""As long as the marks of a call and a task, which children write over it."""


@dataclass(slots=True)
class Child:
    """A call being done.

    Attributes:
        mark: What its processes carry.
        status: Resolves once it has ended; None when the server died.
        pid: None until it is forked.
        sent: Whether the server was there to be asked.
        taken: Whether it has read what it was asked; until then nothing has begun.
        unwanted: Whether it is to be ended as soon as it is forked.
    """

    mark: str
    status: asyncio.Future[int | None]
    pid: int | None = None
    sent: bool = False
    taken: bool = False
    unwanted: bool = False

    def over(self, status: int | None) -> None:
        """It has ended."""
        if not self.status.done():
            self.status.set_result(status)


class ForkServer:
    """One warm Python for one module in one environment.

    Attributes:
        python: The environment's interpreter.
        users: How many calls hold it.
        used: When the last one came or went, by the loop's clock.
    """

    def __init__(self, python: str, paths: tuple[Path, ...]) -> None:
        """Get ready.

        Args:
            python: The environment's interpreter.
            paths: Folders that the module imports from.
        """
        self.python = python
        self._paths = paths
        self._socket: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: asyncio.Task[None] | None = None
        self._senders: set[asyncio.Task[None]] = set()
        self._children: dict[str, Child] = {}
        self._sending = asyncio.Lock()
        self._stamp: Mapping[str, tuple[int, int]] = {}
        self._gone = False
        self.users = 0
        self.used = 0.0

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return not self._gone and self._process is not None and self._process.poll() is None

    def fresh(self, action: Action, python: str) -> bool:
        """Whether it runs in that Python, and has imported what the files hold now."""
        return self.python == python and self._stamp == _stamp(self._paths, action)

    async def start(self, action: Action) -> None:
        """Start it.

        Raises:
            Unavailable: The interpreter cannot be started.
        """
        ours, theirs = socket.socketpair()
        self._stamp = _stamp(self._paths, action)
        try:
            self._process = await asyncio.to_thread(self._spawn, theirs)
        except OSError as error:
            ours.close()
            raise Unavailable(f"{self.python} cannot be started: {error.strerror}.") from error
        finally:
            theirs.close()
        ours.setblocking(False)  # noqa: FBT003 - the library's own order
        self._socket = ours
        self._reader = asyncio.create_task(self._read(ours))

    def _spawn(self, theirs: socket.socket) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - our own script
            [self.python, "-u", str(SCRIPT)],
            stdin=theirs.fileno(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment({group.MARK: _ROOM, TASK: _ROOM}),
            start_new_session=True,
            close_fds=True,
        )

    def begin(self, mark: str, request: bytes, descriptors: tuple[int, ...]) -> Child:
        """Have a child forked that does a call.

        Args:
            mark: Unique; its id as well.
            request: As `server.py` takes it, without the length.
            descriptors: For standard output, standard error and the result; closed when the
                server has them.
        """
        child = self._children[mark] = Child(mark, asyncio.get_running_loop().create_future())
        # A task of its own: half a request would leave the server waiting for the rest.
        task = asyncio.create_task(
            self._send(_HEAD.pack(len(request)) + request, descriptors, child)
        )
        self._senders.add(task)
        task.add_done_callback(lambda _: self._let_go(task, child, descriptors))
        return child

    async def _send(self, data: bytes, descriptors: tuple[int, ...], child: Child) -> None:
        try:
            async with self._sending:
                if self._socket is None or self._gone:
                    return
                sent = await _first(self._socket, data, descriptors)
                child.sent = True
                if sent < len(data):
                    loop = asyncio.get_running_loop()
                    await loop.sock_sendall(self._socket, data[sent:])
        except OSError:
            self._gone = True

    def _let_go(self, task: asyncio.Task[None], child: Child, descriptors: tuple[int, ...]) -> None:
        self._senders.discard(task)
        for descriptor in descriptors:
            os.close(descriptor)
        if not child.sent:
            self._children.pop(child.mark, None)
            child.over(None)

    async def _read(self, ours: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        buffer = b""
        with contextlib.suppress(OSError):
            while data := await loop.sock_recv(ours, 65536):
                buffer += data
                while len(buffer) >= _HEAD.size:
                    size = _HEAD.unpack_from(buffer)[0]
                    if len(buffer) < _HEAD.size + size:
                        break
                    self._take(json.loads(buffer[_HEAD.size : _HEAD.size + size]))
                    buffer = buffer[_HEAD.size + size :]
        self._died()

    def _take(self, message: Mapping[str, Any]) -> None:
        child = self._children.get(str(message["id"]))
        if child is None:
            return
        child.taken = True
        if "pid" in message:
            child.pid = int(message["pid"])
            if child.unwanted:
                group.kill(child.pid, child.mark)
        if "status" in message:
            del self._children[child.mark]
            child.over(int(message["status"]))

    def _died(self) -> None:
        self._gone = True
        children, self._children = self._children, {}
        for child in children.values():
            child.over(None)

    async def close(self) -> None:
        """End it; calls under way end with it."""
        self._gone = True
        for task in (*self._senders, *([self._reader] if self._reader is not None else [])):
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, 9)
            await asyncio.to_thread(process.wait)
        self._died()


async def _first(ours: socket.socket, data: bytes, descriptors: tuple[int, ...]) -> int:
    """Send the descriptors and as much as goes with them; how many bytes went."""
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))]
    while True:
        try:
            return ours.sendmsg([data], rights)
        except BlockingIOError:
            await asyncio.sleep(0.001)


def _stamp(paths: tuple[Path, ...], action: Action) -> dict[str, tuple[int, int]]:
    """When what a server has imported was changed: the module, and all that lies beside it."""
    found: dict[str, tuple[int, int]] = {}
    for folder in paths:
        for file in python_files(folder):
            found[file.path] = (file.changed, file.size)
    if action.entry_point is not None:
        with contextlib.suppress(OSError):
            stat = action.entry_point.stat()
            found[str(action.entry_point)] = (stat.st_mtime_ns, stat.st_size)
    return found
