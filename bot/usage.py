"""Sends usage counts where the operator asked for it: ids and numbers, never content.

Each event carries the metadata that the telemetry page lists. Without `telemetry_url`
nothing is kept and nothing is sent.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

import aiohttp

from chat.clock import Clock, new_id
from security.ports import Acts
from storage.rows.installation import UsageEvent
from storage.stores import Stores

_log = logging.getLogger("tocsin.usage")

INSTALLATION = "installation_id"
_AT_ONCE = 100
_TIMEOUT = aiohttp.ClientTimeout(total=10)


def installation_id(stores: Stores) -> str:
    """This installation's id, made when it is first asked for."""
    there = stores.settings.get(INSTALLATION)
    if there is not None:
        return there
    stores.settings.put(INSTALLATION, made := new_id())
    return made


def described(
    event: UsageEvent, installation: str, version: str, now: datetime
) -> Mapping[str, Any]:
    """An event as it is sent.

    Source: the telemetry section of the DevOps Command Center's documentation.
    """
    happened = event.at.isoformat()
    return {
        # The same when it is sent twice, so that the receiver can tell.
        "id": str(uuid5(UUID(installation), str(event.id))),
        "type": "track",
        "event": event.name,
        "properties": dict(event.properties),
        "diagnosticID": installation,
        "serverVersion": version,
        "pluginVersion": version,
        "eventTimeStamp": happened,
        "event originalTimestamp": happened,
        "event integrations": None,
        "createdAt": now.isoformat(),
    }


class UsageSender:
    """Posts waiting events in batches; what does not arrive waits for the next round."""

    def __init__(self, acts: Acts[Stores], clock: Clock, url: str, version: str) -> None:
        self._acts = acts
        self._clock = clock
        self._url = url
        self._version = version

    async def send_waiting(self) -> int:
        """Send what waits; how many events arrived."""
        sent = 0
        while batch := await self._acts.read(lambda to: to.telemetry.waiting(_AT_ONCE)):
            installation = await self._acts.run(installation_id)
            now = self._clock.now()
            events = [described(event, installation, self._version, now) for event in batch]
            if not await self._post({"batch": events}):
                break
            await self._acts.run(
                lambda to, batch=batch: to.telemetry.sent(event.id for event in batch)
            )
            sent += len(batch)
        return sent

    async def _post(self, body: Mapping[str, Any]) -> bool:
        try:
            async with (
                aiohttp.ClientSession(timeout=_TIMEOUT) as session,
                session.post(self._url, json=body, allow_redirects=False) as answer,
            ):
                if answer.ok:
                    return True
                _log.info("usage events were not taken: HTTP %s", answer.status)
        except (aiohttp.ClientError, TimeoutError) as error:
            _log.info("usage events could not be sent: %s", type(error).__name__)
        return False
