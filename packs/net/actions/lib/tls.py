"""TLS as a client sees it: what a server shows, and whether that is to be trusted."""

from __future__ import annotations

import contextlib
import socket
import ssl
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from .certificate import Certificate, Malformed, read


@dataclass(frozen=True)
class Shown:
    """What a server showed.

    Attributes:
        chain: Its own certificate first, then whatever it sent along.
        protocol: Such as `TLSv1.3`.
        cipher: Its name.
    """

    chain: tuple[Certificate, ...]
    protocol: str
    cipher: str


def tolerant() -> ssl.SSLContext:
    """A context that speaks with everybody, however old or false what they show is.

    It is for looking only; nothing is ever sent by way of it.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with warnings.catch_warnings(), contextlib.suppress(ValueError, ssl.SSLError):
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
    return context


def strict(authorities: str = "") -> ssl.SSLContext:
    """A context that trusts what the machine trusts, and a file of authorities besides.

    Raises:
        OSError: There is no such file, or it holds no certificate.
    """
    context = ssl.create_default_context()
    if authorities:
        context.load_verify_locations(cafile=authorities)
    return context


def unchecked() -> ssl.SSLContext:
    """A context that takes any certificate, for somebody who wants an answer all the same."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def shown_by(connection: ssl.SSLSocket) -> Shown:
    """What the other side of a connection showed.

    Raises:
        Malformed: Its own certificate cannot be read, or it showed none.
    """
    certificates: list[Certificate] = []
    for number, raw in enumerate(_chain(connection)):
        try:
            certificates.append(read(raw))
        except Malformed:
            if not number:
                raise
    if not certificates:
        raise Malformed("the server shows none")
    cipher = connection.cipher()
    return Shown(tuple(certificates), connection.version() or "", cipher[0] if cipher else "")


def _chain(connection: ssl.SSLSocket) -> Iterator[bytes]:
    """The certificates in DER, as they were sent.

    A Python before 3.13 gives all of them only by way of a method of its own; one that has
    none gives the first alone.
    """
    whole: Any = getattr(connection, "get_unverified_chain", None)
    if whole is None:
        whole = getattr(getattr(connection, "_sslobj", None), "get_unverified_chain", None)
    found = cast("list[Any]", whole() or []) if whole is not None else []
    if not found:
        own = connection.getpeercert(binary_form=True)
        found = [own] if own else []
    for each in found:
        yield each if isinstance(each, bytes) else ssl.PEM_cert_to_DER_cert(each.public_bytes())


def verdict(error: Exception) -> str:
    """Why a certificate is not trusted, or a connection did not come about; no full stop."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message.rstrip(".") or "the certificate is not trusted"
    if isinstance(error, TimeoutError):
        return "nothing came in time"
    if isinstance(error, socket.gaierror):
        return "its name has no address"
    if isinstance(error, ssl.SSLError):
        return (error.reason or str(error)).replace("_", " ").casefold()
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
