"""Ends processes for good: the whole group, and descendants that have left it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from pathlib import Path

MARK = "TOCSIN_CALL"
"""Environment variable by which every descendant of a call is found again."""
GRACE = 2.0
"""Seconds between asking a group to end and ending it."""
_LOOK_EVERY = 0.02
_PROC = Path("/proc")


def alive(group: int) -> bool:
    """Whether any process of a group still runs; one that has ended and waits does not count."""
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return any(_group_of(pid) == group for pid in _pids()) if _PROC.is_dir() else True


def _pids() -> list[int]:
    return [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()]


def _group_of(pid: int) -> int | None:
    """The group of a process that has not ended; None for others."""
    try:
        stat = (_PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    state, _, group = stat.rpartition(")")[2].split()[:3]
    return None if state in "ZX" else int(group)


def strays(mark: str) -> list[int]:
    """Processes that carry a call's mark, whatever group they are in. Linux only.

    An empty mark is nobody's.
    """
    wanted = f"{MARK}={mark}".encode()
    found: list[int] = []
    for pid in _pids() if mark and _PROC.is_dir() else []:
        try:
            held = (_PROC / str(pid) / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if wanted in held and pid != os.getpid() and _group_of(pid) is not None:
            found.append(pid)
    return found


async def end(group: int, mark: str, *, grace: float = GRACE) -> None:
    """Ask everything a call has started to end, and end what has not after `grace` seconds."""
    _signal(group, mark, signal.SIGTERM)
    loop = asyncio.get_running_loop()
    until = loop.time() + grace
    while loop.time() < until:
        if not alive(group) and not strays(mark):
            return
        await asyncio.sleep(_LOOK_EVERY)
    kill(group, mark)


def kill(group: int, mark: str) -> None:
    """End everything a call has started, at once."""
    for _ in range(5):
        _signal(group, mark, signal.SIGKILL)
        # What was forked between looking and killing is found by looking again.
        if not strays(mark):
            return


def _signal(group: int, mark: str, sign: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, sign)
    for pid in strays(mark):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, sign)
