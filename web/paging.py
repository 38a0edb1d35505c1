"""Which part of a long list a page shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from security.page import Slice
from web.ask import Ask

_DEEPEST = 10_000


@dataclass(frozen=True, slots=True)
class Paging:
    """Where in a list somebody is, with the addresses of the parts beside it.

    Attributes:
        number: From 1.
        size: Entries on a page.
        kept: The filters, which every page's address carries on.
    """

    path: str
    number: int
    size: int
    kept: tuple[tuple[str, str], ...]

    @property
    def part(self) -> Slice:
        """The part to ask a desk for."""
        return Slice(self.size, (self.number - 1) * self.size)

    def first(self, total: int) -> int:
        """Number of the first entry shown; 0 in an empty list."""
        return min((self.number - 1) * self.size + 1, total)

    def last(self, total: int) -> int:
        """Number of the last entry shown."""
        return min(self.number * self.size, total)

    def pages(self, total: int) -> int:
        """How many pages there are; at least one."""
        return max(1, -(-total // self.size))

    def url(self, number: int) -> str:
        """The address of another page."""
        fields = [*self.kept, ("page", str(number))] if number > 1 else [*self.kept]
        return f"{self.path}?{urlencode(fields)}" if fields else self.path


def paging(ask: Ask, kept: Mapping[str, str], size: int = 25) -> Paging:
    """The part that a request asks for; filters that say nothing are left out."""
    number = min(max(ask.query_number("page") or 1, 1), _DEEPEST)
    said = tuple((name, value) for name, value in kept.items() if value)
    return Paging(ask.request.path, number, size, said)
