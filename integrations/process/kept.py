"""What one stream of a process has printed: the beginning in memory, all of it in a file."""

from __future__ import annotations

import codecs
import logging
from pathlib import Path
from typing import TextIO

from automation.actions.runner import Emit, Stream
from security.secrets import Masker

_log = logging.getLogger("tocsin.process")


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
        """The beginning of what came; secrets are masked in it where it is not all."""
        return "".join(self._parts)

    def feed(self, data: bytes, *, final: bool = False) -> None:
        """Take the next bytes."""
        text = self._decode(data, final)
        if not text:
            return
        self._emit(self.name, text)
        if not self.truncated and self._size + len(text) > self._limit:
            self._overflow()
        if self.truncated:
            self._mask_and_take(text)
        else:
            self._keep(text)

    def end(self) -> None:
        """Nothing more comes."""
        self.feed(b"", final=True)
        if self.truncated and not self._full:
            self._take(self._mask.end())
        self._close()

    @property
    def _full(self) -> bool:
        """Whether nothing more is taken anywhere."""
        return self._size >= self._limit and (
            self._out is None or self._written >= self._file_limit
        )

    def _overflow(self) -> None:
        # From here on masked here too: a cut through the middle of a secret would leave a
        # piece of it that nobody knows as one.
        self.truncated = True
        before = self.text
        self._parts.clear()
        self._size = 0
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._out = self._file.open("w", encoding="utf-8", errors="replace")
        except OSError:
            _log.exception("output is not kept in %s", self._file)
        self._mask_and_take(before)

    def _mask_and_take(self, text: str) -> None:
        if not self._full:
            self._take(self._mask.feed(text))

    def _take(self, text: str) -> None:
        self._keep(text[: max(0, self._limit - self._size)])
        if self._out is None or self._written >= self._file_limit:
            return
        part = text[: self._file_limit - self._written]
        self._written += len(part.encode("utf-8", "replace"))
        try:
            self._out.write(part)
        except OSError:
            # A full disk must not make the process wait for us.
            _log.exception("no more output is kept in %s", self._file)
            self._close()

    def _keep(self, text: str) -> None:
        if text:
            self._parts.append(text)
            self._size += len(text)

    def _close(self) -> None:
        out, self._out = self._out, None
        if out is not None:
            try:
                out.close()
            except OSError:
                _log.exception("the end of the output is not kept in %s", self._file)
