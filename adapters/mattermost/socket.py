"""The connection that tells what is said: our own, since the driver's never speaks TLS.

After each interruption what was said meanwhile is fetched, so that nothing is missed; the
journal sees to it that nothing counts twice.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, ClientWebSocketResponse, WSMsgType

from adapters.mattermost import inbound as inward
from adapters.mattermost.calling import Calls
from adapters.mattermost.own import Own
from adapters.mattermost.people import Directory, named
from adapters.mattermost.settings import MattermostSettings
from adapters.mattermost.trusting import tls
from chat.clock import Clock
from chat.errors import TocsinError, Unavailable, UserError
from chat.memory import MemoryActs
from chat.payload import whole
from chat.port import Host

_log = logging.getLogger("tocsin.mattermost")

_SEEN = "mattermost:seen"
_HEARTBEAT = 20.0
_CONNECT = 10.0
_LARGEST = 4 * 1024 * 1024
_BACK_OFF = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0)
_LONGEST_GAP = timedelta(days=7)
_OVERLAP_MS = 2000
"""Posts of one moment may become visible out of order."""
_KEEP_EVERY_MS = 5000
"""What was said since it was last kept is fetched once more after a crash."""
_MOST_SINCE = 1000
_PAGE = 200


class Listening:
    """Hears posts, in order, and keeps how far it came."""

    def __init__(
        self,
        settings: MattermostSettings,
        calls: Calls,
        own: Own,
        directory: Directory,
        acts: MemoryActs,
        clock: Clock,
        host: Callable[[], Host],
        prepare: Callable[[], Awaitable[None]],
    ) -> None:
        self._settings = settings
        self._calls = calls
        self._own = own
        self._directory = directory
        self._acts = acts
        self._clock = clock
        self._host = host
        self._prepare = prepare
        self._seen = self._kept = 0

    async def run(self) -> None:
        """Stay connected until cancelled."""
        tries = 0
        while True:
            begun = asyncio.get_running_loop().time()
            try:
                await self._connected()
            except (ClientError, OSError, TimeoutError, TocsinError) as error:
                _log.warning("mattermost: the connection is interrupted: %s", error)
            if asyncio.get_running_loop().time() - begun > _HEARTBEAT:
                tries = 0
            await asyncio.sleep(_BACK_OFF[min(tries, len(_BACK_OFF) - 1)])
            tries += 1

    async def _connected(self) -> None:
        """One connection, from its beginning to its end."""
        await self._prepare()
        server = self._settings.server
        address = f"{server.url}/api/v4/websocket".replace("http", "ws", 1)
        timeout = ClientTimeout(total=None, sock_connect=_CONNECT)
        async with (
            ClientSession(timeout=timeout, trust_env=True) as session,
            session.ws_connect(
                address,
                ssl=tls(self._settings) or True,
                heartbeat=_HEARTBEAT,
                max_msg_size=_LARGEST,
            ) as socket,
        ):
            await self._sign_in(socket)
            # What is said from here on waits in the socket while the gap is filled.
            await self._fill_gap()
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await self._event(message.data)

    async def _sign_in(self, socket: ClientWebSocketResponse) -> None:
        """Prove who we are.

        Raises:
            Unavailable: The server does not take it.
        """
        challenge = {
            "seq": 1,
            "action": "authentication_challenge",
            "data": {"token": self._settings.token},
        }
        await socket.send_json(challenge)
        async with asyncio.timeout(_CONNECT):
            async for message in socket:
                told = _json(message.data) if message.type is WSMsgType.TEXT else {}
                if told.get("event") == "hello":
                    return
                if told.get("status") == "FAIL":
                    break
        raise Unavailable("Mattermost does not accept Tocsin's token for its events.")

    async def _event(self, text: str) -> None:
        found = inward.posted_event(_json(text))
        if found is None:
            return
        post, sender, team = found
        if team not in {"", await self._own.team_id()}:
            return
        writer = str(post.get("user_id", ""))
        if sender and not str(post.get("type", "")):
            self._directory.seen(named(writer, sender, self._settings.team))
        await self._hand_in(post)

    async def _fill_gap(self) -> None:
        """Hand in what was said since the last post that was handed in."""
        now = int(self._clock.now().timestamp() * 1000)
        kept = await self._acts.read(lambda stores: stores.settings.get(_SEEN))
        if not kept:
            await self._keep_seen(now)
            return
        # Another process may have listened since this one did.
        self._seen = self._kept = max(self._seen, int(kept))
        since = max(self._seen - _OVERLAP_MS, now - int(_LONGEST_GAP.total_seconds() * 1000))
        missed: list[dict[str, Any]] = []
        for channel in await self._channels():
            if int(channel.get("last_post_at", 0)) >= since:
                missed += await self._since(str(channel["id"]), since)
        await self._directory.all(str(post["user_id"]) for post in missed)
        for post in sorted(missed, key=lambda each: (each["create_at"], each["id"])):
            await self._hand_in(post)

    async def _channels(self) -> list[dict[str, Any]]:
        own, team = await self._own.id(), await self._own.team_id()
        return await self._calls.run(
            lambda driver: driver.channels.get_channels_for_user(own, team)
        )

    async def _since(self, channel: str, since: int) -> list[dict[str, Any]]:
        """The channel's posts made since then."""
        page = await self._calls.run(
            lambda driver: driver.posts.get_posts_for_channel(channel, params={"since": since})
        )
        found = {post["id"]: post for post in page["posts"].values()}
        number = 0
        # The server tells of no more than that at once; what is older comes page by page.
        while len(page["order"]) >= (_MOST_SINCE if not number else _PAGE):
            params = {"page": number, "per_page": _PAGE}
            page = await self._calls.run(
                lambda driver, params=params: driver.posts.get_posts_for_channel(
                    channel, params=params
                )
            )
            found |= {post["id"]: post for post in page["posts"].values()}
            number += 1
            if min((post["create_at"] for post in page["posts"].values()), default=0) < since:
                break
        return [
            post for post in found.values() if post["create_at"] >= since and not post["delete_at"]
        ]

    async def _hand_in(self, post: dict[str, Any]) -> None:
        """Hand one post in, however long the journal is away."""
        own = await self._own.id()
        event = inward.heard(post, self._directory.known, own)
        wait = 0
        while event is not None:
            try:
                await self._host().receive(event)
                break
            except Unavailable as away:
                _log.warning("mattermost: a message waits to be kept: %s", away.message)
                await asyncio.sleep(_BACK_OFF[min(wait, len(_BACK_OFF) - 1)])
                wait += 1
            except UserError as odd:
                _log.warning("mattermost: a message is passed over: %s", odd.message)
                break
        await self._keep_seen(int(post.get("create_at", 0)))

    async def _keep_seen(self, at: int) -> None:
        if at <= self._seen:
            return
        self._seen = at
        if at - self._kept < _KEEP_EVERY_MS:
            return
        self._kept = at
        await self._acts.run(lambda stores: stores.settings.put(_SEEN, str(at)))


def _json(text: Any) -> dict[str, Any]:
    try:
        return whole(json.loads(text))
    except (ValueError, TypeError):
        return {}
