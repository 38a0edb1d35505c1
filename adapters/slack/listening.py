"""Socket Mode: events over a connection that we open, so that nobody needs to reach us."""

from __future__ import annotations

import asyncio

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp

from adapters.slack.calling import Calls, log, quiet

_PING = 5.0


async def listen(app: AsyncApp, calls: Calls, app_token: str) -> None:
    """Hold the connection until cancelled; the library reconnects by itself.

    What happens while there is none Slack keeps, and delivers again.

    Raises:
        Unavailable: It could not be opened in the first place.
    """
    # Asked by ourselves first, so that a refused token is told as what it is.
    opened = await calls("apps.connections.open", app_token=app_token)
    handler = AsyncSocketModeHandler(
        app, app_token, logger=quiet, web_client=calls.client, ping_interval=_PING
    )
    handler.client.wss_uri = str(opened["url"])
    try:
        await handler.connect_async()
        log.info("slack is connected")
        await asyncio.Event().wait()
    finally:
        await handler.close_async()
