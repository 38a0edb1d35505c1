"""The event log, followed live: one reader for everybody in this process who waits."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator

from adapters.local.ports import LocalStores
from chat.person import Person
from chat.rooms import Audience, LocalEvent
from security.ports import Acts

_LOOK_EVERY = 1.0
"""Seconds until events of other processes are looked for."""
_KEPT = 256
"""Events kept at hand; who is further behind reads the log itself."""
_AT_ONCE = 200

Heard = tuple[LocalEvent, Audience]


class Feed:
    """What happens in the local platform, in order and without a gap.

    Nothing is queued for a listener: each has a position of its own in the log, so a
    slow one is not lost and costs nothing.
    """

    def __init__(self, acts: Acts[LocalStores]) -> None:
        self._acts = acts
        self._recent: deque[Heard] = deque(maxlen=_KEPT)
        self._begin = 0
        self._end: int | None = None
        self._looked_at = 0.0
        self._stirred = True
        self._stir = asyncio.Event()
        self._reading = asyncio.Lock()

    def wake(self) -> None:
        """Look for new events now; called on the event loop after an act touched `local`."""
        self._stirred = True
        self._stir.set()
        self._stir = asyncio.Event()

    def stir(self) -> asyncio.Event:
        """Is set at the next `wake`; taken before looking, so that none is missed."""
        return self._stir

    async def events(self, who: Person, after: int | None) -> AsyncGenerator[LocalEvent]:
        """As `chat.rooms.Rooms.events`."""
        first, last = await self._acts.read(lambda stores: stores.local.events.bounds())
        position = last if after is None else after
        if not first - 1 <= position <= last:
            # Pruned meanwhile, or from another database's log: what was missed is unknown.
            position = last
            yield LocalEvent(id=last, kind="reload", channel="")
        while True:
            stir = self._stir
            for event, audience in await self._after(position):
                position = event.id
                if audience.admits(who):
                    yield event
            if self._end is not None and position >= self._end:
                await pause(stir, _LOOK_EVERY)

    async def _after(self, position: int) -> tuple[Heard, ...]:
        """The next events after that one; none when there are none yet."""
        async with self._reading:
            await self._catch_up()
            if position >= self._begin:
                return tuple(heard for heard in self._recent if heard[0].id > position)
        return await self._read(position)

    async def _catch_up(self) -> None:
        """Take in what is new, unless somebody did so a moment ago."""
        now = asyncio.get_running_loop().time()
        if not self._stirred and now - self._looked_at < _LOOK_EVERY / 2:
            return
        self._stirred, self._looked_at = False, now
        if self._end is None:
            _, self._end = await self._acts.read(lambda stores: stores.local.events.bounds())
            self._begin = self._end
        while fresh := await self._read(self._end):
            for _ in range(len(self._recent) + len(fresh) - _KEPT):
                self._begin = self._recent.popleft()[0].id
            self._recent.extend(fresh)
            self._end = fresh[-1][0].id

    async def _read(self, position: int) -> tuple[Heard, ...]:
        return await self._acts.read(lambda stores: stores.local.events.tail(position, _AT_ONCE))


async def pause(stir: asyncio.Event, seconds: float) -> None:
    """Wait until something stirs, or for so long."""
    try:
        async with asyncio.timeout(seconds):
            await stir.wait()
    except TimeoutError:
        return
