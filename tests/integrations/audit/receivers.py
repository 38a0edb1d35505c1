"""Receivers on this machine: datagrams and streams, over the network and in the file system."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path

HOME = "127.0.0.1"


class Datagrams:
    """Takes datagrams.

    Attributes:
        sock: Bound.
    """

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.sock.settimeout(10)

    @property
    def port(self) -> int:
        """Where it is bound."""
        return int(self.sock.getsockname()[1])

    def take(self, count: int) -> list[bytes]:
        """So many datagrams, waiting for them."""
        return [self.sock.recv(65535) for _ in range(count)]

    def nothing_more(self) -> bool:
        """Whether none waits."""
        self.sock.setblocking(False)  # noqa: FBT003 - the library's own
        try:
            self.sock.recv(65535)
        except BlockingIOError:
            return True
        finally:
            self.sock.settimeout(10)
        return False


@contextmanager
def udp(port: int = 0) -> Generator[Datagrams]:
    """Takes datagrams at a port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 1024 * 1024)
        sock.bind((HOME, port))
        yield Datagrams(sock)


@contextmanager
def unix_datagrams(path: Path) -> Generator[Datagrams]:
    """Takes datagrams at a path."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(path))
        yield Datagrams(sock)


class Streams:
    """Takes connections on a thread, reads each to its end, and closes it.

    Attributes:
        taken: What each connection brought, in order; a connection that came to grief
            brings nothing.
        resets: So many of the next connections are reset after the first bytes.
        deaf: Whether it neither reads nor closes.
    """

    def __init__(
        self, sock: socket.socket, secured: Callable[[socket.socket], socket.socket]
    ) -> None:
        self._sock = sock
        self._secured = secured
        self._held: list[socket.socket] = []
        self.taken: list[bytes] = []
        self.resets = 0
        self.deaf = False
        sock.listen()
        sock.settimeout(0.05)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._take, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._sock.getsockname()[1])

    @property
    def stream(self) -> bytes:
        """Everything that came."""
        return b"".join(self.taken)

    def close(self) -> None:
        """Take nothing more."""
        self._ending.set()
        self._thread.join()
        for held in self._held:
            held.close()
        self._sock.close()

    def _take(self) -> None:
        while not self._ending.is_set():
            try:
                connection, _ = self._sock.accept()
            except TimeoutError:
                continue
            connection.settimeout(10)
            if self.deaf:
                self._held.append(connection)
                continue
            # A client that does not trust us hangs up, which is none of our business.
            with suppress(OSError), self._secured(connection) as secured:
                self._read(secured)

    def _read(self, connection: socket.socket) -> None:
        content = b""
        while more := connection.recv(65536):
            content += more
            if self.resets:
                self.resets -= 1
                time.sleep(0.05)  # so that there is something unread, which makes it a reset
                return
        self.taken.append(content)


@contextmanager
def tcp(port: int = 0, context: ssl.SSLContext | None = None) -> Generator[Streams]:
    """Takes connections at a port, over TLS perhaps."""

    def secured(sock: socket.socket) -> socket.socket:
        return sock if context is None else context.wrap_socket(sock, server_side=True)

    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((HOME, port))
    yield from _until_done(Streams(sock, secured))


@contextmanager
def unix_streams(path: Path) -> Generator[Streams]:
    """Takes connections at a path."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.bind(str(path))
    yield from _until_done(Streams(sock, lambda taken: taken))


def _until_done(taking: Streams) -> Generator[Streams]:
    try:
        yield taking
    finally:
        taking.close()


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port at which nobody listens now."""
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind((HOME, 0))
        return int(sock.getsockname()[1])
