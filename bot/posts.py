"""Jobs that one process of a cluster does at a time, such as delivering the outbox."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

from chat.clock import Clock
from chat.errors import Unavailable
from security.ports import Acts
from storage.stores import Stores

_log = logging.getLogger("tocsin.posts")

_LEASE = timedelta(seconds=9)
_RENEW_EVERY = 3.0
_ASK_EVERY = 1.0


class Post:
    """A job under a lease in the database.

    Whoever holds it does the work and renews the lease; when it dies, another one
    takes over within ten seconds.
    """

    def __init__(self, acts: Acts[Stores], clock: Clock, name: str, owner: str) -> None:
        self._acts = acts
        self._clock = clock
        self._name = name
        self._owner = owner

    async def hold(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do `work` whenever the lease is ours, until cancelled."""
        while True:
            fence = await self._take()
            if fence is None:
                await asyncio.sleep(_ASK_EVERY)
                continue
            working = asyncio.ensure_future(work())
            try:
                await self._renew_beside(working, fence)
            finally:
                working.cancel()
                await asyncio.gather(working, return_exceptions=True)
                await asyncio.shield(self._release(fence))
            if not working.cancelled() and (error := working.exception()):
                raise error

    async def _take(self) -> int | None:
        now = self._clock.now()
        return await self._acts.run(
            lambda to: to.leases.take(self._name, self._owner, now, now + _LEASE)
        )

    async def _renew_beside(self, working: asyncio.Future[None], fence: int) -> None:
        """Come back when the work has ended or the lease is lost."""
        good_until = self._clock.now() + _LEASE
        while not working.done():
            await asyncio.wait((working,), timeout=_RENEW_EVERY)
            until = self._clock.now() + _LEASE
            try:
                held = await self._acts.run(
                    lambda to, until=until: to.leases.renew(self._name, self._owner, fence, until)
                )
            except Unavailable:
                held = self._clock.now() < good_until
            else:
                good_until = until
            if not held:
                _log.warning("another process does %s now", self._name)
                return

    async def _release(self, fence: int) -> None:
        try:
            now = self._clock.now()
            await self._acts.run(lambda to: to.leases.release(self._name, self._owner, fence, now))
        except Unavailable as away:
            _log.warning("the lease on %s could not be given back: %s", self._name, away.message)
