"""What goes in and out of the API: the base models, and the scalars a URL can carry."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, TypeAlias

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
)
from pydantic_core import PydanticCustomError

_OFFSET_LOST = re.compile(r"(T[0-9:.]+) (\d\d:?\d\d)$")
_BIGGEST = 2**31 - 1


class In(BaseModel):
    """A request's body: types are exact, and a field nobody knows is an error."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Query(BaseModel):
    """A request's query parameters: text that must read as its type, none unknown."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Out(BaseModel):
    """A response's body."""

    model_config = ConfigDict(frozen=True)


class Nothing(In):
    """No fields: an empty body, or `{}`."""


class NoQuery(Query):
    """No query parameters."""


def _matching(pattern: str, accepted: str) -> Callable[[object], object]:
    """A check that text looks as `pattern` before pydantic, which is laxer, reads it."""

    def check(value: object) -> object:
        if isinstance(value, str) and not re.fullmatch(pattern, value):
            raise PydanticCustomError("not_accepted", "Give {accepted}.", {"accepted": accepted})
        return value

    return check


def _moment(value: object) -> object:
    """Put back the `+` of an offset, which a URL that was not encoded turns into a space."""
    return _OFFSET_LOST.sub(r"\1+\2", value) if isinstance(value, str) else value


def _in_utc(value: datetime) -> datetime:
    """The same moment in UTC, which the first and last days of the calendar may lack."""
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise PydanticCustomError("not_accepted", "Give a year from 2 to 9998.") from None


_MOMENT_ACCEPTED = "a moment with its time zone, such as 2026-01-31T09:30:00Z"
_MOMENT_PATTERN = r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)"

Whole: TypeAlias = Annotated[int, BeforeValidator(_matching(r"-?[0-9]{1,19}", "a whole number"))]
Flag: TypeAlias = Annotated[
    bool, BeforeValidator(_matching(r"true|false|True|False", "true or false"))
]
Moment: TypeAlias = Annotated[
    AwareDatetime,
    AfterValidator(_in_utc),
    BeforeValidator(_matching(_MOMENT_PATTERN, _MOMENT_ACCEPTED)),
    BeforeValidator(_moment),
]
Word: TypeAlias = Annotated[str, Field(min_length=1, max_length=200)]
Line: TypeAlias = Annotated[str, Field(max_length=200)]
Prose: TypeAlias = Annotated[str, Field(max_length=16_383)]
Count: TypeAlias = Annotated[int, Field(ge=0, le=_BIGGEST)]
RowId: TypeAlias = Annotated[Whole, Field(ge=1, le=2**53 - 1)]
Json: TypeAlias = JsonValue
