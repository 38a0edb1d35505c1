"""Pages: `{count, next, previous, results}`, by `limit` and `offset` or by `page`.

Source: the list responses of the Automation & Orchestration API document.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, Self, TypeAlias, TypeVar

from aiohttp import web
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError
from yarl import URL

from api.shapes import WHOLE, Count, Out, Query
from security.page import Page, Slice

T = TypeVar("T")
R = TypeVar("R", bound=Out)

PUBLIC = web.AppKey("public", URL)
"""Where people find us, when a proxy stands before us."""
LIMIT = 25
MOST = 200
_FARTHEST = 2**31 - 1

_Size: TypeAlias = Annotated[int, Field(ge=1, le=MOST), WHOLE]
_Number: TypeAlias = Annotated[int, Field(ge=1, le=_FARTHEST // MOST), WHOLE]


class Part(Query):
    """Which part of a list: `limit` and `offset`, or `page` and `page_size`."""

    limit: _Size | None = Field(default=None, description="How many; 25 when not given.")
    offset: Count | None = Field(default=None, description="How many to pass over.")
    page: _Number | None = Field(default=None, description="From 1; not with `offset`.")
    page_size: _Size | None = Field(default=None, description="The same as `limit`.")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        """Take one of the two ways to name a part."""
        if self.page is not None and self.offset is not None:
            raise PydanticCustomError("two_ways", "Give either `page` or `offset`.")
        if self.page_size is not None and self.limit is not None:
            raise PydanticCustomError("two_ways", "Give either `page_size` or `limit`.")
        return self

    @property
    def size(self) -> int:
        """Entries in a page."""
        return self.limit or self.page_size or LIMIT

    @property
    def start(self) -> int:
        """Entries before it."""
        return (self.page - 1) * self.size if self.page is not None else self.offset or 0

    def part(self, order: str = "") -> Slice:
        """For the desks; ordered as the parameter `ordering` says, or else by `order`."""
        wanted: str | None = getattr(self, "ordering", None)
        return Slice(limit=self.size, offset=self.start, order=wanted or order)


class PageOut(Out, Generic[R]):
    """A part of a list.

    Attributes:
        count: How long the whole list is.
        next: Where the next part is; null at the end.
        previous: Where the part before is; null at the start.
    """

    count: int
    next: str | None
    previous: str | None
    results: tuple[R, ...]


P = TypeVar("P", bound=PageOut[Any])


def page_out(
    model: type[P],
    request: web.Request,
    part: Part,
    found: Page[T],
    shape: Callable[[T], Out],
) -> P:
    """`found` as a page with its links, each entry made by `shape`."""
    after = part.start + part.size
    before = max(0, min(part.start - part.size, _last_start(found.total, part.size)))
    return model(
        count=found.total,
        next=_link(request, part, after) if after < found.total else None,
        previous=_link(request, part, before) if part.start > 0 < found.total else None,
        results=tuple(shape(item) for item in found.items),
    )


def _last_start(total: int, size: int) -> int:
    """Where the last page begins: who asked for one beyond it is led back to it."""
    return (total - 1) // size * size


def part_of(items: Sequence[T], part: Part) -> Page[T]:
    """A part of a list that is at hand as a whole, because it is never long."""
    return Page(tuple(items[part.start : part.start + part.size]), len(items))


def here(request: web.Request) -> URL:
    """The address that was asked for, as who asked sees it.

    Behind a proxy that speaks HTTPS for us, we are asked by HTTP; our public address
    knows better, for the host that it names.
    """
    public = request.config_dict.get(PUBLIC)
    if public is not None and public.host_port_subcomponent == request.url.host_port_subcomponent:
        return request.url.with_scheme(public.scheme)
    return request.url


def _link(request: web.Request, part: Part, start: int) -> str:
    """The same request for another part, named in the way it was asked."""
    if part.page is not None or (part.page_size is not None and part.offset is None):
        return str(here(request).update_query(page=start // part.size + 1))
    if part.page_size is not None:
        return str(here(request).update_query(offset=start))
    return str(here(request).update_query(limit=part.size, offset=start))
