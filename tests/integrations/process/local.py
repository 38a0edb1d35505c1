"""Runs things on this machine as the driver does, and looks at what they leave behind."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import pytest

from automation.actions.action import Action
from automation.actions.runner import Call, Outcome, Runner, RunnerKit, Stream
from automation.actions.schema import checked
from integrations.process.run import Ran, run

PATIENCE = 20.0
LIMITS = (0.5, 5.0, 20.0)
"""Seconds that something is given; more where the machine is too busy to begin it in less."""
_SECONDS = (f"{os.getpid()}{number:04}" for number in count(1))
ANY = Action("test.any", "local-shell-cmd")
Done = TypeVar("Done")


def seconds() -> str:
    """How long something sleeps, which no two tests have in common."""
    return next(_SECONDS)


@dataclass
class Local:
    """Calls runners, and hears what they emit.

    Attributes:
        files: Folder of the execution.
        pieces: What was emitted, in order.
    """

    files: Path
    kit: RunnerKit = field(default_factory=RunnerKit)
    secrets: frozenset[str] = frozenset()
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    pieces: list[tuple[Stream, str]] = field(default_factory=list[tuple[Stream, str]])
    _came: asyncio.Event = field(default_factory=asyncio.Event)

    def call(self, action: Action, values: Mapping[str, Any], timeout: float) -> Call:
        """An attempt at an action."""
        return Call(
            "task-1",
            action,
            values,
            timeout,
            self.files,
            environment=self.environment,
            secrets=self.secrets,
        )

    async def program(self, *argv: str, timeout: float = 60, **given: Any) -> Ran:  # noqa: ASYNC109 - the call's own
        """Run a program."""
        return await run(self.kit, self.call(ANY, {}, timeout), argv, self.emit, **given)

    async def python(self, code: str, *words: str, **given: Any) -> Ran:
        """Run some Python as a program."""
        return await self.program(sys.executable, "-c", code, *words, **given)

    async def sh(self, line: str, **given: Any) -> Ran:
        """Run a command line as a program."""
        return await self.program("/bin/sh", "-c", line, **given)

    async def do(
        self,
        runner: Runner,
        action: Action,
        given: Mapping[str, Any],
        timeout: float = 60,  # noqa: ASYNC109 - the call's own
    ) -> Outcome:
        """Run an action, its values checked by its schema first."""
        values = checked(action, given, place="parameters")
        return await runner.run(self.call(action, values, timeout), self.emit)

    async def ended_by_time(
        self, begin: Callable[[float], Awaitable[Done]], said: str = "begun"
    ) -> Done:
        """Run what prints a word and does not end by itself; it is given a limit in seconds."""
        for limit in LIMITS:
            self.pieces.clear()
            done = await begin(limit)
            if said in self.emitted():
                return done
        pytest.fail(f"it did not begin within {LIMITS[-1]} seconds")

    def emit(self, stream: Stream, text: str) -> None:
        self.pieces.append((stream, text))
        self._came.set()

    def emitted(self, stream: Stream = "stdout") -> str:
        """All that a stream was emitted."""
        return "".join(text for name, text in self.pieces if name == stream)

    async def said(self, part: str, stream: Stream = "stdout") -> None:
        """Wait until something was emitted."""
        async with asyncio.timeout(PATIENCE):
            while part not in self.emitted(stream):
                self._came.clear()
                await self._came.wait()

    def kept(self, stream: Stream) -> Path:
        """The file that holds what does not fit into memory."""
        return self.files / f"task-1.1.{stream}.log"


def running(words: str) -> list[int]:
    """Processes with these words in their command line that have not ended."""
    wanted = words.encode()
    found = [pid for pid in _pids() if wanted in _line(pid)]
    return [pid for pid in found if _read(pid, "stat").rpartition(b")")[2].split()[:1] != [b"Z"]]


def called(words: str) -> list[int]:
    """Those whose whole command line is this."""
    return [pid for pid in running(words) if _line(pid) == words.encode()]


def _line(pid: int) -> bytes:
    return _read(pid, "cmdline").rstrip(b"\0").replace(b"\0", b" ")


def _pids() -> list[int]:
    return [int(each.name) for each in Path("/proc").iterdir() if each.name.isdigit()]


def _read(pid: int, what: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{what}").read_bytes()
    except OSError:
        return b""


def memory() -> int:
    """Bytes that this process has in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def until(fits: Callable[[], object]) -> None:
    """Wait for something that another process brings about."""
    end = time.monotonic() + PATIENCE
    while not fits():
        assert time.monotonic() < end, "it did not come about"
        await asyncio.sleep(0.02)
