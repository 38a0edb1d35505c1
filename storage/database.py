"""Opening the database that a URL names."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from chat.clock import Clock, SystemClock
from chat.errors import BadInput
from storage.acts import StoredActs
from storage.postgresql import PostgresqlRunner
from storage.sqlite import SqliteRunner

SETTING = "TOCSIN_DATABASE_URL"
ACCEPTED = "sqlite:///path/to/file or postgresql://user:password@host:port/name"
_OLDEST_SQLITE = (3, 35)


class Database:
    """An open database.

    Attributes:
        url: As it was given, password included: not for logs.
        dialect: `sqlite` or `postgresql`.
        acts: The door to what is stored.
    """

    def __init__(self, url: URL, clock: Clock, *, telemetry: bool) -> None:
        self.url = url.render_as_string(hide_password=False)
        self.dialect = url.get_backend_name()
        self._runner = SqliteRunner(url) if self.dialect == "sqlite" else PostgresqlRunner(url)
        self.acts = StoredActs(self._runner, clock, telemetry=telemetry)

    def close(self) -> None:
        """Finish the acts that wait, and close. Closing twice is harmless."""
        self._runner.close()


def parse_url(url: str) -> URL:
    """The URL, if it names a database that Tocsin can use.

    Raises:
        BadInput: It does not.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise _unusable("that is not a URL") from None
    match parsed.get_backend_name():
        case "postgres":
            # As many hosts spell it.
            return parse_url(f"postgresql{url.removeprefix('postgres')}")
        case "sqlite":
            if parsed.database in (None, "", ":memory:"):
                raise _unusable("a database in memory is gone with the process")
            if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
                raise _unusable(f"this Python's SQLite is {sqlite3.sqlite_version}, before 3.35")
        case "postgresql":
            if not parsed.database:
                raise _unusable("it names no database")
        case other:
            raise _unusable(f"“{other}” is not a database Tocsin knows")
    return parsed


def open_database(url: str, *, telemetry: bool = False, clock: Clock | None = None) -> Database:
    """Open a database whose tables are there already; see `storage.migrate`.

    Args:
        url: `sqlite:///…` or `postgresql://…`.
        telemetry: Whether usage events are kept.
        clock: For the time of audited denials.

    Raises:
        BadInput: The URL names nothing that Tocsin can use.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        # What is in it is for the operator's eyes only; made by us, nobody else reads it.
        Path(parsed.database or "").touch(mode=0o600)
    return Database(parsed, clock or SystemClock(), telemetry=telemetry)


def _unusable(why: str) -> BadInput:
    return BadInput(
        f"{SETTING} cannot be used: {why}. It must look like {ACCEPTED}.",
        details={"database_url": ACCEPTED},
    )
