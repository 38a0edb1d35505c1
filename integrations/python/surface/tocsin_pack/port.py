"""The way from a pack's process to the one that started it.

Over a Unix socket, one after the other, JSON objects behind their lengths:

    → {"method", "arguments"}
    ← {"ok": true, "value"} or {"ok": false, "error"}
"""

# pyright: basic

import json
import os
import struct
import threading

_HEAD = struct.Struct("!I")


class PortError(Exception):
    """What was asked for was not done; the message says why."""


class Port:
    """Asks whoever is at the other end."""

    def __init__(self, descriptor):
        self._descriptor = descriptor
        self._lock = threading.Lock()

    def __call__(self, method, arguments):
        """Ask, and wait for the answer.

        Raises:
            PortError: It was refused, or nobody is there.
        """
        try:
            body = json.dumps({"method": method, "arguments": arguments}).encode()
            with self._lock:
                self._write(_HEAD.pack(len(body)) + body)
                answer = json.loads(self._read(_HEAD.unpack(self._read(_HEAD.size))[0]))
        except (OSError, TypeError, ValueError) as error:
            raise PortError("%s cannot be asked for: %s" % (method, error)) from error
        if not answer["ok"]:
            raise PortError(answer["error"])
        return answer["value"]

    def _write(self, data):
        left = memoryview(data)
        while left:
            left = left[os.write(self._descriptor, left) :]

    def _read(self, size):
        parts = []
        while size:
            part = os.read(self._descriptor, size)
            if not part:
                raise OSError("nobody is there any more")
            parts.append(part)
            size -= len(part)
        return b"".join(parts)


def nobody(method, arguments):
    """The port of a process that was given none."""
    del arguments
    raise PortError("%s cannot be asked for: this process was given no way to do so" % method)
