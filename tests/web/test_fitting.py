"""What is long has room in a real Chromium: lists on a phone, facts side by side."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest
from playwright.async_api import Browser

from tests.bench import Bench
from tests.chromium import chromium
from tests.web.tab import tab
from tests.web.test_runbook_pages import WRITTEN, written
from tests.web.visitor import visiting

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True),
]
ASKS = WRITTEN.replace("Greet", "Greet whoever is on call tonight").replace(
    "  action", "  approval: {role: approver}\n  action"
)
LISTS = ("/runbooks", "/executions", "/approvals", "/incidents", "/actions", "/people", "/audit")
OUTSIDE = """
all => all.filter(one => one.scrollWidth > one.clientWidth).map(one => one.textContent)
"""


@pytest.fixture
async def browser() -> AsyncGenerator[Browser]:
    """Chromium."""
    async with chromium() as running:
        yield running


@pytest.mark.parametrize("width", [1280, 400])
async def test_nothing_is_cut_off_or_covered(bench: Bench, browser: Browser, width: int) -> None:
    await bench.hire("bo", "approver")
    await bench.say("ana", "general", '/incident start --playbook outage --name "Slow"')
    async with visiting(bench, "admin") as admin:
        runbook = await written(admin, ASKS)
        await admin.post(f"{runbook}/run", {})
    async with tab(browser, bench, "admin", "/incidents", width=width) as page:
        for path in LISTS:
            await page.goto(path)
            await page.locator(".list tbody tr").first.wait_for()
            assert await page.locator(".sheet").evaluate_all(OUTSIDE) == [], path
        for path in (runbook, "/actions/linux.gather_diagnostics_remote", "/executions/RUN-00001"):
            await page.goto(path)
            await page.locator(".facts").first.wait_for()
            assert await page.locator(".facts > div").evaluate_all(OUTSIDE) == [], path
