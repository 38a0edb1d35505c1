#!/usr/bin/env python3
"""Removes what nobody misses from a machine's disks, or says what it would remove; as JSON.

It runs by itself on any machine with Python 3.7 or newer. Everything is opened by name inside
a folder that is open already, and never through a symbolic link; nothing on another mount is
touched, and no file that anybody has open.

Usage: disk_cleanup.py [--kinds=KIND,…|--kinds="['KIND', …]"] [--older_than_days=N] 1|0
The last argument says whether it is a dry run.
"""

# ruff: noqa: PTH112, PTH114, PTH116, PTH118, PTH123, PTH208
# Names inside open folders are no paths, and pathlib knows none.

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import NamedTuple

_DAY = 86_400
_DEEPEST = 64
_SHOWN = 20
_KIB = 1024
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Kind(NamedTuple):
    """What is cleaned in some folders.

    Attributes:
        folders: Where.
        names: Which files there, by their names.
        times: What of a file has to be old: a read, a write or a change of it.
        passed_over: Folders that are left alone, by their names.
    """

    folders: tuple[str, ...]
    names: re.Pattern[str]
    times: str
    passed_over: re.Pattern[str]


_NOTHING = re.compile(r"(?!)")
KINDS = {
    "temporary_files": Kind(
        ("/tmp", "/var/tmp"),  # noqa: S108 - to be cleaned
        re.compile(r".*", re.DOTALL),
        "amc",
        # Folders of running services and sessions.
        re.compile(r"systemd-private-.*|snap-private-tmp|\..*-unix|ssh-.*|tmux-.*"),
    ),
    "rotated_logs": Kind(
        ("/var/log",),
        # Not longer numbers: they are a database's, whose logs are its data.
        re.compile(
            r".+(\.\d{1,3}|-\d{8}|\.old)(\.(gz|xz|bz2|zst|lz4))?|.+\.log.*\.(gz|xz|bz2|zst)"
        ),
        "m",
        re.compile(r"journal|audit|mysql|mariadb|postgresql"),
    ),
    "package_caches": Kind(
        ("/var/cache/apt/archives", "/var/cache/dnf", "/var/cache/yum"),
        re.compile(r".+\.(deb|rpm|drpm)"),
        "mc",
        _NOTHING,
    ),
}
JOURNAL = "journal"


class Found(NamedTuple):
    """A file that is old enough, in an open folder."""

    folder: int
    name: str
    path: str
    size: int
    identity: tuple[int, int]


