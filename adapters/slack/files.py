"""Files: uploaded to a channel, or to one person's direct channel."""

from __future__ import annotations

from datetime import datetime, timedelta

from adapters.slack.calling import Calls, log
from adapters.slack.limits import label
from adapters.slack.outbound import whole_text
from adapters.slack.reading import stamp_of
from chat.address import Address
from chat.card import Card
from chat.errors import UserError
from chat.message import Attachment
from chat.once import Once
from chat.payload import Json, parts

_NAME = 200
_SLACK_TIME = timedelta(minutes=5)


class Files:
    """Sends files once for each key."""

    def __init__(self, calls: Calls, once: Once) -> None:
        self._calls = calls
        self._once = once

    async def upload(self, to: Address, file: Attachment, card: Card, *, key: str) -> None:
        """Post a file with a line about it."""
        name = label(file.name.replace("/", "_"), _NAME)
        comment = whole_text(card)

        async def make() -> Address:
            more: Json = {"thread_ts": to.thread} if to.thread else {}
            await self._calls.inside(
                "files.upload_v2",
                filename=name,
                content=file.content,
                title=name,
                channel=to.channel,
                initial_comment=comment,
                **more,
            )
            return to

        async def find(since: datetime) -> Address | None:
            """A file cannot be marked, so its name and the line about it tell."""
            more: Json = {"ts": to.thread} if to.thread else {}
            pages = self._calls.pages(
                "conversations.replies" if to.thread else "conversations.history",
                "messages",
                channel=to.channel,
                oldest=stamp_of(since - _SLACK_TIME),
                **more,
            )
            try:
                async for one in pages:
                    names = [str(each.get("name")) for each in parts(one, "files")]
                    if name in names and one.get("text") == comment:
                        return to
            except UserError as no:
                log.warning("an earlier file cannot be looked for: %s", no.message)
            return None

        await self._once.made(key, make, find)
