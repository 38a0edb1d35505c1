"""Copying an SQLite database while it is in use, and putting a copy in its place."""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
from collections.abc import Generator
from datetime import datetime
from pathlib import Path

from chat.errors import BadInput, Refused, Unavailable
from storage.database import parse_url

_PAGES = 2048
_PAUSE = 0.005
_COMPANIONS = ("-wal", "-shm")


def sqlite_file(url: str) -> Path:
    """The file of an SQLite database.

    Raises:
        Refused: It is on PostgreSQL, which has better means of its own.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        name = parsed.set(password=None).render_as_string()
        raise Refused(
            "PostgreSQL copies its databases itself. "
            f"Save one with: pg_dump --format=custom --file=FILE {name}; "
            f"put it back with: pg_restore --clean --if-exists --dbname={name} FILE",
            code="NOT_SQLITE",
        )
    return Path(parsed.database)


def save(database: Path, copy: Path) -> int:
    """Copy a database while others use it; the copy is there whole or not at all.

    Returns:
        Its size in bytes.

    Raises:
        BadInput: There is no database, or the copy's folder is not there.
        Unavailable: It cannot be read or written, or the copy came out damaged.
    """
    if not database.is_file():
        raise BadInput(f"There is no database at {database} yet.")
    if not copy.parent.is_dir():
        raise BadInput(f"There is no folder {copy.parent}. Make it first.")
    fresh = copy.with_name(f".{copy.name}.{secrets.token_hex(4)}")
    try:
        with _told(f"{database} cannot be copied to {copy}"):
            _copy(database, fresh)
            fresh.replace(copy)
            _sync(copy.parent)
            return copy.stat().st_size
    finally:
        fresh.unlink(missing_ok=True)


def check(copy: Path) -> str:
    """Version of the database in a copy, after looking whether it is whole.

    Raises:
        BadInput: It is damaged, or no database of ours.
    """
    if not copy.is_file():
        raise BadInput(f"There is no file {copy}.")
    try:
        with _opened(copy, read_only=True) as opened:
            (verdict,) = opened.execute("PRAGMA integrity_check(1)").fetchone()
            row = opened.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        raise BadInput(f"{copy} is no backup of Tocsin ({error}).") from error
    if verdict != "ok" or row is None:
        told = " ".join(str(verdict).split())
        raise BadInput(f"{copy} is damaged ({told}). Take an earlier backup.")
    return str(row[0])


def put_back(copy: Path, database: Path, now: datetime) -> Path | None:
    """Put a checked copy in the place of a database that nobody uses.

    Returns:
        Where the database that was there is kept; None when there was none.

    Raises:
        Unavailable: It cannot be read or written; then what was there is still there.
    """
    fresh = database.with_name(f".{database.name}.{secrets.token_hex(4)}")
    kept = database.with_name(f"{database.name}.before-restore-{now:%Y%m%dT%H%M%S.%fZ}")
    try:
        with _told(f"{copy} cannot be put in the place of {database}"):
            database.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _copy(copy, fresh)
            was_there = database.exists()
            if was_there:
                # Copied, not moved: what its log holds belongs to it.
                _copy(database, kept)
            for companion in _COMPANIONS:
                database.with_name(database.name + companion).unlink(missing_ok=True)
            fresh.replace(database)
            _sync(database.parent)
            return kept if was_there else None
    finally:
        fresh.unlink(missing_ok=True)


def _copy(source: Path, target: Path) -> None:
    """Copy by SQLite's own online backup, for the owner's eyes only, onto the disk."""
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with _opened(source, read_only=True) as origin, _opened(target) as made:
        origin.backup(made, pages=_PAGES, sleep=_PAUSE)
        # One file alone, without a log beside it that could be forgotten.
        made.execute("PRAGMA journal_mode=DELETE")
    with target.open("rb") as file:
        os.fsync(file.fileno())


@contextlib.contextmanager
def _opened(path: Path, *, read_only: bool = False) -> Generator[sqlite3.Connection]:
    mode = "ro" if read_only else "rw"
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode={mode}", uri=True, timeout=10)
    try:
        yield connection
    finally:
        connection.close()


@contextlib.contextmanager
def _told(what: str) -> Generator[None]:
    """Tell in our own words what the system or SQLite refuses."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise Unavailable(f"{what}: {error}.") from error


def _sync(folder: Path) -> None:
    """Have the folder's new names on the disk."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
