"""The data directory, and who may use it at the same time."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
from collections.abc import Generator
from pathlib import Path
from typing import IO

from chat.errors import BadInput, Refused

_SLOTS = 64


def make_home(home: Path) -> None:
    """Make the data directory, for its owner alone, unless it is there.

    Raises:
        BadInput: It cannot be made.
    """
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(
            f"TOCSIN_HOME is “{home}”, which cannot be made: {error.strerror}. "
            "It must be a directory that Tocsin may write to.",
            details={"home": "a directory that Tocsin may write to"},
        ) from error


@contextlib.contextmanager
def only_one(database: Path) -> Generator[None]:
    """Hold an SQLite database for this process alone.

    Two servers on one file would both drive, deliver and seal. The system drops the
    lock with the process, however it ends.

    Raises:
        Refused: Another process has it; the message says which.
    """
    path = database.with_name(f"{database.name}.lock")
    with path.open("a+", encoding="utf-8") as file:
        if not _lock(file):
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise Refused(
                f"Tocsin already runs on {database} (process {holder}). Stop that one first, "
                "or give this one a directory of its own with TOCSIN_HOME. Several processes "
                "at once need PostgreSQL: set TOCSIN_DATABASE_URL.",
                code="ALREADY_RUNNING",
            )
        _write_pid(file)
        yield


@contextlib.contextmanager
def own_name(home: Path) -> Generator[str]:
    """A name for this process: the same after a restart, never that of another living one.

    It is the first free slot of the data directory, behind the machine's name.

    Raises:
        Refused: 64 processes share the directory.
    """
    machine = _machine(home)
    for slot in range(_SLOTS):
        with (home / f"process-{slot}.lock").open("a+", encoding="utf-8") as file:
            if not _lock(file):
                continue
            _write_pid(file)
            yield f"{machine}-{slot}"
            return
    raise Refused(f"{_SLOTS} processes already share {home}. Give this one its own TOCSIN_HOME.")


def _machine(home: Path) -> str:
    """The machine's name and a number of this directory on it."""
    return f"{socket.gethostname()}-{home.resolve().stat().st_ino}"


def _lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write_pid(file: IO[str]) -> None:
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
