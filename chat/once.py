"""Sends once under one key, on platforms that do not see to that themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from chat.address import Address
from chat.clock import Clock
from chat.errors import Unavailable, UserError
from chat.memory import MemoryActs, Sending

_TOLD = "told"


class Once:
    """Keeps what was sent under which key, so that a second call finds what the first made.

    A process may die between the platform's answer and our note of it. Then the next call
    looks for the message on the platform with `find`, where the adapter can, and sends
    again only when it is not there.
    """

    def __init__(self, acts: MemoryActs, clock: Clock, platform: str) -> None:
        self._acts = acts
        self._clock = clock
        self._platform = platform
        self._under_way: dict[str, asyncio.Future[str]] = {}

    async def made(
        self,
        key: str,
        make: Callable[[], Awaitable[Address]],
        find: Callable[[datetime], Awaitable[Address | None]] | None = None,
    ) -> Address:
        """The place that `make` makes, or that it made before under this key.

        Args:
            key: Of what is sent.
            make: Sends it. An `Unavailable` with `retry_after`, or a `UserError`, says that
                it was certainly not sent; any other error leaves that open.
            find: Looks for it on the platform, given when it was first tried; None where
                the platform has no way to look.
        """

        async def make_packed() -> str:
            return (await make()).packed()

        async def find_packed(since: datetime) -> str | None:
            found = await find(since) if find is not None else None
            return found.packed() if found is not None else None

        return Address.unpacked(await self._alone(key, make_packed, find_packed))

    async def told(self, key: str, tell: Callable[[], Awaitable[object]]) -> None:
        """Have `tell` done once; when a process died amid it, it may be done twice."""

        async def tell_it() -> str:
            await tell()
            return _TOLD

        await self._alone(key, tell_it, _nowhere)

    async def _alone(
        self,
        key: str,
        make: Callable[[], Awaitable[str]],
        find: Callable[[datetime], Awaitable[str | None]],
    ) -> str:
        """One call at a time for a key; the others get what it got."""
        while (busy := self._under_way.get(key)) is not None:
            await asyncio.wait((busy,))
            if not busy.cancelled() and busy.exception() is None:
                return busy.result()
        held: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._under_way[key] = held
        try:
            result = await self._send(key, make, find)
        except BaseException:
            # Whoever waits tries for themselves.
            held.cancel()
            raise
        else:
            held.set_result(result)
            return result
        finally:
            del self._under_way[key]

    async def _send(
        self,
        key: str,
        make: Callable[[], Awaitable[str]],
        find: Callable[[datetime], Awaitable[str | None]],
    ) -> str:
        platform, now = self._platform, self._clock.now()
        earlier = await self._acts.run(lambda to: to.sent.begin(platform, key, now))
        result = await self._earlier(earlier, find)
        if result is None:
            try:
                result = await make()
            except (Unavailable, UserError) as error:
                if isinstance(error, UserError) or error.retry_after is not None:
                    await self._acts.run(lambda to: to.sent.withdraw(platform, key))
                raise
        if earlier is None or earlier.result is None:
            kept = result
            await self._acts.run(lambda to: to.sent.done(platform, key, kept))
        return result

    async def _earlier(
        self, earlier: Sending | None, find: Callable[[datetime], Awaitable[str | None]]
    ) -> str | None:
        """What an earlier try made; None when it made nothing, or there was none."""
        if earlier is None:
            return None
        return earlier.result if earlier.result is not None else await find(earlier.begun_at)


async def _nowhere(since: datetime) -> None:
    del since