class Cleaning:
    """One cleaning of one machine."""

    def __init__(self, root: str, now: float, days: int, *, dry_run: bool) -> None:
        """Get ready.

        Args:
            root: In front of every folder; empty for the machine itself.
            now: Seconds since 1970.
            days: What is younger is kept.
            dry_run: Whether nothing is removed.
        """
        self._root = root
        self._before = now - days * _DAY
        self._days = days
        self._dry_run = dry_run
        self._open = open_files()
        self.removed: dict[str, list[tuple[int, str]]] = {}
        self.kept_open = 0
        self.unseen = 0
        self.problems: list[str] = []

    def files(self, name: str) -> None:
        """Clean one kind."""
        kind, removed = KINDS[name], self.removed.setdefault(name, [])
        for folder in kind.folders:
            for found in self._old_files(self._root + folder, kind):
                if self._removed(found):
                    removed.append((found.size, found.path))

    def _old_files(self, folder: str, kind: Kind) -> Iterator[Found]:
        try:
            opened = os.open(folder, _FOLDER)
        except OSError as error:
            self._unusable(folder, error)
            return
        try:
            yield from self._inside(opened, folder, kind, _mount(opened), 0)
        finally:
            os.close(opened)

    def _inside(
        self, opened: int, path: str, kind: Kind, mount: str, depth: int
    ) -> Iterator[Found]:
        try:
            names = sorted(os.listdir(opened))
        except OSError as error:
            self._unusable(path, error)
            return
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                seen = os.stat(name, dir_fd=opened, follow_symlinks=False)
                inner = f"{path}/{name}"
                if stat.S_ISDIR(seen.st_mode):
                    yield from self._folder(opened, name, inner, kind, mount, depth)
                elif self._fits(seen, name, kind):
                    size = seen.st_blocks * 512
                    yield Found(opened, name, inner, size, (seen.st_dev, seen.st_ino))

    def _folder(
        self, parent: int, name: str, path: str, kind: Kind, mount: str, depth: int
    ) -> Iterator[Found]:
        if kind.passed_over.fullmatch(name):
            return
        if depth >= _DEEPEST:
            self._problem(path, "is passed over: it lies too deep")
            return
        try:
            opened = os.open(name, _FOLDER, dir_fd=parent)
        except OSError as error:
            self._unusable(path, error)
            return
        try:
            if _mount(opened) == mount:
                yield from self._inside(opened, path, kind, mount, depth + 1)
        finally:
            os.close(opened)

    def _fits(self, seen: os.stat_result, name: str, kind: Kind) -> bool:
        """Whether it is a plain file of that kind, with one name, that is old enough."""
        times = {"a": seen.st_atime, "m": seen.st_mtime, "c": seen.st_ctime}
        return (
            stat.S_ISREG(seen.st_mode)
            and seen.st_nlink == 1
            # By custom the sticky bit says that a file is to stay.
            and not seen.st_mode & stat.S_ISVTX
            and kind.names.fullmatch(name) is not None
            # What belongs to others is theirs to remove, except for root.
            and os.geteuid() in (0, seen.st_uid)
            and max(times[each] for each in kind.times) < self._before
        )

    def _removed(self, found: Found) -> bool:
        """Remove it, or see that it could be; whether that is so."""
        try:
            file = os.open(found.name, _FILE, dir_fd=found.folder)
        except OSError as error:
            self._unusable(found.path, error)
            return False
        try:
            now = os.fstat(file)
            if (now.st_dev, now.st_ino) != found.identity or not stat.S_ISREG(now.st_mode):
                return False
            if found.identity in self._open or not _is_ours_alone(file):
                self.kept_open += 1
                return False
            if not self._dry_run:
                os.unlink(found.name, dir_fd=found.folder)
        except OSError as error:
            self._problem(found.path, f"is kept: {_why(error)}")
            return False
        finally:
            os.close(file)
        return True

    def journal(self) -> None:
        """Have the journal forget what is old; it alone knows how."""
        folder = self._root + "/var/log/journal"
        removed = self.removed.setdefault(JOURNAL, [])
        if not os.path.isdir(folder) or os.path.islink(folder):
            return
        old = list(_archived(folder, self._before))
        if self._dry_run:
            removed += old
            return
        program = shutil.which("journalctl")
        if program is None:
            self._problem(folder, "is kept: there is no journalctl")
            return
        said = subprocess.run(  # noqa: S603 - the journal's own tool
            [program, f"--directory={folder}", f"--vacuum-time={self._days}d"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if said.returncode:
            last = said.stdout.decode("utf-8", "replace").strip().rpartition("\n")[2]
            self._problem(folder, f"is kept: journalctl says {last[:200]}")
            return
        removed += [(size, path) for size, path in old if not os.path.lexists(path)]

    def _unusable(self, path: str, error: OSError) -> None:
        if isinstance(error, PermissionError) and os.geteuid():
            self.unseen += 1
        elif not isinstance(error, FileNotFoundError):
            self._problem(path, f"is passed over: {_why(error)}")

    def _problem(self, path: str, problem: str) -> None:
        self.problems.append(f"{_shown(path)} {problem}")


def _archived(folder: str, before: float) -> Iterator[tuple[int, str]]:
    """Size and path of those journal files that nobody writes to and that are old."""
    for machine in sorted(os.listdir(folder)):
        inner = os.path.join(folder, machine)
        if os.path.islink(inner) or not os.path.isdir(inner):
            continue
        for name in sorted(os.listdir(inner)):
            path = os.path.join(inner, name)
            seen = os.lstat(path)
            if "@" in name and stat.S_ISREG(seen.st_mode) and seen.st_mtime < before:
                yield seen.st_blocks * 512, path


def _mount(folder: int) -> str:
    """Which mount an open folder lies on: two mounts of one disk are two."""
    with contextlib.suppress(OSError), open(f"/proc/self/fdinfo/{folder}") as lines:
        for line in lines:
            if line.startswith("mnt_id:"):
                return line
    return str(os.fstat(folder).st_dev)


def open_files() -> frozenset[tuple[int, int]]:
    """Device and inode of every file that a process has open or mapped, as far as we may see."""
    found: set[tuple[int, int]] = set()
    for process in filter(str.isdigit, os.listdir("/proc")):
        folder = f"/proc/{process}/fd"
        with contextlib.suppress(OSError):
            for name in os.listdir(folder):
                with contextlib.suppress(OSError):
                    seen = os.stat(f"{folder}/{name}")
                    found.add((seen.st_dev, seen.st_ino))
        with contextlib.suppress(OSError), open(f"/proc/{process}/maps", "rb") as maps:
            for line in maps:
                _, _, _, device, inode = line.split(None, 5)[:5]
                major, minor = (int(part, 16) for part in device.split(b":"))
                found.add((os.makedev(major, minor), int(inode)))
    return frozenset(found)


def _is_ours_alone(file: int) -> bool:
    """Whether nobody else has it open, by asking the kernel for a lease of it.

    The lease ends when the file is closed; until then, whoever opens it waits for us. A
    filesystem that knows no leases leaves it at what /proc has shown.
    """
    try:
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _why(error: OSError) -> str:
    return error.strerror or str(error)


def _shown(path: str) -> str:
    """A path as text, whatever bytes and line ends are in it."""
    clean = path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return "".join(char if char.isprintable() else "?" for char in clean)


def _size(count: float) -> str:
    if count < _KIB:
        return f"{count:.0f} bytes"
    for unit in ("KiB", "MiB", "GiB"):
        count /= _KIB
        if count < _KIB:
            return f"{count:.1f} {unit}"
    return f"{count / _KIB:.1f} TiB"


def answer(cleaning: Cleaning, *, dry_run: bool, days: int) -> dict[str, object]:
    """What came of it."""
    each = {
        name: {"files": len(removed), "bytes": sum(size for size, _ in removed)}
        for name, removed in cleaning.removed.items()
    }
    everything = [one for removed in cleaning.removed.values() for one in removed]
    files, size = len(everything), sum(size for size, _ in everything)
    largest = [
        {"path": _shown(path), "bytes": size}
        for size, path in sorted(everything, key=lambda one: -one[0])[:_SHOWN]
    ]
    did = "would be removed" if dry_run else "were removed"
    lines = [f"Files older than {days} days: {files} ({_size(size)}) {did}."]
    lines += [
        f"• {name.replace('_', ' ')}: {one['files']}, {_size(one['bytes'])}"
        for name, one in each.items()
    ]
    if cleaning.kept_open:
        lines.append(f"Open, and so kept: {cleaning.kept_open}.")
    if cleaning.unseen:
        lines.append(f"Not to be looked into by this user: {cleaning.unseen}.")
    if cleaning.problems:
        lines.append(f"Problems: {len(cleaning.problems)}, first: {cleaning.problems[0]}.")
    return {
        "status": "warning" if cleaning.problems else "ok",
        "dry_run": dry_run,
        "older_than_days": days,
        "files": files,
        "bytes": size,
        "kinds": each,
        "largest": largest,
        "kept_open": cleaning.kept_open,
        "unseen": cleaning.unseen,
        "problems": cleaning.problems[:_SHOWN],
        "host": os.uname().nodename,
        "text": "\n".join(lines),
    }


def main(words: list[str], root: str = "", now: float | None = None) -> int:
    """Clean as the arguments say; the exit status.

    Args:
        words: The arguments.
        root: In front of every folder, for tests.
        now: The time, for tests; None for the clock's.
    """
    kinds, days, last = [*KINDS, JOURNAL], 7, ""
    for word in words:
        name, _, value = word.partition("=")
        if name == "--kinds":
            kinds = [kind.strip(" '\"") for kind in value.strip("[]").split(",")]
        elif name == "--older_than_days" and value.isdigit():
            days = int(value)
        elif word in ("0", "1"):
            last = word
        else:
            print(f"{word} is no argument of this script.", file=sys.stderr)
            return 2
    unknown = [kind for kind in kinds if kind not in KINDS and kind != JOURNAL]
    if unknown or not last or days < 1:
        print("Give kinds, days from 1, and 1 or 0 for a dry run.", file=sys.stderr)
        return 2
    # Somebody who wants a file that we hold a lease of is told to the one who holds it.
    signal.signal(signal.SIGIO, signal.SIG_IGN)
    dry_run = last == "1"
    cleaning = Cleaning(root, time.time() if now is None else now, days, dry_run=dry_run)
    for kind in kinds:
        if kind == JOURNAL:
            cleaning.journal()
        else:
            cleaning.files(kind)
    print(json.dumps(answer(cleaning, dry_run=dry_run, days=days)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
