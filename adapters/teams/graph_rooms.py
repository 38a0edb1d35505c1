"""Rooms with Graph: each is a channel of the team."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.teams import ids, words
from adapters.teams.activities import CARD, mark_of
from adapters.teams.card_text import card_text
from adapters.teams.errors import Taken
from adapters.teams.graph import Graph
from adapters.teams.options import Options
from adapters.teams.people import People
from adapters.teams.registry import Kept, Registry, numbered
from chat.address import Address
from chat.errors import BadInput, NotFound, Refused, UserError
from chat.inviting import one_by_one
from chat.message import PostedMessage
from chat.once import Once
from chat.payload import part, parts
from chat.person import Person
from chat.port import ChannelFacts, NewChannel

_MEMBER = "#microsoft.graph.aadUserConversationMember"
_TRIES = 50
_SKEW = timedelta(minutes=2)
_DESCRIPTION = 1024
_NEWEST = "$top=50&$expand=replies"
_POSTS = 200
"""Posts that are looked through, those with the newest replies first."""
_log = logging.getLogger("tocsin.teams")


class GraphRooms:
    """Implements `adapters.teams.rooms.Rooms` with what an administrator has allowed."""

    def __init__(
        self, options: Options, graph: Graph, registry: Registry, once: Once, people: People
    ) -> None:
        self._options = options
        self._graph = graph
        self._registry = registry
        self._once = once
        self._people = people

    async def create(self, wanted: NewChannel) -> Address:
        """Make a channel, standard or private.

        Raises:
            Refused: It is to be private and nobody is named who would own it.
        """
        if wanted.private and not self._options.owner:
            raise Refused("Private channels need an owner. Set TOCSIN_TEAMS_OWNER: docs/teams.md.")

        async def make() -> Address:
            for number in range(1, _TRIES):
                name = numbered(wanted.name, number)
                try:
                    made = await self._graph.call("POST", "/channels", self._body(wanted, name))
                except Taken:
                    continue
                return await self._keep(wanted, str(made["id"]), name)
            raise BadInput(f"There are too many channels named like “{wanted.name[:40]}”.")

        async def find(since: datetime) -> Address | None:
            names = {numbered(wanted.name, number) for number in range(1, _TRIES)}
            async for each in self._graph.pages("/channels"):
                made_at = _moment(each.get("createdDateTime"))
                fits = str(each.get("displayName")) in names and made_at >= since - _SKEW
                if fits and await self._registry.room(str(each["id"])) is None:
                    return await self._keep(wanted, str(each["id"]), str(each["displayName"]))
            return None

        return await self._once.made(wanted.key, make, find)

    async def facts(self, where: Address) -> ChannelFacts | None:
        """As Graph tells them.

        The members of a private channel are Graph's, without its owner, who owns it only
        because somebody must; those of a standard one are whoever was asked in.
        """
        channel = ids.base(where.channel)
        if not ids.is_channel(channel):
            return None
        told = await self._graph.call("GET", f"/channels/{channel}")
        private = told.get("membershipType") == "private"
        kept = await self._registry.room(channel)
        members = await self._members(channel) if private else (kept.people if kept else ())
        return ChannelFacts(
            where.room,
            str(told["displayName"]),
            private,
            members,
            None,
            archived=bool(told.get("isArchived")),
        )

    async def find(self, name: str) -> str | None:
        """By name, among all channels of the team."""
        async for each in self._graph.pages("/channels"):
            if str(each.get("displayName", "")).casefold() == name.casefold():
                return str(each["id"])
        return None

    async def invite(self, channel: Address, people: tuple[Person, ...]) -> tuple[Person, ...]:
        """Add them to a private channel; of a standard one all of the team are members.

        Raises:
            Refused: Teams let somebody not in; the others are in.
        """
        where = ids.base(channel.channel)
        told = await self._graph.call("GET", f"/channels/{where}")
        if told.get("membershipType") != "private":
            return await self._registry.ask_in(where, people)
        inside = {person.id for person in await self._members(where, everybody=True)}

        async def add(one: Person) -> None:
            await self._graph.call("POST", f"/channels/{where}/members", self._member(one.id))

        turnout = await one_by_one((one for one in people if one.id not in inside), add)
        turnout.complain("Teams")
        return ()

    async def archive(self, channel: Address, *, archived: bool) -> None:
        """Archive or bring back."""
        where = ids.base(channel.channel)
        told = await self._graph.call("GET", f"/channels/{where}")
        if bool(told.get("isArchived")) is not archived:
            verb = "archive" if archived else "unarchive"
            await self._graph.call("POST", f"/channels/{where}/{verb}", {})

    async def set_topic(self, channel: Address, topic: str) -> None:
        """The channel's description."""
        body = {"description": topic[:_DESCRIPTION]}
        await self._graph.call("PATCH", f"/channels/{ids.base(channel.channel)}", body)

    def head(self, channel: Address) -> Address | None:
        """A channel hangs on no message."""
        del channel

    async def history(self, channel: Address) -> AsyncIterator[PostedMessage]:
        """Posts and their replies, by time, newest first."""
        where = ids.base(channel.channel)
        path = f"/channels/{where}/messages?{_NEWEST}"
        found: list[PostedMessage] = []
        async for each in self._graph.pages(path):
            replies = parts(each, "replies")
            found.extend(self._posted(channel, told) for told in (each, *replies))
        found.sort(key=lambda message: (message.posted_at, message.address.message or ""))
        for message in reversed(found):
            yield message

    async def message(self, at: Address) -> PostedMessage | None:
        """One message, a post or a reply."""
        path = f"/channels/{ids.base(at.channel)}/messages"
        first = at.thread or ids.root(at.channel)
        if first and first != at.message:
            path = f"{path}/{first}/replies"
        try:
            told = await self._graph.call("GET", f"{path}/{at.message}")
        except (NotFound, BadInput):
            return None
        return self._posted(at, told)

    async def sent(self, to: Address, mark: str, since: datetime) -> Address | None:
        """Looks among the posts of late, and their replies, for what this app wrote."""
        channel, first = ids.base(to.channel), to.thread or ids.root(to.channel)
        if not ids.is_channel(channel):
            return None
        looked_at = 0
        try:
            async for post in self._graph.pages(f"/channels/{channel}/messages?{_NEWEST}"):
                replies = parts(post, "replies")
                within = [post] if first is None else replies if post["id"] == first else []
                for told in within:
                    if self._ours(told, mark, since):
                        thread = to.thread if first is not None else None
                        return replace(to, thread=thread, message=str(told["id"]))
                looked_at += 1
                if looked_at >= _POSTS:
                    break
        except UserError as refused:
            _log.warning("what may have been sent cannot be looked for: %s", refused.message)
        return None

    def _ours(self, told: dict[str, Any], mark: str, since: datetime) -> bool:
        writer = part(part(told, "from"), "application")
        if str(writer.get("id")) != self._options.app_id:
            return False
        if _moment(told.get("createdDateTime")) < since - _SKEW:
            return False
        attachments = parts(told, "attachments")
        return any(mark_of(str(each.get("content") or "")) == mark for each in attachments)

    def _body(self, wanted: NewChannel, name: str) -> dict[str, Any]:
        body: dict[str, Any] = {
            "displayName": name,
            "description": wanted.topic[:_DESCRIPTION],
            "membershipType": "private" if wanted.private else "standard",
        }
        if wanted.private:
            body["members"] = [self._member(self._options.owner) | {"roles": ["owner"]}]
        return body

    def _member(self, person: str) -> dict[str, Any]:
        user = f"{self._options.graph_url}/users('{person}')"
        return {"@odata.type": _MEMBER, "roles": [], "user@odata.bind": user}

    async def _keep(self, wanted: NewChannel, channel: str, name: str) -> Address:
        kept = Kept(name, wanted.topic, wanted.private)
        await self._registry.keep(channel, kept, wanted.key)
        return ids.place(self._options.tenant, channel)

    async def _members(self, channel: str, *, everybody: bool = False) -> tuple[Person, ...]:
        found: list[Person] = []
        async for each in self._graph.pages(f"/channels/{channel}/members"):
            directory_id = str(each.get("userId") or "").casefold()
            if everybody or directory_id != self._options.owner:
                found.append(self._person(directory_id, str(each.get("displayName") or "")))
        return tuple(found)

    def _person(self, directory_id: str, display: str) -> Person:
        account = {"aadObjectId": directory_id, "id": directory_id, "name": display}
        return self._people.author(account)

    def _posted(self, channel: Address, told: dict[str, Any]) -> PostedMessage:
        by = part(told, "from")
        user = part(by, "user") or part(by, "application")
        if by.get("application"):
            author = Person(
                ids.PLATFORM, self._options.tenant, str(user.get("id") or ""), "tocsin",
                str(user.get("displayName") or ""), is_bot=True,
            )  # fmt: skip
        else:
            author = self._person(
                str(user.get("id") or "").casefold(), str(user.get("displayName") or "")
            )
        edited = told.get("lastEditedDateTime")
        parent = told.get("replyToId")
        number = str(told["id"])
        thread = str(parent) if parent and ids.root(channel.channel) is None else None
        return PostedMessage(
            address=Address(
                ids.PLATFORM, channel.workspace, channel.channel, thread=thread, message=number
            ),
            author=author,
            text=_text(told),
            posted_at=_moment(told.get("createdDateTime")),
            system=told.get("messageType", "message") != "message",
            edited_at=_moment(edited) if edited else None,
            attachments=tuple(
                str(each["name"]) for each in parts(told, "attachments") if each.get("name")
            ),
        )


def _text(told: dict[str, Any]) -> str:
    """What a message says; a card of ours says what stands in it."""
    attachments = parts(told, "attachments")
    for each in attachments:
        if each.get("contentType") == CARD:
            return card_text(str(each.get("content") or ""))
    body = part(told, "body")
    return words.plain(str(body.get("content") or ""))


def _moment(value: object) -> datetime:
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
