"""Runs one process: streaming, within limits, ended as a whole group."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from automation.actions.runner import Call, Emit, RunnerKit
from chat.clock import new_id
from chat.errors import Unavailable
from integrations.process import group
from integrations.process.environment import environment
from integrations.process.kept import Kept

_CHUNK = 64 * 1024
_AFTERGLOW = 1.0
"""Seconds that whoever a process has left behind may still print."""


@dataclass(frozen=True, slots=True)
class Ran:
    """How a process ended.

    Attributes:
        status: Exit status; minus the signal's number when a signal ended it.
        stdout: The beginning, up to the limit.
        stderr: The same.
        timed_out: Whether it was ended for taking too long.
        truncated: Whether either is not all that was printed.
    """

    status: int
    stdout: str
    stderr: str
    timed_out: bool
    truncated: bool

    @property
    def why(self) -> str:
        """One sentence about what went wrong; empty when nothing did."""
        if self.timed_out:
            return "took too long and was ended"
        if self.status == 0:
            return ""
        last = next((line for line in reversed(self.stderr.splitlines()) if line.strip()), "")
        said = f": {last.strip()[:300]}" if last else ""
        if self.status < 0:
            with contextlib.suppress(ValueError):
                return f"was ended by {signal.Signals(-self.status).name}{said}"
        return f"exited with status {self.status}{said}"


async def run(
    kit: RunnerKit,
    call: Call,
    argv: Sequence[str],
    emit: Emit,
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: bytes | None = None,
) -> Ran:
    """Run a program and wait for its end.

    Args:
        kit: Limits.
        call: Gives the time it may take, what it is told of the execution, and its folder.
        argv: The program and its arguments; no shell reads them.
        emit: Is told what it prints.
        cwd: Where it runs; None takes the call's folder.
        env: Besides a few variables of ours and the call's own.
        stdin: What it reads; None reads nothing.

    Raises:
        Unavailable: It cannot be started.
    """
    mark = new_id()
    outputs = [
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
    process = await _start(
        call, argv, cwd, environment(call.environment, env or {}, {group.MARK: mark}), stdin
    )
    _limit_memory(process.pid, kit.memory_limit)
    timed_out = False
    reading = asyncio.gather(*(_read(process, kept) for kept in outputs))
    try:
        if stdin is not None:
            await _write(process, stdin)
        try:
            async with asyncio.timeout(call.timeout):
                await process.wait()
        except TimeoutError:
            timed_out = True
        await _settle(process, reading, mark, ended=not timed_out)
    finally:
        await asyncio.shield(_end(process, reading, mark, outputs))
    return Ran(
        process.returncode if process.returncode is not None else -signal.SIGKILL,
        outputs[0].text,
        outputs[1].text,
        timed_out,
        any(kept.truncated for kept in outputs),
    )


async def _start(
    call: Call,
    argv: Sequence[str],
    cwd: Path | None,
    env: Mapping[str, str],
    stdin: bytes | None,
) -> Process:
    try:
        return await asyncio.create_subprocess_exec(
            *argv,
            stdin=PIPE if stdin is not None else DEVNULL,
            stdout=PIPE,
            stderr=PIPE,
            cwd=cwd or call.files,
            env=env,
            start_new_session=True,
            limit=_CHUNK,
        )
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise Unavailable(f"{argv[0]} cannot be started: {said}.") from error


def _limit_memory(pid: int, limit: int | None) -> None:
    # Set from here and not between fork and exec, where threads make that unsafe.
    if limit is not None and hasattr(resource, "prlimit"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            resource.prlimit(pid, resource.RLIMIT_AS, (limit, limit))


async def _read(process: Process, kept: Kept) -> None:
    stream = process.stdout if kept.name == "stdout" else process.stderr
    while stream is not None and (data := await stream.read(_CHUNK)):
        kept.feed(data)


async def _write(process: Process, data: bytes) -> None:
    if process.stdin is not None:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            process.stdin.write(data)
            await process.stdin.drain()
        process.stdin.close()


async def _settle(
    process: Process, reading: asyncio.Future[list[None]], mark: str, *, ended: bool
) -> None:
    """Wait for the rest of the output, and end what must not go on.

    A program that ended by itself may leave others behind: a service that it started, say.
    Only those that stayed in its group and hold its output open are ended.
    """
    if not ended:
        await group.end(process.pid, mark)
        return
    await asyncio.wait([reading], timeout=_AFTERGLOW)
    if not reading.done():
        await group.end(process.pid, "")


async def _end(
    process: Process, reading: asyncio.Future[list[None]], mark: str, outputs: list[Kept]
) -> None:
    """Make sure that nothing of it is left, whatever happened."""
    if process.returncode is None:
        await group.end(process.pid, mark)
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    if not reading.done():
        await asyncio.wait([reading], timeout=_AFTERGLOW)
        reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    for kept in outputs:
        kept.end()
    transport = getattr(process, "_transport", None)
    if transport is not None:
        transport.close()
