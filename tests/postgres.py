"""A PostgreSQL server for the time of a test run, and databases in it."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

GIVEN = "TOCSIN_TEST_POSTGRES_URL"
MISSING = (
    "no PostgreSQL: apt-get install postgresql, or let "
    f"{GIVEN} name a server on which databases may be created"
)
# Nothing of a test run is worth a disk's time.
_CARELESS = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    "max_connections=200",
    "shared_buffers=64MB",
)
_CAREFUL = ("shared_buffers=256MB",)
_STARTS_WITHIN = 60.0
_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of a random name is made in it
_ROOM = 2 * 1024**3
"""Bytes. A database is some 700 files, which a file system in memory copies ten times as fast."""
_COPIES_FILES = 150_000


class NoPostgres(Exception):
    """There is none to be had; says how to get one."""


class Server:
    """A server on which databases can be made."""

    def __init__(self, url: URL) -> None:
        self._url = url
        with self._connected() as connection:
            self._version = connection.info.server_version

    def create(self, template: str | None = None) -> URL:
        """A new database, empty or a copy of `template`."""
        name = f"tocsin_{uuid4().hex}"
        statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if template:
            statement += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
            if self._version >= _COPIES_FILES:
                # Three times as fast as through the log.
                statement += sql.SQL(" STRATEGY FILE_COPY")
        self._execute(statement)
        return self._url.set(database=name)

    def drop(self, url: URL) -> None:
        """Drop a database, whoever still uses it."""
        name = sql.Identifier(url.database or "")
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))

    def _execute(self, statement: sql.Composed) -> None:
        with self._connected() as connection:
            connection.execute(statement)

    def _connected(self) -> psycopg.Connection:
        plain = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
        return psycopg.connect(plain, autocommit=True)


@contextmanager
def server(*, durable: bool = False) -> Generator[Server]:
    """The server that `TOCSIN_TEST_POSTGRES_URL` names, or one of our own for a while.

    Args:
        durable: Whether a server of our own waits for the disk at each commit.

    Raises:
        NoPostgres: There is neither a URL nor a program to start.
    """
    if given := os.environ.get(GIVEN):
        yield Server(make_url(given))
        return
    place = None if durable else _in_memory()
    with tempfile.TemporaryDirectory("", "tocsin-pg-", place, ignore_cleanup_errors=True) as folder:
        user = _owner()
        if user is not None:
            shutil.chown(folder, user)
        data = Path(folder) / "data"
        subprocess.run(
            [_program("initdb"), "-D", data, "-U", "tocsin", "-A", "trust", "-E", "UTF8",
             "--locale=C", "--no-sync"],
            check=True, capture_output=True, user=user, cwd=folder,
        )  # fmt: skip
        port = _free_port()
        chosen = _CAREFUL if durable else _CARELESS
        settings = [part for setting in chosen for part in ("-c", setting)]
        with (Path(folder) / "log").open("wb") as log:
            process = subprocess.Popen(
                [_program("postgres"), "-D", data, "-p", str(port), "-k", folder,
                 "-h", "127.0.0.1", *settings],
                stdout=log, stderr=log, user=user, cwd=folder,
            )  # fmt: skip
        try:
            url = URL.create(
                "postgresql", "tocsin", host="127.0.0.1", port=port, database="postgres"
            )
            _wait_for(url, process)
            yield Server(url)
        finally:
            # Fast: whoever is still connected is not waited for.
            process.send_signal(signal.SIGINT)
            process.wait(timeout=30)


def _program(name: str) -> str:
    """Path of one of PostgreSQL's programs, of the newest version there is."""
    found = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4])
    )
    path = str(found[-1]) if found else shutil.which(name)
    if path is None:
        raise NoPostgres(MISSING)
    return path


def _owner() -> str | None:
    """Whom to run the server as: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        raise NoPostgres(MISSING) from None


def _in_memory() -> Path | None:
    """A folder in memory with room for databases; None where there is no such one."""
    try:
        roomy = os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM
    except OSError:
        return None
    return _MEMORY if roomy else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(url: URL, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _STARTS_WITHIN
    while True:
        try:
            psycopg.connect(url.render_as_string(hide_password=False)).close()
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return
