"""Calls to Discord: discord.py's own client and buckets, with its errors translated."""

from __future__ import annotations

import asyncio
import json as jsonlib
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from yarl import URL

from adapters.discord.raw import Json
from adapters.discord.sdk import DiscordWebSocket, Route, discord
from adapters.discord.settings import API_URL, DiscordSettings
from chat.errors import NotFound, Refused, TocsinError, Unavailable
from chat.message import Attachment
from chat.rates import Rate, Window, told_to_wait

PATIENCE = 5.0
"""Seconds that a call may wait for its turn; after that the outbox brings it again."""
_CALL = 8.0
_UPLOAD = 25.0

ALREADY_ANSWERED = "DISCORD_40060"
THREAD_IS_THERE = "DISCORD_160004"
NO_DIRECT_MESSAGES = "DISCORD_50007"
GUILD_IS_FULL = "DISCORD_30013"

_EXPIRED = 50027
"""An interaction's own token, which is good for minutes."""

_WHAT_TO_DO = {
    50001: "The bot cannot see that channel. Give its role “View Channel” there.",
    50013: "The bot lacks a permission there; `tocsin doctor` names those it needs.",
    50007: "They take no direct messages from this server's members.",
    30013: "The Discord server has no room for another channel; delete closed ones, "
    "or let rooms be threads with TOCSIN_DISCORD_ROOMS=threads.",
}


class Calls:
    """One bot's calls, signed in when the first one is made.

    Attributes:
        application: Id of the application; empty until signed in.
        user: Id of the bot; empty until signed in.
    """

    def __init__(self, settings: DiscordSettings) -> None:
        self._settings = settings
        self._client: discord.Client | None = None
        self._signing_in = asyncio.Lock()
        # 50 calls a second for one bot, answers to interactions not counted.
        self._rate = Rate(Window(45, 1.0), patience=PATIENCE)
        self.application = ""
        self.user = ""

    def client(self, intents: discord.Intents, **more: Any) -> discord.Client:
        """A client of the SDK's, not signed in yet."""
        Route.BASE = self._settings.api_url
        made = discord.Client(
            intents=intents,
            max_messages=None,
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            allowed_mentions=discord.AllowedMentions.none(),
            proxy=self._settings.proxy or None,
            **more,
        )
        # The constructor takes no less than 30 s, for which a delivery cannot wait.
        made.http.max_ratelimit_timeout = PATIENCE
        return made

    async def ready(self) -> discord.Client:
        """The client, signed in.

        Raises:
            Unavailable: Discord does not answer, or refuses the token.
        """
        async with self._signing_in:
            if self._client is None:
                client = self.client(discord.Intents(guilds=True))
                try:
                    async with translated(), asyncio.timeout(_CALL):
                        await client.login(self._settings.token)
                except BaseException:
                    await client.close()
                    raise
                self.user = str(client.user.id) if client.user else ""
                self.application = str(client.application_id or "")
                self._client = client
            return self._client

    async def close(self) -> None:
        """Let go of the connection."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def call(
        self,
        method: str,
        path: str,
        *,
        json: Json | list[Json] | None = None,
        query: Mapping[str, str] | None = None,
        file: Attachment | None = None,
        **ids: str,
    ) -> Any:
        """Make one call; what it answers, None when that is nothing.

        Args:
            method: Of HTTP.
            path: With `{channel_id}` and the like, which choose the rate bucket.
            json: What is sent.
            query: After the question mark.
            file: Sent along; `json` is then its `payload_json`.
            **ids: What stands for the names in `path`.

        Raises:
            Unavailable: It may work later.
            NotFound: There is no such thing.
            Refused: Discord says no; `code` is `DISCORD_` and Discord's number.
        """
        if not path.startswith(("/interactions", "/webhooks")):
            await self._rate.turn()
        client = await self.ready()
        more: dict[str, Any] = {"params": dict(query)} if query else {}
        if file is not None:
            more["form"] = _form(json or {}, file)
        elif json is not None:
            more["json"] = json
        async with translated(), asyncio.timeout(_CALL if file is None else _UPLOAD):
            found = await client.http.request(Route(method, path, **ids), **more)
        return None if found == "" else found

    async def fetched(self, url: str) -> bytes:
        """A file that somebody attached.

        Raises:
            Unavailable: It does not come.
        """
        client = await self.ready()
        async with translated(), asyncio.timeout(_CALL):
            return await client.http.get_from_cdn(url)

    async def aim_gateway(self) -> None:
        """Have the gateway where the API says, when the API is not Discord's own."""
        if self._settings.api_url != API_URL:
            found = await self.call("GET", "/gateway/bot")
            DiscordWebSocket.DEFAULT_GATEWAY = URL(found["url"])


@asynccontextmanager
async def translated() -> AsyncGenerator[None]:
    """Errors of the SDK, of the network and of time as ours."""
    try:
        yield
    except TocsinError:
        raise
    except TimeoutError as error:
        raise Unavailable("Discord did not answer in time.") from error
    except discord.DiscordException as error:
        raise _of_sdk(error) from error
    except (OSError, aiohttp.ClientError, RuntimeError) as error:
        raise Unavailable("Discord cannot be reached.") from error


def _of_sdk(error: discord.DiscordException) -> TocsinError:
    match error:
        case discord.RateLimited():
            return Unavailable("Discord asks to wait.", retry_after=error.retry_after)
        case discord.LoginFailure():
            return _bad_token()
        case discord.HTTPException():
            return _of_status(error)
        case _:
            return Unavailable("Discord's gateway does not answer.")


def _of_status(error: discord.HTTPException) -> TocsinError:
    code, said = f"DISCORD_{error.code}", error.text[:300]
    match error.status:
        case 401 if error.code != _EXPIRED:
            return _bad_token()
        case 403 | 404 if not error.code:
            # Discord gives each of its errors a number; this one is from something before it.
            return Unavailable(f"Something before Discord answered {error.status}.")
        case 429:
            wait = told_to_wait(error.response.headers.get("Retry-After", ""))
            return Unavailable(
                "Discord asks to wait.", retry_after=PATIENCE if wait is None else wait
            )
        case 404:
            return NotFound(f"That is not in Discord any more: {said}.", code=code)
        case status if status >= 500:  # noqa: PLR2004 - the server's own errors
            return Unavailable("Discord has trouble at the moment.")
        case _:
            return Refused(_WHAT_TO_DO.get(error.code, f"Discord refuses that: {said}"), code=code)


def _bad_token() -> Unavailable:
    return Unavailable("Discord refuses the bot's token. Set TOCSIN_DISCORD_TOKEN anew.")


def _form(payload: Json | list[Json], file: Attachment) -> list[dict[str, Any]]:
    return [
        {
            "name": "payload_json",
            "value": jsonlib.dumps(payload),
        },
        {
            "name": "files[0]",
            "value": file.content,
            "filename": file.name,
            "content_type": file.content_type,
        },
    ]
