"""What all rows share: the open transaction, and the topics an act touches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, ClassVar, Protocol, TypeVar

from sqlalchemy import Column, Connection, RowMapping, Table
from sqlalchemy.dialects import postgresql, sqlite

from chat.address import Address

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

    def _insert(self, table: Table) -> sqlite.Insert | postgresql.Insert:
        """An INSERT that knows ON CONFLICT, in the database's own dialect."""
        if self._connection.dialect.name == "sqlite":
            return sqlite.insert(table)
        return postgresql.insert(table)


def columns(table: Table, kind: type[Dataclass]) -> list[Column[Any]]:
    """The columns that are called like the fields of `kind`."""
    return [table.c[field.name] for field in fields(kind) if field.name in table.c]


def values(entry: Dataclass) -> dict[str, Any]:
    """The fields by name; nested dataclasses stay what they are."""
    return {field.name: getattr(entry, field.name) for field in fields(entry)}


def made(kind: type[T], row: RowMapping | None) -> T | None:
    """A `kind` from a row whose columns are its fields; None for no row."""
    return None if row is None else kind(**row)


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
