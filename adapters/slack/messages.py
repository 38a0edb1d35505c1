"""Messages: posted once for each key, changed, whispered, read."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta

from adapters.slack.calling import Calls, SlackRefused, log, quiet, translated
from adapters.slack.home import Homes
from adapters.slack.inbound import Ticket
from adapters.slack.outbound import message as rendered
from adapters.slack.outbound import whole_text
from adapters.slack.people import People
from adapters.slack.reading import is_stamp, linked, moment, of_slack, people_in, stamp_of, text_of
from adapters.slack.rich import Scene
from chat.address import Address
from chat.card import Card
from chat.errors import NotFound, TocsinError, Unavailable, UserError
from chat.message import PostedMessage
from chat.once import Once
from chat.payload import Json, part, parts
from chat.person import Person

_EVENT = "tocsin_message"
_PAGE = 200
_SLACK_TIME = timedelta(minutes=5)
"""How far Slack's clock may be from ours."""
_TOO_MUCH = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"})
_NO_EPHEMERAL = frozenset({"channel_not_found", "not_in_channel", "user_not_in_channel"})

Send = Callable[[Json], Awaitable[Json]]


class Messages:
    """What is said in the workspace's channels."""

    def __init__(
        self, calls: Calls, homes: Homes, people: People, once: Once, scene: Callable[[], Scene]
    ) -> None:
        self._calls = calls
        self._homes = homes
        self._people = people
        self._once = once
        self._scene = scene

    async def post(self, to: Address, card: Card, *, key: str) -> Address:
        """Post; with the same key again it is the same message."""
        fixed: Json = {
            "channel": to.channel,
            "parse": "none",
            "unfurl_links": False,
            "unfurl_media": False,
            "metadata": {"event_type": _EVENT, "event_payload": {"key": _mark(key)}},
        }
        if to.thread:
            fixed["thread_ts"] = to.thread

        async def make() -> Address:
            answer = await self._sent(
                card, lambda it: self._calls.inside("chat.postMessage", **fixed, **it)
            )
            return _at(to, str(answer["ts"]))

        async def find(since: datetime) -> Address | None:
            return await self._posted(to, key, since)

        return await self._once.made(key, make, find)

    async def _posted(self, to: Address, key: str, since: datetime) -> Address | None:
        """The message that an earlier try posted, found by its mark.

        None too where the bot may not look, as in a public channel that it has not joined: a
        message that stands there twice is better than one that nobody ever gets.
        """
        method = "conversations.replies" if to.thread else "conversations.history"
        more: Json = {"ts": to.thread} if to.thread else {}
        pages = self._calls.pages(
            method,
            "messages",
            channel=to.channel,
            oldest=stamp_of(since - _SLACK_TIME),
            include_all_metadata=True,
            limit=_PAGE,
            **more,
        )
        try:
            async for one in pages:
                if part(part(one, "metadata"), "event_payload").get("key") == _mark(key):
                    return _at(to, str(one["ts"]))
        except UserError as no:
            log.warning("an earlier message cannot be looked for: %s", no.message)
        return None

    async def update(self, message: Address, card: Card) -> None:
        """Replace a message of ours."""
        stamp = message.message or ""
        if not is_stamp(stamp):
            raise NotFound("That message is gone.")
        place: Json = {"channel": message.channel, "ts": stamp, "parse": "none"}
        await self._sent(card, lambda it: self._calls.inside("chat.update", **place, **it))

    async def pin(self, message: Address) -> None:
        """Pin it, once."""
        place: Json = {"channel": message.channel, "timestamp": message.message or ""}
        try:
            await self._calls.inside("pins.add", **place)
        except SlackRefused as no:
            if no.error != "already_pinned":
                raise

    async def whisper(
        self,
        to: Address,
        person: Person,
        card: Card,
        *,
        key: str,
        ticket: str,
        elsewhere: Callable[[], Awaitable[object]],
    ) -> None:
        """Show it to one person; `elsewhere` does so where Slack cannot show it in `to`."""

        async def tell() -> None:
            if await self._respond(Ticket.unpacked(ticket).response_url, to, card):
                return
            place: Json = {"channel": to.channel, "user": person.id, "parse": "none"}
            if to.thread:
                place["thread_ts"] = to.thread
            try:
                await self._sent(card, lambda it: self._calls("chat.postEphemeral", **place, **it))
            except UserError as no:
                if not _is_elsewhere(no):
                    raise
                await elsewhere()

        await self._once.told(key, tell)

    async def _respond(self, url: str, to: Address, card: Card) -> bool:
        """Answer through the address that came with the event; False when that is over."""
        if not url.startswith(("https://", "http://")):
            return False
        # Loaded here, since answers in other ways do without it.
        from slack_sdk.webhook.async_client import AsyncWebhookClient  # noqa: PLC0415

        client = self._calls.client
        hook = AsyncWebhookClient(
            url,
            timeout=10,
            session=client.session,
            proxy=client.proxy,
            logger=quiet,
            retry_handlers=[],
        )
        body = {**rendered(card, self._scene()), "response_type": "ephemeral"}
        body["replace_original"] = False
        if to.thread:
            body["thread_ts"] = to.thread
        try:
            answer = await hook.send_dict(body)
        except Exception as error:
            raise translated(error, "a response") from error
        if answer.status_code == 429 or answer.status_code >= 500:  # noqa: PLR2004 - HTTP
            raise Unavailable(f"Slack has trouble ({answer.status_code}).")
        return answer.status_code == 200  # noqa: PLR2004 - HTTP: it was taken

    async def _sent(self, card: Card, send: Send) -> Json:
        """Send a card; one that Slack does not take after all is sent as mere text."""
        try:
            return await send(rendered(card, self._scene()))
        except SlackRefused as no:
            if no.error not in _TOO_MUCH:
                raise
            log.error("slack refused the blocks of a card (%s): %s", no.error, no.answer)
            return await send({"text": whole_text(card), "blocks": []})

    async def history(self, channel: Address) -> AsyncIterator[PostedMessage]:
        """Every message and reply, newest first."""
        pages = self._calls.pages(
            "conversations.history",
            "messages",
            # An export waits as long as Slack's limits ask.
            patient=True,
            channel=channel.channel,
            limit=_PAGE,
        )
        found: dict[str, Json] = {}
        async for one in pages:
            found[str(one["ts"])] = one
        for root in [one for one in found.values() if one.get("reply_count")]:
            replies = self._calls.pages(
                "conversations.replies",
                "messages",
                patient=True,
                channel=channel.channel,
                ts=root["ts"],
                limit=_PAGE,
            )
            async for one in replies:
                found[str(one["ts"])] = one
        for stamp in sorted(found, key=_order, reverse=True):
            yield await self._told(channel, found[stamp])

    async def _told(self, channel: Address, one: Json) -> PostedMessage:
        """A message in the words of the house; people it names are looked up."""
        stamp, thread = str(one["ts"]), one.get("thread_ts")
        author = str(one.get("user") or one.get("bot_id") or "")
        for user in {author, *(user for user, _ in people_in(str(one.get("text") or "")))} - {""}:
            await self._people.by_id(channel.workspace, user)
        edited = part(one, "edited")
        found = await self._people.by_id(channel.workspace, author) if author else None
        name = str(one.get("username") or author or "slack")
        return PostedMessage(
            address=Address(
                channel.platform,
                channel.workspace,
                channel.channel,
                str(thread) if thread and thread != stamp else None,
                stamp,
            ),
            author=found
            or Person("slack", channel.workspace, author or name, name, is_bot="bot_id" in one),
            text=text_of(one, self._people.name),
            posted_at=moment(stamp),
            system=of_slack(one),
            edited_at=moment(str(edited["ts"])) if edited.get("ts") else None,
            attachments=tuple(str(file.get("name") or "file") for file in parts(one, "files")),
        )

    async def find(self, typed: str, *, near: Address) -> PostedMessage | None:
        """A message by permalink, or by id in `near`; None when there is none to be read there."""
        named = linked(typed)
        channel, stamp, thread = named or (near.channel, typed.strip(), near.thread)
        if not is_stamp(stamp):
            return None
        where = Address("slack", near.workspace, channel)
        try:
            if channel != near.channel and not await self._public(channel):
                return None
            one = await self._read(channel, stamp, thread)
        except UserError:
            return None
        return await self._told(where, one) if one is not None else None

    async def _public(self, channel: str) -> bool:
        answer = await self._calls("conversations.info", channel=channel)
        found: Json = answer["channel"]
        return bool(found.get("is_channel")) and not found.get("is_private")

    async def _read(self, channel: str, stamp: str, thread: str | None) -> Json | None:
        """One message, of the channel itself or of a thread in it."""
        span: Json = {"oldest": stamp, "latest": stamp, "inclusive": True, "limit": 1}
        answer = await self._calls("conversations.history", channel=channel, **span)
        found = parts(answer, "messages")
        if not found and thread:
            answer = await self._calls("conversations.replies", channel=channel, ts=thread, **span)
            found = parts(answer, "messages")
        return next((one for one in found if one.get("ts") == stamp), None)


def _at(to: Address, stamp: str) -> Address:
    return Address("slack", to.workspace, to.channel, to.thread, stamp)


def _order(stamp: str) -> tuple[int, int]:
    seconds, _, fraction = stamp.partition(".")
    return int(seconds), int(fraction or 0)


def _mark(key: str) -> str:
    """What a message carries of its key; the key itself is nobody else's business."""
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def _is_elsewhere(error: TocsinError) -> bool:
    if isinstance(error, SlackRefused):
        return error.error in _NO_EPHEMERAL
    return isinstance(error, NotFound)
