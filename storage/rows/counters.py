"""Numbers that are never given twice."""

from __future__ import annotations

from sqlalchemy import Connection

from storage.rows.statements import upsert
from storage.tables.engine import counters


def next_value(connection: Connection, name: str) -> int:
    """The counter's next value, from 1. Others who ask wait until this act is over."""
    counted = (
        upsert(connection.dialect.name, counters)
        .values(name=name, value=1)
        .on_conflict_do_update(index_elements=["name"], set_={"value": counters.c.value + 1})
        .returning(counters.c.value)
    )
    return connection.execute(counted).scalar_one()
