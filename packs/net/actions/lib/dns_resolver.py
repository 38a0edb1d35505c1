"""Asks a DNS resolver: over UDP, and over TCP when an answer does not fit.

Source: RFC 1035 section 4.2, RFC 7766 (TCP), RFC 5452 (which answers to believe).
"""

from __future__ import annotations

import contextlib
import secrets
import socket
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .dns_message import Malformed, Message, packed_name, question, read

PORT = 53
_LARGEST = 65_535
_MOST = 100
"""Datagrams that are looked at for one question; who sends more wants to keep us busy."""


class NoAnswer(Exception):
    """No resolver gave an answer that can be used; the message says why."""


@dataclass(frozen=True)
class Answer:
    """What a resolver said.

    Attributes:
        resolver: Address and port of whoever said it.
        over: `udp` or `tcp`.
        seconds: That it took.
    """

    message: Message
    resolver: str
    over: str
    seconds: float


def resolvers(given: str) -> list[tuple[str, int]]:
    """Address and port of whom to ask: the one given, else the machine's own.

    Raises:
        NoAnswer: The one given has no address, or the machine has none.
    """
    if not given:
        found = [(address, PORT) for address in _own()]
        if not found:
            raise NoAnswer("This machine names no resolver in /etc/resolv.conf; give one.")
        return found
    host, port = _split(given)
    try:
        places = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError) as error:
        raise NoAnswer(f"The resolver {given} has no address: {why(error)}.") from None
    return [(str(places[0][4][0]), port)]


def _split(given: str) -> tuple[str, int]:
    host, port = given, ""
    if given.startswith("["):
        host, _, port = given[1:].partition("]")
        port = port.removeprefix(":")
    elif given.count(":") == 1:
        host, _, port = given.partition(":")
    if not host or (port and not (port.isdigit() and 0 < int(port[:6]) <= _LARGEST)):
        raise NoAnswer(f"“{given[:60]}” is no resolver; give one such as 9.9.9.9 or [::1]:5353.")
    return host, int(port or PORT)


def _own(file: Path = Path("/etc/resolv.conf")) -> Iterator[str]:
    with contextlib.suppress(OSError):
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            words = line.split()
            if len(words) > 1 and words[0] == "nameserver":
                yield words[1]


def ask(name: str, kind: str, given: str, *, tries: int, patience: float) -> Answer:
    """The first answer that can be used.

    Args:
        name: What is asked about.
        kind: Type of record.
        given: A resolver; empty for the machine's own.
        tries: How often each resolver is asked.
        patience: Seconds to wait each time.

    Raises:
        Malformed: The name can be none.
        NoAnswer: Nobody gave one in time.
    """
    packed_name(name)
    places = resolvers(given)
    problems: dict[str, str] = {}
    last: Answer | None = None
    for host, port in places * tries:
        place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        try:
            last = _asked(host, port, place, name, kind, patience)
        except Malformed as wrong:
            problems[place] = f"sent what cannot be read: {wrong}"
        except OSError as error:
            problems[place] = f"did not answer: {why(error)}"
        else:
            # Another one may know more than one that is in trouble.
            if last.message.code in {"NOERROR", "NXDOMAIN"}:
                return last
    if last is not None:
        return last
    told = "; ".join(f"{place} {problem}" for place, problem in problems.items())
    raise NoAnswer(f"No resolver gave an answer: {told}.")


def _asked(host: str, port: int, place: str, name: str, kind: str, patience: float) -> Answer:
    number = secrets.randbelow(1 << 16)
    wire = question(number, name, kind)
    # What is asked and what is answered must be the same, so that nobody else can answer.
    wanted = read_question(wire)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    start = time.monotonic()
    message = _over_udp(family, (host, port), wire, (number, wanted), patience)
    over = "udp"
    if message.truncated:
        message, over = _over_tcp((host, port), wire, (number, wanted), patience), "tcp"
    return Answer(message, place, over, time.monotonic() - start)


def read_question(wire: bytes) -> tuple[str, str]:
    """Name and type of a question of ours, as an answer would have it."""
    return read(wire[:2] + b"\x81\x00" + wire[4:]).question


def _over_udp(
    family: socket.AddressFamily,
    place: tuple[str, int],
    wire: bytes,
    wanted: tuple[int, tuple[str, str]],
    patience: float,
) -> Message:
    until = time.monotonic() + patience
    with socket.socket(family, socket.SOCK_DGRAM) as asking:
        asking.connect(place)
        asking.send(wire)
        wrong: Malformed | None = None
        for _ in range(_MOST):
            left = until - time.monotonic()
            if left <= 0:
                break
            asking.settimeout(left)
            try:
                message = read(asking.recv(_LARGEST))
            except Malformed as malformed:
                wrong = malformed
                continue
            except TimeoutError:
                break
            if (message.number, message.question) == wanted:
                return message
    if wrong is not None:
        raise wrong
    raise TimeoutError("nothing came in time")


def _over_tcp(
    place: tuple[str, int], wire: bytes, wanted: tuple[int, tuple[str, str]], patience: float
) -> Message:
    until = time.monotonic() + patience
    with socket.create_connection(place, timeout=patience) as asking:
        asking.sendall(struct.pack("!H", len(wire)) + wire)
        (length,) = struct.unpack("!H", _exactly(asking, 2, until))
        message = read(_exactly(asking, length, until))
    if (message.number, message.question) != wanted:
        raise Malformed("it answers another question")
    return message


def _exactly(asking: socket.socket, length: int, until: float) -> bytes:
    data = b""
    while len(data) < length:
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError("nothing more came in time")
        asking.settimeout(left)
        part = asking.recv(length - len(data))
        if not part:
            raise Malformed("the connection ended within it")
        data += part
    return data


def why(error: Exception) -> str:
    """What went wrong, without numbers."""
    if isinstance(error, TimeoutError):
        return "nothing came in time"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
