"""Statements that differ only in their values, built once: building costs more than running."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import Delete, Insert, Select, Table, Update, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

Upsert: TypeAlias = sqlite.Insert | postgresql.Insert


def upsert(dialect: str, table: Table) -> Upsert:
    """An INSERT that knows ON CONFLICT, in the database's own dialect."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


@cache
def adding(table: Table) -> Insert:
    """Add a row."""
    return table.insert()


@cache
def adding_new(dialect: str, table: Table, keys: tuple[str, ...]) -> Upsert:
    """Add a row unless there is one with the same `keys`; without keys, one like it in any way."""
    return upsert(dialect, table).on_conflict_do_nothing(index_elements=keys or None)


@cache
def putting(dialect: str, table: Table, keys: tuple[str, ...], changed: tuple[str, ...]) -> Upsert:
    """Add a row, or change the one with the same `keys`."""
    insert = upsert(dialect, table)
    return insert.on_conflict_do_update(
        index_elements=keys, set_={name: insert.excluded[name] for name in changed}
    )


@cache
def changing(table: Table, keys: tuple[str, ...]) -> Update:
    """Change the rows whose `keys` equal the parameters of that name behind `_`."""
    return update(table).where(*(table.c[key] == bindparam(f"_{key}") for key in keys))


@cache
def removing(table: Table, keys: tuple[str, ...]) -> Delete:
    """Delete the rows whose `keys` equal the parameters of that name behind `_`."""
    return delete(table).where(*(table.c[key] == bindparam(f"_{key}") for key in keys))


@cache
def finding(
    table: Table,
    names: tuple[str, ...],
    keys: tuple[str, ...],
    order: tuple[str, ...] = (),
    *,
    lock: bool = False,
) -> Select[Any]:
    """Read the columns `names` of the rows whose `keys` equal the parameters behind `_`.

    With `lock` nobody else changes them until the transaction is over; rows that refer
    to them may still be added.
    """
    query = (
        select(*(table.c[name] for name in names))
        .where(*(table.c[key] == bindparam(f"_{key}") for key in keys))
        .order_by(*(table.c[name] for name in order))
    )
    return query.with_for_update(key_share=True) if lock else query
