"""Sends the trail to one sink, in order, from where it has come to."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from concurrent.futures import ThreadPoolExecutor

from chat.clock import Clock
from integrations.audit.sink import Sink, SinkAway
from security.audit import Sealed
from security.ports import Acts, SecurityStores

_log = logging.getLogger("tocsin.audit")

_AT_ONCE = 200
_LOOK_EVERY = 5.0
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0
_SAY_EVERY = 30
"""Failures in a row after which it is said again."""


class Pump:
    """Reads sealed records and sends them; the position moves after a sink has taken them.

    So each record is sent at least once. Of several processes one at a time should do it;
    if two ever do, records are sent twice and the position stays right.
    """

    def __init__(self, acts: Acts[SecurityStores], sink: Sink, clock: Clock) -> None:
        self._acts = acts
        self._sink = sink
        self._clock = clock
        # A thread of its own: a sink that hangs holds up nobody else, and no two batches
        # are ever written at the same time.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="audit-sink")
        self._woken = asyncio.Event()
        self._sending = asyncio.Lock()
        self._running = False
        self._failures = 0

    def wake(self) -> None:
        """There may be something to send; called when records have been sealed."""
        self._woken.set()

    async def run(self) -> None:
        """Send until cancelled.

        Raises:
            Unavailable: The database does not answer.
        """
        self._running = True
        try:
            while True:
                self._woken.clear()
                try:
                    await self.send_waiting()
                except SinkAway as away:
                    await asyncio.sleep(self._failed(away))
                else:
                    await self._rest()
        finally:
            self._running = False

    async def rest(self) -> None:
        """Send what waits now, if sending is ours and the sink is there.

        Raises:
            SinkAway: It has just gone away.
            Unavailable: The database does not answer.
        """
        if self._running and not self._failures:
            await self.send_waiting()

    async def send_waiting(self) -> int:
        """Send all that waits; how many records that was.

        Raises:
            SinkAway: The sink did not take some.
            Unavailable: The database does not answer.
        """
        sent = 0
        async with self._sending:
            while True:
                position, records = await self._acts.read(self._waiting)
                if not records:
                    return sent
                await asyncio.get_running_loop().run_in_executor(
                    self._thread, self._sink.send, records
                )
                self._worked()
                if await self._move(position, records[-1].number):
                    sent += len(records)

    def _waiting(self, to: SecurityStores) -> tuple[int, tuple[Sealed, ...]]:
        position = to.audit_sinks.position(self._sink.name)
        return position, to.audit.after(position, _AT_ONCE)

    async def _move(self, before: int, after: int) -> bool:
        name, now = self._sink.name, self._clock.now()
        moved = await self._acts.run(lambda to: to.audit_sinks.move(name, before, after, now))
        if not moved:
            _log.warning("another process also sends the audit trail to %s", name)
        return moved

    def _worked(self) -> None:
        if self._failures:
            _log.info("%s takes audit records again", self._sink.name)
        self._failures = 0

    def _failed(self, away: SinkAway) -> float:
        """Seconds to wait."""
        if self._failures % _SAY_EVERY == 0:
            _log.warning("audit records wait: %s", away.message)
        self._failures += 1
        return backoff(self._failures)

    async def _rest(self) -> None:
        """Wait until woken, or for the regular look."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_EVERY):
                await self._woken.wait()


def backoff(failures: int) -> float:
    """Seconds to wait after so many failures in a row: 1, 2, 4, … 60."""
    return min(_FIRST_WAIT * 2.0 ** min(failures - 1, 10), _LONGEST_WAIT)
