"""The part of Graph that rooms need."""

from __future__ import annotations

import itertools
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from aiohttp import web

from tests.adapters.teams.judging import Refusal

if TYPE_CHECKING:
    from tests.adapters.teams.standin import Channel, Message, Standin

Json = dict[str, Any]
Handler = Callable[[web.Request], Awaitable[Any]]

_FORBIDDEN = set("~#%&*{}+/\\:<>?|'\",")
_PAGE = 50
GROUP = "22222222-2222-4222-8222-222222222222"


class GraphStandin:
    """Channels of one team.

    Attributes:
        readable: Whether the app may read messages.
    """

    def __init__(self, vendor: Standin) -> None:
        self._vendor = vendor
        self._ids = itertools.count(1)
        self.readable = True

    def install(self, app: web.Application) -> None:
        """Add the routes."""
        team = "/v1.0/teams/{g}"
        at = f"{team}/channels/{{c}}"
        routes: tuple[tuple[str, str, Handler], ...] = (
            ("GET", f"{team}/channels", self._list),
            ("POST", f"{team}/channels", self._create),
            ("GET", at, self._get),
            ("PATCH", at, self._patch),
            ("POST", f"{at}/archive", self._archive),
            ("POST", f"{at}/unarchive", self._archive),
            ("GET", f"{at}/members", self._members),
            ("POST", f"{at}/members", self._add_member),
            ("GET", f"{at}/messages", self._messages),
            ("GET", f"{at}/messages/{{m}}", self._message),
            ("GET", f"{at}/messages/{{r}}/replies/{{m}}", self._message),
        )
        for method, path, handler in routes:
            app.router.add_route(method, path, self._graph(handler))

    def _graph(self, handler: Handler) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handled(request: web.Request) -> web.Response:
            try:
                self._vendor.admit(request, self._vendor.url)
                _own_team(request.match_info["g"])
                told = await handler(request)
            except Refusal as no:
                inner = {"code": no.code}
                error = {"code": "BadRequest", "message": no.told, "innerError": inner}
                headers = {} if no.retry_after is None else {"Retry-After": no.retry_after}
                return web.json_response({"error": error}, status=no.status, headers=headers)
            return web.Response(status=204) if told is None else web.json_response(told)

        return handled

    def _channel(self, request: web.Request) -> Channel:
        found = self._vendor.channels.get(unquote(request.match_info["c"]))
        if found is None:
            raise Refusal(404, "NotFound", "no such channel")
        return found

    async def _list(self, request: web.Request) -> Json:
        del request
        return {"value": [_out(each) for each in self._vendor.channels.values()]}

    async def _create(self, request: web.Request) -> Json:
        from tests.adapters.teams.standin import Channel  # noqa: PLC0415 - the two know each other

        body = await request.json()
        name = body["displayName"]
        if not 0 < len(name) <= 50 or set(name) & _FORBIDDEN or name.startswith(("_", ".")):
            raise Refusal(400, "InvalidName", name)
        taken = {each.name.casefold() for each in self._vendor.channels.values()}
        if name.casefold() in taken:
            raise Refusal(400, "NameAlreadyExists", "Channel name already existed")
        private = body["membershipType"] == "private"
        members = [_bound(each) for each in body.get("members", [])]
        if private and not any("owner" in each["roles"] for each in body.get("members", [])):
            raise Refusal(400, "BadRequest", "a private channel has an owner")
        made = Channel(
            f"19:made{next(self._ids)}@thread.tacv2",
            name,
            private=private,
            description=body.get("description", ""),
            members=members,
            created=self._vendor.now(),
        )
        self._vendor.channels[made.id] = made
        return _out(made)

    async def _get(self, request: web.Request) -> Json:
        return _out(self._channel(request))

    async def _patch(self, request: web.Request) -> None:
        self._channel(request).description = (await request.json())["description"]

    async def _archive(self, request: web.Request) -> None:
        self._channel(request).archived = not request.path.endswith("unarchive")

    async def _members(self, request: web.Request) -> Json:
        people = self._vendor.users
        listed = [
            {"userId": each, "displayName": people[each].name if each in people else "Owner"}
            for each in self._channel(request).members
        ]
        return {"value": listed}

    async def _add_member(self, request: web.Request) -> Json:
        channel, person = self._channel(request), _bound(await request.json())
        if person not in self._vendor.users:
            raise Refusal(404, "NotFound", "nobody of the team")
        if person in channel.members:
            raise Refusal(400, "BadRequest", "a member already")
        channel.members.append(person)
        return {"id": person}

    async def _messages(self, request: web.Request) -> Json:
        if not self.readable:
            raise Refusal(403, "Forbidden", "ChannelMessage.Read.Group is missing")
        channel = self._channel(request)
        if request.query.get("$expand") != "replies" or int(request.query["$top"]) > _PAGE:
            raise Refusal(400, "BadRequest", "this stand-in knows no other query")
        roots = [m for m in self._vendor.in_conversation(channel.id) if m.root == m.id]
        roots.reverse()
        skip = int(request.query.get("$skiptoken", "0"))
        page: Json = {
            "value": [
                {
                    **self._told(root),
                    "replies": [
                        self._told(m)
                        for m in self._vendor.in_conversation(root.conversation)
                        if m.id != root.id
                    ],
                }
                for root in roots[skip : skip + _PAGE]
            ]
        }
        if skip + _PAGE < len(roots):
            url = f"{self._vendor.url}{request.path}?$top={_PAGE}&$expand=replies"
            page["@odata.nextLink"] = f"{url}&$skiptoken={skip + _PAGE}"
        return page

    async def _message(self, request: web.Request) -> Json:
        channel = self._channel(request)
        for message in self._vendor.in_conversation(channel.id):
            if message.id == request.match_info["m"]:
                return self._told(message)
        raise Refusal(404, "NotFound", "no such message")

    def _told(self, message: Message) -> Json:
        ours = message.author not in self._vendor.users
        person = {"id": message.author, "displayName": "Tocsin"}
        if not ours:
            person["displayName"] = self._vendor.users[message.author].name
        attachments = [
            {
                "contentType": each["contentType"],
                "name": each.get("name"),
                "content": json.dumps(each["content"]) if "content" in each else None,
            }
            for each in message.body.get("attachments", [])
        ]
        return {
            "id": message.id,
            "messageType": "message",
            "replyToId": message.root if message.root != message.id else None,
            "from": {"application" if ours else "user": person},
            "createdDateTime": message.created.isoformat(),
            "lastEditedDateTime": message.edited.isoformat() if message.edited else None,
            "body": {"contentType": "html", "content": message.body.get("text", "")},
            "attachments": attachments,
        }


def _bound(member: Json) -> str:
    return str(member["user@odata.bind"]).rpartition("('")[2].removesuffix("')")


def _out(channel: Channel) -> Json:
    return {
        "id": channel.id,
        "displayName": channel.name,
        "description": channel.description,
        "membershipType": "private" if channel.private else "standard",
        "isArchived": channel.archived,
        "createdDateTime": channel.created.isoformat(),
    }


def _own_team(group: str) -> None:
    if group != GROUP:
        raise Refusal(403, "Forbidden", "another team")
