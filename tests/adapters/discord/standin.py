"""A stand-in for Discord that speaks its REST API and its gateway to the real discord.py.

It refuses what Discord refuses (see `rest` and `rules`), and can be told to have trouble:
`trouble` answers the next calls, `down` answers none, `drop` breaks the connection.

Source: discord.com/developers/docs/events/gateway and /docs/topics/rate-limits.
"""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import WSMsgType, web

from chat.clock import Clock
from tests.adapters.between import Between
from tests.adapters.discord.rest import Rest
from tests.adapters.discord.world import Interaction, Json, World

_MESSAGE_CONTENT = 1 << 15


class StandIn:
    """One Discord.

    Attributes:
        trouble: Answers for the next calls whose path begins so: status, and seconds to wait.
        down: Whether it answers nothing at all.
    """

    def __init__(self, clock: Clock) -> None:
        self.world = World(clock)
        self.rest = Rest(self.world, self.dispatch)
        self.trouble: list[tuple[str, int, float]] = []
        self.down = False
        self.between = Between()
        self.api_url = ""
        self.identified = asyncio.Event()
        self.sessions: dict[str, list[Json]] = {}
        self.resumed = 0
        self._session = ""
        self._sockets: dict[str, web.WebSocketResponse] = {}
        self._zlibs: dict[str, Any] = {}

    # what people do

    async def press(
        self, user: str, channel: str, message: Json, custom_id: str, *values: str
    ) -> Interaction:
        """Have somebody press a control."""
        data: Json = {"custom_id": custom_id, "component_type": 3 if values else 2}
        if values:
            data["values"] = list(values)
        shown = {**message, "author": self.world.users[self.world.bot]}
        return await self.interact(3, user, channel, data, message=shown)

    async def interact(
        self, kind: int, user: str, channel: str, data: Json, message: Json | None = None
    ) -> Interaction:
        """Have somebody begin an interaction; it is delivered at once."""
        place = self.world.channels[channel]
        token = f"token-{self.world.snowflake()}"
        made = Interaction(self.world.snowflake(), token, user, channel, kind, message)
        self.world.interactions[made.id] = made
        payload: Json = {
            "id": made.id, "application_id": self.world.application, "type": kind,
            "token": token, "version": 1, "channel_id": channel, "data": data,
            "channel": {**place, "permissions": "0"},
            "locale": "en-US", "entitlements": [], "app_permissions": "0", "context": 0,
            "authorizing_integration_owners": {}, "attachment_size_limit": 10_000_000,
        }  # fmt: skip
        if place["type"] == 1:
            payload["user"] = self.world.users[user]
        else:
            payload["guild_id"] = self.world.guild
            payload["member"] = {**self.world.members[user], "permissions": "0"}
        if message is not None:
            payload["message"] = message
        await self.dispatch("INTERACTION_CREATE", payload)
        return made

    # the gateway

    async def dispatch(self, name: str, payload: Json) -> None:
        """Deliver an event to every session, and keep it for those that resume."""
        for session, log in self.sessions.items():
            frame: Json = {"op": 0, "t": name, "s": len(log) + 1, "d": payload}
            # As it is now: what is delivered again later says the same.
            log.append(json.loads(json.dumps(frame)))
            await self._send(session, frame)

    async def again(self, number: int = -1) -> None:
        """Deliver an event again, as a resumed session is given it."""
        for session, log in self.sessions.items():
            await self._send(session, log[number])

    async def drop(self, *, forget: bool = False) -> None:
        """Break the connections; with `forget` they cannot be resumed either."""
        for socket in list(self._sockets.values()):
            await socket.close(code=4000)
        self._sockets.clear()
        if forget:
            self.sessions.clear()

    async def _send(self, session: str, frame: Json) -> None:
        socket = self._sockets.get(session)
        if socket is None or socket.closed:
            return
        packer = self._zlibs[session]
        data = packer.compress(json.dumps(frame).encode()) + packer.flush(zlib.Z_SYNC_FLUSH)
        await socket.send_bytes(data)

    async def gateway(self, request: web.Request) -> web.WebSocketResponse:
        """One connection of a bot's."""
        assert request.query["compress"] == "zlib-stream"
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        packer = zlib.compressobj()
        hello = {"op": 10, "d": {"heartbeat_interval": 41_250}, "s": None, "t": None}
        await socket.send_bytes(
            packer.compress(json.dumps(hello).encode()) + packer.flush(zlib.Z_SYNC_FLUSH)
        )
        session = ""
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                continue
            frame = json.loads(message.data)
            if frame["op"] in (2, 6):
                session = await self._begin(socket, packer, frame)
            elif frame["op"] == 1 and session:
                await self._send(session, {"op": 11, "d": None, "s": None, "t": None})
        if self._sockets.get(session) is socket:
            del self._sockets[session]
        return socket

    async def _begin(self, socket: web.WebSocketResponse, packer: Any, frame: Json) -> str:
        data = frame["d"]
        if data["token"] != self.world.token:
            await socket.close(code=4004)
            return ""
        if frame["op"] == 6:
            return await self._resume(socket, packer, data)
        if data["intents"] & _MESSAGE_CONTENT and not self.world.message_content:
            await socket.close(code=4014)
            return ""
        session = f"session-{self.world.snowflake()}"
        self._sockets[session], self._zlibs[session] = socket, packer
        ready: Json = {
            "v": 10, "user": self.world.users[self.world.bot], "session_id": session,
            "resume_gateway_url": self.rest.gateway_url, "session_type": "normal",
            "guilds": [{"id": self.world.guild, "unavailable": True}], "shard": [0, 1],
            "application": {"id": self.world.application, "flags": 0},
        }  # fmt: skip
        self.sessions = {session: []}
        await self.dispatch("READY", ready)
        await self.dispatch("GUILD_CREATE", self._guild())
        self.identified.set()
        return session

    async def _resume(self, socket: web.WebSocketResponse, packer: Any, data: Json) -> str:
        session = data["session_id"]
        if session not in self.sessions:
            invalid = {"op": 9, "d": False, "s": None, "t": None}
            await socket.send_bytes(
                packer.compress(json.dumps(invalid).encode()) + packer.flush(zlib.Z_SYNC_FLUSH)
            )
            return ""
        self.resumed += 1
        self._sockets[session], self._zlibs[session] = socket, packer
        for frame in self.sessions[session][data["seq"] :]:
            await self._send(session, frame)
        await self._send(session, {"op": 0, "t": "RESUMED", "s": data["seq"], "d": {}})
        self.identified.set()
        return session

    def _guild(self) -> Json:
        held = [one for one in self.world.channels.values() if one["type"] != 1]
        return {
            "id": self.world.guild, "name": "Example", "owner_id": self.world.bot,
            "roles": self.world.roles(), "emojis": [], "stickers": [], "features": [],
            "members": [self.world.members[self.world.bot]], "member_count": 1,
            "channels": [one for one in held if one["type"] in (0, 4, 5)],
            "threads": [one for one in held if one["type"] in (10, 11, 12)],
            "presences": [], "voice_states": [], "stage_instances": [],
            "guild_scheduled_events": [], "soundboard_sounds": [], "unavailable": False,
            "verification_level": 0, "default_message_notifications": 0, "mfa_level": 0,
            "explicit_content_filter": 0, "nsfw_level": 0, "premium_tier": 0, "large": False,
            "premium_progress_bar_enabled": False, "preferred_locale": "en-US",
            "system_channel_flags": 0, "afk_timeout": 300, "joined_at": self.world.now(),
        }  # fmt: skip

    # how it is served

    @web.middleware
    async def troubled(
        self,
        request: web.Request,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        """Have trouble where a test wants it."""
        if self.down:
            assert request.transport is not None
            request.transport.abort()
            return web.Response(status=503)
        path = request.path.removeprefix("/api/v10")
        for row in self.trouble:
            begins, status, wait = row
            if path.startswith(begins):
                self.trouble.remove(row)
                body = {"message": "trouble", "retry_after": wait, "global": False, "code": 0}
                # Without Via discord.py takes a 429 for a ban by Cloudflare.
                headers = {"Content-Type": "application/json", "Via": "1.1 google"}
                if status == 429:
                    headers["Retry-After"] = str(int(wait))
                return web.Response(status=status, body=json.dumps(body).encode(), headers=headers)
        return await handler(request)


@asynccontextmanager
async def standing_in(clock: Clock) -> AsyncGenerator[StandIn]:
    """A stand-in on a port of its own."""
    made = StandIn(clock)
    app = web.Application(
        middlewares=[made.between.stand, made.troubled], client_max_size=30_000_000
    )
    app.add_routes([*made.rest.routes(), web.get("/gateway/", made.gateway)])
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    made.api_url = f"http://127.0.0.1:{port}/api/v10"
    made.rest.gateway_url = f"ws://127.0.0.1:{port}/gateway/"
    try:
        yield made
    finally:
        await made.drop()
        await runner.cleanup()
