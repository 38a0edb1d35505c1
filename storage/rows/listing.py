"""Searching, ordering and counting, alike on both databases."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, asc, desc

from chat.errors import BadInput
from storage.rows.bound import words

NEVER = datetime(9999, 12, 31, tzinfo=UTC)
"""Stands for “not yet” where rows are ordered: the databases disagree on where NULL sorts."""


def found_in(column: ColumnElement[str], search: str | None) -> list[ColumnElement[bool]]:
    """Conditions that a folded `column` holds every word of `search`."""
    return [column.contains(word, autoescape=True) for word in words(search)]


def among(column: ColumnElement[str], wanted: AbstractSet[str]) -> ColumnElement[bool]:
    """That a `column` holds one of a few texts.

    An index by that column serves one text only: what it finds of several would have to
    be sorted, so then the list's own order is walked instead.
    """
    if len(wanted) == 1:
        return column == next(iter(wanted))
    return column.concat("").in_(sorted(wanted))


def ordering(
    order: str, known: Mapping[str, ColumnElement[Any]], tie: ColumnElement[Any]
) -> list[ColumnElement[Any]]:
    """What to order by; `tie` decides between equals, in the same direction.

    Raises:
        BadInput: `order` is none of `known`.
    """
    name, turn = (order[1:], desc) if order.startswith("-") else (order, asc)
    if name not in known:
        raise BadInput(
            f"A list cannot be ordered by “{name[:40]}”. Choose one of {', '.join(known)}.",
            details={"ordering": f"one of {', '.join(known)}"},
        )
    return [turn(known[name]), turn(tie)]
