"""What is long has room in a real Chromium: lists on a phone, facts side by side."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest
from playwright.async_api import Browser, expect

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


async def test_a_channel_of_an_incident_has_room_for_what_it_is_about(
    bench: Bench, browser: Browser
) -> None:
    name = "Checkout returns 500"
    await bench.say("ana", "general", f'/incident start --playbook outage --name "{name}"')
    room = "/channels/inc-00001-checkout-returns-500"
    async with tab(browser, bench, "ana", room, width=1280) as page:
        topic = page.locator(".topic")
        await expect(topic).to_contain_text(name)
        assert await topic.evaluate_all(OUTSIDE) == []
        await expect(
            page.locator(".bar").get_by_role("button", name="Start incident")
        ).to_be_visible()
        await expect(page.locator(".beginning")).to_contain_text("the very beginning")
        await expect(page.locator(".beginning")).not_to_contain_text("Something is wrong?")
        feet = page.locator("#panel .card > .actions").last.get_by_role("button")
        rows = await feet.evaluate_all("all => all.map((one) => one.offsetTop)")
        # No button stands alone below the others.
        assert len(rows) == 5
        assert rows.count(max(rows)) > 1
        await page.goto("/channels/general")
        await expect(page.locator(".beginning")).to_contain_text("Something is wrong?")


async def test_fields_side_by_side_stand_level(bench: Bench, browser: Browser) -> None:
    async with tab(browser, bench, "admin", "/people/admin", width=1280) as page:
        tops = [
            await page.get_by_label(label).evaluate("one => one.getBoundingClientRect().top")
            for label in ("Display name", "E-mail")
        ]
        assert tops[0] == tops[1]
