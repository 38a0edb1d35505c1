"""Microsoft Graph, as far as rooms need it, with the app's own token."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from adapters.teams.connector import Connector
from adapters.teams.errors import translated, unreachable
from adapters.teams.options import Options
from adapters.teams.tokens import Tokens
from chat.errors import TocsinError, Unavailable
from chat.payload import parts

_TIMEOUT = aiohttp.ClientTimeout(total=20)


class Graph:
    """Calls below one team.

    Source: Microsoft Graph v1.0, "channel", "chatMessage" and "conversationMember".
    """

    def __init__(self, options: Options, tokens: Tokens, connector: Connector) -> None:
        self._options = options
        self._tokens = tokens
        self._connector = connector
        self._session: aiohttp.ClientSession | None = None
        self.group = options.group
        parts = urlsplit(options.graph_url)
        self.scope = f"{parts.scheme}://{parts.netloc}/.default"

    async def start(self) -> None:
        """Get ready."""
        self._session = aiohttp.ClientSession(timeout=_TIMEOUT)

    async def stop(self) -> None:
        """Let go of connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def token(self) -> str:
        """The token that calls are signed with."""
        return await self._tokens.token(self.scope)

    async def call(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Call something below the team; the answer, empty when there is none.

        Raises:
            Unavailable: It may work later.
            UserError: It never will.
        """
        if not self.group:
            self.group = await self._connector.group()
        url = f"{self._options.graph_url}/teams/{self.group}{path}"
        return await self._send(method, url, body)

    async def pages(self, path: str) -> AsyncIterator[dict[str, Any]]:
        """Every entry of a list, page by page."""
        page = await self.call("GET", path)
        while True:
            for each in parts(page, "value"):
                yield each
            following = page.get("@odata.nextLink")
            # Our token goes nowhere but where we were told Graph is.
            if not isinstance(following, str) or not following.startswith(self._options.graph_url):
                return
            page = await self._send("GET", following, None)

    async def _send(self, method: str, url: str, body: object) -> dict[str, Any]:
        if self._session is None:
            raise Unavailable("Graph is not open yet.", retry_after=1)
        headers = {"Authorization": f"Bearer {await self.token()}"}
        try:
            async with self._session.request(method, url, json=body, headers=headers) as answer:
                told: dict[str, Any] = {}
                if answer.status != HTTPStatus.NO_CONTENT:
                    told = await answer.json(content_type=None) or {}
                if answer.status < HTTPStatus.BAD_REQUEST:
                    return told
                with self._tokens.in_use():
                    raise _refusal(answer.status, told, answer.headers)
        except (TimeoutError, aiohttp.ClientError, ValueError) as error:
            raise unreachable(error) from error


def _refusal(status: int, told: dict[str, Any], headers: Mapping[str, str]) -> TocsinError:
    error: dict[str, Any] = told.get("error") or {}
    inner: dict[str, Any] = error.get("innerError") or {}
    code = str(inner.get("code") or error.get("code") or "")
    return translated(status, code, str(error.get("message", "")), headers)
