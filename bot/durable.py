"""Starts driving in DBOS, so that it is started again after a crash.

Why it is set up like this stands in docs/why.md. DBOS keeps one instance per process,
and so does this file.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

# DBOS loads this in the background, and while it is being loaded for the first time any
# query of another thread may fail; so it is loaded before there is one.
import sqlalchemy.orm  # noqa: F401 # pyright: ignore[reportUnusedImport] - as said
from sqlalchemy.exc import SQLAlchemyError

from bot.engine import Drive
from chat.errors import Unavailable

if TYPE_CHECKING:
    from dbos import DBOSConfig

APPLICATION_VERSION = "tocsin-1"
"""Pinned: by default DBOS hashes the source, and a new release would strand what runs."""

_THREADS = 4
_KEEP = timedelta(days=7)
_ORPHANED = timedelta(days=1)
_BATCH = 500


class _EngineConnection(sqlite3.Connection):
    """A connection that writes without stopping readers.

    Its last commits may be lost with the power, but never in the middle of one. What is
    lost is harmless: whoever held a lease then is found by it, in the application's own
    database, and what ended is looked at once more and found to have ended.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute("PRAGMA journal_mode=WAL")
        self.execute("PRAGMA synchronous=NORMAL")


class DbosStarter:
    """DBOS as the one who remembers what was begun.

    There is one workflow, `drive`, without steps: the state is rows of ours, and a
    second run of the same drive finds there how far the first one came.
    """

    def __init__(self, url: str, owner: str) -> None:
        """Get ready.

        Args:
            url: `sqlite:///…` of a file for the engine alone, or `postgresql://…` of
                the application's database, where it uses the schema `dbos`.
            owner: Stable name of this process, unique among the living ones.
        """
        self._url = url
        self._owner = owner
        self._workflow: Any = None
        self._launched = False
        # DBOS makes its own few threads the loop's default executor; blocking work must not
        # stand in that line.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="tocsin-engine")

    async def open(self, drive: Drive) -> None:
        """Launch DBOS in the running loop; what an earlier life began goes on by itself."""
        loop = asyncio.get_running_loop()
        # Its import takes most of a second, during which the product answers already.
        dbos = await loop.run_in_executor(self._thread, _import)
        # Outside the loop, since the first one takes a while; the launch then finds nothing to do.
        try:
            await loop.run_in_executor(self._thread, dbos.DBOS.migrate, self._url)
        except SQLAlchemyError as error:
            raise Unavailable(f"the engine's database does not answer: {error}") from error
        _log_with_the_rest()
        dbos.DBOS(config=self._config())

        @dbos.DBOS.workflow(name="drive", max_recovery_attempts=None)
        async def run_drive(kind: str, subject: str) -> None:
            await drive(kind, subject)

        self._workflow = run_drive
        try:
            dbos.DBOS.launch()
        except Exception as error:
            # A half-launched one can be neither used nor launched again.
            await self._destroy()
            raise Unavailable(f"the engine's database does not answer: {error}") from error
        self._launched = True

    async def start(self, kind: str, subject: str, workflow: str) -> None:
        """Start the workflow; an id that was started before does nothing."""
        dbos = _import()
        with dbos.SetWorkflowID(workflow):
            await dbos.DBOS.start_workflow_async(self._workflow, kind, subject)

    async def close(self) -> None:
        """Destroy DBOS."""
        await self._destroy()
        self._thread.shutdown(wait=False)

    async def _destroy(self) -> None:
        """In a thread, since it blocks."""
        self._launched = False
        dbos = _import()
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, lambda: dbos.DBOS.destroy(destroy_registry=True))
        # It leaves the loop with an executor that takes no work any more.
        loop.set_default_executor(ThreadPoolExecutor(_THREADS))

    async def clean(self, now: datetime) -> int:
        """Delete workflows that ended a week ago, or whose process never came back.

        Returns:
            How many were deleted; 0 while the engine is not there, since the next night will do.
        """
        if not self._launched:
            return 0
        dbos = _import()
        old = await dbos.DBOS.list_workflows_async(
            status=["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"],
            end_time=(now - _KEEP).astimezone(UTC).isoformat(),
            limit=_BATCH,
            load_input=False,
            load_output=False,
        )
        orphaned = await dbos.DBOS.list_workflows_async(
            status=["PENDING", "ENQUEUED"],
            end_time=(now - _ORPHANED).astimezone(UTC).isoformat(),
            limit=_BATCH,
            load_input=False,
            load_output=False,
        )
        ids = [status.workflow_id for status in [*old, *orphaned]]
        if ids:
            await dbos.DBOS.delete_workflows_async(ids)
        return len(ids)

    def _config(self) -> DBOSConfig:
        dbos = _import()
        engine: dict[str, Any] = {}
        if self._url.startswith("sqlite"):
            engine["connect_args"] = {"factory": _EngineConnection}
        else:
            # As above: our own rows say what must be driven.
            engine["connect_args"] = {
                "application_name": "tocsin-engine",
                "options": "-c synchronous_commit=off",
            }
        return {
            "name": "tocsin",
            "system_database_url": self._url,
            "db_engine_kwargs": engine,
            "sys_db_pool_size": _THREADS,
            "application_version": APPLICATION_VERSION,
            "executor_id": self._owner,
            "serializer": dbos.DBOSPortableJSONSerializer(),
            "max_executor_threads": _THREADS,
            "log_level": "WARNING",
            "enable_otlp": False,
        }


def engine_url(database_url: str, home: Path) -> str:
    """Where the engine keeps its own state for an application database at `database_url`.

    A file of its own beside SQLite, since sharing one made commits ten times slower;
    the same database, in another schema, on PostgreSQL.
    """
    if database_url.startswith("sqlite"):
        return f"sqlite:///{home / 'engine.sqlite'}"
    return database_url


def _log_with_the_rest() -> None:
    """Have DBOS write to our log: it adds a handler of its own unless it finds one."""
    log = logging.getLogger("dbos")
    if not log.handlers:
        log.addHandler(logging.NullHandler())


def _refuse_pickle(_: object, __: str) -> object:
    raise TypeError("The engine's tables hold a pickled value, which Tocsin never writes or reads.")


def _import() -> Any:
    """DBOS, imported when it is first needed, and never unpickling.

    A row may claim to be pickled whatever serialiser is configured, and a write to the
    database would then run code here.
    """
    import dbos  # noqa: PLC0415 - 67 MB and most of a second: not for a tool that never drives
    from dbos import _serialization  # noqa: PLC0415 # pyright: ignore[reportPrivateUsage] - as said

    _serialization.DefaultSerializer.deserialize = _refuse_pickle  # pyright: ignore[reportAttributeAccessIssue] - the one place it can be refused
    return dbos
