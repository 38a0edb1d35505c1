"""Asks a Prometheus server, or what speaks like one, for a query over a range of time.

Source: the HTTP API of Prometheus, `/api/v1/query_range`.
"""

from __future__ import annotations

import base64
import json
import math
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any, cast
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    Request,
)

_LARGEST = 64 * 1024 * 1024
_SHOWN = 300


class Refused(Exception):
    """The server did not give what was asked for; the message is a sentence."""


@dataclass(frozen=True)
class Series:
    """One line of measurements.

    Attributes:
        labels: With `__name__` where the query keeps it.
        points: Second since 1970 and value, in order; a value may be no number or infinite.
    """

    labels: Mapping[str, str]
    points: tuple[tuple[float, float], ...]

    @property
    def latest(self) -> float:
        """The last value; not a number where there is none."""
        return self.points[-1][1] if self.points else math.nan

    @property
    def name(self) -> str:
        """As Prometheus writes it: `up{job="web"}`."""
        return written(self.labels) or "value"


@dataclass(frozen=True)
class Picked:
    """What a query has picked out.

    Attributes:
        warnings: What the server says about it.
    """

    series: tuple[Series, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Login:
    """How to show who asks; all empty for nobody.

    Attributes:
        authorities: File of authorities to trust besides the machine's.
        verify: Whether the server's certificate has to be trusted.
    """

    token: str = ""
    username: str = ""
    password: str = ""
    authorities: str = ""
    verify: bool = True

    def headers(self) -> dict[str, str]:
        """Those of a request.

        Raises:
            Refused: The token holds what no header can.
        """
        if self.token:
            token = self.token.strip()
            if not token.isascii() or not token.isprintable():
                raise Refused("The token holds characters that none can have.")
            return {"Authorization": f"Bearer {token}"}
        if self.username or self.password:
            pair = base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
            return {"Authorization": f"Basic {pair}"}
        return {}


def written(labels: Mapping[str, str]) -> str:
    """Labels as Prometheus writes them, the metric's name in front."""
    pairs = [
        f"{name}={json.dumps(value, ensure_ascii=False)}"
        for name, value in sorted(labels.items())
        if name != "__name__"
    ]
    inner = f"{{{', '.join(pairs)}}}" if pairs else ""
    return f"{labels.get('__name__', '')}{inner}"


def query_range(
    server: str, query: str, span: tuple[float, float], step: float, login: Login, patience: float
) -> Picked:
    """What the query gives over a span of time.

    Args:
        server: Its address, perhaps with a path in front of `/api`.
        query: In PromQL.
        span: First and last second since 1970.
        step: Seconds between two points.
        login: How to show who asks.
        patience: Seconds to wait.

    Raises:
        Refused: It gave an error, or no answer, or one that cannot be read.
    """
    parts = urlsplit(server.strip())
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Refused(f"“{server[:80]}” is no address; give one such as http://prometheus:9090.")
    if parts.username is not None or parts.password is not None:
        raise Refused("The address must not hold a login; give username and password instead.")
    asked = {"query": query, "start": f"{span[0]:.3f}", "end": f"{span[1]:.3f}", "step": f"{step}"}
    request = Request(  # noqa: S310 - http or https, as was looked at
        f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}/api/v1/query_range",
        data=urlencode(asked).encode(),
        headers={"Accept": "application/json", "User-Agent": "Tocsin", **login.headers()},
        method="POST",
    )
    return _read(_answered(request, login, patience), parts.netloc)


def _answered(request: Request, login: Login, patience: float) -> bytes:
    host = request.host
    try:
        context = ssl.create_default_context()
        if login.authorities:
            context.load_verify_locations(cafile=login.authorities)
        if not login.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        with _opener(context).open(request, timeout=patience) as answer:
            body: bytes = answer.read(_LARGEST + 1)
    except HTTPError as error:
        with error:
            raise Refused(
                _refusal(host, error.code, error.read(_LARGEST), error.headers.get("Location", ""))
            ) from None
    except URLError as error:
        raise Refused(f"{host} did not answer: {_why(error.reason)}.") from None
    except (OSError, HTTPException, ValueError) as error:
        raise Refused(f"{host} did not answer: {_why(error)}.") from None
    if len(body) > _LARGEST:
        raise Refused("The answer is too large; ask for fewer series or a larger step.")
    return body


def _opener(context: ssl.SSLContext) -> OpenerDirector:
    """What asks.

    It knows no files and no proxies, and follows nothing: the login would be shown to whoever
    an answer leads to.
    """
    opener = OpenerDirector()
    for handler in (
        HTTPHandler(),
        HTTPSHandler(context=context),
        HTTPDefaultErrorHandler(),
        HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener


def _why(reason: object) -> str:
    if isinstance(reason, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {reason.verify_message}"
    if isinstance(reason, TimeoutError):
        return "nothing came in time"
    return getattr(reason, "strerror", None) or str(reason) or type(reason).__name__


def _refusal(host: str, code: int, body: bytes, leads_to: str) -> str:
    """A sentence about an answer that is an error."""
    try:
        told: Any = json.loads(body)
        error = str(told["error"])
    except (ValueError, KeyError, TypeError):
        error = ""
    if error:
        return f"{host} answers {code}: {error[:_SHOWN].rstrip('.')}."
    if code in {401, 403}:
        return f"{host} answers {code}: give a token, or username and password, that it accepts."
    if leads_to:
        return f"{host} answers {code}; give the address that it names: {leads_to[:_SHOWN]}."
    return f"{host} answers {code}."


def _read(body: bytes, host: str) -> Picked:
    try:
        found = json.loads(body)
        if found["status"] != "success":
            raise Refused(f"{host}: {str(found.get('error', 'it failed'))[:_SHOWN].rstrip('.')}.")
        rows = cast("list[dict[str, Any]]", found["data"]["result"])
        series = tuple(_series(row) for row in rows)
        warnings = tuple(str(each) for each in found.get("warnings") or ())
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        raise Refused(f"{host} answers with what no Prometheus says.") from None
    return Picked(series, warnings)


def _series(row: Mapping[str, Any]) -> Series:
    labels = {str(name): str(value) for name, value in row["metric"].items()}
    # A histogram in its own form has no value that a line could be drawn of.
    points = tuple((float(second), float(value)) for second, value in row.get("values") or ())
    return Series(labels, points)
