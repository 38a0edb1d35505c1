"""The route table: every resource declared once, with what goes in, what comes out, who may.

The same table answers requests, writes the OpenAPI document and draws the docs page.
A route that lacks its permission or its schema keeps the server from starting.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Generic, Literal, TypeAlias, TypeVar, cast

from aiohttp import web

from api.reading import MEBIBYTE, body_of, key_of, query_of, versions_of, words_of
from api.shapes import In, NoQuery, Nothing, Out, Query
from chat.errors import Stale
from security.actor import Actor, require
from security.permissions import Permission

Q = TypeVar("Q", bound=Query)
B = TypeVar("B", bound=In)

NOBODY = Actor(account_id=None, name="nobody", display="Nobody", via="api")
"""Who asks where no proof is needed: somebody without any right."""

_PATH_SHOWN = 200
_PLACE = re.compile(r"\{([a-z_]+)\}")


EVENT_STREAM = "text/event-stream"


class Entry(Enum):
    """Who gets in where no right is needed."""

    OPEN = "anybody"
    SIGNED_IN = "anybody signed in"


@dataclass(frozen=True, slots=True)
class Media:
    """A response that is not JSON."""

    content_type: str
    description: str


@dataclass(frozen=True, slots=True)
class Call(Generic[Q, B]):
    """One request, read and checked.

    Attributes:
        path: The words in the places of the route's path.
        version: What `If-Match` named; None without the header.
        key: What `Idempotency-Key` named; None without the header.
    """

    actor: Actor
    path: Mapping[str, str]
    query: Q
    body: B
    version: int | None
    key: str | None
    request: web.Request


@dataclass(frozen=True, slots=True)
class Answer:
    """What a handler gives when there is more to say than the body.

    Attributes:
        body: None for an empty answer.
        version: Sent as the `ETag`, for `If-Match` later.
        location: Path of what was made.
        status: Instead of the route's own; None leaves that.
    """

    body: Out | None = None
    version: int | None = None
    location: str | None = None
    status: int | None = None


Handled: TypeAlias = Out | Answer | web.StreamResponse
Access: TypeAlias = Permission | Entry


@dataclass(frozen=True, slots=True)
class Route(Generic[Q, B]):
    """One row of the table.

    Attributes:
        path: With places such as `{ref}`; ends with `/` below `/api/`, files excepted.
        access: The right without which nobody gets in; the domain still decides about
            the thing itself.
        summary: One line for the docs.
        answer: The body's model, or the media type; None where the body is empty.
        query: The query parameters.
        body: The request's body; `Nothing` takes none.
        status: Of an answer that went well.
        also: Other statuses with the same body.
        versioned: Takes `If-Match`.
        keyed: Takes `Idempotency-Key`.
        body_limit: Bytes.
    """

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    handler: Callable[[Call[Q, B]], Awaitable[Handled]]
    access: Access
    summary: str
    answer: type[Out] | Media | None
    query: type[Q] = field(default=NoQuery)  # pyright: ignore[reportAssignmentType] - Q's default
    body: type[B] = field(default=Nothing)  # pyright: ignore[reportAssignmentType] - B's default
    status: int = 200
    also: tuple[int, ...] = ()
    versioned: bool = False
    keyed: bool = False
    body_limit: int = MEBIBYTE

    @property
    def places(self) -> tuple[str, ...]:
        """Names of the places in the path, in order."""
        return tuple(_PLACE.findall(self.path))

    @property
    def takes_body(self) -> bool:
        """Whether the method carries a body at all."""
        return self.method in {"POST", "PUT", "PATCH"}

    @property
    def streams(self) -> bool:
        """Whether the answer goes on until somebody hangs up."""
        return isinstance(self.answer, Media) and self.answer.content_type == EVENT_STREAM

    @property
    def tag(self) -> str:
        """The resource it belongs to: the word after `/api/`."""
        words = self.path.strip("/").split("/")
        return words[1] if words[0] == "api" and len(words) > 1 else "operation"

    @property
    def name(self) -> str:
        """Unique in the table; the operation's id in the OpenAPI document."""
        words = (word.strip("{}") for word in self.path.strip("/").split("/"))
        spelled = re.sub(r"[^a-z0-9_]", "_", "_".join(word for word in words if word != "api"))
        return f"{self.method.lower()}_{spelled}"


AnyRoute: TypeAlias = Route[Any, Any]
Identify: TypeAlias = Callable[[web.Request], Awaitable[Actor]]
RecordDenial: TypeAlias = Callable[[Actor, Callable[[], None]], Awaitable[None]]


