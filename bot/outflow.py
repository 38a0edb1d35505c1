"""Sends the audit trail out of the house, to every sink that is set."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from bot.settings import Settings
from chat.clock import Clock
from chat.errors import TocsinError
from integrations.audit.entry import STANDARD_OUTPUT, sinks
from integrations.audit.pump import Pump
from integrations.audit.sink import Sink
from security.ports import Acts
from storage.stores import Stores

_log = logging.getLogger("tocsin.audit")

_DRAIN = 3.0


def sinks_set(settings: Settings, clock: Clock) -> Mapping[str, Sink]:
    """Each sink by the name of its setting."""
    return sinks(
        settings.audit_log,
        settings.audit_syslog,
        settings.audit_statsd,
        clock,
        tags=settings.audit_statsd_tags,
    )


class Outflow:
    """One pump for each sink, so that one that is away holds up no other one.

    Attributes:
        pumps: By the name of the setting.
    """

    def __init__(
        self, settings: Settings, acts: Acts[Stores], clock: Clock, *, may_print: bool
    ) -> None:
        """Get ready.

        Args:
            settings: As read.
            acts: Stored state.
            clock: The time.
            may_print: Whether standard output is ours; a command of a terminal has other
                things to say there, and then those records wait for the server.
        """
        self.pumps = {
            name: Pump(acts, sink, clock)
            for name, sink in sinks_set(settings, clock).items()
            if may_print or name != "audit_log" or settings.audit_log != STANDARD_OUTPUT
        }

    def wake(self) -> None:
        """Records have been sealed."""
        for pump in self.pumps.values():
            pump.wake()

    async def rest(self) -> None:
        """Send what waits, for a moment at most; the rest is sent at the next start."""
        try:
            async with asyncio.timeout(_DRAIN):
                await asyncio.gather(*(self._send(pump) for pump in self.pumps.values()))
        except TimeoutError:
            _log.info("audit records that are not sent yet are sent at the next start")

    async def _send(self, pump: Pump) -> None:
        try:
            await pump.rest()
        except TocsinError as away:
            _log.warning("audit records wait for the next start: %s", away.message)
