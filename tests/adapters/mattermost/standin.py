"""A stand-in for a Mattermost server: its REST API and its WebSocket, as the driver calls them.

It keeps users, channels and posts, and refuses what the server refuses. A test may have it
answer with errors, drop its sockets, or tell an event once more.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import Any

from aiohttp import WSMsgType, web
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chat.clock import Clock
from tests.adapters.mattermost import limits
from tests.adapters.mattermost.limits import Refusal

TOKEN = "bot-token-of-the-standin"
ADMIN_RIGHTS = frozenset({
    "create_public_channel", "create_private_channel", "manage_public_channel_members",
    "manage_private_channel_members", "manage_public_channel_properties",
    "manage_private_channel_properties", "delete_public_channel", "delete_private_channel",
    "create_post", "edit_post", "upload_file", "manage_slash_commands", "manage_team",
    "create_post_ephemeral",
})  # fmt: skip

_TRIGGER_MS = 30_000
BODY = web.RequestKey("body", object)
"""The JSON that a call came with."""

Json = dict[str, Any]
Fault = Callable[[web.Request], web.Response | None]


def identifier(seed: str) -> str:
    """An id of the server's form, the same for the same seed."""
    return base64.b32encode(hashlib.sha256(seed.encode()).digest()).decode().lower()[:26]


def signed(facts: str, key: EllipticCurvePrivateKey) -> str:
    """A trigger id that says so, signed with that key."""
    signature = key.sign(facts.encode(), ECDSA(SHA256()))
    return base64.b64encode(facts.encode() + base64.b64encode(signature)).decode()


