"""Bots that do nothing, on each platform's own library.

Run as `python -m benchmarks.chats.bare NAME PORT`. They read the same variables of the
environment as the adapters do.
"""

# The libraries say little of their types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportMissingTypeStubs=false

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import ClientSession, web

_ANY = re.compile(r"(?s).*")


async def _serve(port: int, path: str, handler: Callable[[web.Request], Any]) -> None:
    app = web.Application()
    app.router.add_post(path, handler)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()


def _slack() -> Any:
    from slack_bolt.async_app import AsyncApp  # noqa: PLC0415 - each bot loads its own library only
    from slack_sdk.web.async_client import AsyncWebClient  # noqa: PLC0415

    token = os.environ["TOCSIN_SLACK_BOT_TOKEN"]
    app = AsyncApp(
        client=AsyncWebClient(token, base_url=os.environ["TOCSIN_SLACK_API_URL"]),
        signing_secret=os.environ.get("TOCSIN_SLACK_SIGNING_SECRET"),
    )

    async def nothing(ack: Any) -> None:
        await ack()

    app.command(_ANY)(nothing)
    return app


async def _slack_http(port: int) -> None:
    from slack_bolt.adapter.aiohttp import (  # noqa: PLC0415
        to_aiohttp_response,
        to_bolt_request,
    )

    from adapters.slack.manifest import PATH  # noqa: PLC0415

    app = _slack()

    async def answer(request: web.Request) -> web.Response:
        asked = await to_bolt_request(request)
        return await to_aiohttp_response(await app.async_dispatch(asked))

    await _serve(port, PATH, answer)


async def _slack_socket(port: int) -> None:
    del port
    from slack_bolt.adapter.socket_mode.async_handler import (  # noqa: PLC0415
        AsyncSocketModeHandler,
    )

    handler = AsyncSocketModeHandler(_slack(), os.environ["TOCSIN_SLACK_APP_TOKEN"])
    await handler.connect_async()


async def _mattermost(port: int) -> None:
    """The platform's library only calls the server; the door is aiohttp's."""
    path = "/command"

    async def answer(request: web.Request) -> web.Response:
        await request.post()
        return web.json_response({})

    await _serve(port, path, answer)
    url = f"{os.environ['TOCSIN_MATTERMOST_CALLBACK_URL']}{path}"
    headers = {"Authorization": f"Bearer {os.environ['TOCSIN_MATTERMOST_TOKEN']}"}
    async with ClientSession(os.environ["TOCSIN_MATTERMOST_URL"], headers=headers) as session:
        async with session.get("/api/v4/users/me/teams") as answered:
            (team,) = await answered.json()
        wanted = {"team_id": team["id"], "trigger": "incident", "method": "P", "url": url}
        async with session.post("/api/v4/commands", json=wanted) as answered:
            answered.raise_for_status()


async def _teams(port: int) -> None:
    from botbuilder.integration.aiohttp import CloudAdapter  # noqa: PLC0415
    from botframework.connector.auth import (  # noqa: PLC0415
        AuthenticationConfiguration,
        BotFrameworkAuthenticationFactory,
        PasswordServiceClientCredentialFactory,
    )

    from adapters.teams.route import PATH  # noqa: PLC0415

    given = {
        name: os.environ[f"TOCSIN_TEAMS_{name.upper()}"]
        for name in ("app_id", "app_password", "tenant_id", "login_url", "openid_url")
    }
    adapter = CloudAdapter(
        BotFrameworkAuthenticationFactory.create(
            validate_authority=True,
            to_channel_from_bot_login_url=f"{given['login_url']}/{given['tenant_id']}",
            to_channel_from_bot_oauth_scope="https://api.botframework.com",
            to_bot_from_channel_token_issuer="https://api.botframework.com",  # noqa: S106 - no secret
            oauth_url="https://api.botframework.com",
            to_bot_from_channel_open_id_metadata_url=given["openid_url"],
            to_bot_from_emulator_open_id_metadata_url=given["openid_url"],
            credential_factory=PasswordServiceClientCredentialFactory(
                given["app_id"], given["app_password"]
            ),
            auth_configuration=AuthenticationConfiguration(),
        )
    )

    class Nothing:
        async def on_turn(self, _: object) -> None:
            """Nothing."""

    async def answer(request: web.Request) -> web.Response | None:
        bot: Any = Nothing()
        return await adapter.process(request, bot)

    await _serve(port, PATH, answer)


async def _discord(port: int) -> None:
    del port
    from yarl import URL  # noqa: PLC0415

    from adapters.discord.sdk import DiscordWebSocket, Route, discord  # noqa: PLC0415

    Route.BASE = os.environ["TOCSIN_DISCORD_API_URL"]

    client = discord.Client(intents=discord.Intents.default(), chunk_guilds_at_startup=False)

    @client.event
    async def on_interaction(asked: discord.Interaction) -> None:  # pyright: ignore[reportUnusedFunction] - the event calls it
        path = f"/interactions/{asked.id}/{asked.token}/callback"
        await client.http.request(Route("POST", path), json={"type": 5, "data": {"flags": 64}})

    await client.login(os.environ["TOCSIN_DISCORD_TOKEN"])
    found = await client.http.request(Route("GET", "/gateway/bot"))
    DiscordWebSocket.DEFAULT_GATEWAY = URL(found["url"])
    await client.connect()


BOTS: dict[str, Callable[[int], Awaitable[None]]] = {
    "slack-http": _slack_http,
    "slack-socket": _slack_socket,
    "mattermost": _mattermost,
    "teams": _teams,
    "discord": _discord,
}


async def _run(name: str, port: int) -> None:
    await BOTS[name](port)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_run(sys.argv[1], int(sys.argv[2])))
