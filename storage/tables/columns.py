"""Column types that mean the same on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Generic, TypeVar

from sqlalchemy import BigInteger, Dialect, Integer, Text, TypeDecorator
from sqlalchemy.types import TIMESTAMP

from storage.codec import Codec, clean

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

SERIAL = BigInteger().with_variant(Integer(), "sqlite")
"""A growing number: SQLite counts by itself only in a column called INTEGER."""

_MICROSECOND = timedelta(microseconds=1)


class Words(TypeDecorator[str]):
    """Text, without what PostgreSQL cannot keep (NUL, lone surrogates)."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Clean it on the way in."""
        del dialect
        return None if value is None else clean(value)


class UtcTime(TypeDecorator[datetime]):
    """An aware time, always read back in UTC. SQLite keeps it as sortable text."""

    impl = TIMESTAMP(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive time; SQLite drops the zone, so it is made UTC first."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"A time without a zone cannot be kept: {value}.")
        in_utc = value.astimezone(UTC)
        return in_utc.replace(tzinfo=None) if dialect.name == "sqlite" else in_utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Span(TypeDecorator[timedelta]):
    """A span of time, kept as microseconds."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> int | None:
        """Count it."""
        del dialect
        return None if value is None else value // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> timedelta | None:
        """Uncount it."""
        del dialect
        return None if value is None else timedelta(microseconds=value)


class Choice(TypeDecorator[E], Generic[E]):
    """A member of an enumeration, kept as its value."""

    impl = Text
    cache_ok = True

    def __init__(self, members: type[E]) -> None:
        super().__init__()
        self.members = members

    def process_bind_param(self, value: E | None, dialect: Dialect) -> str | None:
        """Its value."""
        del dialect
        return None if value is None else value.value

    def process_result_value(self, value: str | None, dialect: Dialect) -> E | None:
        """The member with that value."""
        del dialect
        return None if value is None else self.members(value)


class Json(TypeDecorator[T], Generic[T]):
    """A value kept as JSON text. Text rather than JSONB, which refuses an escaped NUL."""

    impl = Text
    cache_ok = True

    def __init__(self, codec: Codec[T]) -> None:
        super().__init__()
        self.codec = codec

    def process_bind_param(self, value: T | None, dialect: Dialect) -> str | None:
        """Write it."""
        del dialect
        return None if value is None else self.codec.dump(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> T | None:
        """Read it."""
        del dialect
        return None if value is None else self.codec.load(value)
