"""Ends processes for good: the whole group, and descendants that have left it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

MARK = "TOCSIN_CALL"
"""Environment variable by which every descendant of a call is found again."""
GRACE = 2.0
"""Seconds between asking a group to end and ending it."""
_LOOK_EVERY = 0.02
_ROUNDS = 5
_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class _Seen:
    """A process that has not ended.

    Attributes:
        begun: When, in ticks since the machine's start; tells it from a later one whose
            number is the same.
    """

    pid: int
    parent: int
    group: int
    begun: int


def members(group: int, mark: str) -> frozenset[int]:
    """Processes of a call that have not ended. Linux only; nobody elsewhere.

    Args:
        group: Number of the process that leads the group.
        mark: The call's mark: whoever carries it belongs to it, and whoever descends from
            one that belongs to it. An empty mark asks for the group alone.
    """
    return frozenset(each.pid for each in _members(group, mark))


async def end(group: int, mark: str, *, grace: float = GRACE) -> None:
    """Ask everything a call has started to end, and end what has not after `grace` seconds.

    What has left the group, has dropped the mark and has no ancestor any more is not found.
    """
    found = _held(group, mark) if mark else _members(group, mark)
    _signal(group, found, signal.SIGTERM)
    _signal(group, found, signal.SIGCONT)
    loop = asyncio.get_running_loop()
    until = loop.time() + grace
    while loop.time() < until:
        # Some are known only by their ancestors, which may have ended by now.
        found = _still(found) | _members(group, mark)
        if not found and not _unseen(group):
            return
        await asyncio.sleep(_LOOK_EVERY)
    kill(group, mark, found)


def kill(group: int, mark: str, found: Iterable[_Seen] = ()) -> None:
    """End everything a call has started, at once; `found` too."""
    left = frozenset(found)
    for _ in range(_ROUNDS):
        left = _still(left) | _members(group, mark)
        _signal(group, left, signal.SIGKILL)
        # What was forked between looking and killing is found by looking again.
        if not left:
            return


def _held(group: int, mark: str) -> frozenset[_Seen]:
    """Stop them all, so that nobody is forked, and loses its ancestor, unseen."""
    found: frozenset[_Seen] = frozenset()
    for _ in range(_ROUNDS):
        more = _members(group, mark) - found
        if not more:
            break
        _signal(group, more, signal.SIGSTOP)
        found |= more
    return found


def _members(group: int, mark: str) -> frozenset[_Seen]:
    there = _processes()
    found = {each for each in there if group in {each.pid, each.group}}
    if mark:
        found |= {each for each in there if _carries(each.pid, mark)}
        more = found
        while more:
            pids = {each.pid for each in more}
            more = {each for each in there - found if each.parent in pids}
            found |= more
    return frozenset(found)


def _still(found: frozenset[_Seen]) -> frozenset[_Seen]:
    return frozenset(each for each in found if (now := _seen(each.pid)) and now.begun == each.begun)


def _processes() -> set[_Seen]:
    """Everybody but ourselves."""
    if not _PROC.is_dir():
        return set()
    pids = (int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit())
    return {seen for pid in pids if pid != os.getpid() and (seen := _seen(pid)) is not None}


def _seen(pid: int) -> _Seen | None:
    """A process; None when there is none, or when it has ended and waits.

    Source: `/proc/PID/stat` of Linux, proc(5).
    """
    try:
        stat = (_PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    state, parent, group, *more = stat.rpartition(")")[2].split()
    return None if state in "ZX" else _Seen(pid, int(parent), int(group), int(more[16]))


def _carries(pid: int, mark: str) -> bool:
    try:
        held = (_PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return False
    return f"{MARK}={mark}".encode() in held


def _unseen(group: int) -> bool:
    """Whether a group is there, on a machine where processes cannot be looked at."""
    if _PROC.is_dir():
        return False
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _signal(group: int, found: Iterable[_Seen], sign: signal.Signals) -> None:
    # Together first, so that none of them can fork its way out between two signals.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, sign)
    for each in found:
        if each.group != group:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(each.pid, sign)
