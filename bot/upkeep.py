"""Once a night: forgets what is no longer needed."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path

from chat.clock import Clock
from security.ports import Acts
from storage.stores import Stores

_log = logging.getLogger("tocsin.upkeep")

_DONE = "upkeep_done"
_HOUR = 3
_LOOK_EVERY = 600.0
_SETTLE = 120.0
"""Seconds that a start is left in peace."""
_KEEP_JOURNAL = timedelta(days=30)
_KEEP_DELIVERED = timedelta(days=7)
_KEEP_GIVEN_UP = timedelta(days=30)
_KEEP_SENT = timedelta(days=14)
"""Much longer than a delivery is tried."""
_KEEP_PROOFS = timedelta(days=30)
_KEEP_EVENTS = timedelta(days=2)
_AT_ONCE = 100
"""Executions forgotten in one act, so that nobody waits long for the next one."""

Clean = Callable[[datetime], Awaitable[int]]


class Upkeep:
    """Nothing grows for ever but incidents, their channels and the audit trail."""

    def __init__(
        self,
        acts: Acts[Stores],
        clock: Clock,
        clean_engine: Clean | None,
        *,
        keep_executions: timedelta,
        files: Path,
    ) -> None:
        """Get ready.

        Args:
            acts: Stored state.
            clock: The time.
            clean_engine: Forgets what the engine kept; None where it keeps nothing.
            keep_executions: How long after its end an execution is kept.
            files: Folder in which each execution has one of its own.
        """
        self._acts = acts
        self._clock = clock
        self._clean_engine = clean_engine
        self._keep_executions = keep_executions
        self._files = files

    async def run(self) -> None:
        """Do it each night after 03:00 UTC, or soon after the start, until cancelled."""
        await asyncio.sleep(_SETTLE)
        while True:
            now = self._clock.now()
            done = await self._acts.read(lambda to: to.settings.get(_DONE))
            if now.hour >= _HOUR and done != now.date().isoformat():
                await self.once(now)
            await asyncio.sleep(_LOOK_EVERY)

    async def once(self, now: datetime) -> dict[str, int]:
        """Forget what is old enough; what was forgotten, by kind."""

        def act(to: Stores) -> dict[str, int]:
            to.settings.put(_DONE, now.date().isoformat())
            return {
                "journal": to.journal.forget(now - _KEEP_JOURNAL),
                "outbox": to.outbox.forget(now - _KEEP_DELIVERED, given_up=now - _KEEP_GIVEN_UP),
                "sent": to.sent.forget(now - _KEEP_SENT),
                "proofs": to.proofs.purge(now - _KEEP_PROOFS),
                "events": to.local.forget(now - _KEEP_EVENTS),
            }

        forgotten = await self._acts.run(act)
        forgotten["executions"] = await self._executions(now - self._keep_executions)
        if self._clean_engine is not None:
            forgotten["workflows"] = await self._clean_engine(now)
        _log.info("forgotten: %s", ", ".join(f"{n} {kind}" for kind, n in forgotten.items()))
        return forgotten

    async def _executions(self, before: datetime) -> int:
        """Forget those that ended before then, and their files; how many there were."""
        count = 0
        while ids := await self._acts.run(lambda to: to.executions.forget(before, _AT_ONCE)):
            count += len(ids)
            await asyncio.to_thread(self._remove, ids)
        return count

    def _remove(self, ids: tuple[str, ...]) -> None:
        for execution_id in ids:
            folder = self._files / execution_id
            try:
                shutil.rmtree(folder)
            except FileNotFoundError:
                continue  # most executions leave none
            except OSError as error:
                _log.warning("%s is needed no more and cannot be removed: %s", folder, error)
