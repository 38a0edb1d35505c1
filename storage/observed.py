"""What an operator wants to know about a database that no act needs."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, func, select

from storage.database import parse_url
from storage.errors import translated
from storage.postgresql import postgresql_engine
from storage.sqlite import sqlite_engine
from storage.tables.audit import audit
from storage.tables.messages import GIVEN_UP, outbox


@dataclass(frozen=True, slots=True)
class SeenClock:
    """What time it is for a database.

    Attributes:
        now: Its own clock; SQLite has that of this machine.
        newest_record: When the newest audit record was written; None before the first.
    """

    now: datetime
    newest_record: datetime | None


def clock(url: str) -> SeenClock:
    """Look at a migrated database's clock.

    Raises:
        Unavailable: It does not answer.
    """
    with _looking(url) as connection:
        newest = connection.scalar(select(audit.c.at).order_by(audit.c.id.desc()).limit(1))
        sqlite = connection.dialect.name == "sqlite"
        now = datetime.now(UTC) if sqlite else connection.scalar(select(func.clock_timestamp()))
    return SeenClock(now or datetime.now(UTC), newest)


def given_up(url: str) -> tuple[int, str]:
    """How many messages of a migrated database were given up, and why the newest was.

    Raises:
        Unavailable: It does not answer.
    """
    newest = select(outbox.c.error).where(GIVEN_UP).order_by(outbox.c.due_at.desc()).limit(1)
    with _looking(url) as connection:
        count = connection.scalar(select(func.count()).select_from(outbox).where(GIVEN_UP))
        return count or 0, str(connection.scalar(newest) or "")


@contextmanager
def _looking(url: str) -> Generator[Connection]:
    parsed = parse_url(url)
    sqlite = parsed.get_backend_name() == "sqlite"
    engine = (
        sqlite_engine(parsed, "BEGIN", read_only=True)
        if sqlite
        else postgresql_engine(parsed, pool_size=1)
    )
    try:
        with translated(), engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()
