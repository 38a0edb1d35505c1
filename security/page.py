"""A part of a long list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Slice:
    """Which part of a list.

    Attributes:
        limit: 1 to 200.
        offset: From 0.
        order: Field name, with `-` before it for descending; empty for the list's own order.
    """

    limit: int = 25
    offset: int = 0
    order: str = ""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A part of a list, and how long the whole list is."""

    items: tuple[T, ...]
    total: int
