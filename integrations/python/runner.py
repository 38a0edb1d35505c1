"""The runner `python-script`: a forked child of a server that has the module imported already."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from automation.actions.action import Action, Parameter
from automation.actions.runner import Call, Emit, Outcome, RunnerKit
from chat.clock import new_id
from integrations.process import group
from integrations.process.environment import environment
from integrations.process.kept import Kept
from integrations.python.fork_server import Child, ForkServer
from integrations.shell.results import ENV, texts

_IDLE = 600.0
"""Seconds after which a server that nobody uses is ended."""
_AFTERGLOW = 1.0
_CHUNK = 64 * 1024
_LARGEST = 16 * 1024 * 1024
"""Bytes that a result may have."""


class PythonRunner:
    """Python actions; see `server.py` for how they are done."""

    name = "python-script"
    parameters: tuple[Parameter, ...] = (ENV,)

    def __init__(self, kit: RunnerKit) -> None:
        self._kit = kit
        self._python = kit.options.get("python", sys.executable)
        # One for each module, so that packs cannot get into each other's imports.
        self._servers: dict[str, ForkServer] = {}
        self._starting = asyncio.Lock()

    async def run(self, call: Call, emit: Emit) -> Outcome:
        """Do it in a fork of the pack's server."""
        action = call.action
        if action.entry_point is None or not action.entry_point.is_file():
            return Outcome(ok=False, error=f"the module of {action.ref} is not there")
        server = await self._server(action)
        outputs = _Outputs(self._kit, call, emit)
        try:
            child = await server.call(
                outputs.mark, self._request(call, outputs.mark), await outputs.open()
            )
        except BaseException:
            await outputs.close()
            raise
        finally:
            outputs.hand_over()
        return await self._followed(call, child, outputs)

    def _request(self, call: Call, mark: str) -> dict[str, Any]:
        action, entry = call.action, call.action.entry_point
        folder = str(entry.parent) if entry is not None else ""
        library = str(action.folder / "actions" / "lib") if action.folder is not None else folder
        given = {name: value for name, value in call.parameters.items() if name != "env"}
        return {
            "module": str(entry),
            "name": f"action_{action.name.replace('.', '_').replace('-', '_')}",
            "paths": [library, folder],
            "parameters": given,
            "environment": environment(
                call.environment, texts(call.parameters.get("env")), {group.MARK: mark}
            ),
            "cwd": str(call.files),
            "memory": self._kit.memory_limit or 0,
        }

    async def _server(self, action: Action) -> ForkServer:
        key = str(action.entry_point)
        async with self._starting:
            await self._end_idle(key)
            server = self._servers.get(key)
            if server is not None and not (server.alive and server.fresh(action)):
                del self._servers[key]
                if not server.busy:
                    await server.close()
                server = None
            if server is None:
                pack = action.folder or (action.entry_point or Path("/")).parent
                server = ForkServer(self._python, pack)
                await server.start(action)
                self._servers[key] = server
            server.used = asyncio.get_running_loop().time()
            return server

    async def _end_idle(self, but: str) -> None:
        now = asyncio.get_running_loop().time()
        for key, server in list(self._servers.items()):
            if key != but and not server.busy and now - server.used > _IDLE:
                del self._servers[key]
                await server.close()

    async def _followed(self, call: Call, child: Child, outputs: _Outputs) -> Outcome:
        pid = await child.pid
        timed_out = False
        try:
            try:
                async with asyncio.timeout(call.timeout):
                    await asyncio.shield(child.status)
            except TimeoutError:
                timed_out = True
                await group.end(pid, outputs.mark)
        finally:
            await asyncio.shield(_finish(pid, child, outputs))
        return _outcome(outputs, child.status.result(), timed_out=timed_out)

    async def close(self) -> None:
        """End every server."""
        servers, self._servers = self._servers, {}
        for server in servers.values():
            await server.close()


async def _finish(pid: int, child: Child, outputs: _Outputs) -> None:
    """Make sure that nothing of it is left, and take the rest of what it printed."""
    if not child.status.done():
        await group.end(pid, outputs.mark)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_AFTERGLOW):
                await child.status
    if not child.status.done():
        child.status.set_result(None)
    if not await outputs.ended(_AFTERGLOW):
        await group.end(pid, "")
    await outputs.close()


@dataclass(frozen=True, slots=True)
class _Pipe:
    """One pipe from a child to us."""

    reads: int
    writes: int


class _Outputs:
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
        self._pipes: list[_Pipe] = []
        self._transports: list[asyncio.BaseTransport] = []
        self._reading: asyncio.Future[list[None]] | None = None

    async def open(self) -> tuple[int, int, int]:
        """The ends for the child: standard output, standard error, result."""
        self._pipes = [_Pipe(*os.pipe()) for _ in range(3)]
        takers: list[Callable[[bytes], None]] = [
            self._kept[0].feed,
            self._kept[1].feed,
            self._take_result,
        ]
        pairs = zip(self._pipes, takers, strict=True)
        self._reading = asyncio.gather(*[await self._follow(pipe, take) for pipe, take in pairs])
        first, second, third = (pipe.writes for pipe in self._pipes)
        return first, second, third

    async def _follow(self, pipe: _Pipe, take: Callable[[bytes], None]) -> Awaitable[None]:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        transport, _ = await loop.connect_read_pipe(
            lambda: _Reader(take, done), os.fdopen(pipe.reads, "rb", buffering=0)
        )
        self._transports.append(transport)
        return done

    def _take_result(self, data: bytes) -> None:
        if len(self._result) <= _LARGEST:
            self._result += data

    def hand_over(self) -> None:
        """Close our copies of the child's ends."""
        for pipe in self._pipes:
            with contextlib.suppress(OSError):
                os.close(pipe.writes)
        self._pipes = []

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
            return cast("dict[str, Any]", json.loads(bytes(self._result)))
        except ValueError:
            return None


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


def _outcome(outputs: _Outputs, status: int | None, *, timed_out: bool) -> Outcome:
    stdout, stderr = outputs.texts
    answer = outputs.answer()
    output = {
        "result": answer.get("result") if answer is not None else None,
        "stdout": stdout.removesuffix("\n"),
        "stderr": stderr.removesuffix("\n"),
        "exit_code": status if status is not None else -9,
    }
    if timed_out:
        return Outcome(
            ok=False,
            output=output,
            error="took too long and was ended",
            timed_out=True,
            truncated=outputs.truncated,
        )
    if answer is None:
        why = "its Python ended" if status is None else f"ended with status {status}"
        return Outcome(
            ok=False, output=output, error=f"{why} before a result", truncated=outputs.truncated
        )
    good = bool(answer.get("ok"))
    error = "" if good else str(answer.get("error") or "") or _failure(answer)
    return Outcome(ok=good, output=output, error=error, truncated=outputs.truncated)


def _failure(answer: dict[str, Any]) -> str:
    said = answer.get("result")
    return str(said)[:500] if said not in (None, "", {}, []) else "reported that it failed"
