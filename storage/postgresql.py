"""PostgreSQL: a pool of threads, each act a transaction of its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError

from chat.errors import Unavailable
from storage.acts import Work
from storage.errors import translated

T = TypeVar("T")

THREADS = 8
TRIES = 5
_AGAIN = frozenset({"40001", "40P01"})
"""Serialization failure, deadlock. Source: PostgreSQL, appendix A."""


class PostgresqlRunner:
    """Implements `storage.acts.Runner`."""

    def __init__(self, url: URL) -> None:
        self._engine = postgresql_engine(url, pool_size=THREADS)
        self._snapshots = self._engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="tocsin-sql")

    def write(self, work: Work[T]) -> Future[T]:
        """Have a thread do it."""
        return self._submit(self._engine, work)

    def read(self, work: Work[T]) -> Future[T]:
        """Have a thread do it, on a snapshot."""
        return self._submit(self._snapshots, work)

    def close(self) -> None:
        """Finish what is waiting."""
        self._threads.shutdown()
        self._engine.dispose()

    def _submit(self, engine: Engine, work: Work[T]) -> Future[T]:
        try:
            return self._threads.submit(self._do, engine, work)
        except RuntimeError as closed:
            raise Unavailable("Tocsin is shutting down. Try again in a moment.") from closed

    def _do(self, engine: Engine, work: Work[T]) -> T:
        try:
            with translated():
                value = _in_transaction(engine, work.do)
        except Exception as error:
            keep = work.amend(error)
            if keep is not None:
                with translated():
                    _in_transaction(self._engine, keep)
                work.committed()
            raise
        work.committed()
        return value


def _in_transaction(engine: Engine, do: Callable[[Connection], T]) -> T:
    """Do it and commit; again when it clashed with another or found a dead connection."""
    for left in reversed(range(TRIES)):
        ending = False
        try:
            with engine.connect() as connection, connection.begin() as transaction:
                value = do(connection)
                ending = True
                transaction.commit()
        except DBAPIError as error:
            # A connection that died while committing may have committed: not again.
            lost = error.connection_invalidated and not ending
            if left and (lost or getattr(error.orig, "sqlstate", None) in _AGAIN):
                continue
            raise
        return value
    raise AssertionError("the last try returns or raises")


def postgresql_engine(url: URL, *, pool_size: int) -> Engine:
    """An engine that talks UTC and does not wait for ever."""
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=pool_size,
        max_overflow=0,
        # Without it an INSERT that did nothing on a conflict tells -1 instead of 0 rows.
        execution_options={"preserve_rowcount": True},
        connect_args={
            "connect_timeout": 5,
            "application_name": "tocsin",
            "options": "-c timezone=UTC -c lock_timeout=10s",
        },
    )
