"""Ends what a process that died in the middle of a task has left running on this machine.

Whoever takes the task up again would otherwise do it beside the one that still runs.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from pathlib import Path

TASK = "TOCSIN_TASK_ID"
"""Environment variable that every process of a task begins with."""
_PROC = Path("/proc")
_ROUNDS = 20
_BETWEEN = 0.05


async def end_left(task_id: str) -> None:
    """End every process that was started for a task, with its group. Linux only.

    Only processes of our own user are seen; one that has dropped the variable is not.
    """
    for _ in range(_ROUNDS):
        left = await asyncio.to_thread(_left, task_id)
        if not left:
            return
        for pid in left:
            _kill(pid)
        await asyncio.sleep(_BETWEEN)


def _left(task_id: str) -> list[int]:
    if not _PROC.is_dir():
        return []
    wanted = f"{TASK}={task_id}".encode()
    found: list[int] = []
    for entry in _PROC.iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError):
                held = (entry / "environ").read_bytes()
                if wanted in held.split(b"\0"):
                    found.append(int(entry.name))
    return found


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        group = os.getpgid(pid)
        if group != os.getpgid(0):
            os.killpg(group, signal.SIGKILL)
        os.kill(pid, signal.SIGKILL)
