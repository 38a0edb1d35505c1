"""The pipes of one call, and what has come through them."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from typing import Any, cast

from automation.actions.runner import Call, Emit, RunnerKit
from chat.clock import new_id
from chat.errors import Unavailable
from integrations.process.kept import Kept

_LARGEST = 16 * 1024 * 1024
"""Bytes that a result may have."""


class Outputs:
    """The pipes of one call."""

    def __init__(self, kit: RunnerKit, call: Call, emit: Emit) -> None:
        self.mark = new_id()
        self._kept = [
            Kept(
                name,
                emit,
                call.files / f"{call.key}.{call.attempt}.{name}.log",
                call.secrets,
                limit=kit.output_limit,
                file_limit=kit.file_limit,
            )
            for name in ("stdout", "stderr")
        ]
        self._result = bytearray()
        self._transports: list[asyncio.BaseTransport] = []
        self._reading: asyncio.Future[list[None]] | None = None

    async def open(self) -> tuple[int, ...]:
        """The ends for the child: standard output, standard error, result."""
        takers = (self._kept[0].feed, self._kept[1].feed, self._take_result)
        pipes: list[tuple[int, int]] = []
        try:
            pipes.extend(os.pipe() for _ in takers)
        except OSError as error:
            for descriptor in (each for pipe in pipes for each in pipe):
                os.close(descriptor)
            raise Unavailable(f"No Python can be started: {error.strerror}.") from error
        try:
            pairs = zip(pipes, takers, strict=True)
            self._reading = asyncio.gather(
                *[await self._follow(reads, take) for (reads, _), take in pairs]
            )
        except BaseException:
            for _, writes in pipes:
                os.close(writes)
            raise
        return tuple(writes for _, writes in pipes)

    async def _follow(self, reads: int, take: Callable[[bytes], None]) -> Awaitable[None]:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        transport, _ = await loop.connect_read_pipe(
            lambda: _Reader(take, done), os.fdopen(reads, "rb", buffering=0)
        )
        self._transports.append(transport)
        return done

    def _take_result(self, data: bytes) -> None:
        if len(self._result) <= _LARGEST:
            self._result += data

    async def ended(self, within: float) -> bool:
        """Whether every pipe has come to its end by then."""
        if self._reading is None:
            return True
        await asyncio.wait([self._reading], timeout=within)
        return self._reading.done()

    async def close(self) -> None:
        """Let go of everything."""
        for transport in self._transports:
            transport.close()
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        for kept in self._kept:
            kept.end()

    @property
    def texts(self) -> tuple[str, str]:
        """What was printed on standard output and standard error."""
        return self._kept[0].text, self._kept[1].text

    @property
    def truncated(self) -> bool:
        """Whether either is not all."""
        return any(kept.truncated for kept in self._kept)

    def answer(self) -> dict[str, Any] | None:
        """What the child wrote as its result; None when it did not get so far."""
        if not self._result:
            return None
        if len(self._result) > _LARGEST:
            return {"ok": False, "error": f"returned more than {_LARGEST // 1024} KiB"}
        try:
            found = json.loads(bytes(self._result))
        except ValueError:
            return None
        except RecursionError:
            return {"ok": False, "error": "returned what is nested too deeply"}
        return cast("dict[str, Any]", found) if isinstance(found, dict) else None


class _Reader(asyncio.Protocol):
    """Hands on what comes through a pipe."""

    def __init__(self, take: Callable[[bytes], None], done: asyncio.Future[None]) -> None:
        self._take = take
        self._done = done

    def data_received(self, data: bytes) -> None:
        self._take(data)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if not self._done.done():
            self._done.set_result(None)
