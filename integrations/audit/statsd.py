"""The trail as counters.

Sources: https://github.com/statsd/statsd/blob/master/docs/metric_types.md for the format,
https://docs.datadoghq.com/developers/dogstatsd/datagram_shell/ for tags.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from chat.clock import Clock
from integrations.audit import network
from integrations.audit.sink import SinkAway, reason
from integrations.audit.targets import Place
from security.audit import Record, Sealed

_log = logging.getLogger("tocsin.audit")

_PREFIX = "tocsin.audit"
_LONGEST_NAME = 100
_LONGEST_DATAGRAM = 1432
"""Bytes that go through most networks in one piece."""
_STALE = timedelta(minutes=10)


class Statsd:
    """A daemon that counts.

    A counter has no time of its own: it counts at the moment it arrives, and twice if it
    comes twice. So what is old is left out, and nothing is sent again.
    """

    def __init__(self, place: Place, clock: Clock, *, tags: bool) -> None:
        """Get ready.

        Args:
            place: Of the daemon.
            clock: The time.
            tags: Whether it understands DogStatsD's tags; otherwise the outcome is a part
                of a second name.
        """
        self._place = place
        self._clock = clock
        self._tags = tags
        self._is_away = False
        self.name = f"statsd:{place}"

    def send(self, records: Sequence[Sealed]) -> None:
        """Count them if that is possible now."""
        oldest = self._clock.now() - _STALE
        fresh = [each.record for each in records if each.record.at >= oldest]
        counted = (line for record in fresh for line in counters(record, tags=self._tags))
        contents = list(packed(counted))
        if not contents:
            return
        try:
            network.send_datagrams(self._place, contents)
        except OSError as error:
            if not self._is_away:
                _log.warning("statsd at %s counts nothing: %s", self._place, reason(error))
            self._is_away = True
        else:
            self._is_away = False

    def look(self) -> str:
        """Whether its host is known.

        Raises:
            SinkAway: It is not.
        """
        try:
            network.addresses(self._place)
        except OSError as error:
            raise SinkAway(str(self._place), f"cannot be found: {reason(error)}") from error
        return f"{self._place}; over UDP nobody can tell whether somebody listens."


def counters(record: Record, *, tags: bool) -> tuple[str, ...]:
    """The lines that count one record."""
    name = f"{_PREFIX}.{_name(record.action)}"
    if not tags:
        return f"{name}:1|c", f"{name}.{record.outcome.value}:1|c"
    told = {"outcome": record.outcome.value, "via": record.via, "object": record.object_kind}
    shown = ",".join(f"{key}:{_name(value)}" for key, value in told.items() if value)
    return (f"{name}:1|c|#{shown}",)


def packed(lines: Iterable[str]) -> Iterator[bytes]:
    """Lines put together into datagrams."""
    waiting = b""
    for line in lines:
        added = line.encode("ascii")
        if waiting and len(waiting) + 1 + len(added) > _LONGEST_DATAGRAM:
            yield waiting
            waiting = b""
        waiting = waiting + b"\n" + added if waiting else added
    if waiting:
        yield waiting


def _name(text: str) -> str:
    """A part of a name or of a tag, without what means something to a daemon."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", text)[:_LONGEST_NAME] or "none"
