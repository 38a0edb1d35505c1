"""Datagrams and connections: opened for one batch, and ended so that we know what was taken.

These calls block, and are made on a thread of the sink's own.
"""

from __future__ import annotations

import errno
import os
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Sequence

from integrations.audit.targets import Place, Receiver

_CONNECTING = 5.0
_SENDING = 10.0
_CLOSING = 10.0
"""Seconds until we give up."""
_BURST, _BREATH = 50, 0.01
"""So many datagrams are sent, and so many seconds left for the receiver to read them."""
_GLANCE, _GLANCES = 0.05, 20
"""Seconds of one look, and how many looks, for somebody who turns us away."""
_ANSWERS = 64
"""Pieces of answers that are read past; syslog has none."""


def addresses(place: Place) -> list[Callable[[], socket.socket]]:
    """For each address of a host, what opens a socket for datagrams to it.

    Raises:
        OSError: The host cannot be found.
    """
    found = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_DGRAM)

    def opener(
        family: socket.AddressFamily, address: tuple[object, ...]
    ) -> Callable[[], socket.socket]:
        return lambda: _connected(socket.socket(family, socket.SOCK_DGRAM), address)

    return [opener(family, address) for family, _, _, _, address in found]


def send_datagrams(place: Place, contents: Sequence[bytes]) -> None:
    """Send each as a datagram, to the first address of the host where nobody refuses.

    Raises:
        OSError: The host cannot be found, or every address refuses.
    """
    refused: OSError = OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))
    for opened in addresses(place):
        try:
            with opened() as sock:
                _send_each(sock, contents)
        except OSError as error:
            refused = error
        else:
            return
    raise refused


def send_to_socket(path: str, contents: Sequence[bytes], ended: Callable[[bytes], bytes]) -> None:
    """Send each to a socket of this machine, which takes datagrams or a stream.

    Args:
        path: Of the socket.
        contents: To send.
        ended: Frames one for a stream.

    Raises:
        OSError: Nobody took all of them.
    """
    with _local(path) as sock:
        if sock.type == socket.SOCK_DGRAM:
            _send_each(sock, contents)
        else:
            _send_stream(sock, b"".join(map(ended, contents)))


def send_stream(receiver: Receiver, content: bytes) -> None:
    """Send it over a connection of its own, and see that all of it was read.

    Raises:
        OSError: There is no such connection, or the receiver did not end it after reading.
    """
    with _connection(receiver) as sock:
        _send_stream(sock, content)


def try_connection(receiver: Receiver) -> None:
    """Connect, and end it without having sent anything.

    Raises:
        OSError: Nobody can be reached there, or they do not trust us, or we not them.
    """
    if receiver.place is None:
        _local(receiver.path).close()
        return
    with _connection(receiver) as sock:
        _hang_up(sock)


def _send_each(sock: socket.socket, contents: Iterable[bytes]) -> None:
    sock.settimeout(_SENDING)
    for number, content in enumerate(contents, 1):
        sock.send(content)
        # On this machine a refusal is known at once, though only to those who ask.
        if code := sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(code, os.strerror(code))
        if number % _BURST == 0:
            time.sleep(_BREATH)


def _send_stream(sock: socket.socket, content: bytes) -> None:
    sock.settimeout(_SENDING)
    sock.sendall(content)
    _hang_up(sock)


def _hang_up(sock: socket.socket) -> None:
    """Say that nothing more comes, and wait until the receiver ends the connection too.

    Syslog knows no receipts. But a receiver that closes with something unread resets the
    connection, and one that is stuck does not close: so an end in good order is our receipt.
    """
    sock.settimeout(_CLOSING)
    try:
        if isinstance(sock, ssl.SSLSocket):
            _end_tls(sock)
            return
        sock.shutdown(socket.SHUT_WR)
        for _ in range(_ANSWERS):
            if not sock.recv(65536):
                return
    except TimeoutError as late:
        raise TimeoutError("it did not end the connection after the last message") from late
    raise OSError(errno.EPROTO, "it answers, which no syslog receiver does")


def _end_tls(sock: ssl.SSLSocket) -> None:
    try:
        sock.unwrap()
    except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
        return  # closed without a farewell, as some do
    except ssl.SSLError as error:
        if error.reason != "APPLICATION_DATA_AFTER_CLOSE_NOTIFY":
            raise
    except OSError as error:
        if error.errno:
            raise


def _connection(receiver: Receiver) -> socket.socket:
    to = receiver.place
    if to is None:
        return _local(receiver.path)
    context = _trust(receiver) if receiver.transport == "tls" else None
    sock = socket.create_connection((to.host, to.port), timeout=_CONNECTING)
    if context is None:
        return sock
    try:
        secured = context.wrap_socket(sock, server_hostname=to.host)
    except BaseException:
        sock.close()
        raise
    try:
        _be_accepted(secured)
    except BaseException:
        secured.close()
        raise
    return secured


def _be_accepted(sock: ssl.SSLSocket) -> None:
    """See that the receiver does not turn us away, for want of a certificate say.

    In TLS 1.3 it judges ours after the handshake is over for us, and what was sent by then
    is lost. A session ticket shows that it took us; where there are none, its silence does.
    """
    if sock.version() != "TLSv1.3":
        return
    sock.settimeout(_GLANCE)
    for _ in range(_GLANCES):
        try:
            if not sock.recv(1):
                raise ConnectionResetError(errno.ECONNRESET, "it turned us away after the greeting")
        except TimeoutError:
            if sock.session is not None and sock.session.has_ticket:
                return


def _trust(receiver: Receiver) -> ssl.SSLContext:
    """Whom we trust, and what we show.

    Raises:
        OSError: A file that was named cannot be used.
    """
    named = receiver.ca
    try:
        context = ssl.create_default_context(cafile=named)
        if receiver.certificate is not None:
            named = receiver.certificate
            context.load_cert_chain(named)
    except OSError as error:
        why = "there is no such file" if isinstance(error, FileNotFoundError) else "it is no PEM"
        raise OSError(errno.EINVAL, f"{named} cannot be used, {why}") from error
    return context


def _local(path: str) -> socket.socket:
    """Connect to a socket of this machine, of whichever kind it is."""
    try:
        return _connected(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM), path)
    except OSError as error:
        if error.errno != errno.EPROTOTYPE:
            raise
        return _connected(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM), path)


def _connected(sock: socket.socket, address: str | tuple[object, ...]) -> socket.socket:
    try:
        sock.settimeout(_CONNECTING)
        sock.connect(address)
    except BaseException:
        sock.close()
        raise
    return sock
