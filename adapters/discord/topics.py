"""Topics, of which Discord takes two in ten minutes for each channel.

A third would hold up everything that is to be said in the channel, so it waits by itself,
and only the newest is set. One that waits when the process ends is set with the next change.
"""

from __future__ import annotations

import asyncio
import logging

from adapters.discord.calling import Calls
from chat.errors import TocsinError, Unavailable
from chat.rates import Rate, Window

log = logging.getLogger("tocsin.discord")

_LONGEST = 1024
_AGAIN = 30.0


class Topics:
    """Sets topics as fast as Discord allows."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._rate = Rate(Window(2, 600.0), patience=0.0)
        self._wanted: dict[str, str] = {}
        self._waiting: dict[str, asyncio.Task[None]] = {}

    async def set(self, channel: str, topic: str) -> None:
        """Set it now, or later when it is too soon.

        Raises:
            NotFound: The channel is gone.
        """
        self._wanted[channel] = topic
        if channel in self._waiting:
            return
        try:
            await self._set(channel)
        except Unavailable as later:
            wait = later.retry_after if later.retry_after is not None else _AGAIN
            task = asyncio.create_task(self._set_later(channel, wait))
            self._waiting[channel] = task
            task.add_done_callback(lambda _: self._waiting.pop(channel, None))

    async def close(self) -> None:
        """Let those go that wait."""
        waiting = list(self._waiting.values())
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    async def _set(self, channel: str) -> None:
        await self._rate.turn(channel)
        topic = self._wanted[channel]
        await self._calls.call(
            "PATCH",
            "/channels/{channel_id}",
            json={"topic": topic[:_LONGEST]},
            channel_id=channel,
        )
        if self._wanted.get(channel) == topic:
            del self._wanted[channel]

    async def _set_later(self, channel: str, wait: float) -> None:
        while channel in self._wanted:
            await asyncio.sleep(wait)
            try:
                await self._set(channel)
            except Unavailable as later:
                wait = later.retry_after if later.retry_after is not None else _AGAIN
            except TocsinError as refused:
                log.warning("a topic is not set: %s", refused.message)
                self._wanted.pop(channel, None)
