"""The audit sinks that settings ask for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from chat.clock import Clock
from integrations.audit import targets
from integrations.audit.lines import LogFile, StandardOutput
from integrations.audit.sink import Sink
from integrations.audit.statsd import Statsd
from integrations.audit.syslog import Syslog

STANDARD_OUTPUT = "-"


def sinks(log: str, syslog: str, statsd: str, clock: Clock, *, tags: bool) -> Mapping[str, Sink]:
    """Each sink under the name of its setting.

    Args:
        log: A file, `-` for standard output, or empty for none.
        syslog: The URL of a receiver, or empty.
        statsd: Host and port of a daemon, or empty.
        clock: The time.
        tags: Whether that daemon understands tags.

    Raises:
        BadInput: One of them is none that we can send to.
    """
    made: dict[str, Sink] = {}
    if log:
        made["audit_log"] = (
            StandardOutput() if log == STANDARD_OUTPUT else LogFile(Path(log).expanduser())
        )
    if syslog:
        made["audit_syslog"] = Syslog(targets.receiver(syslog))
    if statsd:
        made["audit_statsd"] = Statsd(targets.place(statsd), clock, tags=tags)
    return made
