"""SQLite: one writer thread, whose waiting acts share a commit, and a few readers.

A commit that reaches the disk costs the same for one act as for fifty, and SQLite
has one writer at a time anyway. So the acts that wait while one commit is under way
go into the next one together, each in a savepoint of its own: one that raises takes
back its own changes and nobody else's.
"""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

from chat.errors import Unavailable
from storage.acts import Work
from storage.errors import translated, translation

T = TypeVar("T")

READERS = 4
MOST_IN_ONE_COMMIT = 64
BUSY_SECONDS = 5.0
"""How long another process's write is waited for."""
_CLOSED = "Tocsin is shutting down. Try again in a moment."


@dataclass(slots=True)
class _Job(Generic[T]):
    """Work that waits for the writer, and what came of it."""

    work: Work[T]
    future: Future[T]
    error: BaseException | None = None
    value: T | None = None
    amended: bool = False

    def settle(self) -> None:
        """Tell whoever waits."""
        if self.error is None or self.amended:
            self.work.committed()
        if self.error is None:
            self.future.set_result(self.value)  # pyright: ignore[reportArgumentType] - T may be None
        else:
            self.future.set_exception(self.error)


class SqliteRunner:
    """Implements `storage.acts.Runner`."""

    def __init__(self, url: URL) -> None:
        # One connection, kept: opening one for each commit would read the schema each time.
        self._write_engine = sqlite_engine(
            url, "BEGIN IMMEDIATE", poolclass=QueuePool, pool_size=1, max_overflow=0
        )
        self._read_engine = sqlite_engine(
            url, "BEGIN", read_only=True, poolclass=QueuePool, pool_size=READERS, max_overflow=0
        )
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="tocsin-read")
        self._waiting: queue.SimpleQueue[_Job[Any] | None] = queue.SimpleQueue()
        self._closing = threading.Lock()
        self._closed = False
        # A daemon, so that a process which fails before `close` can end.
        self._writer = threading.Thread(target=self._serve, name="tocsin-write", daemon=True)
        self._writer.start()

    def write(self, work: Work[T]) -> Future[T]:
        """Have the writer do it."""
        job: _Job[T] = _Job(work, Future())
        with self._closing:
            if self._closed:
                raise Unavailable(_CLOSED)
            self._waiting.put(job)
        return job.future

    def read(self, work: Work[T]) -> Future[T]:
        """Have a reader do it."""
        try:
            return self._readers.submit(self._look, work)
        except RuntimeError as closed:
            raise Unavailable(_CLOSED) from closed

    def close(self) -> None:
        """Finish what is waiting."""
        self._readers.shutdown()
        with self._closing:
            if not self._closed:
                self._closed = True
                self._waiting.put(None)
        self._writer.join()
        self._read_engine.dispose()

    def _look(self, work: Work[T]) -> T:
        try:
            with translated(), self._read_engine.connect() as connection, connection.begin():
                return work.do(connection)
        except Exception as error:
            keep = work.amend(error)
            if keep is not None:
                self.write(Work(keep, lambda _: None, work.committed)).result()
            raise

    def _serve(self) -> None:
        """Commit batch after batch until told to stop."""
        while (first := self._waiting.get()) is not None:
            batch, stop = self._gather(first)
            batch = [job for job in batch if job.future.set_running_or_notify_cancel()]
            if batch:
                self._commit(batch)
            for job in batch:
                job.settle()
            if stop:
                break
        self._write_engine.dispose()

    def _gather(self, first: _Job[Any]) -> tuple[list[_Job[Any]], bool]:
        """`first` and whoever waits behind it; whether to stop after them."""
        batch = [first]
        while len(batch) < MOST_IN_ONE_COMMIT:
            try:
                job = self._waiting.get_nowait()
            except queue.Empty:
                return batch, False
            if job is None:
                return batch, True
            batch.append(job)
        return batch, False

    def _commit(self, batch: list[_Job[Any]]) -> None:
        """Do them all and commit once; when that fails, all have failed."""
        try:
            with translated(), self._write_engine.connect() as connection, connection.begin():
                for job in batch:
                    _attempt(connection, job)
        except Exception as error:  # noqa: BLE001 - whatever it was, those who wait must hear of it
            for job in batch:
                job.error, job.amended = error, False


def _attempt(connection: Connection, job: _Job[Any]) -> None:
    """Do one job in a savepoint of its own."""
    job.error = _in_savepoint(connection, lambda: setattr(job, "value", job.work.do(connection)))
    if isinstance(job.error, Exception):
        keep = job.work.amend(job.error)
        if keep is not None:
            failed = _in_savepoint(connection, lambda: keep(connection))
            job.amended = failed is None


def _in_savepoint(connection: Connection, do: Callable[[], None]) -> BaseException | None:
    """Do it, or leave no trace and return why not.

    Raises:
        Unavailable: SQLite gave up the whole transaction, as it does when the disk is full.
    """
    connection.exec_driver_sql("SAVEPOINT act")
    error: BaseException | None = None
    try:
        do()
    except SQLAlchemyError as raised:
        error = translation(raised)
        error.__cause__ = raised
        if not _in_transaction(connection):
            raise error from raised
    except BaseException as raised:  # noqa: BLE001 - the act's own error goes to whoever waits
        error = raised
    if error is not None:
        connection.exec_driver_sql("ROLLBACK TO act")
    connection.exec_driver_sql("RELEASE act")
    return error


def _in_transaction(connection: Connection) -> bool:
    driver = connection.connection.driver_connection
    return isinstance(driver, sqlite3.Connection) and driver.in_transaction


def sqlite_engine(
    url: URL, begin: str, *, read_only: bool = False, foreign_keys: bool = True, **options: Any
) -> Engine:
    """An engine whose transactions begin with `begin`, not with whatever the driver thinks.

    Source: SQLAlchemy, "SQLite transactions", for taking over from the driver.
    """
    engine = create_engine(
        url,
        hide_parameters=True,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
        **options,
    )

    @event.listens_for(engine, "connect")
    def connected(driver: sqlite3.Connection, _: object) -> None:  # pyright: ignore[reportUnusedFunction] - the event calls it
        driver.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            f"foreign_keys={'ON' if foreign_keys else 'OFF'}",
            # Keeps the log of a busy day from staying as large as it once was.
            f"journal_size_limit={64 * 1024 * 1024}",
            f"query_only={'ON' if read_only else 'OFF'}",
        ):
            driver.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:  # pyright: ignore[reportUnusedFunction] - the event calls it
        connection.exec_driver_sql(begin)

    return engine
