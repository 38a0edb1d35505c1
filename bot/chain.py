"""Seals the audit trail as it grows, and notes its head outside the database each day."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from chat.address import Address
from chat.card import Card, Text
from chat.clock import Clock
from chat.errors import Unavailable
from chat.outbox import Outgoing, PostCard
from chat.text import Code
from security.ports import Acts
from security.sealer import Sealer
from storage.stores import Stores

_log = logging.getLogger("tocsin.audit")

_VERIFY = "tocsin audit verify --anchor"
_NOTED = "audit_head_noted"
_SEAL_EVERY = 0.8
_NOTE_EVERY = 600.0


class Chain:
    """Keeps the chain up to date. Records wait for it for less than a second.

    Only a head that was noted elsewhere shows that the chain's tail was cut off; so it
    is written to the log and, where there is one, to the operations channel.
    """

    def __init__(
        self,
        acts: Acts[Stores],
        sealer: Sealer,
        clock: Clock,
        operations: Callable[[], Awaitable[Address | None]],
    ) -> None:
        """Get ready.

        Args:
            acts: Stored state.
            sealer: Does the sealing.
            clock: The time.
            operations: Finds where to post the head; None posts it nowhere.
        """
        self._acts = acts
        self._sealer = sealer
        self._clock = clock
        self._operations = operations

    async def seal(self) -> None:
        """Seal until cancelled.

        It gathers what came in meanwhile, so that busy times cost one write for many records.
        """
        while True:
            await self._sealer.seal_waiting()
            await asyncio.sleep(_SEAL_EVERY)

    async def note(self) -> None:
        """Note the head once a day until cancelled."""
        while True:
            try:
                await self.note_today()
            except Unavailable as away:
                _log.warning("the audit head is not posted yet: %s", away.message)
            await asyncio.sleep(_NOTE_EVERY)

    async def note_today(self) -> None:
        """Note the head, unless that was done today already.

        Raises:
            Unavailable: The operations channel's platform cannot be asked now.
        """
        today = self._clock.now().date().isoformat()
        if await self._acts.read(lambda to: to.settings.get(_NOTED)) == today:
            return
        place = await self._operations()
        number, head = await self._sealer.head()

        def act(to: Stores) -> bool:
            if to.settings.get(_NOTED) == today:
                return False
            to.settings.put(_NOTED, today)
            if place is not None:
                card = Card(
                    f"Audit trail on {today}: {number} records",
                    (Text(("Check it later with ", Code(f"{_VERIFY} {number}:{head}"))),),
                )
                to.outbox.put(Outgoing(place, PostCard(card), key=f"audit-head:{today}"))
            return True

        if number and await self._acts.run(act):
            _log.info("audit head %s:%s", number, head)
