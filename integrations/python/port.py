"""Our end of the way that an action's process asks the product by.

What goes through it is told in `surface/tocsin_pack/port.py`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import socket
import struct
from typing import Any, cast

from automation.actions.runner import Port
from automation.values import Json
from chat.errors import UserError

_log = logging.getLogger("tocsin.packs")
_HEAD = struct.Struct("!I")
_LARGEST = 16 * 1024 * 1024
"""Bytes that may be asked in one go."""


class PortEnd:
    """Answers one process, one question after the other."""

    def __init__(self, port: Port) -> None:
        """Get ready; `port` does what is asked."""
        self._port = port
        self._ours: socket.socket | None = None
        self._serving: asyncio.Task[None] | None = None

    def open(self) -> int:
        """Begin to answer; the descriptor for the process.

        Raises:
            OSError: There are no more descriptors.
        """
        ours, theirs = socket.socketpair()
        ours.setblocking(False)  # noqa: FBT003 - the library's own order
        self._ours = ours
        self._serving = asyncio.create_task(self._serve(ours))
        return theirs.detach()

    async def close(self) -> None:
        """Answer no more; what is being done for it is broken off."""
        if self._serving is not None:
            self._serving.cancel()
            await asyncio.gather(self._serving, return_exceptions=True)
        if self._ours is not None:
            self._ours.close()

    async def _serve(self, ours: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError, EOFError):
            while True:
                size = _HEAD.unpack(await _exactly(ours, _HEAD.size))[0]
                if size > _LARGEST:
                    return
                answer = json.dumps(await self._answer(await _exactly(ours, size))).encode()
                await loop.sock_sendall(ours, _HEAD.pack(len(answer)) + answer)

    async def _answer(self, body: bytes) -> dict[str, Json]:
        try:
            asked: Any = json.loads(body)
            method, arguments = str(asked["method"]), cast("dict[str, Json]", asked["arguments"])
        except (ValueError, KeyError, TypeError, RecursionError):
            return {"ok": False, "error": "that is no question"}
        try:
            return {"ok": True, "value": await self._port(method, arguments)}
        except UserError as error:
            return {"ok": False, "error": str(error)}
        except Exception:  # noqa: BLE001 - whatever it is, it is told
            # Whatever is wrong on our side, the action must not wait for ever.
            _log.exception("%s could not be answered", method)
            return {"ok": False, "error": "something went wrong; the log of the server says what"}


async def _exactly(ours: socket.socket, size: int) -> bytes:
    loop = asyncio.get_running_loop()
    found = bytearray()
    while len(found) < size:
        part = await loop.sock_recv(ours, min(size - len(found), 1 << 20))
        if not part:
            raise EOFError
        found += part
    return bytes(found)
