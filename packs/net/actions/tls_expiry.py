"""The action `net.tls_expiry`: which certificate a server shows, and how long it is good for."""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime
from typing import Any

from lib.certificate import Certificate, days
from lib.tls import Shown, shown_by, strict, tolerant, verdict


def run(
    *,
    host: str,
    port: int = 443,
    server_name: str = "",
    warn_days: float = 21,
    ca_file: str = "",
    wait_seconds: float = 10.0,
    fail_on: str = "never",
) -> tuple[bool, Any]:
    """Look at it twice: once whatever it is, once as somebody who checks.

    Args:
        host: Name or address.
        port: Of the server.
        server_name: Whose certificate is wanted; empty for the host's.
        warn_days: From how many days left on it is worth a warning.
        ca_file: File of authorities to trust besides the machine's.
        wait_seconds: Seconds for each connection.
        fail_on: The status from which on the step fails.
    """
    name = server_name.strip() or host.strip()
    place = (host.strip(), port)
    try:
        with _connected(place, name, tolerant(), wait_seconds) as connection:
            shown = shown_by(connection)
    except (OSError, ValueError) as error:
        found = _nothing(place, name, f"{host}:{port} shows no certificate: {verdict(error)}.")
        return fail_on == "never", found
    problem = ""
    try:
        with _connected(place, name, strict(ca_file), wait_seconds):
            pass
    except (OSError, ValueError) as error:
        problem = verdict(error)
    found = _told(place, name, shown, problem, warn_days)
    fails = {"never": (), "critical": ("critical",), "warning": ("critical", "warning")}[fail_on]
    return found["status"] not in fails, found


def _connected(
    place: tuple[str, int], name: str, context: ssl.SSLContext, patience: float
) -> ssl.SSLSocket:
    plain = socket.create_connection(place, timeout=patience)
    try:
        return context.wrap_socket(plain, server_hostname=name)
    except BaseException:
        plain.close()
        raise


def _nothing(place: tuple[str, int], name: str, problem: str) -> dict[str, Any]:
    return {
        "error": problem,
        "status": "critical",
        "host": place[0],
        "port": place[1],
        "server_name": name,
        "verified": False,
        "days_left": None,
        "chain": [],
        "text": problem,
    }


def _told(
    place: tuple[str, int], name: str, shown: Shown, problem: str, warn_days: float
) -> dict[str, Any]:
    now = datetime.now(UTC)
    own = shown.chain[0]
    # A chain is as good as the first of its certificates to end. Roots do not count, which are
    # trusted by themselves, nor does one that has ended and that the trust did not need.
    looked_at = [own] + [
        each
        for each in shown.chain[1:]
        if each.subject != each.issuer and (problem or each.until > now)
    ]
    first = min(looked_at, key=lambda each: each.until)
    left = first.days_left(now)
    until = f"{first.until:%Y-%m-%d %H:%M} UTC"
    whose = f"The certificate of {name}"
    if first is not own:
        whose += f" ({first.subject} in its chain)"
    if left < 0:
        status, said = "critical", f"{whose} ended {days(-left)} ago, on {until}."
    elif own.since > now:
        status, said = "critical", f"{whose} is valid only from {own.since:%Y-%m-%d %H:%M} UTC."
    elif left <= warn_days:
        status, said = "warning", f"{whose} ends in {days(left)}, on {until}."
    else:
        status, said = "ok", f"{whose} is good for {days(left)}, until {until}."
    if problem:
        status, said = "critical", f"{said} It is not trusted: {problem}."
    return {
        "error": said if status != "ok" else "",
        "status": status,
        "host": place[0],
        "port": place[1],
        "server_name": name,
        "verified": not problem,
        "verification": problem or "ok",
        "days_left": round(left, 2),
        "not_after": first.until.isoformat(),
        "subject": own.subject,
        "issuer": own.issuer,
        "names": list(own.names),
        "chain": [_certificate(each, now) for each in shown.chain],
        "protocol": shown.protocol,
        "cipher": shown.cipher,
        "text": said,
    }


def _certificate(each: Certificate, now: datetime) -> dict[str, Any]:
    return {
        "subject": each.subject,
        "issuer": each.issuer,
        "not_before": each.since.isoformat(),
        "not_after": each.until.isoformat(),
        "days_left": round(each.days_left(now), 2),
        "serial": each.serial,
    }
