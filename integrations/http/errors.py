"""What can go wrong on the way, and aiohttp's errors told in our own words."""

from __future__ import annotations

import ssl
import string

import aiohttp
from yarl import URL

from chat.errors import Refused, Unavailable
from integrations.http.addresses import spelled

# Source: x509_vfy.h of OpenSSL, X509_V_ERR_*.
_CERTIFICATE = {
    9: "its certificate is not valid yet",
    10: "its certificate has expired",
    18: "its certificate is self-signed",
    19: "its certificate was issued by an authority that this machine does not trust",
    20: "its certificate was issued by an authority that this machine does not trust",
    21: "its certificate was issued by an authority that this machine does not trust",
    23: "its certificate was revoked",
    62: "its certificate is for another name",
    64: "its certificate is for another address",
}


class Unreachable(Unavailable):
    """The other side gave no whole answer."""

    code = "UNREACHABLE"


class TimedOut(Unreachable):
    """Nothing, or not all, came in time."""

    code = "TIMED_OUT"

    def __init__(self, host: str, seconds: float) -> None:
        super().__init__(f"{host} did not answer within {seconds:g} seconds.")


class TooLarge(Refused):
    """The answer is larger than whoever asked wants."""

    code = "TOO_LARGE"

    def __init__(self, host: str, limit: int) -> None:
        super().__init__(
            f"{host} answered with more than {limit} bytes, which is the limit; raise size_limit, "
            "or ask for less."
        )


class TooManyRedirects(Unavailable):
    """The other side sends us round in circles."""

    code = "TOO_MANY_REDIRECTS"

    def __init__(self, host: str, limit: int) -> None:
        super().__init__(f"{host} redirected more than {limit} times.")


def translated(error: aiohttp.ClientError | OSError | ValueError, url: URL) -> Unreachable:
    """An error of the library as one sentence of ours."""
    place = f"{url.host} at port {url.port}"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return Unreachable(f"{url.host} cannot be found: {_reason(error.os_error)}.")
    if isinstance(error, (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError)):
        other = spelled(str(url.host))
        instead = f" Write {other} instead of {url.host}." if other is not None else ""
        return Unreachable(f"{url} is no address that can be asked.{instead}")
    return Unreachable(f"{place} {_connecting(error) or _answering(error)}.")


def _connecting(error: Exception) -> str:
    """What went wrong before anything was asked; empty when it was something later."""
    match error:
        case aiohttp.ClientConnectorCertificateError():
            return f"cannot prove who it is: {_certificate(error.certificate_error)}"
        case aiohttp.ClientSSLError():
            return f"does not speak TLS as it should: {_tls(error)}"
        case aiohttp.ServerFingerprintMismatch():
            return "has another certificate than the one expected"
        case aiohttp.ClientConnectorError() if isinstance(error.os_error, ConnectionRefusedError):
            return "refused the connection"
        case aiohttp.ClientConnectorError():
            return f"cannot be reached: {_reason(error.os_error)}"
        case _:
            return ""


def _answering(error: Exception) -> str:
    """What went wrong with the answer."""
    match error:
        case TimeoutError():
            return "did not answer in time"
        case aiohttp.ClientPayloadError():
            return "broke off in the middle of its answer"
        case aiohttp.ClientConnectionError() | aiohttp.UploadAbortedError() | ConnectionError():
            return "closed the connection before it had answered"
        case aiohttp.ClientResponseError():
            return "gave an answer that is no HTTP"
        case _:
            return f"could not be asked: {_reason(error)}"


def _certificate(error: Exception) -> str:
    known = _CERTIFICATE.get(getattr(error, "verify_code", 0))
    return known or str(getattr(error, "verify_message", "")) or _reason(error)


def _tls(error: aiohttp.ClientSSLError) -> str:
    inner = error.__cause__
    if isinstance(inner, ssl.SSLError) and inner.reason:
        return inner.reason.replace("_", " ").lower()
    return _reason(error)


def _reason(error: BaseException) -> str:
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(said).rstrip(string.punctuation + " ")
