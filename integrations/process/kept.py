"""What one stream of a process has printed: the beginning in memory, all of it in a file."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import TextIO

from automation.actions.runner import Emit, Stream
from security.secrets import Masker


class Kept:
    """Takes bytes as they come.

    Up to a limit the text is kept here. Once it is passed, everything from the start on is
    written to a file, secrets masked, up to a second limit; the rest is thrown away, so
    that the process never has to wait for us.

    Attributes:
        name: Of the stream.
        truncated: Whether the text kept here is not all of it.
    """

    def __init__(
        self,
        stream: Stream,
        emit: Emit,
        file: Path,
        secrets: frozenset[str],
        *,
        limit: int,
        file_limit: int,
    ) -> None:
        """Get ready.

        Args:
            stream: Which one.
            emit: Is told as it comes.
            file: Where all of it goes once `limit` is passed.
            secrets: Texts that the file must not hold.
            limit: Characters kept here.
            file_limit: Bytes, about, that the file may have.
        """
        self.name: Stream = stream
        self._emit = emit
        self._file = file
        self._mask = Masker(secrets).stream()
        self._limit = limit
        self._file_limit = file_limit
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._parts: list[str] = []
        self._size = 0
        self._out: TextIO | None = None
        self._written = 0
        self.truncated = False

    @property
    def text(self) -> str:
        """The beginning of what came."""
        return "".join(self._parts)

    def feed(self, data: bytes, *, final: bool = False) -> None:
        """Take the next bytes."""
        text = self._decode(data, final)
        if not text:
            return
        self._emit(self.name, text)
        room = self._limit - self._size
        if len(text) > room and not self.truncated:
            self.truncated = True
            self._open()
        if room > 0:
            self._parts.append(text[:room])
            self._size += min(len(text), room)
        if self._out is not None:
            self._write(self._mask.feed(text))

    def end(self) -> None:
        """Nothing more comes."""
        self.feed(b"", final=True)
        if self._out is not None:
            self._write(self._mask.end())
            self._out.close()
            self._out = None

    def _open(self) -> None:
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._out = self._file.open("w", encoding="utf-8", errors="replace")
        self._write(self._mask.feed("".join(self._parts)))

    def _write(self, text: str) -> None:
        if self._out is None or self._written >= self._file_limit:
            return
        part = text[: self._file_limit - self._written]
        self._out.write(part)
        self._written += len(part.encode("utf-8", "replace"))
