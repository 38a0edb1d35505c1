"""The trail as syslog messages: over UDP, TCP or TLS, or to a socket of this machine."""

from __future__ import annotations

from collections.abc import Sequence

from integrations.audit import network
from integrations.audit.message import ended, message, octet_counted
from integrations.audit.sink import SinkAway, reason
from integrations.audit.targets import Receiver
from security.audit import Sealed

# What every receiver should take, by RFC 5426 section 3.2 and RFC 5425 section 4.3.1.
_LONGEST_DATAGRAM = 2048
_LONGEST = 8192


class Syslog:
    """A receiver of syslog messages."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self.name = f"syslog:{receiver}"

    def send(self, records: Sequence[Sealed]) -> None:
        """Send a message for each.

        Raises:
            SinkAway: The receiver cannot be reached, or did not read all of it. Over UDP
                only what is refused on this machine is known.
        """
        try:
            self._send(records)
        except OSError as error:
            raise self._away(error) from error

    def look(self) -> str:
        """Whether it can be reached.

        Raises:
            SinkAway: It cannot.
        """
        to = self._receiver
        try:
            if to.transport == "udp" and to.place is not None:
                network.addresses(to.place)
                return f"{to}; over UDP nobody can tell whether somebody listens."
            network.try_connection(to)
        except OSError as error:
            raise self._away(error) from error
        return f"{to} can be reached."

    def _send(self, records: Sequence[Sealed]) -> None:
        to = self._receiver
        longest = _LONGEST_DATAGRAM if to.transport == "udp" else _LONGEST
        contents = [message(record, longest) for record in records]
        if to.place is None:
            network.send_to_socket(to.path, contents, ended)
        elif to.transport == "udp":
            network.send_datagrams(to.place, contents)
        else:
            network.send_stream(to, b"".join(map(octet_counted, contents)))

    def _away(self, error: OSError) -> SinkAway:
        return SinkAway(str(self._receiver), f"does not take messages: {reason(error)}")
