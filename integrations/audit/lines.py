"""The trail as lines of JSON: in a file that may be rotated at any time, or on standard output."""

from __future__ import annotations

import os
import select
import stat
from collections.abc import Sequence
from pathlib import Path

from integrations.audit.facts import facts, line
from integrations.audit.sink import SinkAway, reason
from security.audit import Sealed

_PATIENCE = 5_000
"""Milliseconds to wait until a pipe has room."""
_PIECE = 4096
"""Bytes that never block where `poll` has said that there is room (PIPE_BUF)."""
_STANDARD_OUTPUT = 1


class LogFile:
    """A file that lines are added to.

    It is opened for each batch, so that whoever renames it away for rotation gets no line
    more, and the next one is in a new file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()
        self.name = f"file:{self._path}"

    def send(self, records: Sequence[Sealed]) -> None:
        """Add a line for each, and have them on the disk.

        Raises:
            SinkAway: The file cannot be opened or written.
        """
        try:
            opened = self._opened()
            try:
                _write(opened, (b"\n" if self._torn() else b"") + _lines(records))
                if stat.S_ISREG(os.fstat(opened).st_mode):
                    os.fsync(opened)
            finally:
                os.close(opened)
        except OSError as error:
            raise SinkAway(str(self._path), f"cannot be written: {reason(error)}") from error

    def look(self) -> str:
        """Whether the file can be written, or made.

        Raises:
            SinkAway: It cannot.
        """
        path, folder = self._path, self._path.parent
        if path.exists():
            if path.is_dir() or not os.access(path, os.W_OK):
                raise SinkAway(str(path), "cannot be written by this user")
            return f"{path} can be written."
        if not folder.is_dir():
            raise SinkAway(str(folder), "is not there. Make this folder")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise SinkAway(str(path), f"cannot be made, since {folder} cannot be written")
        return f"{path} is made at the first record."

    def _opened(self) -> int:
        # Without O_NONBLOCK a named pipe that nobody reads would hold us for ever.
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK
        return os.open(self._path, flags, 0o600)

    def _torn(self) -> bool:
        """Whether the file ends in the middle of a line, since a disk was full or we were killed.

        What was written stays. The record whose line it is follows again on a line of its own.
        """
        if not self._path.is_file() or not os.access(self._path, os.R_OK):
            return False
        with self._path.open("rb") as file:
            if file.seek(0, os.SEEK_END) == 0:
                return False
            file.seek(-1, os.SEEK_END)
            return file.read(1) != b"\n"


class StandardOutput:
    """Where a container's platform collects lines.

    Args:
        descriptor: Of the open file; it stays open.
    """

    def __init__(self, descriptor: int = _STANDARD_OUTPUT) -> None:
        self._descriptor = descriptor
        self._torn = False
        self.name = "file:-"

    def send(self, records: Sequence[Sealed]) -> None:
        """Write a line for each.

        Raises:
            SinkAway: Whoever reads them has gone, or reads nothing.
        """
        before, self._torn = (b"\n" if self._torn else b""), True
        try:
            _write(self._descriptor, before + _lines(records))
        except OSError as error:
            raise SinkAway("Standard output", f"takes no lines: {reason(error)}") from error
        self._torn = False

    def look(self) -> str:
        """Nothing can be known before."""
        return "Standard output of the server."


def _lines(records: Sequence[Sealed]) -> bytes:
    return b"".join(line(facts(record)) + b"\n" for record in records)


def _write(descriptor: int, content: bytes) -> None:
    """Write all of it; what waits for a reader is written in pieces that cannot block.

    Raises:
        OSError: It cannot be written, or nobody reads.
    """
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        while content:
            content = content[os.write(descriptor, content) :]
        return
    room = select.poll()
    room.register(descriptor, select.POLLOUT)
    while content:
        if not room.poll(_PATIENCE):
            raise TimeoutError("nobody reads them")
        content = content[os.write(descriptor, content[:_PIECE]) :]
