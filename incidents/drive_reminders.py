"""Reminds commanders of status updates that are due."""

from __future__ import annotations

from datetime import datetime

from chat.clock import Clock
from incidents.drive_opening import hold
from incidents.ports import IncidentStores, Lease
from incidents.reminding import remind
from security.ports import Acts


class ReminderDriver:
    """Drives `reminder` work; the subject is an incident's id."""

    def __init__(self, acts: Acts[IncidentStores], clock: Clock) -> None:
        self._acts = acts
        self._clock = clock

    async def drive(self, subject: str, lease: Lease) -> datetime | None:
        """Remind if it is time; when to look again, None when no update is expected."""

        def act(stores: IncidentStores) -> datetime | None:
            hold(stores, lease)
            return remind(stores, subject, self._clock.now())

        return await self._acts.run(act)
