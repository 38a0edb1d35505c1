"""Our side of one fork server: starts it, sends it calls, follows what their children print."""

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
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from automation.actions.action import Action
from chat.errors import Unavailable
from integrations.process import group
from integrations.process.environment import environment

SCRIPT = Path(__file__).with_name("server.py")
_HEAD = struct.Struct("!I")
_ROOM = "0" * 36
"""As long as a call's mark, which children write over it."""


@dataclass(slots=True)
class Child:
    """A call being done.

    Attributes:
        pid: Resolves once it is forked.
        status: Resolves once it has ended; None when the server died.
    """

    pid: asyncio.Future[int]
    status: asyncio.Future[int | None]
    descriptors: tuple[int, ...] = field(default=())


class ForkServer:
    """One warm Python for one pack in one environment."""

    def __init__(self, python: str, pack: Path) -> None:
        """Get ready.

        Args:
            python: The environment's interpreter.
            pack: The pack's folder.
        """
        self._python = python
        self._pack = pack
        self._socket: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: asyncio.Task[None] | None = None
        self._children: dict[str, Child] = {}
        self._sending = asyncio.Lock()
        self._stamp: Mapping[str, tuple[float, int]] = {}
        self.used = 0.0

    @property
    def busy(self) -> bool:
        """Whether any call is being done."""
        return bool(self._children)

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    def fresh(self, action: Action) -> bool:
        """Whether what it has imported is what the files hold now."""
        return self._stamp == _stamp(self._pack, action)

    async def start(self, action: Action) -> None:
        """Start it.

        Raises:
            Unavailable: The interpreter cannot be started.
        """
        ours, theirs = socket.socketpair()
        self._stamp = _stamp(self._pack, action)
        try:
            self._process = await asyncio.to_thread(self._spawn, theirs)
        except OSError as error:
            ours.close()
            raise Unavailable(f"{self._python} cannot be started: {error.strerror}.") from error
        finally:
            theirs.close()
        ours.setblocking(False)  # noqa: FBT003 - the library's own order
        self._socket = ours
        self._reader = asyncio.create_task(self._read(ours))

    def _spawn(self, theirs: socket.socket) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - our own script
            [self._python, "-u", str(SCRIPT)],
            stdin=theirs.fileno(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment({group.MARK: _ROOM}),
            start_new_session=True,
            close_fds=True,
        )

    async def call(
        self, call_id: str, request: Mapping[str, Any], descriptors: tuple[int, int, int]
    ) -> Child:
        """Have a child forked that does a call.

        Args:
            call_id: Unique.
            request: As `server.py` takes it.
            descriptors: For standard output, standard error and the result; they may be
                closed afterwards.

        Raises:
            Unavailable: The server has died.
        """
        loop = asyncio.get_running_loop()
        child = self._children[call_id] = Child(loop.create_future(), loop.create_future())
        body = json.dumps({"id": call_id, **request}).encode()
        try:
            async with self._sending:
                await self._send(_HEAD.pack(len(body)) + body, descriptors)
            await asyncio.shield(child.pid)
        except (OSError, Unavailable) as error:
            self._children.pop(call_id, None)
            raise Unavailable("The Python server has ended; try again.") from error
        return child

    async def _send(self, data: bytes, descriptors: tuple[int, ...]) -> None:
        if self._socket is None:
            raise Unavailable("The Python server is not there.")
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))]
        loop = asyncio.get_running_loop()
        while True:
            try:
                sent = self._socket.sendmsg([data], rights)
                break
            except BlockingIOError:
                await asyncio.sleep(0.001)
        if sent < len(data):
            await loop.sock_sendall(self._socket, data[sent:])

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
        if "pid" in message and not child.pid.done():
            child.pid.set_result(int(message["pid"]))
        if "status" in message:
            del self._children[str(message["id"])]
            if not child.status.done():
                child.status.set_result(int(message["status"]))

    def _died(self) -> None:
        children, self._children = self._children, {}
        for child in children.values():
            if not child.pid.done():
                child.pid.set_exception(Unavailable("The Python server has ended."))
            if not child.status.done():
                child.status.set_result(None)

    async def close(self) -> None:
        """End it; calls under way end with it."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, 9)
            await asyncio.to_thread(process.wait)
        self._died()


def _stamp(pack: Path, action: Action) -> dict[str, tuple[float, int]]:
    """When what a server has imported was changed: the entry point and the pack's library."""
    library = pack / "actions" / "lib"
    files = [action.entry_point] if action.entry_point is not None else []
    if library.is_dir():
        files += [path for path in sorted(library.rglob("*.py")) if path.is_file()]
    found: dict[str, tuple[float, int]] = {}
    for path in files:
        with contextlib.suppress(OSError):
            stat = path.stat()
            found[str(path)] = (stat.st_mtime, stat.st_size)
    return found
