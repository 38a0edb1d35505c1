"""What an audit sink does, and how it says that it cannot."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from typing import Protocol

from chat.errors import Unavailable
from security.audit import Sealed


class SinkAway(Unavailable):
    """A sink did not take the records; they are to be sent to it again."""

    code = "SINK_AWAY"

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where} {why}.")


class Sink(Protocol):
    """Somewhere that records go. It keeps nothing open between two calls.

    Attributes:
        name: Tells sinks apart for ever: where a sink has come to is kept under its name.
    """

    name: str

    def send(self, records: Sequence[Sealed]) -> None:
        """Send all of them in order. It may block, for half a minute at most.

        Raises:
            SinkAway: Not all of them were taken, though perhaps some.
        """
        ...

    def look(self) -> str:
        """A sentence on whether records can be sent there, found out without sending any.

        Raises:
            SinkAway: They cannot.
        """
        ...


def reason(error: OSError) -> str:
    """What the system says, as the end of a sentence."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not accepted, {error.verify_message.rstrip('.')}"
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.replace("_", " ").lower()
    return (error.strerror or str(error) or type(error).__name__).rstrip(". ")
