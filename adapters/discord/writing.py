"""Messages sent, changed, and read."""

from __future__ import annotations

import hashlib
import heapq
import re
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

from adapters.discord import outbound
from adapters.discord.calling import THREAD_IS_THERE, Calls
from adapters.discord.outbound import Rendered
from adapters.discord.places import Places, linked
from adapters.discord.raw import Json, is_snowflake, snowflake_at
from adapters.discord.reading import THREAD_STARTER, posted, readable
from adapters.discord.remembering import Remembering
from adapters.discord.rooms import Rooms
from chat.address import Address
from chat.card import Card
from chat.clock import Clock
from chat.errors import NotFound, Refused
from chat.fit import shorten
from chat.message import Attachment, PostedMessage
from chat.once import Once
from chat.payload import parts
from chat.person import Person

_PAGE = 100
_NONCE_HOLDS = timedelta(minutes=2)
"""For so long Discord itself gives back the message that it has under a nonce."""
_SKEW = timedelta(minutes=1)
_FILE_NAME = re.compile(r"[^A-Za-z0-9._-]+")


class Writing:
    """Posts, and what has been posted."""

    def __init__(
        self,
        calls: Calls,
        rooms: Rooms,
        places: Places,
        remembering: Remembering,
        once: Once,
        clock: Clock,
        base: str,
    ) -> None:
        self._calls = calls
        self._rooms = rooms
        self._places = places
        self._remembering = remembering
        self._once = once
        self._clock = clock
        self._base = base
        self._directs: dict[str, str] = {}

    async def rendered(self, card: Card, *, file: str = "") -> Rendered:
        """A card as it is sent, with what its controls need kept."""
        made = outbound.message(card, self._base, file=file)
        await self._remembering.buttons(made.kept)
        return made

    async def post(
        self, to: Address, card: Card, *, key: str, file: Attachment | None = None
    ) -> Address:
        """Post once for each key."""
        file = renamed(file) if file else None
        made = await self.rendered(card, file=file.name if file else "")

        async def send() -> Address:
            await self._rooms.open_for_posts(to)
            return await self._send(to, made.payload, key, file)

        async def find(since: datetime) -> Address | None:
            return await self._sent_since(to, made, since)

        return await self._once.made(key, send, find)

    async def update(self, message: Address, card: Card) -> None:
        """Replace a message of ours."""
        made = outbound.edited(card, self._base)
        await self._remembering.buttons(made.kept)
        await self._calls.call(
            "PATCH",
            "/channels/{channel_id}/messages/{message_id}",
            json=made.payload,
            channel_id=_known(message.thread or message.channel),
            message_id=_known(message.message or ""),
        )

    async def pin(self, message: Address) -> None:
        """Pin."""
        await self._calls.call(
            "PUT",
            "/channels/{channel_id}/messages/pins/{message_id}",
            channel_id=_known(message.thread or message.channel),
            message_id=_known(message.message or ""),
        )

    async def direct(self, person: Person) -> Address:
        """The direct channel with somebody.

        Raises:
            Refused: They take no direct messages from us.
        """
        if person.id not in self._directs:
            made = await self._calls.call(
                "POST", "/users/@me/channels", json={"recipient_id": person.id}
            )
            self._directs[person.id] = str(made["id"])
        return self._places.address(self._directs[person.id])

    async def history(self, channel: Address) -> AsyncIterator[PostedMessage]:
        """Every message, those in its threads included, newest first."""
        place = channel.thread or channel.channel
        readers = [self._pages(place)]
        if channel.thread is None and place not in self._places.parents:
            readers += [self._pages(thread) for thread in await self._threads(place)]
        held: list[tuple[int, int, Json]] = []
        for number, reader in enumerate(readers):
            await _pull(held, reader, number)
        while held:
            _, number, message = heapq.heappop(held)
            if int(message.get("type", 0)) != THREAD_STARTER:
                yield posted(message, self._places)
            await _pull(held, readers[number], number)

    async def message(self, typed: str, near: Address) -> PostedMessage | None:
        """A message by link or id; None when there is none, or its channel is private."""
        found = linked(typed)
        if found is None:
            if not is_snowflake(typed.strip()):
                return None
            place, message = near.thread or near.channel, typed.strip()
        else:
            guild, place, message = found
            if guild != near.workspace:
                return None
        try:
            if place not in {near.channel, near.thread}:
                # Through the bot's eyes nobody may read what they could not see themselves.
                facts = await self._rooms.facts(Address(near.platform, near.workspace, place))
                if facts.private and facts.address.room != near.room:
                    return None
            row = await self._calls.call(
                "GET",
                "/channels/{channel_id}/messages/{message_id}",
                channel_id=place,
                message_id=message,
            )
        except (NotFound, Refused):
            return None
        return posted(row, self._places)

    async def _send(self, to: Address, payload: Json, key: str, file: Attachment | None) -> Address:
        place = await self._place(to)
        body = {**payload, "nonce": nonce(key), "enforce_nonce": True}
        if file is not None:
            body["attachments"] = [{"id": "0", "filename": file.name}]
        sent = await self._calls.call(
            "POST", "/channels/{channel_id}/messages", json=body, file=file, channel_id=place
        )
        return replace(to, message=str(sent["id"]))

    async def _place(self, to: Address) -> str:
        """The channel to post in; a thread is begun at its message when it is not there."""
        if to.thread is None:
            return _known(to.channel)
        if to.thread in self._places.parents:
            return to.thread
        try:
            begun = await self._calls.call(
                "POST",
                "/channels/{channel_id}/messages/{message_id}/threads",
                json={"name": await self._thread_name(to), "auto_archive_duration": 10_080},
                channel_id=_known(to.channel),
                message_id=_known(to.thread),
            )
        except Refused as refused:
            if refused.code != THREAD_IS_THERE:
                raise
            begun = {"id": to.thread, "type": 11, "parent_id": to.channel}
        except NotFound:
            # It began without a message.
            begun = await self._rooms.get(replace(to, channel=to.thread, thread=None))
        self._places.heard(begun)
        return str(begun["id"])

    async def _thread_name(self, to: Address) -> str:
        root = await self._calls.call(
            "GET",
            "/channels/{channel_id}/messages/{message_id}",
            channel_id=_known(to.channel),
            message_id=_known(to.thread or ""),
        )
        return shorten(readable(root).split("\n")[0].strip(), 90) or "Thread"

    async def _sent_since(self, to: Address, made: Rendered, since: datetime) -> Address | None:
        """What an earlier try posted; None to try again with the same nonce, or anew."""
        new = self._clock.now() - since < _NONCE_HOLDS
        if new or (to.thread is not None and to.thread not in self._places.parents):
            return None
        place = _known(to.thread or to.channel)
        wanted = readable({**made.payload, "author": {"bot": True}})
        after = snowflake_at(since - _SKEW)
        query = {"after": after, "limit": str(_PAGE)}
        found: list[Json] = await self._calls.call(
            "GET", "/channels/{channel_id}/messages", query=query, channel_id=place
        )
        for message in found:
            if str(message["author"]["id"]) == self._calls.user and readable(message) == wanted:
                return replace(to, message=str(message["id"]))
        return None

    async def _pages(self, channel: str) -> AsyncGenerator[Json]:
        query = {"limit": str(_PAGE)}
        while True:
            found: list[Json] = await self._calls.call(
                "GET", "/channels/{channel_id}/messages", query=query, channel_id=channel
            )
            for message in found:
                yield message
            if len(found) < _PAGE:
                return
            query["before"] = str(found[-1]["id"])

    async def _threads(self, channel: str) -> list[str]:
        """Threads of a channel, living and archived."""
        workspace = self._places.guild
        active: Json = await self._calls.call(
            "GET", "/guilds/{guild_id}/threads/active", guild_id=workspace
        )
        found = [one for one in parts(active, "threads") if str(one["parent_id"]) == channel]
        for kind in ("public", "private"):
            path = f"/channels/{{channel_id}}/threads/archived/{kind}"
            try:
                old: Json = await self._calls.call("GET", path, channel_id=channel)
            except Refused:
                continue
            found += parts(old, "threads")
        for thread in found:
            self._places.heard(thread)
        return list(dict.fromkeys(str(one["id"]) for one in found))


def nonce(key: str) -> str:
    """What Discord knows a sending by."""
    return hashlib.sha256(key.encode()).hexdigest()[:25]


def renamed(file: Attachment) -> Attachment:
    """The file under a name that Discord keeps as it is."""
    return replace(file, name=_FILE_NAME.sub("_", file.name).strip("._")[-100:] or "file")


async def _pull(
    held: list[tuple[int, int, Json]], reader: AsyncGenerator[Json], number: int
) -> None:
    message = await anext(reader, None)
    if message is not None:
        heapq.heappush(held, (-int(message["id"]), number, message))


def _known(snowflake: str) -> str:
    if not is_snowflake(snowflake):
        raise NotFound("There is no such channel or message in Discord.")
    return snowflake
