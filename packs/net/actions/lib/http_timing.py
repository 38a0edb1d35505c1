"""One HTTP request, each part of it timed."""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import SplitResult, quote

from .certificate import Certificate
from .tls import shown_by

_PORTS = {"http": 80, "https": 443}
_CHUNK = 64 * 1024
_SAFE = "/%:@!$&'()*+,;=~?"


@dataclass
class Exchange:
    """What came of a request, as far as it came.

    Attributes:
        took: Milliseconds by part: `dns`, `connect`, `tls`, `first_byte` (from the request's
            end on), `total`; only the parts that came to their end.
        address: That was connected to.
        code: Status of the answer; 0 without one.
        body: Its beginning.
        whole: Whether that is all of it.
        certificate: Of the server; None without TLS.
    """

    took: dict[str, float] = field(default_factory=dict[str, float])
    address: str = ""
    code: int = 0
    reason: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""
    whole: bool = False
    certificate: Certificate | None = None
    protocol: str = ""


class Timing:
    """Does one request; what has come of it is in `exchange` also when it breaks off."""

    def __init__(self, url: SplitResult, patience: float, most: int) -> None:
        """Get ready.

        Args:
            url: What is asked for, http or https.
            patience: Seconds for all of it.
            most: Bytes of the body that are read.
        """
        self.exchange = Exchange()
        self._url = url
        self._host = (url.hostname or "").encode("idna").decode() if url.hostname else ""
        self._port = url.port or _PORTS[url.scheme]
        self._until = time.monotonic() + patience
        self._most = most
        self._first: float | None = None

    def request(
        self, method: str, headers: Mapping[str, str], context: ssl.SSLContext | None
    ) -> None:
        """Ask.

        Args:
            method: GET, HEAD or OPTIONS.
            headers: Besides those that HTTP needs.
            context: For TLS; None without.

        Raises:
            OSError: No connection came about, or it broke.
            HTTPException: The answer is no HTTP.
            ValueError: A header cannot be sent, or the certificate cannot be read.
        """
        start = time.monotonic()
        connection = self._connected()
        try:
            if context is not None:
                connection = self._secured(connection, context)
            self._asked(connection, method, headers)
        finally:
            connection.close()
            self.exchange.took["total"] = _since(start)

    def certificate(self, context: ssl.SSLContext) -> Certificate | None:
        """The certificate that the server shows; nothing is asked.

        Raises:
            OSError: No connection came about.
            ValueError: It cannot be read.
        """
        self._secured(self._connected(), context).close()
        return self.exchange.certificate

    def _left(self) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("nothing came in time")
        return left

    def _connected(self) -> socket.socket:
        start = time.monotonic()
        places = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        self.exchange.took["dns"] = _since(start)
        start, last = time.monotonic(), OSError("no address")
        for family, kind, protocol, _, place in places:
            connection = socket.socket(family, kind, protocol)
            try:
                connection.settimeout(self._left())
                connection.connect(place)
            except OSError as error:
                connection.close()
                last = error
                continue
            self.exchange.took["connect"] = _since(start)
            self.exchange.address = str(place[0])
            return connection
        raise last

    def _secured(self, plain: socket.socket, context: ssl.SSLContext) -> ssl.SSLSocket:
        start = time.monotonic()
        plain.settimeout(self._left())
        secured = context.wrap_socket(plain, server_hostname=self._host)
        self.exchange.took["tls"] = _since(start)
        try:
            shown = shown_by(secured)
        except ValueError:
            secured.close()
            raise
        self.exchange.certificate, self.exchange.protocol = shown.chain[0], shown.protocol
        return secured

    def _asked(self, connection: socket.socket, method: str, headers: Mapping[str, str]) -> None:
        connection.settimeout(self._left())
        asking = http.client.HTTPConnection(self._host, self._port)
        asking.default_port = _PORTS[self._url.scheme]
        asking.sock = connection
        path = quote(self._url.path or "/", safe=_SAFE)
        if self._url.query:
            path += "?" + quote(self._url.query, safe=_SAFE)
        asking.request(method, path, headers={"User-Agent": "Tocsin", **headers})
        sent = time.monotonic()
        answer = http.client.HTTPResponse(
            cast("socket.socket", _Heard(connection, self)), method=method
        )
        try:
            answer.begin()
            self.exchange.took["first_byte"] = ((self._first or sent) - sent) * 1000
            self.exchange.code, self.exchange.reason = answer.status, answer.reason
            self.exchange.headers = {name.casefold(): value for name, value in answer.getheaders()}
            self._read(answer)
        finally:
            answer.close()

    def _read(self, answer: http.client.HTTPResponse) -> None:
        while len(self.exchange.body) <= self._most:
            part = answer.read1(_CHUNK)
            if not part:
                if answer.length:
                    raise http.client.IncompleteRead(b"", answer.length)
                self.exchange.whole = True
                return
            self.exchange.body += part
        self.exchange.body = self.exchange.body[: self._most]

    def heard(self) -> float:
        """Note that something came; the seconds that are left."""
        if self._first is None:
            self._first = time.monotonic()
        return self._left()


class _Heard:
    """A connection as `http.client` reads it; notes when the first byte comes."""

    def __init__(self, connection: socket.socket, timing: Timing) -> None:
        self._connection = connection
        self._timing = timing

    def makefile(self, *_: object) -> io.BufferedReader:
        """Its bytes."""
        return io.BufferedReader(_Bytes(self._connection, self._timing))


class _Bytes(io.RawIOBase):
    """The bytes of a connection."""

    def __init__(self, connection: socket.socket, timing: Timing) -> None:
        self._connection = connection
        self._timing = timing

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # pyright: ignore[reportIncompatibleMethodOverride] - a buffered reader's
        """Read what is there."""
        count = self._connection.recv_into(buffer)
        self._connection.settimeout(self._timing.heard())
        return count


def _since(start: float) -> float:
    return (time.monotonic() - start) * 1000
