"""What was said while no gateway was connected, read from the channels' history.

Discord replays a few minutes of events to a session that resumes, and nothing to a new one.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

from adapters.discord.calling import Calls
from adapters.discord.raw import Json, made_at, snowflake_at
from adapters.discord.remembering import Remembering
from chat.clock import Clock
from chat.errors import NotFound, Refused
from chat.payload import parts

log = logging.getLogger("tocsin.discord")

_LONGEST_GAP = timedelta(days=1)
_MOST = 1000
"""Messages read in one channel."""
_PAGE = 100
_OVERLAP = timedelta(seconds=2)
"""Messages of one moment may come out of order."""
_KEEP_EVERY = timedelta(seconds=5)
"""What was said since it was last kept is read once more after a crash; the journal knows it."""


class Missed:
    """Knows how far the gateway has heard, and fetches what it has not."""

    def __init__(self, calls: Calls, remembering: Remembering, clock: Clock) -> None:
        self._calls = calls
        self._remembering = remembering
        self._clock = clock
        self._seen = self._kept = 0
        self._whole = False

    def interrupted(self) -> None:
        """From now on there is a gap before whatever is heard, until it is filled."""
        self._whole = False

    async def heard(self, message: Json) -> None:
        """The gateway has handed this message in."""
        self._seen = max(self._seen, int(message["id"]))
        if self._whole and made_at(str(self._seen)) - made_at(str(self._kept)) >= _KEEP_EVERY:
            await self._keep(self._seen)

    async def fill(self, guild: Json, hand_in: Callable[[Json], Awaitable[None]]) -> None:
        """Hand in what was said since the last message that was heard, oldest first.

        Args:
            guild: The server as the gateway tells it, with channels, threads and how far each
                has got.
            hand_in: Takes one message; one that is known already does no harm.

        Raises:
            Unavailable: Discord does not answer; nothing counts as heard yet.
        """
        now, kept = self._clock.now(), await self._remembering.heard()
        if kept:
            since = max(made_at(kept) - _OVERLAP, now - _LONGEST_GAP)
            missed: list[Json] = []
            for channel in [*parts(guild, "channels"), *parts(guild, "threads")]:
                if int(channel.get("last_message_id") or 0) > int(snowflake_at(since)):
                    missed += await self._said(str(channel["id"]), snowflake_at(since))
            for message in sorted(missed, key=lambda one: int(one["id"])):
                await hand_in(message)
                self._seen = max(self._seen, int(message["id"]))
        self._whole = True
        await self._keep(max(self._seen, int(kept or snowflake_at(now))))

    async def _said(self, channel: str, after: str) -> list[Json]:
        found: list[Json] = []
        while len(found) < _MOST:
            query = {"after": after, "limit": str(_PAGE)}
            try:
                page: list[Json] = await self._calls.call(
                    "GET", "/channels/{channel_id}/messages", query=query, channel_id=channel
                )
            except (NotFound, Refused):
                # Not for the bot's eyes.
                return found
            found += page
            if len(page) < _PAGE:
                return found
            after = str(max(int(one["id"]) for one in page))
        log.warning("so much was said in channel %s meanwhile that the newest is left out", channel)
        return found

    async def _keep(self, seen: int) -> None:
        self._kept = seen
        await self._remembering.hear(str(seen))
