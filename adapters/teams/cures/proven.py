"""Cure: the SDK takes a token apart four times for each event, in Python.

Teams sends many events with one token, so what the SDK has found good is remembered, for a
minute at most. That a token was good for one address says nothing of another: whatever an
event's proof depends on is part of what is looked up, and the rest is asked of each event.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from chat.clock import Clock

KEPT = timedelta(minutes=1)
MOST = 1000
"""Tokens; the one that was asked for least lately is forgotten first."""

Proof: TypeAlias = tuple[bytes, str, str]


def proof(token: str, channel: str, address: str) -> Proof:
    """What is remembered: of the token only its digest."""
    return hashlib.sha256(token.encode()).digest(), channel, address


class Proven:
    """Proofs that were found good a moment ago, with the keys of one edition."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._edition = 0
        self._good: OrderedDict[Proof, tuple[datetime, datetime]] = OrderedDict()

    def has(self, given: Proof, edition: int) -> bool:
        """Whether a proof is good still.

        Args:
            given: As an event brings it.
            edition: Of the keys at hand; nothing that was proven with others counts.
        """
        self._turn_to(edition)
        kept = self._good.get(given)
        if kept is None:
            return False
        since, until = kept
        # A clock that was set back must not make a proof last longer.
        if not since <= self._clock.now() < until:
            del self._good[given]
            return False
        self._good.move_to_end(given)
        return True

    def keep(self, given: Proof, expires: float, edition: int) -> None:
        """Remember a proof.

        Args:
            given: What the SDK has found good.
            expires: When the token does, in seconds since 1970.
            edition: Of the keys that it was judged by.
        """
        self._turn_to(edition)
        now = self._clock.now()
        until = min(now + KEPT, datetime.fromtimestamp(expires, UTC))
        if now < until:
            self._good[given] = (now, until)
            self._good.move_to_end(given)
            if len(self._good) > MOST:
                self._good.popitem(last=False)

    def _turn_to(self, edition: int) -> None:
        if edition != self._edition:
            self._good.clear()
            self._edition = edition
