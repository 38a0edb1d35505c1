"""Where one environment is kept, and what is known about it there."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import Generator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

from chat.clock import new_id


class State(StrEnum):
    """How far an environment is."""

    NOT_BUILT = "not built"
    BUILDING = "building"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Condition:
    """How an environment is.

    Attributes:
        python: Its interpreter; empty unless it is ready.
        told: The last lines that were printed when it could not be built; empty otherwise.
    """

    state: State
    python: str = ""
    told: str = ""


class Place:
    """One environment's folder: a lock, a record, and a folder for each attempt to build it.

    An environment is never moved, since its scripts hold its path. It counts once the
    record says so, and that is put in place in one go.
    """

    def __init__(self, folder: Path) -> None:
        """Know it; `folder` is absolute, and need not be there."""
        self.folder = folder
        self._record = folder / "state.json"
        self._lock = folder / "lock"

    def condition(self) -> Condition:
        """How it is now, whichever process builds it."""
        known = self.known()
        if known.state is not State.READY and self._is_held():
            return Condition(State.BUILDING)
        return known

    def known(self) -> Condition:
        """What came of the last attempt that was carried through."""
        try:
            record: dict[str, Any] = json.loads(self._record.read_text(encoding="utf-8"))
            found = Condition(State(record["state"]), str(record["python"]), str(record["told"]))
        except (OSError, ValueError, KeyError, TypeError):
            return Condition(State.NOT_BUILT)
        # Neither one that was deleted, or moved, counts, nor one whose interpreter is gone.
        if found.state is State.READY and not self._runs(found.python):
            return Condition(State.NOT_BUILT)
        return found

    def _runs(self, python: str) -> bool:
        return Path(python).is_relative_to(self.folder) and os.access(python, os.X_OK)

    def _is_held(self) -> bool:
        try:
            with self._lock.open(encoding="utf-8") as file:
                # Shared, so that two who look do not take each other for a builder.
                return not _taken(file, fcntl.LOCK_SH)
        except OSError:
            return False

    @contextlib.contextmanager
    def held(self) -> Generator[bool]:
        """Keep others from building it; whether that is granted. It ends with the process.

        Raises:
            OSError: The folder cannot be made.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._lock.open("a", encoding="utf-8") as file:
            yield _taken(file, fcntl.LOCK_EX)

    def anew(self) -> Path:
        """The folder of a new attempt, not there yet; those of earlier ones are removed."""
        for left in self.folder.iterdir():
            if left.is_dir():
                # Whoever was killed may have left somebody behind who still writes there.
                shutil.rmtree(left, ignore_errors=True)
        return self.folder / new_id()

    def settle(self, condition: Condition) -> Condition:
        """Write down what came of an attempt.

        Raises:
            OSError: It cannot be written.
        """
        new = self._record.with_suffix(".new")
        body = {"state": condition.state, "python": condition.python, "told": condition.told}
        new.write_text(json.dumps(body), encoding="utf-8")
        new.replace(self._record)
        return condition


def _taken(file: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
