"""Runs one process: streaming, within limits, ended as a whole group."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import signal
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from automation.actions.runner import Call, Emit, RunnerKit
from chat.clock import new_id
from chat.errors import Unavailable
from integrations.process import group
from integrations.process.environment import environment
from integrations.process.kept import Kept
from security.secrets import Masker

_AFTERGLOW = 1.0
"""Seconds that whoever a process has left behind may still print."""
_LAST = 2.0
"""Seconds until a process that was killed must be gone."""
_SHOWN = 300
_WITHIN = 'ulimit -d "$0" && exec "$@"'
"""Has a shell take on a limit and then become the program, which no moment is without it.

Of data, and not of address space: of that many programs reserve far more than they ever use.
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """How a process ended.

    Attributes:
        status: Exit status; minus the signal's number when a signal ended it.
        stdout: The beginning, up to the limit.
        stderr: The same.
        timed_out: Whether it was ended for taking too long.
        truncated: Whether either is not all that was printed.
        said: The last line of standard error, secrets masked.
    """

    status: int
    stdout: str
    stderr: str
    timed_out: bool
    truncated: bool
    said: str = ""

    @property
    def why(self) -> str:
        """One sentence about what went wrong; empty when nothing did."""
        if self.timed_out:
            return "took too long and was ended"
        if self.status == 0:
            return ""
        said = f": {self.said[:_SHOWN]}" if self.said else ""
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
    process = _Process(kit, call, emit, mark)
    given = environment(call.environment, env or {}, {group.MARK: mark})
    starting = asyncio.ensure_future(
        process.start(_limited(argv, kit.memory_limit), cwd or call.files, given, stdin)
    )
    timed_out = False
    try:
        await asyncio.shield(starting)
        try:
            async with asyncio.timeout(call.timeout):
                await process.exited()
        except TimeoutError:
            timed_out = True
        await process.settle(ended=not timed_out)
    finally:
        # Cancelled or not, and how often: nothing of it is left.
        await asyncio.shield(_over(starting, process))
    last = next((line for line in reversed(process.stderr.splitlines()) if line.strip()), "")
    return Ran(
        process.status,
        process.stdout,
        process.stderr,
        timed_out,
        process.truncated,
        Masker(call.secrets).mask(last.strip()),
    )


def _limited(argv: Sequence[str], memory: int | None) -> list[str]:
    # Not set by us after the start, when it may have children already, nor between fork and
    # exec, where our threads make that unsafe.
    if memory is None:
        return list(argv)
    highest = resource.getrlimit(resource.RLIMIT_DATA)[1]
    if highest != resource.RLIM_INFINITY:
        memory = min(memory, highest)
    return ["/bin/sh", "-c", _WITHIN, str(max(memory // 1024, 1)), *argv]


async def _over(starting: asyncio.Future[None], process: _Process) -> None:
    with contextlib.suppress(Unavailable):
        await starting
    await process.close()


class _Process(asyncio.SubprocessProtocol):
    """One process and what it prints."""

    def __init__(self, kit: RunnerKit, call: Call, emit: Emit, mark: str) -> None:
        loop = asyncio.get_running_loop()
        self._mark = mark
        self._outputs = [
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
        self._transport: asyncio.SubprocessTransport | None = None
        # Not the library's own wait, which in some versions also waits for whoever else
        # holds the output open.
        self._exited: asyncio.Future[None] = loop.create_future()
        self._silent: asyncio.Future[None] = loop.create_future()
        self._open = {1, 2}

    @property
    def stdout(self) -> str:
        """The beginning of it."""
        return self._outputs[0].text

    @property
    def stderr(self) -> str:
        """The beginning of it."""
        return self._outputs[1].text

    @property
    def truncated(self) -> bool:
        """Whether either is not all."""
        return any(kept.truncated for kept in self._outputs)

    @property
    def status(self) -> int:
        """As in `Ran`; as if killed where nobody could end it."""
        found = self._transport.get_returncode() if self._transport is not None else None
        return found if found is not None else -signal.SIGKILL

    async def start(
        self, argv: Sequence[str], cwd: Path, env: Mapping[str, str], stdin: bytes | None
    ) -> None:
        """Start it.

        Raises:
            Unavailable: That is not possible.
        """
        loop = asyncio.get_running_loop()
        try:
            self._transport, _ = await loop.subprocess_exec(
                lambda: self,
                *argv,
                stdin=PIPE if stdin is not None else DEVNULL,
                stdout=PIPE,
                stderr=PIPE,
                cwd=cwd,
                env=env,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            raise Unavailable(_unstartable(argv[0], cwd, error)) from error
        pipe = self._transport.get_pipe_transport(0)
        if stdin is not None and isinstance(pipe, asyncio.WriteTransport):
            pipe.write(stdin)
            pipe.close()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self._outputs[fd - 1].feed(data)

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        del exc
        self._open.discard(fd)
        if not self._open and not self._silent.done():
            self._silent.set_result(None)

    def process_exited(self) -> None:
        if not self._exited.done():
            self._exited.set_result(None)

    async def exited(self) -> None:
        """Wait until it has ended, whoever else may hold its output open."""
        await asyncio.shield(self._exited)

    async def settle(self, *, ended: bool) -> None:
        """Wait for the rest of the output, and end what must not go on.

        A program that ended by itself may leave others behind: a service that it started, say.
        Only those that stayed in its group and hold its output open are ended.
        """
        if self._transport is None:
            return
        if not ended:
            await group.end(self._transport.get_pid(), self._mark)
            return
        await asyncio.wait([self._silent], timeout=_AFTERGLOW)
        if not self._silent.done():
            await group.end(self._transport.get_pid(), "")

    async def close(self) -> None:
        """Make sure that nothing of it is left, whatever happened."""
        if self._transport is not None:
            if not self._exited.done():
                await group.end(self._transport.get_pid(), self._mark)
                await asyncio.wait([self._exited], timeout=_LAST)
            if not self._silent.done():
                await asyncio.wait([self._silent], timeout=_AFTERGLOW)
            with contextlib.suppress(PermissionError):  # It may have become somebody else's.
                self._transport.close()
        for kept in self._outputs:
            kept.end()


def _unstartable(program: str, cwd: Path, error: Exception) -> str:
    said = getattr(error, "strerror", None) or str(error)
    if isinstance(error, OSError) and str(error.filename) == str(cwd) != program:
        return f"{program} cannot be run in {cwd}: {said}."
    return f"{program} cannot be started: {said}."
