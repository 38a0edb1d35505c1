"""What all rows share: the open transaction, and the topics an act touches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from functools import cache
from typing import Any, ClassVar, Protocol, TypeVar

from sqlalchemy import Column, Connection, RowMapping, Table

from chat.address import Address
from storage.rows.statements import adding, adding_new, changing, finding, putting, removing

T = TypeVar("T")


class Dataclass(Protocol):
    """Any dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


class Bound:
    """Rows within one transaction.

    Args:
        connection: With an open transaction that somebody else ends.
        touched: Topics that listeners hear of once it has committed.
    """

    def __init__(self, connection: Connection, touched: set[str]) -> None:
        self._connection = connection
        self._touched = touched

        self._dialect = connection.dialect.name

    def _add(self, table: Table, row: Mapping[str, Any]) -> None:
        """Add a row."""
        self._connection.execute(adding(table), row)

    def _add_new(self, table: Table, row: Mapping[str, Any], *keys: str) -> bool:
        """Add a row; False when there is one with the same `keys` (or, without keys, like it)."""
        added = self._connection.execute(adding_new(self._dialect, table, keys), row)
        return added.rowcount > 0

    def _put(self, table: Table, row: Mapping[str, Any], *keys: str) -> None:
        """Add a row, or write it over the one with the same `keys`."""
        changed = tuple(name for name in row if name not in keys)
        self._connection.execute(putting(self._dialect, table, keys, changed), row)

    def _change(self, table: Table, row: Mapping[str, Any], **keys: object) -> int:
        """Change the rows that have these `keys`; how many there were."""
        changed = self._connection.execute(changing(table, tuple(keys)), {**row, **_behind(keys)})
        return changed.rowcount

    def _remove(self, table: Table, **keys: object) -> int:
        """Delete the rows that have these `keys`; how many there were."""
        return self._connection.execute(removing(table, tuple(keys)), _behind(keys)).rowcount

    def _find(self, kind: type[T], table: Table, *, lock: bool = False, **keys: object) -> T | None:
        """The `kind` in the row with these `keys`; None when there is none."""
        found = names(table, kind)
        query = finding(table, found, tuple(keys), lock=lock)
        row = self._connection.execute(query, _behind(keys)).first()
        return None if row is None else kind(**named(found, row))

    def _find_all(self, kind: type[T], table: Table, *order: str, **keys: object) -> tuple[T, ...]:
        """Every `kind` in the rows with these `keys`, ordered by those columns."""
        found = names(table, kind)
        query = finding(table, found, tuple(keys), order)
        rows = self._connection.execute(query, _behind(keys))
        return tuple(kind(**named(found, row)) for row in rows)


@cache
def names(table: Table, kind: type[Any]) -> tuple[str, ...]:
    """The names of columns that are fields of the dataclass `kind`."""
    return tuple(field.name for field in fields(kind) if field.name in table.c)


def columns(table: Table, kind: type[Any]) -> list[Column[Any]]:
    """The columns that are called like the fields of the dataclass `kind`."""
    return [table.c[name] for name in names(table, kind)]


def _behind(keys: Mapping[str, object]) -> dict[str, object]:
    return {f"_{name}": value for name, value in keys.items()}


def values(entry: Dataclass) -> dict[str, Any]:
    """The fields by name; nested dataclasses stay what they are."""
    return {name: getattr(entry, name) for name in _names_of(type(entry))}


@cache
def _names_of(kind: type[Dataclass]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def made(kind: type[T], row: RowMapping | None) -> T | None:
    """A `kind` from a row whose columns are its fields; None for no row."""
    return None if row is None else kind(**row)


def named(names: Iterable[str], row: Iterable[Any]) -> dict[str, Any]:
    """The values of a row by the names of its columns, in their order.

    SQLAlchemy's own mapping of a row looks up each name, and takes three times as long.
    """
    return dict(zip(names, row, strict=True))


def place(address: Address) -> str:
    """Key of a channel, or of a message in it, for finding it again.

    Thread and service address are left out: a message's id is unique in its channel,
    and both may be missing from an event about the same place.
    """
    parts = (address.platform, address.workspace, address.channel, address.message or "")
    return "\n".join(part.replace("\n", " ") for part in parts)


def folded(*texts: str | None) -> str:
    """What a search compares: the texts without regard to case, in every alphabet."""
    return "\n".join(text.casefold() for text in texts if text)


def words(search: str | None) -> list[str]:
    """The words of a search, folded; all of them must be found."""
    return search.casefold().replace("\x00", "").split() if search else []


def changes(entry: Mapping[str, Any] | RowMapping, *keys: str) -> dict[str, Any]:
    """The values to write, without the `keys` that identify the row."""
    return {name: value for name, value in entry.items() if name not in keys}
