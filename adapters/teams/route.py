"""The messaging endpoint: where the Bot Connector brings events."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

from aiohttp import web

from adapters.teams.connector import Connector
from adapters.teams.cures.invoke_reply import Answer, written
from adapters.teams.cures.refusal import Doorkeeper
from adapters.teams.cures.signing_keys import SigningKeys
from adapters.teams.inbound import moment, tenant
from adapters.teams.options import Options
from adapters.teams.receiving import Receiving
from chat.clock import Clock
from chat.errors import NotSignedIn, Unavailable
from chat.port import Host

_log = logging.getLogger("tocsin.teams")
PATH = "/api/chat/teams/messages"
_MOST = 1_000_000
OLDEST = timedelta(minutes=15)
"""How late an event may come. What is brought again later than that is a replay."""


class Route:
    """Lets in what Teams sent to this bot, of its own tenant, lately."""

    def __init__(
        self,
        options: Options,
        clock: Clock,
        connector: Connector,
        keys: SigningKeys,
        takers: Callable[[], tuple[Receiving, Host]],
    ) -> None:
        self._options = options
        self._clock = clock
        self._connector = connector
        self._takers = takers
        self._doorkeeper = Doorkeeper(options, keys, clock)

    def install(self, app: web.Application) -> None:
        """Add the route."""
        app.router.add_post(PATH, self._handle)

    async def _handle(self, request: web.Request) -> web.Response:
        try:
            activity = await _activity(request)
            await self._admit(request, activity)
            receiving, host = self._takers()
        except NotSignedIn as refusal:
            _log.warning("an event was refused: %s", refusal.message)
            return written(Answer(401, {"error": "not authorized"}))
        except Unavailable:
            return written(Answer(503, again_after=5))
        return written(await receiving.answer(activity, host))

    async def _admit(self, request: web.Request, activity: dict[str, Any]) -> None:
        """Come back when the event may be believed.

        Raises:
            NotSignedIn: It may not.
        """
        await self._doorkeeper.admit(request.headers.get("Authorization", ""), activity)
        if tenant(activity) != self._options.tenant:
            raise NotSignedIn("an event of another tenant")
        if abs(self._clock.now() - moment(activity)) > OLDEST:
            raise NotSignedIn("an event of another time: a replay, or a clock that is wrong")
        # The token vouches for it.
        self._connector.service_url = str(activity["serviceUrl"])


async def _activity(request: web.Request) -> dict[str, Any]:
    if (request.content_length or 0) > _MOST:
        raise web.HTTPRequestEntityTooLarge(_MOST, request.content_length or 0)
    try:
        body: object = json.loads(await request.read())
    except ValueError as error:
        raise web.HTTPBadRequest(text="not JSON") from error
    if not isinstance(body, dict):
        raise web.HTTPBadRequest(text="not an activity")
    return cast("dict[str, Any]", body)
