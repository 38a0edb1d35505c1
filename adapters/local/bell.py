"""Tells who waits for an answer, within this process, that it was posted."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import contextmanager


class Bell:
    """One for each event that somebody waits for, so that an answer wakes nobody else."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[asyncio.Event]] = {}

    @contextmanager
    def waiting(self, entry_id: str) -> Generator[asyncio.Event]:
        """Is set when an answer to that journalled event has been posted."""
        rung = asyncio.Event()
        self._waiting.setdefault(entry_id, []).append(rung)
        try:
            yield rung
        finally:
            others = self._waiting[entry_id]
            others.remove(rung)
            if not others:
                del self._waiting[entry_id]

    def ring(self, entry_id: str) -> None:
        """An answer to it has been posted."""
        for rung in self._waiting.get(entry_id, ()):
            rung.set()

    def ring_all(self) -> None:
        """Another process may have posted something: everybody had better look."""
        for listening in self._waiting.values():
            for rung in listening:
                rung.set()
