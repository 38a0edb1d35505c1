"""The database library's errors, translated into ours: here and nowhere else."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy.exc import (
    DatabaseError,
    DataError,
    IntegrityError,
    InterfaceError,
    InternalError,
    OperationalError,
    SQLAlchemyError,
    StatementError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from chat.errors import BadInput, Refused, TocsinError, Unavailable

_log = logging.getLogger("tocsin.storage")


@contextmanager
def translated() -> Generator[None]:
    """Raise errors of our own tree instead of SQLAlchemy's."""
    try:
        yield
    except SQLAlchemyError as error:
        raise translation(error) from error


def translation(error: SQLAlchemyError) -> TocsinError:
    """What a library's error means for whoever asked."""
    match error:
        case StatementError(orig=TocsinError() as ours):
            # A value that our own columns refused.
            return ours
        case IntegrityError():
            return Refused(
                "That clashes with something that changed at the same moment. "
                "Look again, then repeat yours.",
                code="CONFLICT",
            )
        case DataError():
            return BadInput("A value is too large, or not of a kind that can be kept.")
        case OperationalError() | InterfaceError() | InternalError() | PoolTimeout():
            return Unavailable(f"The database cannot do that now{_reason(error)}. Try again.")
        case DatabaseError() if type(error.orig) is sqlite3.DatabaseError:
            # A file that is damaged, or never was a database.
            return Unavailable(f"The database cannot be used{_reason(error)}.")
        case _:
            _log.error("the database refused a statement of ours", exc_info=error)
            return TocsinError(
                "The database does not understand us; the operator finds why in the log.",
                code="STORAGE_ERROR",
            )


def _reason(error: SQLAlchemyError) -> str:
    """What SQLite says (`database or disk is full`); what a server says is for the log."""
    told = getattr(error, "orig", None)
    if isinstance(told, sqlite3.Error):
        return f" ({told})"
    _log.warning("the database is not there: %s", str(told or error).strip().partition("\n")[0])
    return ""
