"""Bringing a database's tables to the release that runs, or back to an earlier one."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, Column, Connection, MetaData, String, Table, func, inspect, select

from chat.errors import BadInput, Refused, TocsinError, Unavailable
from storage.database import SETTING, parse_url
from storage.errors import translated
from storage.postgresql import postgresql_engine
from storage.sqlite import sqlite_engine

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.util.exc import CommandError

# Alembic is imported where a database is really changed: 10 MB and a tenth of a second,
# which a start that only looks whether it must be changed does without.
_VERSIONS = Table("alembic_version", MetaData(), Column("version_num", String(32)))
"""Alembic's own table. Source: `alembic.runtime.migration.MigrationContext`."""
_SCRIPTS = Path(__file__).parent / "migrations"
_LOCK = 0x70C50
"""Key of the PostgreSQL advisory lock: one process migrates, the others wait for it."""


def head() -> str:
    """The revision that this release needs: scripts are named `<revision>_<about>.py`."""
    newest = max(path.name for path in (_SCRIPTS / "versions").glob("[0-9]*_*.py"))
    return newest.partition("_")[0]


def current(url: str) -> str | None:
    """The revision a database is at; None when it is empty or not there yet.

    Whoever starts looks here first, so this is where a wrong URL is explained.

    Raises:
        BadInput: The URL names a file that is not a database of ours.
        Unavailable: The server does not answer, or lets nobody in.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").exists():
        return None
    with _explained(parsed), _connected(url) as connection:
        if not inspect(connection).has_table(_VERSIONS.name):
            return None
        return connection.scalar(select(_VERSIONS.c.version_num))


@contextmanager
def _explained(url: URL) -> Generator[None]:
    """Name the setting and what is wrong when a database cannot be looked at at all."""
    try:
        yield
    except TocsinError as error:
        told = str(getattr(error.__cause__, "orig", None) or error.message).strip()
        why = told.partition("\n")[0].rstrip(".")
        if url.get_backend_name() == "sqlite":
            raise BadInput(
                f"{SETTING} names the file {url.database}, which cannot be used as a database: "
                f"{why}. Name one that Tocsin made, or one that is not there yet.",
                details={"database_url": why},
            ) from error
        raise Unavailable(
            f"The PostgreSQL server that {SETTING} names ({url.host or 'on this machine'}, "
            f"database {url.database}) cannot be reached: {why}. See that it runs and that the "
            "setting is right."
        ) from error


def upgrade(url: str, revision: str = "head") -> None:
    """Bring a database up to a revision, all of it or nothing; being there is harmless.

    Raises:
        Refused: A newer release of Tocsin has changed it.
        Unavailable: It does not answer.
    """
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.util.exc import CommandError  # noqa: PLC0415 - see above

    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        path = Path(parsed.database or "")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    with _connected(url) as connection:
        try:
            command.upgrade(_config(connection), revision)
        except CommandError as unknown:
            raise _newer(unknown) from unknown


def downgrade(url: str, revision: str) -> None:
    """Bring a database back to an earlier revision; `base` is an empty one.

    Raises:
        BadInput: There is no such revision.
        Unavailable: It does not answer.
    """
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.util.exc import CommandError  # noqa: PLC0415 - see above

    with _connected(url) as connection:
        try:
            command.downgrade(_config(connection), revision)
        except CommandError as unknown:
            raise BadInput(
                f"There is no revision “{revision}” to go back to.",
                details={"revision": "a revision, a number of steps such as -1, or base"},
            ) from unknown


def _config(connection: Connection) -> Config:
    from alembic.config import Config  # noqa: PLC0415 - see above

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["connection"] = connection
    return config


@contextmanager
def _connected(url: str) -> Generator[Connection]:
    """One transaction on a connection of its own, alone with the tables."""
    parsed = parse_url(url)
    sqlite = parsed.get_backend_name() == "sqlite"
    engine = (
        sqlite_engine(parsed, "BEGIN IMMEDIATE", foreign_keys=False)
        if sqlite
        else postgresql_engine(parsed, pool_size=1)
    )
    try:
        with translated(), engine.begin() as connection:
            if not sqlite:
                connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
            yield connection
    finally:
        engine.dispose()


def _newer(unknown: CommandError) -> Refused:
    return Refused(
        "This database was changed by a newer release of Tocsin. "
        f"Install that one, or restore a backup from before. ({unknown})",
        code="NEWER_DATABASE",
    )
