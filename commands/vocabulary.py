"""Kinds of words that several commands take, and what they mean."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, TypeAlias

from pydantic import BeforeValidator, ValidationInfo

from chat.errors import BadInput
from commands.arguments import Arg
from commands.nearest import did_you_mean
from incidents.incident import Severity

_PART = re.compile(
    r"\s*(\d{1,6})\s*(d|days?|h|hrs?|hours?|m|mins?|minutes?|s|secs?|seconds?)?(?![a-z])",
    re.IGNORECASE,
)
_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_LONGEST = 366 * 86_400


def severity(word: object) -> Severity:
    """A severity by name or as `SEV1` … `SEV5`, the nearest name offered otherwise.

    Raises:
        BadInput: It is none.
    """
    text = str(word)
    try:
        return Severity.parse(text)
    except BadInput as wrong:
        near = did_you_mean(text.strip(), Severity)
        raise BadInput(wrong.message + near, details=wrong.details) from None


def duration(word: object) -> timedelta:
    """A time span: `30m`, `1h30m`, `2 days`, `90 s`; a bare number counts minutes.

    Raises:
        BadInput: It is none.
    """
    text = str(word).strip()
    seconds, at = 0, 0
    while at < len(text):
        part = _PART.match(text, at)
        if part is None:
            raise BadInput(
                f"“{text[:40]}” is not a time span. Type one like 30m, 1h30m or 2d.",
                details={"duration": "like 30m, 1h30m or 2d"},
            )
        seconds += int(part[1]) * _UNITS[(part[2] or "m")[0].lower()]
        at = part.end()
    if seconds > _LONGEST:
        raise BadInput(
            f"“{text[:40]}” is longer than a year. Type a span like 30m, 1h30m or 2d.",
            details={"duration": "a year at most"},
        )
    if not seconds:
        raise BadInput(
            f"“{text[:40]}” is no time at all. Type a span like 30m, 1h30m or 2d.",
            details={"duration": "more than nothing"},
        )
    return timedelta(seconds=seconds)


def whole(word: object, info: ValidationInfo) -> int:
    """A number from 1 up.

    Raises:
        BadInput: It is none.
    """
    text = str(word).strip()
    if not re.fullmatch(r"[1-9][0-9]{0,5}", text):
        name = info.field_name or "number"
        raise BadInput(
            f"“{text[:40]}” does not fit {name}: give a whole number from 1 up.",
            details={name: "a whole number from 1 up"},
        )
    return int(text)


def handle(word: object) -> str:
    """A name without the `@` in front, and without a comma behind."""
    return str(word).strip().rstrip(",;").removeprefix("@")


SeverityWord: TypeAlias = Annotated[Severity, BeforeValidator(severity)]
Span: TypeAlias = Annotated[timedelta, BeforeValidator(duration)]
Count: TypeAlias = Annotated[int, BeforeValidator(whole)]
Key: TypeAlias = Annotated[
    str | None, Arg("INC-42", takes="key", says="another incident than this channel's")
]
PageNumber: TypeAlias = Annotated[Count, Arg("N", says="which page")]
