"""Whether a browser's request was made by our own pages and not by somebody else's.

Needed only where a cookie is the proof of who is asking, since a browser sends cookies
along with requests that other sites make it send. It stands beside the cookie's own
SameSite=Lax, so that neither alone has to hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

_HARMLESS = frozenset({"GET", "HEAD", "OPTIONS"})


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
