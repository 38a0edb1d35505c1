"""No error of the library escapes, and none is forgotten."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from sqlalchemy import exc

from chat.errors import BadInput, Refused, TocsinError, Unavailable
from storage.errors import translated, translation


def every(kind: type[exc.SQLAlchemyError]) -> Iterator[type[exc.SQLAlchemyError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from every(child)


def example(kind: type[exc.SQLAlchemyError]) -> exc.SQLAlchemyError:
    """One of that kind, whatever its constructor wants."""
    if issubclass(kind, exc.DBAPIError):
        return kind("SELECT secret", {"name": "secret"}, Exception("told by the driver"))
    made = kind.__new__(kind)
    Exception.__init__(made, "told by the driver")
    return made


@pytest.mark.parametrize("kind", sorted(set(every(exc.SQLAlchemyError)), key=str))
def test_every_error_has_a_translation(kind: type[exc.SQLAlchemyError]) -> None:
    with pytest.raises(TocsinError), translated():
        raise example(kind)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (exc.OperationalError, Unavailable),
        (exc.InterfaceError, Unavailable),
        (exc.InternalError, Unavailable),
        (exc.TimeoutError, Unavailable),
        (exc.IntegrityError, Refused),
        (exc.DataError, BadInput),
    ],
)
def test_errors_mean_what_callers_act_on(
    kind: type[exc.SQLAlchemyError], expected: type[TocsinError]
) -> None:
    assert type(translation(example(kind))) is expected


def test_what_a_column_of_ours_refuses_is_told_as_it_stands() -> None:
    ours = BadInput("Make it flatter.")

    assert translation(exc.StatementError("bind", "INSERT", {}, ours)) is ours


@pytest.mark.parametrize("kind", [exc.ProgrammingError, exc.OperationalError])
def test_why_is_for_the_log_only(
    kind: type[exc.SQLAlchemyError], caplog: pytest.LogCaptureFixture
) -> None:
    shown = translation(example(kind))

    assert "driver" not in shown.message
    assert "told by the driver" in caplog.text


def test_a_damaged_file_is_told_without_a_trace(caplog: pytest.LogCaptureFixture) -> None:
    error = exc.DatabaseError("SELECT", {}, sqlite3.DatabaseError("file is not a database"))

    assert "file is not a database" in translation(error).message
    assert caplog.text == ""


@pytest.mark.parametrize("reason", ["database or disk is full", "database is locked"])
def test_what_people_can_put_right_is_shown(reason: str) -> None:
    error = exc.OperationalError("INSERT", {}, sqlite3.OperationalError(reason))

    assert reason in translation(error).message
