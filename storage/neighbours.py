"""Processes that share a PostgreSQL database tell each other what they have changed.

Nothing rests on it: whoever hears nothing looks by himself each second. It only makes
what happens in one process show at once in another.

Source: https://www.postgresql.org/docs/current/sql-notify.html
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import psycopg

from chat.errors import Unavailable
from storage.database import parse_url

_CHANNEL = "tocsin_topics"
_GATHER = 0.01
"""Seconds in which topics are gathered into one message."""

Heard = Callable[[frozenset[str]], None]


class Neighbours:
    """Speaks and listens on connections of its own, so that no act pays for it."""

    def __init__(self, url: str, name: str, heard: Heard) -> None:
        """Get ready.

        Args:
            url: The PostgreSQL database.
            name: Of this process, without spaces.
            heard: Called on the event loop with topics that another process touched.
        """
        plain = parse_url(url).set(drivername="postgresql")
        self._conninfo = plain.render_as_string(hide_password=False)
        self._name = name
        self._heard = heard
        self._topics: set[str] = set()
        self._told = asyncio.Event()

    def tell(self, topics: frozenset[str]) -> None:
        """Have the others told soon."""
        self._topics |= topics
        self._told.set()

    async def run(self) -> None:
        """Speak and listen until cancelled.

        Raises:
            Unavailable: The database went away.
        """
        try:
            async with await self._connected() as ears, await self._connected() as mouth:
                await ears.execute(f"LISTEN {_CHANNEL}")
                await _both(self._listen(ears), self._speak(mouth))
        except psycopg.Error as error:
            raise Unavailable(f"other processes are not heard: {error}") from error

    async def _connected(self) -> psycopg.AsyncConnection:
        return await psycopg.AsyncConnection.connect(
            self._conninfo, autocommit=True, connect_timeout=5, application_name="tocsin"
        )

    async def _listen(self, ears: psycopg.AsyncConnection) -> None:
        async for note in ears.notifies():
            name, *topics = note.payload.split()
            if name != self._name:
                self._heard(frozenset(topics))

    async def _speak(self, mouth: psycopg.AsyncConnection) -> None:
        while True:
            await self._told.wait()
            await asyncio.sleep(_GATHER)
            self._told.clear()
            topics, self._topics = self._topics, set()
            said = f"{self._name} {' '.join(sorted(topics))}"
            await mouth.execute("SELECT pg_notify(%s, %s)", (_CHANNEL, said))


async def _both(*works: Coroutine[Any, Any, None]) -> None:
    """Do both until one of them ends or fails, and then neither."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