class Table:
    """All routes, checked.

    Args:
        routes: Every row.
        identify: Finds out who asks; raises `NotSignedIn`.
        denying: Runs a check that is about to raise `Denied` so that it is audited.

    Raises:
        TypeError: A route lacks its permission, a schema, or is there twice.
    """

    def __init__(
        self, routes: Iterable[AnyRoute], identify: Identify, denying: RecordDenial
    ) -> None:
        self.routes = tuple(routes)
        self._identify = identify
        self._denying = denying
        names: set[str] = set()
        for route in self.routes:
            _check(route)
            if route.name in names:
                raise TypeError(f"{route.method} {route.path} is declared twice")
            names.add(route.name)

    def definitions(self) -> list[web.RouteDef]:
        """The routes for aiohttp; GET answers HEAD as well."""
        found: list[web.RouteDef] = []
        paths = [route.path for route in self.routes]
        for route in self.routes:
            # A HEAD of a stream would never end.
            extra = {"allow_head": not route.streams} if route.method == "GET" else {}
            path = _apart(route.path, paths)
            found.append(web.RouteDef(route.method, path, self._serve(route), extra))
        return found

    def _serve(self, route: AnyRoute) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def serve(request: web.Request) -> web.StreamResponse:
            actor = NOBODY
            if route.access is not Entry.OPEN:
                actor = await self._identify(request)
                await self._let_in(route, actor, request.path)
            call = Call(
                actor=actor,
                path=words_of(request),
                query=query_of(route.query, request),
                body=await body_of(route.body, request, route.body_limit)
                if route.takes_body
                else Nothing(),
                version=None,
                key=key_of(request) if route.keyed else None,
                request=request,
            )
            versions = versions_of(request) if route.versioned else ()
            return respond(await _handled(route, call, versions), route.status)

        return serve

    async def _let_in(self, route: AnyRoute, actor: Actor, path: str) -> None:
        """Turn away who holds the right nowhere, before anything of the request is read.

        Raises:
            Denied: They hold it nowhere, or their token does not carry it.
        """
        needed = route.access
        if isinstance(needed, Permission) and not actor.may(needed, None):
            thing = f"{route.method} {path[:_PATH_SHOWN]}"
            await self._denying(actor, lambda: require(actor, needed, team_id=None, thing=thing))


async def _handled(route: AnyRoute, call: Call[Any, Any], versions: tuple[int, ...]) -> Handled:
    """What the handler answers for the first of the accepted versions that is current.

    Raises:
        Stale: None of them is.
    """
    for number, version in enumerate(versions, start=1):
        try:
            return await route.handler(replace(call, version=version))
        except Stale:
            if number == len(versions):
                raise
    return await route.handler(call)


def _apart(path: str, others: Iterable[str]) -> str:
    """`path` with places that do not take the words which other paths have there.

    Otherwise `/api/users/me/` would also be a user called `me`, with all that can be
    done with one.
    """
    parts = path.split("/")
    for at, part in enumerate(parts):
        if not _PLACE.fullmatch(part):
            continue
        words = {
            other[at]
            for other in (each.split("/") for each in others)
            if len(other) == len(parts)
            and other[:at] == parts[:at]
            and other[at + 1 :] == parts[at + 1 :]
            and not _PLACE.fullmatch(other[at])
        }
        if words:
            taken = "|".join(sorted(map(re.escape, words)))
            parts[at] = f"{part[:-1]}:(?!(?:{taken})/)[^{{}}/]+}}"
    return "/".join(parts)


def _check(route: AnyRoute) -> None:
    """Refuse a row that is not complete."""
    what = f"{route.method} {route.path}"
    if not isinstance(cast("object", route.access), Permission | Entry):
        raise TypeError(f"{what} does not declare who may")
    if not (isinstance(route.answer, Media) or _is(route.answer, Out) or route.status == 204):  # noqa: PLR2004 - No Content
        raise TypeError(f"{what} does not declare what it answers")
    if not _is(route.query, Query) or not _is(route.body, In):
        raise TypeError(f"{what} does not declare what it takes")
    if not route.summary:
        raise TypeError(f"{what} has no summary")


def _is(declared: object, kind: type) -> bool:
    return isinstance(declared, type) and issubclass(declared, kind)


def etag(version: int) -> str:
    """The entity tag of a version.

    It names the version of what can be edited, not of every byte: an incident's
    duration moves on under the same tag.
    """
    return f'"v{version}"'


def respond(handled: Handled, status: int) -> web.StreamResponse:
    """What a handler gave, as a response."""
    if isinstance(handled, web.StreamResponse):
        return handled
    given = handled if isinstance(handled, Answer) else Answer(handled)
    headers = {"Cache-Control": "no-store"}
    if given.version is not None:
        headers["ETag"] = etag(given.version)
    if given.location is not None:
        headers["Location"] = given.location
    status = given.status or status
    if given.body is None:
        return web.Response(status=status, headers=headers)
    text = given.body.model_dump_json()
    return web.Response(status=status, text=text, content_type="application/json", headers=headers)
