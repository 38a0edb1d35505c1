"""What is asked next when an answer sends us elsewhere.

Source: the Fetch standard, HTTP-redirect fetch; RFC 9110, section 15.4.
"""

from __future__ import annotations

import re
from dataclasses import replace

from yarl import URL

from automation.hidden import clipped
from chat.errors import BadInput, Unavailable
from integrations.http.request import Request, read_url

CODES = frozenset({301, 302, 303, 307, 308})
_OF_BODY = frozenset({"content-type", "content-encoding", "content-language", "content-location"})
_SECRET = re.compile(r"auth|cookie|token|secret|key|password|session|credential", re.IGNORECASE)
"""Names of headers that may prove who asks: no other origin is told them."""
_HARMLESS = frozenset({"idempotency-key"})


def redirected(request: Request, status: int, location: str) -> Request:
    """The request that follows an answer with `status` and `location`.

    Raises:
        Unavailable: The location is no address of http or https.
    """
    try:
        # A user and a password that the other side chose are not sent to anybody.
        url, _ = read_url(str(request.url.join(URL(location))), "Location")
    except (ValueError, BadInput):
        raise _astray(request, location) from None
    headers, method, body = dict(request.headers), request.method, request.body
    if (status == 303 and method not in {"GET", "HEAD"}) or (  # noqa: PLR2004 - See Other
        status in {301, 302} and method == "POST"
    ):
        method, body = "GET", None
        headers = {name: each for name, each in headers.items() if name.lower() not in _OF_BODY}
    if url.origin() != request.url.origin():
        headers = {name: each for name, each in headers.items() if not _of_origin(name)}
    left = None if request.redirects is None else request.redirects - 1
    return replace(request, method=method, url=url, headers=headers, body=body, redirects=left)


def _of_origin(name: str) -> bool:
    """Whether a header is meant for the first origin only."""
    word = name.lower()
    return word == "host" or (word not in _HARMLESS and _SECRET.search(word) is not None)


def _astray(request: Request, location: str) -> Unavailable:
    to = clipped(location, 200)
    return Unavailable(
        f"{request.url.host} redirects to “{to}”, which is no address of http or https."
    )