@dataclass
class Standin:
    """The server.

    Attributes:
        rights: The bot's permissions.
        ephemeral: What was shown to one person: user, channel and post.
        dialogs: Dialogs open, by user.
        faults: Asked in turn before anything else; the first answer counts.
        requests: Every call that came in: method, path below `/api/v4`, body.
        lost: Calls whose answer is to be lost although they were done, by path.
        config: What clients are told of its settings, besides its key.
        key: Signs its trigger ids.
        simple_triggers: Trigger ids that a test made up, and whose they are.
    """

    clock: Clock
    rights: frozenset[str] = ADMIN_RIGHTS
    users: dict[str, Json] = field(default_factory=dict[str, Json])
    channels: dict[str, Json] = field(default_factory=dict[str, Json])
    members: dict[str, dict[str, None]] = field(default_factory=dict[str, "dict[str, None]"])
    posts: dict[str, Json] = field(default_factory=dict[str, Json])
    files: dict[str, Json] = field(default_factory=dict[str, Json])
    commands: dict[str, Json] = field(default_factory=dict[str, Json])
    ephemeral: list[tuple[str, str, Json]] = field(default_factory=list[tuple[str, str, Json]])
    dialogs: dict[str, list[Json]] = field(default_factory=dict[str, list[Json]])
    hooks: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    faults: list[Fault] = field(default_factory=list[Fault])
    requests: list[tuple[str, str, Any]] = field(default_factory=list[tuple[str, str, Any]])
    lost: set[str] = field(default_factory=set[str])
    config: Json = field(default_factory=lambda: {"PostEditTimeLimit": "-1"})
    key: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))
    extra_headers: dict[str, str] = field(default_factory=dict[str, str])
    url: str = ""
    sockets: set[web.WebSocketResponse] = field(default_factory=set[web.WebSocketResponse])
    signed_in: asyncio.Event = field(default_factory=asyncio.Event)
    refuse_sockets: bool = False
    pending: dict[str, str] = field(default_factory=dict[str, str])
    simple_triggers: dict[str, str] = field(default_factory=dict[str, str])
    _sending: set[asyncio.Future[None]] = field(default_factory=set["asyncio.Future[None]"])
    _count: int = 0

    def __post_init__(self) -> None:
        self.team: Json = {"id": identifier("team"), "name": "main", "display_name": "Main"}
        self.bot = self.user("tocsin", is_bot=True)
        self.runner: web.AppRunner | None = None
        self.port = 0
        self.channel("town-square", "O")

    # what is there

    def stamp(self) -> int:
        """The time in milliseconds, later each time it is asked for."""
        self._count += 1
        return int(self.clock.now().timestamp() * 1000) + self._count

    def user(self, name: str, *, is_bot: bool = False, active: bool = True) -> Json:
        """An account."""
        made: Json = {
            "id": identifier(f"user {name}"), "username": name, "first_name": name.title(),
            "last_name": "", "nickname": "", "email": f"{name}@example.org", "is_bot": is_bot,
            "delete_at": 0 if active else 1, "roles": "system_user",
        }  # fmt: skip
        self.users[made["id"]] = made
        return made

    def channel(self, name: str, kind: str, **more: Any) -> Json:
        """A channel of the team."""
        made: Json = {
            "id": identifier(f"channel {name}"), "name": name, "display_name": name, "type": kind,
            "team_id": self.team["id"], "delete_at": 0, "total_msg_count": 0, "header": "",
            "purpose": "", "last_post_at": 0, **more,
        }  # fmt: skip
        self.channels[made["id"]] = made
        self.members[made["id"]] = {}
        return made

    def put(self, channel: str, user: str, message: str, **more: Any) -> Json:
        """A post, told to whoever listens."""
        at = self.stamp()
        made: Json = {
            "id": identifier(f"post {self._count}"), "create_at": at, "update_at": at,
            "edit_at": 0, "delete_at": 0, "user_id": user, "channel_id": channel, "root_id": "",
            "message": message, "type": "", "props": {}, "file_ids": [], "is_pinned": False,
            **more,
        }  # fmt: skip
        self.posts[made["id"]] = made
        there = self.channels[channel]
        there["last_post_at"] = at
        there["total_msg_count"] += not made["type"].startswith("system_")
        self.tell(made)
        return made

    def tell(self, post: Json) -> None:
        """The event for a post, to every socket of the bot's."""
        channel = self.channels[post["channel_id"]]
        if self.bot["id"] not in self.members[channel["id"]]:
            return
        event: Json = {
            "event": "posted",
            "data": {
                "post": json.dumps(post), "channel_type": channel["type"],
                "sender_name": f"@{self.users[post['user_id']]['username']}",
                "team_id": channel["team_id"],
            },
            "broadcast": {"channel_id": channel["id"]},
            "seq": self._count,
        }  # fmt: skip
        for socket in self.sockets:
            sending = asyncio.ensure_future(socket.send_json(event))
            self._sending.add(sending)
            sending.add_done_callback(self._sending.discard)

    def enter(self, user: str, channel: str, by: str | None = None) -> None:
        """Have somebody in a channel, by themselves or brought by somebody."""
        if user in self.members[channel]:
            return
        self.members[channel][user] = None
        name = self.users[user]["username"]
        if self.channels[channel]["type"] == "D" or user == self.bot["id"]:
            return
        if by is None:
            told = {"type": "system_join_channel", "props": {"username": name}}
            self.put(channel, user, f"{name} joined the channel.", **told)
            return
        props = {"addedUserId": user, "addedUsername": name}
        text = f"{name} added to the channel by {self.users[by]['username']}."
        self.put(channel, by, text, type="system_add_to_channel", props=props)

    def leave(self, user: str, channel: str) -> None:
        """Have somebody out of a channel."""
        if self.members[channel].pop(user, self) is not self:
            name = self.users[user]["username"]
            told = {"type": "system_leave_channel", "props": {"username": name}}
            self.put(channel, user, f"{name} left the channel.", **told)

    def trigger(self, user: str) -> str:
        """A trigger id of that person's, made now."""
        self._count += 1
        ms = int(self.clock.now().timestamp() * 1000)
        return signed(f"{identifier(f'trigger {self._count}')}:{user}:{ms}:", self.key)

    def told(self) -> Json:
        """What clients are told of its settings."""
        der = self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return {"AsymmetricSigningPublicKey": base64.b64encode(der).decode(), **self.config}

    def pressed_by(self, trigger: str) -> str:
        """Whose trigger id that is.

        Raises:
            Refusal: It is none, or too old.
        """
        if trigger in self.simple_triggers:
            return self.simple_triggers[trigger]
        try:
            _, user, ms, _ = base64.b64decode(trigger, validate=True).decode().split(":")
        except ValueError:
            raise Refusal(400, "interactive_message.decode_trigger_id") from None
        if self.clock.now().timestamp() * 1000 - int(ms) > _TRIGGER_MS:
            raise Refusal(400, "interactive_message.decode_trigger_id.expired")
        return user

    # trouble

    def fail(self, status: int, times: int = 1, path: str = "", **headers: str) -> None:
        """Answer so the next few calls whose path holds `path`."""
        left = [times]

        def fault(request: web.Request) -> web.Response | None:
            if left[0] <= 0 or path not in request.path:
                return None
            left[0] -= 1
            told = {"id": "standin", "message": "trouble", "status_code": status}
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return web.json_response(told, status=status, headers=named)

        self.faults.append(fault)

    async def drop(self) -> None:
        """Close every socket at once."""
        self.signed_in.clear()
        for socket in tuple(self.sockets):
            await socket.close(code=1011)

    # serving

    async def start(self, port: int = 0) -> None:
        """Listen."""
        from tests.adapters.mattermost.rest import routes  # noqa: PLC0415 - they need each other

        app = web.Application(middlewares=[self._guard])
        routes(self, app)
        app.router.add_get("/api/v4/websocket", self._socket)
        self.runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", port)
        await site.start()
        self.port = self.runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self.port}"

    async def stop(self) -> None:
        """Listen no more."""
        if self.runner is not None:
            runner, self.runner = self.runner, None
            await self.drop()
            await runner.cleanup()

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        path = request.path.removeprefix("/api/v4")
        for fault in self.faults:
            if (answer := fault(request)) is not None:
                return answer
        if path == "/websocket":
            return await handler(request)
        open_to_all = path == "/system/ping" or path.startswith("/hooks/")
        if not open_to_all and request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return _told(Refusal(401, "api.context.session_expired.app_error"))
        body: Any = None
        if request.content_type == "application/json" and request.can_read_body:
            body = await request.json()
        self.requests.append((request.method, path, body))
        request[BODY] = body
        try:
            response: web.StreamResponse = await handler(request)
        except Refusal as refusal:
            response = _told(refusal)
        if path in self.lost:
            self.lost.discard(path)
            if request.transport is not None:
                request.transport.close()
        response.headers["Date"] = format_datetime(self.clock.now(), usegmt=True)
        response.headers.update(self.extra_headers)
        return response

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        if self.refuse_sockets:
            return web.Response(status=503)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        challenge = await socket.receive_json()
        if challenge.get("data", {}).get("token") != TOKEN:
            await socket.send_json({"status": "FAIL", "error": {"id": "api.web_socket"}})
            await socket.close()
            return socket
        await socket.send_json({"status": "OK", "seq_reply": 1})
        await socket.send_json({"event": "hello", "data": {}, "broadcast": {}, "seq": 0})
        self.sockets.add(socket)
        self.signed_in.set()
        try:
            async for message in socket:
                if message.type is WSMsgType.ERROR:
                    break
        finally:
            self.sockets.discard(socket)
        return socket


def _told(refusal: Refusal) -> web.Response:
    body = {"id": refusal.id, "message": refusal.told, "status_code": refusal.status}
    return web.json_response(body, status=refusal.status)


__all__ = ["ADMIN_RIGHTS", "TOKEN", "Refusal", "Standin", "identifier", "limits"]
