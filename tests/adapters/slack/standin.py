"""A server that speaks Slack's protocol to the real library: methods, Socket Mode, responses.

It can be told to answer 429 and 5xx, to do a thing and break the connection, to drop the
socket, and to be away altogether.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from aiohttp import ClientSession, WSMsgType, web

from chat.clock import Clock
from chat.payload import part
from tests.adapters.between import Between
from tests.adapters.slack.methods import METHODS
from tests.adapters.slack.world import BOT, TEAM, Json, No, World, yes
from tests.bench import eventually

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
_PATIENCE = 10.0


@dataclass
class Fault:
    """What a method answers instead, once.

    Attributes:
        status: HTTP status; 0 breaks the connection.
        after: Whether the thing is done nevertheless.
    """

    status: int
    retry_after: str = ""
    after: bool = False


class Slack:
    """The stand-in."""

    def __init__(self, clock: Clock) -> None:
        self.world = World(clock)
        self.faults: dict[str, list[Fault]] = {}
        self.away = False
        self.sockets: list[web.WebSocketResponse] = []
        self.connections = 0
        self.bot_url = ""
        self.between = Between()
        self.answers: dict[str, Json] = {}
        self._acks: dict[str, asyncio.Future[Json]] = {}
        self._responses: dict[str, tuple[str, str, int]] = {}

    def fail(self, method: str, *faults: Fault) -> None:
        """Have the next calls of a method go wrong."""
        self.faults.setdefault(method, []).extend(faults)

    def app(self) -> web.Application:
        """The server."""
        app = web.Application(client_max_size=20_000_000, middlewares=[self.between.stand])
        app.router.add_route("*", "/api/{method}", self._method)
        app.router.add_post("/upload/{file}", self._upload)
        app.router.add_post("/response/{token}", self._response)
        app.router.add_get("/link", self._link)
        return app

    async def _method(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        given = await _given(request)
        self.world.calls.append((method, given))
        queue = self.faults.get(method)
        fault = queue.pop(0) if queue else None
        if self.away:
            return _broken(request)
        if fault is not None and not fault.after:
            return _faulty(fault, request)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        try:
            answer = self._do(method, given.pop("token", None) or token, given)
        except No as no:
            answer = no.answer
        if fault is not None:
            return _faulty(fault, request)
        return web.json_response(answer, headers=self._headers())

    def _headers(self) -> dict[str, str]:
        now = format_datetime(self.world.clock.now(), usegmt=True)
        return {"X-OAuth-Scopes": ",".join(sorted(self.world.scopes)), "Date": now}

    def _do(self, method: str, token: str, given: Json) -> Json:
        who = self.world.who(token, method)
        if method == "apps.connections.open":
            return {"ok": True, "url": self.world.url.replace("http", "ws") + "link"}
        if method not in METHODS:
            raise No("unknown_method")
        return {"ok": True, **METHODS[method](self.world, who, given)}

    async def _upload(self, request: web.Request) -> web.Response:
        self.world.contents[request.match_info["file"]] = await request.read()
        return web.Response(text="OK - 200")

    async def _response(self, request: web.Request) -> web.StreamResponse:
        token = request.match_info["token"]
        if self.away:
            return _broken(request)
        channel, user, uses = self._responses.get(token, ("", "", 0))
        if not uses:
            return web.Response(status=404, text="used_url")
        self._responses[token] = (channel, user, uses - 1)
        given = await request.json()
        try:
            shown = {**self.world.body(given), "ts": self.world.stamp()}
        except No as no:
            return web.json_response(no.answer, status=400)
        assert given["response_type"] == "ephemeral", given
        self.world.ephemeral.append((channel, user, shown))
        return web.Response(text="ok")

    async def _link(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets.append(socket)
        self.connections += 1
        await socket.send_json({"type": "hello"})
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                told = json.loads(message.data)
                waiting = self._acks.get(told["envelope_id"])
                if waiting is not None and not waiting.done():
                    waiting.set_result(told.get("payload") or {})
        self.sockets.remove(socket)
        return socket

    async def connected(self) -> None:
        """Wait for the bot's socket."""
        await eventually(lambda: bool(self.sockets), within=_PATIENCE)

    async def drop(self) -> None:
        """Break every socket."""
        for socket in list(self.sockets):
            await socket.close()

    # what happens

    def response_url(self, channel: str, user: str) -> str:
        """An address for five answers."""
        token = f"r{self.world.number()}"
        self._responses[token] = (channel, user, 5)
        return f"{self.world.url}response/{token}"

    def slash(self, user: str, channel: str, line: str) -> Json:
        """The payload of a slash command."""
        command, _, text = line.partition(" ")
        return {
            "command": command,
            "text": text,
            "team_id": TEAM,
            "channel_id": channel,
            "user_id": user,
            "user_name": self.world.users[user]["name"],
            "trigger_id": self.world.trigger(user),
            "response_url": self.response_url(channel, user),
        }

    def press(self, user: str, channel: str, stamp: str, control: Json, **chosen: Any) -> Json:
        """The payload of a pressed control."""
        shown = self.world.posted(channel, stamp)
        return {
            "type": "block_actions",
            "team": {"id": TEAM},
            "user": self._user(user),
            "channel": {"id": channel},
            "message": {"ts": stamp, "thread_ts": shown.get("thread_ts")},
            "container": {"type": "message", "message_ts": stamp, "channel_id": channel},
            "trigger_id": self.world.trigger(user),
            "response_url": self.response_url(channel, user),
            "actions": [
                {
                    "type": control["type"],
                    "action_id": control["action_id"],
                    "block_id": "b",
                    "action_ts": self.world.stamp(),
                    **chosen,
                }
            ],
        }

    def filled(self, user: str, view: Json, values: dict[str, str]) -> Json:
        """The payload of a form filled in; an answer that is not given stays as it was."""
        state = {
            one["block_id"]: {one["element"]["action_id"]: _answer(one["element"], values, one)}
            for one in view["blocks"]
            if one["type"] == "input"
        }
        return {
            "type": "view_submission",
            "team": {"id": TEAM},
            "user": self._user(user),
            "trigger_id": self.world.trigger(user),
            "view": {**view, "state": {"values": state}},
        }

    def chosen(self, user: str, channel: str, message: Json) -> Json:
        """The payload of a message's menu."""
        return {
            "type": "message_action",
            "callback_id": "incident.start",
            "team": {"id": TEAM},
            "user": self._user(user),
            "channel": {"id": channel},
            "message": message,
            "message_ts": message["ts"],
            "trigger_id": self.world.trigger(user),
            "response_url": self.response_url(channel, user),
        }

    def event(self, event: Json) -> Json:
        """The payload of an event."""
        return {
            "type": "event_callback",
            "team_id": TEAM,
            "event_id": f"Ev{self.world.number():08d}",
            "event": {"team": TEAM, **event},
            "authorizations": [{"team_id": TEAM, "user_id": BOT, "is_bot": True}],
        }

    def _user(self, user: str) -> Json:
        name = self.world.users[user]["name"]
        return {"id": user, "username": name, "name": name, "team_id": TEAM}

    async def send(self, payload: Json, *, retry: int = 0) -> Json | None:
        """Deliver over the socket; what the bot acknowledges with, None when it does not."""
        await self.connected()
        envelope = f"e{self.world.number()}"
        waiting: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._acks[envelope] = waiting
        kind = {"event_callback": "events_api"}.get(payload.get("type", ""), "interactive")
        kind = "slash_commands" if "command" in payload else kind
        told = {"type": kind, "envelope_id": envelope, "payload": payload, "retry_attempt": retry}
        await self.sockets[-1].send_json({**told, "accepts_response_payload": True})
        done, _ = await asyncio.wait((waiting,), timeout=3)
        return waiting.result() if done else None

    async def call(self, payload: Json, headers: dict[str, str] | None = None) -> tuple[int, Any]:
        """Deliver over HTTP; the status and what the bot answers."""
        body, stamp = encoded(payload), str(int(self.world.clock.now().timestamp()))
        return await self.call_raw(body, {**signed(SECRET, stamp, body), **(headers or {})})

    async def call_raw(self, body: str, headers: dict[str, str]) -> tuple[int, Any]:
        """Post anything at the bot's door."""
        form = not body.startswith("{")
        kind = "application/x-www-form-urlencoded" if form else "application/json"
        async with (
            ClientSession() as session,
            session.post(
                f"{self.bot_url}/api/chat/slack/events",
                data=body.encode(),
                headers={"Content-Type": kind, **headers},
            ) as answer,
        ):
            text = await answer.text()
            return answer.status, json.loads(text) if text.startswith("{") else text


