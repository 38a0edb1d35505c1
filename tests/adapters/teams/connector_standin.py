"""The Bot Connector of the stand-in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from aiohttp import web

from tests.adapters.teams.graph_standin import GROUP
from tests.adapters.teams.judging import Refusal, judge

if TYPE_CHECKING:
    from tests.adapters.teams.standin import Channel, Standin

Json = dict[str, Any]


class ConnectorStandin:
    """Conversations, activities, members and channels."""

    def __init__(self, vendor: Standin) -> None:
        self._vendor = vendor

    def install(self, app: web.Application) -> None:
        """Add the routes."""
        connector = self._connector
        app.router.add_post("/v3/conversations", connector(self._create))
        app.router.add_post("/v3/conversations/{c}/activities", connector(self._send))
        app.router.add_put("/v3/conversations/{c}/activities/{m}", connector(self._update))
        app.router.add_get("/v3/conversations/{c}/members/{m}", connector(self._member))
        app.router.add_get("/v3/conversations/{c}/pagedmembers", connector(self._members))
        app.router.add_get("/v3/teams/{t}/conversations", connector(self._channels))
        app.router.add_get("/v3/teams/{t}", connector(self._team))

    def _connector(
        self, handler: Callable[[web.Request], Awaitable[Json]]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handled(request: web.Request) -> web.Response:
            self._vendor.calls.append((request.method, unquote(request.path)))
            try:
                self._vendor.admit(request, "https://api.botframework.com")
                answer = await handler(request)
                self._lose(request)
                return web.json_response(answer)
            except Refusal as no:
                headers = {} if no.retry_after is None else {"Retry-After": no.retry_after}
                body = {"error": {"code": no.code, "message": no.told}}
                return web.json_response(body, status=no.status, headers=headers)

        return handled

    def _lose(self, request: web.Request) -> None:
        if self._vendor.lost and request.method == "POST":
            self._vendor.lost -= 1
            raise Refusal(504, "GatewayTimeout", "lost")

    async def _create(self, request: web.Request) -> Json:
        body = await request.json()
        if not body.get("isGroup"):
            return {"id": self._chat_with(body)}
        channel = self._open_channel(body["channelData"]["channel"]["id"])
        activity = body["activity"]
        judge(activity, self._people_ids())
        number = self._vendor.new_id()
        conversation = f"{channel.id};messageid={number}"
        self._vendor.add(number, conversation, activity)
        return {"id": conversation, "activityId": number}

    def _chat_with(self, body: Json) -> str:
        # The vendor reads names in any case, and its SDK writes this one as `tenantID`.
        given = {name.casefold(): value for name, value in body.items()}
        if given.get("tenantid") != self._vendor.tenant:
            raise Refusal(400, "BadArgument", "no tenant")
        wanted = body["members"][0]["id"]
        for user in self._vendor.users.values():
            if wanted in {user.contact, user.directory}:
                if user.directory in self._vendor.blocked:
                    raise Refusal(403, "ForbiddenOperationException", "the app is not installed")
                return self._vendor.chats.setdefault(user.directory, f"a:{user.directory}")
        raise Refusal(404, "UserNotFound", wanted)

    async def _send(self, request: web.Request) -> Json:
        conversation = unquote(request.match_info["c"])
        activity = await request.json()
        self._known(conversation)
        judge(activity, self._people_ids())
        number = self._vendor.new_id()
        self._vendor.add(number, conversation, activity)
        return {"id": number}

    async def _update(self, request: web.Request) -> Json:
        conversation, number = unquote(request.match_info["c"]), request.match_info["m"]
        activity = await request.json()
        self._known(conversation)
        judge(activity, self._people_ids())
        found = [
            m for m in self._vendor.messages if (m.id, m.conversation) == (number, conversation)
        ]
        if not found or found[0].author != self._vendor.app:
            raise Refusal(404, "ActivityNotFoundInConversation", number)
        found[0].body, found[0].edited = activity, self._vendor.now()
        return {"id": number}

    async def _member(self, request: web.Request) -> Json:
        self._known(unquote(request.match_info["c"]))
        wanted = unquote(request.match_info["m"]).casefold()
        for user in self._vendor.users.values():
            if wanted in {user.contact.casefold(), user.directory, user.login, user.mail}:
                return user.member()
        raise Refusal(404, "MemberNotFoundInConversation", wanted)

    async def _members(self, request: web.Request) -> Json:
        """Two to a page, so that pages are turned."""
        self._known(unquote(request.match_info["c"]))
        start = int(request.query.get("continuationToken", "0"))
        everybody = [user.member() for user in self._vendor.users.values()]
        page: Json = {"members": everybody[start : start + 2]}
        if start + 2 < len(everybody):
            page["continuationToken"] = str(start + 2)
        return page

    async def _channels(self, request: web.Request) -> Json:
        self._own_team(request)
        listed = [
            {"id": each.id, "name": None if each.id == self._vendor.team else each.name}
            for each in self._vendor.channels.values()
        ]
        return {"conversations": listed}

    async def _team(self, request: web.Request) -> Json:
        self._own_team(request)
        return {"id": self._vendor.team, "name": "Operations", "aadGroupId": GROUP}

    def _own_team(self, request: web.Request) -> None:
        if unquote(request.match_info["t"]) != self._vendor.team:
            raise Refusal(403, "BotNotInConversationRoster", "the bot is not in that team")

    def _known(self, conversation: str) -> None:
        if conversation in self._vendor.chats.values():
            return
        channel, _, root = conversation.partition(";messageid=")
        self._open_channel(channel)
        if root and not any(m.id == root and m.channel == channel for m in self._vendor.messages):
            raise Refusal(404, "ConversationNotFound", conversation)

    def _open_channel(self, name: str) -> Channel:
        channel = self._vendor.channels.get(name)
        if channel is None:
            raise Refusal(404, "ConversationNotFound", name)
        if channel.archived:
            raise Refusal(403, "ChannelArchived", f"{channel.name} is archived")
        return channel

    def _people_ids(self) -> set[str]:
        return {
            each for user in self._vendor.users.values() for each in (user.contact, user.directory)
        }
