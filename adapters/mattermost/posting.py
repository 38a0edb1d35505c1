"""Posts of the bot: each once under its key, in a channel or for one person."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from adapters.mattermost.calling import FORBIDDEN, Calls, identifier
from adapters.mattermost.inbound import KEY, Ticket, address, trigger
from adapters.mattermost.own import Own
from adapters.mattermost.people import PLATFORM
from adapters.mattermost.seal import digest
from chat.address import Address
from chat.clock import Clock
from chat.errors import BadInput, NotFound, NotSignedIn, Refused, UserError
from chat.message import Attachment
from chat.once import Once
from chat.payload import Json
from chat.person import Person

T = TypeVar("T")

_HOOK_FOR = timedelta(minutes=29)
_KEPT = 5000
_SKEW = timedelta(minutes=5)
"""How far the two clocks may differ when a post of ours is looked for."""


class Posting:
    """Everything that ends in a post."""

    def __init__(self, calls: Calls, own: Own, once: Once, clock: Clock) -> None:
        self._calls = calls
        self._own = own
        self._once = once
        self._clock = clock
        self._may_whisper = True
        self._known: OrderedDict[str, Address] = OrderedDict()

    async def own(self, message: Address) -> Address | None:
        """Where the bot's post is, with its thread; None for anybody else's, or elsewhere.

        What is shown to one person alone is kept nowhere, so that what is not there is believed.

        Raises:
            Unavailable: The server does not answer.
        """
        post_id = identifier(message.message)
        if post_id not in self._known:
            try:
                post = await self._calls.run(lambda driver: driver.posts.get_post(post_id))
            except NotFound:
                return message
            except Refused:
                return None
            if str(post["user_id"]) != await self._own.id():
                return None
            root = str(post.get("root_id") or "") or None
            self._known[post_id] = replace(message, channel=str(post["channel_id"]), thread=root)
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        found = self._known[post_id]
        return found if found.channel == message.channel else None

    async def post(self, to: Address, body: Json, key: str) -> Address:
        """Post in a channel or a thread."""
        mark = digest(key)[:32]
        whole = {
            **body,
            "channel_id": identifier(to.channel),
            "root_id": identifier(to.thread) if to.thread else "",
            "props": {**body.get("props", {}), KEY: mark},
        }

        async def make() -> Address:
            own = await self._own.id()
            # The server itself takes a second post with this id, soon after the first, for it.
            pending = {**whole, "pending_post_id": f"{own}:{mark}"}
            return await self._in(to, lambda: self._create(pending, to.workspace))

        return await self._once.made(key, make, lambda since: self._find(to, mark, since))

    async def direct_channel(self, person: Person) -> Address:
        """The direct channel with somebody; made where there is none."""
        pair = [await self._own.id(), identifier(person.id)]
        made = await self._calls.run(
            lambda driver: driver.channels.create_direct_message_channel(options=pair)
        )
        return Address(PLATFORM, person.workspace, str(made["id"]))

    async def whisper(self, to: Address, person: Person, body: Json, ticket: str) -> bool:
        """Show it to one person; False when the server lets the bot do so in no way."""
        if await self._answered(to, body, Ticket.unpacked(ticket)):
            return True
        if not self._may_whisper:
            return False
        post = {
            **body,
            "channel_id": identifier(to.channel),
            "root_id": identifier(to.thread) if to.thread else "",
        }
        shown = {"user_id": identifier(person.id), "post": post}
        try:
            await self._calls.run(lambda driver: driver.posts.create_ephemeral_post(options=shown))
        except Refused as refused:
            if refused.code != FORBIDDEN:
                raise
            self._may_whisper = False
            return False
        return True

    async def upload(self, to: Address, file: Attachment, body: Json, key: str) -> Address:
        """Post a file."""
        mark = digest(key)[:32]

        async def make() -> Address:
            sent = await self._in(to, lambda: self._send(to, file))
            whole = {
                **body,
                "channel_id": to.channel,
                "root_id": identifier(to.thread) if to.thread else "",
                "file_ids": [sent],
                "props": {**body.get("props", {}), KEY: mark},
                "pending_post_id": f"{await self._own.id()}:{mark}",
            }
            return await self._create(whole, to.workspace)

        return await self._once.made(key, make, lambda since: self._find(to, mark, since))

    async def update(self, message: Address, body: Json) -> None:
        """Replace a post of the bot's.

        Raises:
            NotFound: It is gone.
        """
        post_id = identifier(message.message)
        try:
            await self._calls.run(lambda driver: driver.posts.patch_post(post_id, options=body))
        except (Refused, BadInput):
            # The server says that the bot may not, also where there is nothing to change.
            found = await self._calls.run(lambda driver: driver.posts.get_post(post_id))
            if found.get("delete_at"):
                raise NotFound("Somebody deleted that message.") from None
            raise

    async def _create(self, post: Json, workspace: str) -> Address:
        made = await self._calls.run(lambda driver: driver.posts.create_post(options=post))
        return address(made, workspace)

    async def _send(self, to: Address, file: Attachment) -> str:
        parts = {"files": (file.name, file.content, file.content_type)}
        channel = identifier(to.channel)
        sent = await self._calls.run(
            lambda driver: driver.files.upload_file(channel_id=channel, files=parts)
        )
        return str(sent["file_infos"][0]["id"])

    async def _in(self, to: Address, do: Callable[[], Awaitable[T]]) -> T:
        """Do it in a channel; where the bot is not in it yet and may enter, it enters."""
        try:
            return await do()
        except Refused as refused:
            if refused.code != FORBIDDEN:
                raise
            there = await self._calls.run(lambda driver: driver.channels.get_channel(to.channel))
            if there.get("type") != "O" or there.get("delete_at"):
                raise
        member = {"user_id": await self._own.id()}
        await self._calls.run(lambda driver: driver.channels.add_user(to.channel, options=member))
        return await do()

    async def _answered(self, to: Address, body: Json, ticket: Ticket) -> bool:
        """Whether it could be shown as the answer to a command."""
        if not ticket.hook or not self._fresh(ticket):
            return False
        hook = identifier(ticket.hook)
        answer = {
            "response_type": "ephemeral",
            "text": body["message"],
            "attachments": body["props"].get("attachments", []),
            "skip_slack_parsing": True,
            "channel_id": to.channel,
        }
        try:
            await self._calls.client(
                lambda rest: rest.make_request(
                    "post", f"/hooks/commands/{hook}", options=answer, basepath=""
                )
            )
        except UserError:
            return False
        return True

    def _fresh(self, ticket: Ticket) -> bool:
        try:
            return self._clock.now() - trigger(ticket.trigger).at < _HOOK_FOR
        except NotSignedIn:
            return False

    async def _find(self, to: Address, mark: str, since: datetime) -> Address | None:
        """The post with that mark; None when there is none."""
        channel = identifier(to.channel)
        begun = int((since - _SKEW).timestamp() * 1000)
        page = await self._calls.run(
            lambda driver: driver.posts.get_posts_for_channel(channel, params={"since": begun})
        )
        for post in page.get("posts", {}).values():
            if post.get("props", {}).get(KEY) == mark and not post.get("delete_at"):
                return address(post, to.workspace)
        return None
