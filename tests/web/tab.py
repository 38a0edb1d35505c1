"""A tab of a real browser, with somebody signed in."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, ConsoleMessage, Page

from security.proof import SESSION_COOKIE
from tests.bench import Bench

PATIENCE = 15_000
"""Milliseconds a page has for anything."""
_CUT = ("net::ERR_", "Failed to fetch")
"""What a browser says of a server that is not there, on purpose."""


@asynccontextmanager
async def tab(
    browser: Browser,
    bench: Bench,
    who: str,
    path: str,
    *,
    width: int = 1440,
    bears: str = "net::ERR_",
) -> AsyncGenerator[Page]:
    """A page open for somebody; what it complains of on its console fails the test.

    Complaints with the words of `bears` in them are what the test is about, and pass.
    """
    url = await bench.serve()
    await bench.person(who)
    doors = bench.house.desks.doors
    cookie = await doors.sign_in(await doors.sign_in_link(await doors.account(who, "cli"), "me"))
    context = await browser.new_context(
        viewport={"width": width, "height": 900}, base_url=url, accept_downloads=True
    )
    context.set_default_timeout(PATIENCE)
    await context.add_cookies([{"name": SESSION_COOKIE, "value": cookie, "url": url}])
    page = await context.new_page()
    complaints: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        cut = any(words in message.text for words in (*_CUT, bears))
        if message.type in {"error", "warning"} and not cut:
            complaints.append(message.text)

    page.on("console", heard)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(path)
    try:
        yield page
        assert complaints == []
    finally:
        await context.close()