def encoded(payload: Json) -> str:
    """A payload as Slack puts it into a body."""
    if payload.get("type") in {"event_callback", "url_verification"}:
        return json.dumps(payload)
    if "command" in payload:
        return urlencode(payload)
    return urlencode({"payload": json.dumps(payload)})


def signed(secret: str, stamp: str, body: str) -> dict[str, str]:
    """The headers that prove a body.

    Source: https://docs.slack.dev/authentication/verifying-requests-from-slack
    """
    base = f"v0:{stamp}:{body}".encode()
    digest = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


async def _given(request: web.Request) -> Json:
    """Arguments from wherever the library put them."""
    given: Json = dict(request.query)
    raw = await request.text()
    if request.content_type == "application/json":
        given |= json.loads(raw)
    else:
        given |= dict(parse_qsl(raw, keep_blank_values=True))
    return given


def _broken(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response(status=500)


def _faulty(fault: Fault, request: web.Request) -> web.StreamResponse:
    if not fault.status:
        return _broken(request)
    headers = {"Retry-After": fault.retry_after} if fault.retry_after else {}
    if fault.status == 429:
        return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
    return web.Response(status=fault.status, text="<html>trouble</html>", content_type="text/html")


def _answer(element: Json, values: dict[str, str], block: Json) -> Json:
    """One answer as a view's state holds it."""
    kind = element["type"]
    given = values.get(block["block_id"])
    match kind:
        case "static_select":
            held = part(element, "initial_option").get("value")
            value = held if given is None else given
            return {"type": kind, "selected_option": {"value": value} if value else None}
        case "users_select":
            return {"type": kind, "selected_user": given or element.get("initial_user")}
        case "checkboxes":
            on = bool(element.get("initial_options")) if given is None else yes(given)
            return {"type": kind, "selected_options": [{"value": "true"}] if on else []}
        case "datepicker":
            return {"type": kind, "selected_date": given or element.get("initial_date")}
        case _:
            return {"type": kind, "value": element.get("initial_value") if given is None else given}


@asynccontextmanager
async def serving(clock: Clock) -> AsyncGenerator[Slack]:
    """The stand-in at an address of its own."""
    slack = Slack(clock)
    runner = web.AppRunner(slack.app(), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    slack.world.url = f"http://{host}:{port}/"
    try:
        yield slack
    finally:
        await slack.drop()
        await runner.cleanup()
