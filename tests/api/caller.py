"""Calls to the API as somebody makes them, with a token of theirs."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientSession

from tests.bench import TEAM, Bench

Json = Any


@dataclass(frozen=True, slots=True)
class Got:
    """An answer."""

    status: int
    headers: Mapping[str, str]
    body: Json

    @property
    def code(self) -> str:
        """An error's code, once it is known to be in the envelope."""
        assert set(self.body) == {"error", "code", "details", "timestamp"}, self.body
        assert isinstance(self.body["details"], dict)
        assert self.body["error"]
        return str(self.body["code"])

    def ok(self) -> Json:
        """The body of an answer that went well."""
        assert self.status < 300, (self.status, self.body)
        return self.body


class Caller:
    """Somebody with an HTTP client."""

    def __init__(self, session: ClientSession) -> None:
        self.session = session

    async def call(self, method: str, path: str, **more: Any) -> Got:
        """Send a request; a path that is neither absolute nor an address is below `/api/`."""
        where = path if path.startswith(("/", "http://")) else f"/api/{path}"
        async with self.session.request(method, where, **more) as response:
            kind = response.content_type
            body = await response.json() if kind == "application/json" else await response.read()
            return Got(response.status, response.headers.copy(), body)

    async def get(self, path: str, **params: Any) -> Got:
        """GET with query parameters."""
        return await self.call("GET", path, params=params)

    async def post(self, path: str, **fields: Any) -> Got:
        """POST a JSON object."""
        return await self.call("POST", path, json=fields)

    async def patch(self, path: str, version: str | None = None, **fields: Any) -> Got:
        """PATCH a JSON object, with `If-Match` when a version is given."""
        headers = {} if version is None else {"If-Match": version}
        return await self.call("PATCH", path, json=fields, headers=headers)

    async def delete(self, path: str, **params: Any) -> Got:
        """DELETE."""
        return await self.call("DELETE", path, params=params)


@asynccontextmanager
async def calling(bench: Bench, who: str, team: str = TEAM) -> AsyncGenerator[Caller]:
    """A client with a token of somebody's, who is hired as a responder when unknown."""
    await bench.person(who, team)
    async with bench.http(who) as session:
        yield Caller(session)
