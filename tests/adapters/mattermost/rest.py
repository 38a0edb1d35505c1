"""The stand-in's REST API: one function for each call that an adapter makes."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from tests.adapters.mattermost import limits
from tests.adapters.mattermost.limits import Refusal
from tests.adapters.mattermost.standin import BODY, Json, Standin, identifier

_HIDDEN = ("pending_post_id",)


def routes(server: Standin, app: web.Application) -> None:
    """Add them all."""
    rest = Rest(server)
    for method, path, answer in (
        ("GET", "/users/me/teams", rest.teams),
        ("GET", "/users/username/{name}", rest.user_by_name),
        ("GET", "/users/email/{email}", rest.user_by_email),
        ("GET", "/users/{user}/teams/{team}/channels", rest.channels_of),
        ("POST", "/users/ids", rest.users_by_ids),
        ("GET", "/users/{user}", rest.user),
        ("GET", "/users", rest.users),
        ("POST", "/roles/names", rest.roles),
        ("GET", "/teams/{team}/members/{user}", rest.team_member),
        ("GET", "/teams/{team}/channels/name/{name}", rest.channel_by_name),
        ("GET", "/config/client", rest.config),
        ("GET", "/system/ping", rest.ping),
        ("POST", "/channels", rest.create_channel),
        ("POST", "/channels/direct", rest.direct),
        ("GET", "/channels/{channel}", rest.channel),
        ("PUT", "/channels/{channel}/patch", rest.patch_channel),
        ("DELETE", "/channels/{channel}", rest.archive),
        ("POST", "/channels/{channel}/restore", rest.restore),
        ("POST", "/channels/{channel}/members", rest.add_member),
        ("GET", "/channels/{channel}/members/{user}", rest.member),
        ("GET", "/channels/{channel}/posts", rest.posts),
        ("POST", "/posts", rest.create_post),
        ("POST", "/posts/ephemeral", rest.create_ephemeral),
        ("GET", "/posts/{post}", rest.post),
        ("PUT", "/posts/{post}/patch", rest.patch_post),
        ("POST", "/posts/{post}/pin", rest.pin),
        ("GET", "/posts/{post}/files/info", rest.files_of),
        ("POST", "/files", rest.upload),
        ("GET", "/commands", rest.commands),
        ("POST", "/commands", rest.create_command),
        ("PUT", "/commands/{command}", rest.update_command),
        ("POST", "/actions/dialogs/open", rest.open_dialog),
    ):
        app.router.add_route(method, f"/api/v4{path}", answer)
    app.router.add_post("/hooks/commands/{hook}", rest.answer_command)


class Rest:
    """Answers calls of the bot's."""

    def __init__(self, server: Standin) -> None:
        self.at = server

    @property
    def me(self) -> str:
        return str(self.at.bot["id"])

    async def teams(self, _: web.Request) -> web.Response:
        return web.json_response([self.at.team])

    async def user(self, request: web.Request) -> web.Response:
        wanted = request.match_info["user"]
        return _found(self.at.users.get(self.me if wanted == "me" else wanted))

    async def user_by_name(self, request: web.Request) -> web.Response:
        return _found(self._with("username", request.match_info["name"]))

    async def user_by_email(self, request: web.Request) -> web.Response:
        return _found(self._with("email", request.match_info["email"].lower()))

    async def users_by_ids(self, request: web.Request) -> web.Response:
        wanted: list[str] = _body(request)
        return web.json_response([self.at.users[i] for i in wanted if i in self.at.users])

    async def users(self, request: web.Request) -> web.Response:
        inside = self.at.members[request.query["in_channel"]]
        listed = sorted((self.at.users[each] for each in inside), key=lambda u: u["username"])
        return web.json_response(_page(request, listed))

    async def roles(self, request: web.Request) -> web.Response:
        role = {"name": "team_admin", "permissions": sorted(self.at.rights)}
        return web.json_response([role] if "team_admin" in _body(request) else [])

    async def team_member(self, request: web.Request) -> web.Response:
        member = {"roles": "team_user team_admin", "scheme_admin": True}
        return web.json_response({**member, "user_id": request.match_info["user"]})

    async def config(self, _: web.Request) -> web.Response:
        return web.json_response(self.at.told())

    async def ping(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "OK"})

    async def channels_of(self, _: web.Request) -> web.Response:
        mine = [c for c in self.at.channels.values() if self.me in self.at.members[c["id"]]]
        return web.json_response(mine)

    async def channel(self, request: web.Request) -> web.Response:
        found = self._channel(request)
        if found["type"] != "O" and self.me not in self.at.members[found["id"]]:
            raise Refusal(403, "api.context.permissions.app_error")
        return web.json_response(found)

    async def channel_by_name(self, request: web.Request) -> web.Response:
        for each in self.at.channels.values():
            seen = each["type"] == "O" or self.me in self.at.members[each["id"]]
            if each["name"] == request.match_info["name"] and not each["delete_at"] and seen:
                return web.json_response(each)
        raise Refusal(404, "app.channel.get_by_name.missing.app_error")

    async def create_channel(self, request: web.Request) -> web.Response:
        body: Json = _body(request)
        self._may("create_public_channel" if body.get("type") == "O" else "create_private_channel")
        limits.channel(body)
        if any(each["name"] == body["name"] for each in self.at.channels.values()):
            raise Refusal(400, "store.sql_channel.save_channel.exists.app_error")
        made = self.at.channel(body["name"], body["type"], **{k: body.get(k, "") for k in (
            "display_name", "header", "purpose")})  # fmt: skip
        made["creator_id"] = self.me
        self.at.enter(self.me, made["id"])
        return web.json_response(made, status=201)

    async def direct(self, request: web.Request) -> web.Response:
        one, other = sorted(_body(request))
        name = f"{one}__{other}"
        if one not in self.at.users or other not in self.at.users:
            raise Refusal(404, "app.user.missing_account.const")
        known = [each for each in self.at.channels.values() if each["name"] == name]
        if known:
            return web.json_response(known[0], status=201)
        made = self.at.channel(name, "D", team_id="")
        for each in (one, other):
            self.at.members[made["id"]][each] = None
        return web.json_response(made, status=201)

    async def patch_channel(self, request: web.Request) -> web.Response:
        found = self._channel(request)
        limits.channel(_body(request))
        found.update(_body(request))
        return web.json_response(found)

    async def archive(self, request: web.Request) -> web.Response:
        found = self._channel(request)
        if found["delete_at"]:
            raise Refusal(400, "api.channel.delete_channel.deleted.app_error")
        found["delete_at"] = self.at.stamp()
        return web.json_response({"status": "OK"})

    async def restore(self, request: web.Request) -> web.Response:
        self._may("manage_team")
        found = self._channel(request)
        found["delete_at"] = 0
        return web.json_response(found)

    async def add_member(self, request: web.Request) -> web.Response:
        found, user = self._channel(request), _body(request)["user_id"]
        if user not in self.at.users or self.at.users[user]["delete_at"]:
            raise Refusal(404, "app.user.missing_account.const")
        if user != self.me:
            self._may("manage_public_channel_members")
        elif found["type"] != "O":
            raise Refusal(403, "api.context.permissions.app_error")
        self.at.enter(user, found["id"], by=self.me)
        return web.json_response({"user_id": user}, status=201)

    async def member(self, request: web.Request) -> web.Response:
        inside = request.match_info["user"] in self.at.members[self._channel(request)["id"]]
        return _found({"user_id": request.match_info["user"]} if inside else None)

    async def posts(self, request: web.Request) -> web.Response:
        channel = self._channel(request)["id"]
        self._inside(channel)
        mine = [p for p in self.at.posts.values() if p["channel_id"] == channel]
        newest = sorted(mine, key=lambda p: -p["create_at"])
        if since := request.query.get("since"):
            shown = [p for p in newest if p["update_at"] > int(since)][:1000]
        else:
            shown = [p for p in newest if not p["delete_at"]]
            if before := request.query.get("before"):
                at = next(n for n, p in enumerate(shown) if p["id"] == before)
                shown = shown[at + 1 :]
            shown = _page(request, shown)
        told = {p["id"]: self._told(p) for p in shown}
        return web.json_response({"order": [p["id"] for p in shown], "posts": told})

    async def post(self, request: web.Request) -> web.Response:
        found = self.at.posts.get(request.match_info["post"])
        if found is None or found["delete_at"]:
            raise Refusal(404, "app.post.get.app_error")
        channel = self.at.channels[found["channel_id"]]
        if channel["type"] != "O":
            self._inside(channel["id"])
        return web.json_response(self._told(found))

    async def create_post(self, request: web.Request) -> web.Response:
        body: Json = _body(request)
        self._may("create_post")
        channel = self.at.channels.get(body["channel_id"])
        if channel is None:
            raise Refusal(403, "api.context.permissions.app_error")
        self._inside(channel["id"])
        if channel["delete_at"]:
            raise Refusal(400, "api.post.create_post.can_not_post_to_deleted.error")
        limits.post(body)
        root = body.get("root_id", "")
        if root and self.at.posts.get(root, {}).get("channel_id") != channel["id"]:
            raise Refusal(400, "api.post.create_post.root_id.app_error")
        if any(file not in self.at.files for file in body.get("file_ids", [])):
            raise Refusal(400, "api.post.create_post.files")
        pending = body.get("pending_post_id", "")
        if pending and (known := self.at.pending.get(pending)):
            return web.json_response(self._told(self.at.posts[known]), status=201)
        kept = {name: value for name, value in body.items() if name not in _HIDDEN}
        made = self.at.put(channel["id"], self.me, kept.pop("message"), **kept)
        if pending:
            self.at.pending[pending] = made["id"]
        return web.json_response(self._told(made), status=201)

    async def create_ephemeral(self, request: web.Request) -> web.Response:
        self._may("create_post_ephemeral")
        body: Json = _body(request)
        limits.post(body["post"])
        self.show(body["user_id"], body["post"]["channel_id"], body["post"])
        return web.json_response(body["post"], status=201)

    def show(self, user: str, channel: str, post: Json) -> None:
        """Show a post to one person."""
        shown = {**post, "id": identifier(f"ephemeral {self.at.stamp()}"), "channel_id": channel}
        self.at.ephemeral.append((user, channel, shown))

    async def patch_post(self, request: web.Request) -> web.Response:
        found = self.at.posts.get(request.match_info["post"])
        if found is None or found["delete_at"]:
            # The server says no more than that.
            raise Refusal(403, "api.context.permissions.app_error")
        body: Json = _body(request)
        limits.post({**found, **body})
        at = self.at.stamp()
        if body.get("message", found["message"]) != found["message"]:
            found["edit_at"] = at
        found.update(body, update_at=at)
        return web.json_response(self._told(found))

    async def pin(self, request: web.Request) -> web.Response:
        found = self.at.posts.get(request.match_info["post"])
        if found is None:
            raise Refusal(404, "app.post.get.app_error")
        found["is_pinned"] = True
        return web.json_response({"status": "OK"})

    async def files_of(self, request: web.Request) -> web.Response:
        found = self.at.posts[request.match_info["post"]]
        return web.json_response([self.at.files[each] for each in found["file_ids"]])

    async def upload(self, request: web.Request) -> web.Response:
        self._may("upload_file")
        form = await request.post()
        self._inside(str(form["channel_id"]))
        sent: Any = form["files"]
        content = sent.file.read()
        made: Json = {
            "id": identifier(f"file {self.at.stamp()}"), "name": sent.filename,
            "mime_type": sent.content_type, "size": len(content),
        }  # fmt: skip
        self.at.files[made["id"]] = {**made, "content": content.decode("latin-1")}
        return web.json_response({"file_infos": [made], "client_ids": []}, status=201)

    async def commands(self, _: web.Request) -> web.Response:
        self._may("manage_slash_commands")
        return web.json_response(list(self.at.commands.values()))

    async def create_command(self, request: web.Request) -> web.Response:
        self._may("manage_slash_commands")
        body: Json = _body(request)
        limits.command(body)
        if any(each["trigger"] == body["trigger"] for each in self.at.commands.values()):
            raise Refusal(400, "api.command.duplicate_trigger.app_error")
        id_ = identifier(f"command {self.at.stamp()}")
        made: Json = {**body, "id": id_, "token": identifier(f"token {id_}"), "creator_id": self.me}
        self.at.commands[id_] = made
        return web.json_response(made, status=201)

    async def update_command(self, request: web.Request) -> web.Response:
        self._may("manage_slash_commands")
        found = self.at.commands[request.match_info["command"]]
        limits.command(_body(request))
        found.update(_body(request))
        return web.json_response(found)

    async def open_dialog(self, request: web.Request) -> web.Response:
        body: Json = _body(request)
        user = self.at.pressed_by(body["trigger_id"])
        limits.dialog(body)
        self.at.dialogs.setdefault(user, []).append(body)
        return web.json_response({"status": "OK"})

    async def answer_command(self, request: web.Request) -> web.Response:
        hook = self.at.hooks.get(request.match_info["hook"])
        if hook is None:
            raise Refusal(404, "web.command_webhook.command.app_error")
        body: Json = _body(request)
        props = {"attachments": body.get("attachments", [])}
        limits.post({"message": body.get("text", ""), "props": props})
        self.show(hook[0], hook[1], {"message": body["text"], "props": props})
        return web.Response(text="ok")

    def _with(self, name: str, value: str) -> Json | None:
        return next((user for user in self.at.users.values() if user[name] == value), None)

    def _channel(self, request: web.Request) -> Json:
        found = self.at.channels.get(request.match_info["channel"])
        if found is None:
            raise Refusal(404, "app.channel.get.existing.app_error")
        return found

    def _inside(self, channel: str) -> None:
        if self.me not in self.at.members.get(channel, {}):
            raise Refusal(403, "api.context.permissions.app_error")

    def _may(self, right: str) -> None:
        if right not in self.at.rights:
            raise Refusal(403, "api.context.permissions.app_error", f"lacks {right}")

    def _told(self, post: Json) -> Json:
        files = [self.at.files[each] for each in post["file_ids"]]
        return {**post, "metadata": {"files": files}} if files else post


def _body(request: web.Request) -> Any:
    return request[BODY]


def _found(found: Json | None) -> web.Response:
    if found is None:
        raise Refusal(404, "store.sql.missing")
    return web.json_response(found)


def _page(request: web.Request, rows: list[Json]) -> list[Json]:
    size = min(int(request.query.get("per_page", "60")), 200)
    start = int(request.query.get("page", "0")) * size
    return rows[start : start + size]
