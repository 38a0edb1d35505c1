"""Whether a browser's request was made by our own pages and not by somebody else's.

Two independent checks, needed only where a cookie is the proof of who is asking,
since a browser sends cookies along with requests that other sites make it send.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from urllib.parse import urlsplit

FORM_FIELD = "csrf"
"""Name of a form's hidden field with its token."""
FORM_HEADER = "X-Csrf-Token"
"""Header with the same token, for requests made by scripts."""

_HARMLESS = frozenset({"GET", "HEAD", "OPTIONS"})
_SALT = 16


def safe(method: str, headers: Mapping[str, str], *, public_url: str | None = None) -> bool:
    """Whether the browser itself says that the request comes from our own pages.

    Methods that change nothing are always safe. Otherwise the browser's
    `Sec-Fetch-Site` decides, and where it sends none (plain http to another machine),
    its `Origin` must be where the request was sent. A browser that tells neither is
    refused.

    Args:
        method: Upper case or not.
        headers: Names in any case when the mapping ignores case, as aiohttp's does.
        public_url: Where people find us when a proxy changes the `Host`; None trusts `Host`.

    Source: the Fetch Metadata and Origin chapters of OWASP's CSRF prevention cheat sheet.
    """
    if method.upper() in _HARMLESS:
        return True
    site = headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = urlsplit(headers.get("Origin", ""))
    if origin.scheme not in {"http", "https"} or not origin.netloc:
        return False
    ours = {headers.get("Host", "").casefold()}
    if public_url is not None:
        ours.add(urlsplit(public_url).netloc.casefold())
    return origin.netloc.casefold() in ours - {""}


def form_token(key: bytes, cookie: str) -> str:
    """A token for the forms of one session; another each time, all good while it lasts.

    A page that shows it differs each time, so that its compressed size tells nothing.

    Args:
        key: For forms, from `security.keys`.
        cookie: The session cookie's value.
    """
    salt = secrets.token_bytes(_SALT)
    return base64.urlsafe_b64encode(salt + _mac(key, salt, cookie)).decode()


def form_token_fits(key: bytes, cookie: str, token: str) -> bool:
    """Whether `token` was made by `form_token` for that session."""
    try:
        raw = base64.urlsafe_b64decode(token.encode())
    except (binascii.Error, ValueError):
        return False
    salt, mac = raw[:_SALT], raw[_SALT:]
    return hmac.compare_digest(mac, _mac(key, salt, cookie))


def _mac(key: bytes, salt: bytes, cookie: str) -> bytes:
    return hmac.new(key, salt + cookie.encode(), hashlib.sha256).digest()
