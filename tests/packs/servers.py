"""Small real servers on loopback that the tests of the packs speak to."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress

Handle = Callable[[socket.socket, bytes], None]
"""Is given a connection and the request's head, and says something."""


@contextmanager
def listening(handle: Handle | None, context: ssl.SSLContext | None = None) -> Generator[int]:
    """A server's port; it serves one connection after the other.

    Args:
        handle: Answers; None hangs up at once.
        context: For TLS; None without.
    """
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_serve, args=(server, handle, context))
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(server: socket.socket, handle: Handle | None, context: ssl.SSLContext | None) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        connection.settimeout(10)
        with connection, suppress(OSError, ssl.SSLError):
            if context is not None:
                with context.wrap_socket(connection, server_side=True) as secured:
                    _answer(secured, handle)
            else:
                _answer(connection, handle)


def _answer(connection: socket.socket, handle: Handle | None) -> None:
    if handle is None:
        return
    head = b""
    while b"\r\n\r\n" not in head:
        part = connection.recv(4096)
        if not part:
            return
        head += part
    handle(connection, head)


def saying(status: str, body: bytes = b"", *headers: str) -> Handle:
    """Whoever always gives the same answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    answer = "\r\n".join(lines).encode() + body

    def handle(connection: socket.socket, head: bytes) -> None:
        del head
        connection.sendall(answer)

    return handle
