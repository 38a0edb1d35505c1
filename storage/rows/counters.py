"""Numbers that are never given twice."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Connection, update
from sqlalchemy.sql.dml import ReturningInsert

from storage.rows.statements import upsert
from storage.tables.engine import counters


def next_value(connection: Connection, name: str) -> int:
    """The counter's next value, from 1. Others who ask wait until this act is over."""
    counting = _counting(connection.dialect.name)
    return connection.execute(counting, {"name": name, "value": 1}).scalar_one()


def give_back(connection: Connection, name: str, value: int) -> None:
    """Let the counter give `value` again, which this act took last and does not need.

    Nobody has taken a later one meanwhile: who asks waits until this act is over.
    """
    mine = (counters.c.name == name, counters.c.value == value)
    connection.execute(update(counters).where(*mine).values(value=value - 1))


@cache
def _counting(dialect: str) -> ReturningInsert[Any]:
    return (
        upsert(dialect, counters)
        .on_conflict_do_update(index_elements=["name"], set_={"value": counters.c.value + 1})
        .returning(counters.c.value)
    )
