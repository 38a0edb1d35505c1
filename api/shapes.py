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
from pydantic.fields import FieldInfo
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


class Raw(In):
    """A body taken exactly as it was sent, whatever it holds."""

    content: bytes = b""


class Nothing(In):
    """No fields: an empty body, or `{}`."""


class NoQuery(Query):
    """No query parameters."""


def described(**schema: JsonValue) -> FieldInfo:
    """What the document says about a value that the domain checks, with better words."""
    return Field(json_schema_extra=schema)


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

_WHOLE = _matching(r"-?[0-9]{1,19}", "a whole number")


def _whole(value: object) -> object:
    """`5` and, as JSON Schema has it, `5.0` are whole numbers; in a URL, digits are."""
    return int(value) if isinstance(value, float) and value.is_integer() else _WHOLE(value)


WHOLE = BeforeValidator(_whole)
"""Stands last in an annotation: what stands behind it is not told in the document."""
Flag: TypeAlias = Annotated[
    bool, BeforeValidator(_matching(r"true|false|True|False", "true or false"))
]
Moment: TypeAlias = Annotated[
    AwareDatetime,
    AfterValidator(_in_utc),
    BeforeValidator(_matching(_MOMENT_PATTERN, _MOMENT_ACCEPTED)),
    BeforeValidator(_moment),
]
_CONTROLS = r"\x00-\x1f\x7f-\x9f\u2028\u2029"
_LINE = f"^[^{_CONTROLS}]*$"
_WORDS = f"^[^{_CONTROLS}]*[^\\s{_CONTROLS}][^{_CONTROLS}]*$"
_PROSE = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
_HANDLE = r"^\s*@?[A-Za-z0-9]([A-Za-z0-9._-]{0,38}[A-Za-z0-9])?\s*$"


def _text(pattern: str, accepted: str, most: int) -> tuple[FieldInfo, FieldInfo, AfterValidator]:
    """A text of at most `most` characters that looks as `pattern`."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise PydanticCustomError("not_accepted", "Give {accepted}.", {"accepted": accepted})
        return value

    return Field(max_length=most), described(pattern=pattern), AfterValidator(check)


_SOME_LINE = "one line with something in it and without control characters"
_ANY_LINE = "one line without control characters"
_LINES = "text without control characters"

Word: TypeAlias = Annotated[str, Field(min_length=1), *_text(_WORDS, _SOME_LINE, 200)]
"""One line with something in it, such as a reference."""
Title: TypeAlias = Annotated[str, Field(min_length=1), *_text(_WORDS, _SOME_LINE, 80)]
"""The name of something, for people."""
Line: TypeAlias = Annotated[str, *_text(_LINE, _ANY_LINE, 200)]
"""One line, perhaps empty."""
Display: TypeAlias = Annotated[str, *_text(_LINE, _ANY_LINE, 80)]
"""How people are shown; perhaps empty."""
Handle: TypeAlias = Annotated[str, described(pattern=_HANDLE)]
"""What people type for an account, a team or a role."""
Prose: TypeAlias = Annotated[str, *_text(_PROSE, _LINES, 20_000)]
"""Several lines, perhaps none."""
Brief: TypeAlias = Annotated[str, *_text(_PROSE, _LINES, 4000)]
"""A few lines, perhaps none."""
Search: TypeAlias = Annotated[str, Field(max_length=200)]
Count: TypeAlias = Annotated[int, Field(ge=0, le=_BIGGEST), WHOLE]
RowId: TypeAlias = Annotated[int, Field(ge=1, le=2**53 - 1), WHOLE]
Json: TypeAlias = JsonValue
