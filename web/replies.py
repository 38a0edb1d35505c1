"""Short answers to what a page sent: go there, nothing to show, tell them this."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import quote

from aiohttp import web

from web.ask import Ask


def gone_to(ask: Ask, url: str) -> web.Response:
    """Send the browser to another of our pages, after a form or after a click."""
    url = quote(url, safe="/?=&#%:,")
    if ask.by_htmx:
        return web.Response(status=HTTPStatus.NO_CONTENT, headers={"HX-Redirect": url})
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": url})


def nothing() -> web.Response:
    """It is done; what changed is seen elsewhere."""
    return web.Response(status=HTTPStatus.NO_CONTENT)


def told(ask: Ask, message: str, *, tone: str = "good") -> web.Response:
    """A passing note at the edge of the page."""
    return ask.part(
        "parts/toast.html",
        message=message,
        tone=tone,
        headers={"HX-Retarget": "#toasts", "HX-Reswap": "beforeend"},
    )
