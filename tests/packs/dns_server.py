"""A small real DNS server, over UDP and TCP, that answers what a test tells it to.

It makes its messages by hand, so that it shares no mistake with the code it tests.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28}
POINTER = b"\xc0\x0c"
"""Points to the question's name."""


def name(text: str) -> bytes:
    """A name without compression."""
    labels = [label.encode() for label in text.split(".") if label]
    return b"".join(bytes((len(label),)) + label for label in labels) + b"\0"


def data(kind: str, value: str) -> bytes:
    """What a record holds."""
    if kind in {"A", "AAAA"}:
        return ip_address(value).packed
    if kind == "MX":
        preference, host = value.split()
        return struct.pack("!H", int(preference)) + name(host)
    if kind == "TXT":
        raw = value.encode()
        pieces = [raw[at : at + 255] for at in range(0, len(raw), 255)] or [b""]
        return b"".join(bytes((len(piece),)) + piece for piece in pieces)
    return name(value)


def record(owner: bytes, kind: str, value: str, ttl: int = 300) -> bytes:
    """One record; `owner` is packed already."""
    held = data(kind, value)
    return owner + struct.pack("!HHIH", TYPES[kind], 1, ttl, len(held)) + held


def answer(asked: bytes, *records: bytes, flags: int = 0x8180, count: int | None = None) -> bytes:
    """A message that answers a question."""
    end = 12
    while asked[end]:
        end += asked[end] + 1
    question = asked[12 : end + 5]
    many = len(records) if count is None else count
    return asked[:2] + struct.pack("!5H", flags, 1, many, 0, 0) + question + b"".join(records)


@dataclass
class Dns:
    """The server.

    Attributes:
        reply: Makes what is sent back over `udp` or `tcp`, any number of messages.
        asked: By which way questions came.
    """

    port: int
    reply: Callable[[bytes, str], list[bytes]]
    asked: list[str] = field(default_factory=list[str])

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"


@contextmanager
def serving(reply: Callable[[bytes, str], list[bytes]]) -> Generator[Dns]:
    """A server for as long as it takes."""
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
    ):
        port = tcp.getsockname()[1]
        udp.bind(("127.0.0.1", port))
        server = Dns(port, reply)
        threads = [
            threading.Thread(target=each, args=(server, way))
            for each, way in ((_datagrams, udp), (_streams, tcp))
        ]
        for thread in threads:
            thread.start()
        try:
            yield server
        finally:
            # What waits in a call is woken by this.
            for way in (udp, tcp):
                try:
                    way.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue
            for thread in threads:
                thread.join()


def _datagrams(server: Dns, way: socket.socket) -> None:
    while True:
        try:
            asked, whose = way.recvfrom(4096)
        except OSError:
            return
        if not asked:
            return
        server.asked.append("udp")
        for message in server.reply(asked, "udp"):
            way.sendto(message, whose)


def _streams(server: Dns, way: socket.socket) -> None:
    while True:
        try:
            connection, _ = way.accept()
        except OSError:
            return
        with connection:
            (length,) = struct.unpack("!H", connection.recv(2, socket.MSG_WAITALL))
            asked = connection.recv(length, socket.MSG_WAITALL)
            server.asked.append("tcp")
            for message in server.reply(asked, "tcp"):
                connection.sendall(struct.pack("!H", len(message)) + message)
