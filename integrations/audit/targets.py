"""Where syslog and statsd messages go, as a setting says it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Literal, cast
from urllib.parse import parse_qs, urlsplit

from chat.errors import BadInput

Transport = Literal["udp", "tcp", "tls", "unix"]

SYSLOG = (
    "udp://HOST:PORT, tcp://HOST:PORT, tls://HOST:PORT or unix:///PATH; "
    "tls may name files: ?ca=/PATH&cert=/PATH"
)
STATSD = "HOST:PORT, such as localhost:8125"

# Source: RFC 5426 section 3.3 and RFC 5425 section 4.1. TCP has 514 by custom alone.
_PORTS = {"udp": 514, "tcp": 514, "tls": 6514}
_PATH = re.compile(r"/[^\x00-\x1f]+")
_FILES = frozenset({"ca", "cert"})
_LABEL = "[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*\.?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Place:
    """A port of a host.

    Attributes:
        host: A name or an address, without brackets.
    """

    host: str
    port: int

    def __str__(self) -> str:
        """As it is written."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who takes syslog messages.

    Attributes:
        place: None for a socket in the file system.
        path: Of that socket; empty for a host.
        ca: File with the authorities that may vouch for it, in PEM; None for those that
            this machine trusts.
        certificate: File with our own certificate and its key, in PEM; None shows none.
    """

    transport: Transport
    place: Place | None = None
    path: str = ""
    ca: Path | None = None
    certificate: Path | None = None

    def __str__(self) -> str:
        """As it is written, without the files."""
        return f"{self.transport}://{self.path or self.place}"


def receiver(url: str) -> Receiver:
    """Read the setting `audit_syslog`.

    Raises:
        BadInput: It is none that we can send to.
    """
    try:
        parts = urlsplit(url.strip())
        files = parse_qs(parts.query, strict_parsing=bool(parts.query))
        port = parts.port
    except ValueError as error:
        raise _wrong(url, SYSLOG) from error
    if parts.fragment or parts.username is not None:
        raise _wrong(url, SYSLOG)
    if parts.scheme == "unix":
        if parts.netloc or files or not _PATH.fullmatch(parts.path):
            raise _wrong(url, SYSLOG)
        return Receiver("unix", path=parts.path)
    known = parts.scheme in _PORTS and parts.path in {"", "/"}
    if not known or not _is_host(parts.hostname) or port == 0:
        raise _wrong(url, SYSLOG)
    if files and (parts.scheme != "tls" or not _FILES.issuperset(files)):
        raise _wrong(url, SYSLOG)
    return Receiver(
        cast("Transport", parts.scheme),
        Place(parts.hostname or "", port or _PORTS[parts.scheme]),
        ca=_file(files, "ca"),
        certificate=_file(files, "cert"),
    )


def place(text: str) -> Place:
    """Read the setting `audit_statsd`.

    Raises:
        BadInput: It is no host with a port.
    """
    try:
        parts = urlsplit(f"//{text.strip()}")
        port = parts.port
    except ValueError as error:
        raise _wrong(text, STATSD) from error
    if not _is_host(parts.hostname) or not port or parts.username is not None:
        raise _wrong(text, STATSD)
    if parts.path or parts.query or parts.fragment:
        raise _wrong(text, STATSD)
    return Place(parts.hostname or "", port)


def _is_host(host: str | None) -> bool:
    if host is None:
        return False
    if _HOST.fullmatch(host):
        return True
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _file(files: dict[str, list[str]], name: str) -> Path | None:
    return Path(files[name][-1]) if name in files else None


def _wrong(given: str, accepted: str) -> BadInput:
    return BadInput(f"“{given}” must be {accepted}.")
