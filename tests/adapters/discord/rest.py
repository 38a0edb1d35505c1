"""The stand-in's REST calls, each as strict as Discord is."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from tests.adapters.discord import rules
from tests.adapters.discord.answers import Answers
from tests.adapters.discord.world import (
    MANAGE_CHANNELS,
    MANAGE_ROLES,
    PIN,
    PRIVATE_THREADS,
    PUBLIC_THREADS,
    SEND,
    Json,
    No,
    World,
)

Dispatch = Callable[[str, Json], Awaitable[None]]


class Rest:
    """Answers what discord.py asks."""

    def __init__(self, world: World, dispatch: Dispatch) -> None:
        self.world = world
        self.dispatch = dispatch
        self.answers = Answers(world)
        self.seen: list[tuple[str, str, Any]] = []
        self.gateway_url = ""

    def routes(self) -> list[web.RouteDef]:
        """Everything that is served."""
        table: list[tuple[str, str, Callable[[web.Request, Any], Awaitable[object]]]] = [
            ("GET", "/users/@me", self.me),
            ("GET", "/applications/@me", self.application),
            ("GET", "/oauth2/applications/@me", self.application),
            ("GET", "/gateway", self.gateway),
            ("GET", "/gateway/bot", self.gateway),
            ("POST", "/users/@me/channels", self.direct),
            ("GET", "/guilds/{guild}", self.guild),
            ("GET", "/guilds/{guild}/roles", self.roles),
            ("GET", "/guilds/{guild}/channels", self.channels),
            ("POST", "/guilds/{guild}/channels", self.create_channel),
            ("GET", "/guilds/{guild}/threads/active", self.active_threads),
            ("GET", "/guilds/{guild}/members/search", self.search),
            ("GET", "/guilds/{guild}/members/{user}", self.member),
            ("GET", "/channels/{channel}", self.channel),
            ("PATCH", "/channels/{channel}", self.edit_channel),
            ("PUT", "/channels/{channel}/permissions/{user}", self.overwrite),
            ("GET", "/channels/{channel}/messages", self.messages),
            ("POST", "/channels/{channel}/messages", self.post),
            ("GET", "/channels/{channel}/messages/{message}", self.message),
            ("PATCH", "/channels/{channel}/messages/{message}", self.edit),
            ("PUT", "/channels/{channel}/messages/pins/{message}", self.pin),
            ("POST", "/channels/{channel}/messages/{message}/threads", self.thread),
            ("POST", "/channels/{channel}/threads", self.free_thread),
            ("GET", "/channels/{channel}/threads/archived/public", self.no_threads),
            ("GET", "/channels/{channel}/threads/archived/private", self.no_threads),
            ("GET", "/channels/{channel}/thread-members", self.thread_members),
            ("PUT", "/channels/{channel}/thread-members/{user}", self.join_thread),
            ("PUT", "/applications/{app}/guilds/{guild}/commands", self.commands),
            ("GET", "/applications/{app}/guilds/{guild}/commands", self.registered),
            ("POST", "/interactions/{interaction}/{token}/callback", self.answers.callback),
            ("POST", "/webhooks/{app}/{token}", self.answers.follow_up),
            ("PATCH", "/webhooks/{app}/{token}/messages/@original", self.answers.edit_original),
            ("DELETE", "/webhooks/{app}/{token}/messages/@original", self.answers.delete_original),
        ]
        return [web.route(m, f"/api/v10{path}", self._wrapped(f)) for m, path, f in table]

    def _wrapped(
        self, handle: Callable[[web.Request, Any], Awaitable[object]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handler(request: web.Request) -> web.StreamResponse:
            path = request.path.removeprefix("/api/v10")
            if path != "/gateway" and request.headers.get("Authorization") != (
                f"Bot {self.world.token}"
            ):
                return _error(No(401, 0, "401: Unauthorized"))
            try:
                body = await self._body(request)
                self.seen.append((request.method, path, body))
                found = await handle(request, body)
            except rules.Invalid as wrong:
                return _error(No(400, wrong.code, wrong.why))
            except No as no:
                return _error(no)
            if found is None:
                return web.Response(status=204)
            # discord.py takes it as JSON only with exactly this type.
            text = json.dumps(found).encode()
            return web.Response(body=text, headers={"Content-Type": "application/json"})

        return handler

    # each answers one call of the table above

    async def guild(self, _: web.Request, __: object) -> Json:
        return {"id": self.world.guild, "name": "Example", "owner_id": self.world.owner}

    async def me(self, _: web.Request, __: object) -> Json:
        return self.world.users[self.world.bot]

    async def application(self, _: web.Request, __: object) -> Json:
        return {
            "id": self.world.application, "name": "Tocsin", "description": "", "icon": None,
            "rpc_origins": [], "bot_public": False, "bot_require_code_grant": False,
            "summary": "", "verify_key": "", "flags": (1 << 19) * self.world.message_content,
            "owner": self.world.users[self.world.bot], "team": None, "hook": True,
        }  # fmt: skip

    async def gateway(self, _: web.Request, __: object) -> Json:
        limit = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
        return {"url": self.gateway_url, "shards": 1, "session_start_limit": limit}

    async def direct(self, _: web.Request, body: Json) -> Json:
        if body["recipient_id"] not in self.world.users:
            raise No(400, 50033, "Invalid Recipient(s)")
        return self.world.direct(body["recipient_id"])

    async def roles(self, request: web.Request, _: object) -> list[Json]:
        self._guild(request)
        return self.world.roles()

    async def channels(self, request: web.Request, _: object) -> list[Json]:
        self._guild(request)
        return [one for one in self.world.channels.values() if one["type"] in (0, 4, 5)]

    async def create_channel(self, request: web.Request, body: Json) -> Json:
        self._guild(request)
        self._may(MANAGE_CHANNELS)
        rules.by_contract("CreateGuildChannelRequest", body)
        if len(self.world.channels) >= 500:
            raise No(400, 30013, "Maximum number of server channels reached (500)")
        if "permission_overwrites" in body:
            self._may(MANAGE_ROLES)
        self._category(body.get("parent_id"))
        _as_told(body)
        made = self.world.new_channel(**{"kind": body.pop("type", 0), **body})
        await self.dispatch("CHANNEL_CREATE", made)
        return made

    async def active_threads(self, request: web.Request, _: object) -> Json:
        self._guild(request)
        held = [one for one in self.world.channels.values() if one["type"] in (10, 11, 12)]
        living = [one for one in held if not one["thread_metadata"]["archived"]]
        return {"threads": living, "members": []}

    async def no_threads(self, request: web.Request, _: object) -> Json:
        parent = self.world.channel(request.match_info["channel"])["id"]
        kind = 11 if request.path.endswith("public") else 12
        held = [
            one
            for one in self.world.channels.values()
            if one["type"] == kind and one["parent_id"] == parent
        ]
        old = [one for one in held if one["thread_metadata"]["archived"]]
        return {"threads": old, "members": [], "has_more": False}

    async def search(self, request: web.Request, _: object) -> list[Json]:
        self._guild(request)
        query = request.query["query"].casefold()
        if not 1 <= len(query) <= 100:
            raise No(400, 50035, "query must be 1 to 100 characters")
        return [
            one
            for one in self.world.members.values()
            if str(one["user"]["username"]).casefold().startswith(query)
            or str(one["user"]["global_name"]).casefold().startswith(query)
        ][: int(request.query.get("limit", 1))]

    async def member(self, request: web.Request, _: object) -> Json:
        self._guild(request)
        found = self.world.members.get(request.match_info["user"])
        if found is None:
            raise No(404, 10007, "Unknown Member")
        if found["user"]["id"] == self.world.bot:
            return {**found, "roles": [self.world.application]}
        return found

    async def channel(self, request: web.Request, _: object) -> Json:
        return self.world.channel(request.match_info["channel"])

    async def edit_channel(self, request: web.Request, body: Json) -> Json:
        found = self.world.channel(request.match_info["channel"])
        if found["type"] in (10, 11, 12):
            found["thread_metadata"].update(body)
            await self.dispatch("THREAD_UPDATE", found)
            return found
        self._may(MANAGE_CHANNELS)
        if "parent_id" in body and body["parent_id"] != found["parent_id"]:
            self._category(body["parent_id"])
        rules.by_contract("UpdateGuildChannelRequestPartial", body)
        _as_told(body)
        found.update(body)
        await self.dispatch("CHANNEL_UPDATE", found)
        return found

    async def overwrite(self, request: web.Request, body: Json) -> None:
        self._may(MANAGE_ROLES)
        found = self.world.channel(request.match_info["channel"])
        user = request.match_info["user"]
        if user not in self.world.members:
            raise No(404, 10013, "Unknown User")
        others = [row for row in found["permission_overwrites"] if row["id"] != user]
        rights = {"allow": str(body["allow"]), "deny": str(body["deny"])}
        row = {"id": user, "type": body["type"], **rights}
        found["permission_overwrites"] = [*others, row]
        await self.dispatch("CHANNEL_UPDATE", found)

    async def messages(self, request: web.Request, _: object) -> list[Json]:
        found = self.world.channel(request.match_info["channel"])
        if found["type"] in (0, 5) and not self.world.sees(self.world.bot, found["id"]):
            raise No(403, 50001, "Missing Access")
        held = self.world.messages[request.match_info["channel"]][::-1]
        if before := request.query.get("before"):
            held = [one for one in held if int(one["id"]) < int(before)]
        if after := request.query.get("after"):
            held = [one for one in held if int(one["id"]) > int(after)]
        limit = int(request.query.get("limit", 50))
        if after:
            # Those next to it, though the newest of them comes first.
            held = held[-limit:]
        if not 1 <= limit <= 100:
            raise No(400, 50035, "limit must be 1 to 100")
        return [self._hidden(one) for one in held[:limit]]

    async def post(self, request: web.Request, body: Json) -> Json:
        channel = self.world.channel(request.match_info["channel"])
        rules.message({name: value for name, value in body.items() if name != "files"})
        if channel["type"] == 1 and channel["recipients"][0]["id"] in self.world.closed_to_directs:
            raise No(403, 50007, "Cannot send messages to this user")
        self._may(SEND)
        if channel.get("thread_metadata", {}).get("locked"):
            raise No(400, 50083, "Thread is archived")
        key = (channel["id"], str(body.get("nonce")))
        if body.get("enforce_nonce") and key in self.world.nonces:
            return self.world.nonces[key]
        made = self.world.new_message(channel["id"], self.world.bot, body)
        made["allowed"] = body.get("allowed_mentions")
        if body.get("nonce"):
            self.world.nonces[key] = made
        await self.dispatch("MESSAGE_CREATE", made)
        return made

    async def message(self, request: web.Request, _: object) -> Json:
        info = request.match_info
        return self._hidden(self.world.message(info["channel"], info["message"]))

    async def edit(self, request: web.Request, body: Json) -> Json:
        found = self.world.message(request.match_info["channel"], request.match_info["message"])
        if found["author"]["id"] != self.world.bot:
            raise No(403, 50005, "Cannot edit a message authored by another user")
        rules.message(body, "MessageEditRequestPartial")
        if found["flags"] & (1 << 15) and not body.get("flags", 0) & (1 << 15):
            raise No(400, 50035, "the flag of components version 2 cannot be taken away")
        changed = {name: value for name, value in body.items() if name in found}
        found.update({**changed, "content": body.get("content") or ""})
        found["edited_timestamp"] = self.world.now()
        return found

    async def pin(self, request: web.Request, _: object) -> None:
        self._may(PIN)
        channel = request.match_info["channel"]
        found = self.world.message(channel, request.match_info["message"])
        if not found["pinned"]:
            found["pinned"] = True
            self.world.new_message(channel, self.world.bot, {}, kind=6)

    async def thread(self, request: web.Request, body: Json) -> Json:
        self._may(PUBLIC_THREADS)
        found = self.world.message(request.match_info["channel"], request.match_info["message"])
        if found["id"] in self.world.channels:
            raise No(400, 160004, "A thread has already been created for this message")
        made = self.world.new_thread(found["channel_id"], body["name"], 11, found["id"])
        await self.dispatch("THREAD_CREATE", made)
        return made

    async def free_thread(self, request: web.Request, body: Json) -> Json:
        self._may(PRIVATE_THREADS if body["type"] == 12 else PUBLIC_THREADS)
        rules.by_contract("CreateTextThreadWithoutMessageRequest", body)
        parent = self.world.channel(request.match_info["channel"])
        made = self.world.new_thread(parent["id"], body["name"], body["type"])
        await self.dispatch("THREAD_CREATE", made)
        return made

    async def thread_members(self, request: web.Request, _: object) -> list[Json]:
        self.world.channel(request.match_info["channel"])
        held = self.world.thread_members[request.match_info["channel"]]
        return [{"user_id": user, "join_timestamp": self.world.now(), "flags": 0} for user in held]

    async def join_thread(self, request: web.Request, _: object) -> None:
        self.world.channel(request.match_info["channel"])
        held = self.world.thread_members[request.match_info["channel"]]
        user = request.match_info["user"]
        if user not in self.world.members:
            raise No(404, 10013, "Unknown User")
        if user not in held:
            held.append(user)
            self.world.new_message(
                request.match_info["channel"],
                self.world.bot,
                {"content": f"<@{user}>"},
                kind=1,
            )

    async def commands(self, request: web.Request, body: list[Json]) -> list[Json]:
        self._guild(request)
        rules.application_commands(body)
        self.world.commands = body
        return body

    async def registered(self, request: web.Request, _: object) -> list[Json]:
        self._guild(request)
        return self.world.commands

    async def _body(self, request: web.Request) -> Any:
        if request.content_type == "application/json":
            return await request.json()
        if request.content_type == "multipart/form-data":
            form = await request.post()
            body = json.loads(str(form["payload_json"]))
            held = [part for part in form.values() if isinstance(part, web.FileField)]
            names = [part.filename for part in held]
            told = [one["filename"] for one in body.get("attachments", [])]
            if names != told:
                raise No(400, 50035, f"attachments {told} are not the files {names}")
            self.world.files += [(one.filename, one.file.read().decode("latin-1")) for one in held]
            body["files"] = [_attachment(at, n or "") for at, n in enumerate(names)]
            return body
        return None

    def _hidden(self, message: Json) -> Json:
        """A message as the bot may read it."""
        if self.world.message_content or message["author"]["id"] == self.world.bot:
            return message
        return {**message, "content": "", "components": [], "attachments": []}

    def _guild(self, request: web.Request) -> None:
        if request.match_info["guild"] != self.world.guild:
            raise No(403, 50001, "Missing Access")

    def _may(self, right: int) -> None:
        if not self.world.may & right:
            raise No(403, 50013, "Missing Permissions")

    def _category(self, category: str | None) -> None:
        if category is None:
            return
        if self.world.channel(category)["type"] != 4:
            raise No(400, 50035, "parent_id: not a category")
        inside = [one for one in self.world.channels.values() if one.get("parent_id") == category]
        if len(inside) >= 50:
            raise No(400, 50035, "parent_id: CHANNEL_PARENT_MAX_CHANNELS")


def _as_told(body: Json) -> None:
    """Rights are sent as numbers and told as text."""
    for row in body.get("permission_overwrites", []):
        row.update(allow=str(row["allow"]), deny=str(row["deny"]))


def _error(no: No) -> web.Response:
    text = json.dumps({"message": no.message, "code": no.code}).encode()
    return web.Response(status=no.status, body=text, headers={"Content-Type": "application/json"})


def _attachment(number: int, name: str) -> Json:
    url = f"https://cdn.example/{name}"
    return {"id": str(number), "filename": name, "size": 1, "url": url, "proxy_url": url}
