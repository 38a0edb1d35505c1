"""A look below the stores, for what no store offers."""

from __future__ import annotations

from sqlalchemy import Connection, Engine

from storage.database import Database
from storage.sqlite import SqliteRunner
from storage.stores import Stores
from storage.tables import METADATA


def raw(to: Stores) -> Connection:
    """The connection an act works on."""
    return to.settings._connection  # pyright: ignore[reportPrivateUsage]


def everything(to: Stores) -> str:
    """Every row of every table."""
    rows = [row for table in METADATA.sorted_tables for row in raw(to).execute(table.select())]
    # A row's own `repr` leaves the middle of long values out.
    return repr([tuple(row) for row in rows])


def writer(database: Database) -> Engine:
    """The engine that SQLite's writer commits with."""
    runner = database._runner  # pyright: ignore[reportPrivateUsage]
    assert isinstance(runner, SqliteRunner)
    return runner._write_engine  # pyright: ignore[reportPrivateUsage]


def reader(database: Database) -> Engine:
    """The engine that SQLite's readers look with."""
    runner = database._runner  # pyright: ignore[reportPrivateUsage]
    assert isinstance(runner, SqliteRunner)
    return runner._read_engine  # pyright: ignore[reportPrivateUsage]
