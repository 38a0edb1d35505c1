"""An incident from start to close in a real browser, as two people see it."""

from __future__ import annotations

import csv
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from incidents.export import HEADER
from security.actor import SYSTEM
from tests.bench import Bench, on_the_bench
from tests.chromium import chromium

pytestmark = pytest.mark.browser
ROOM = "inc-00001-checkout-returns-500"


@pytest.fixture
async def bench(database_url: str, tmp_path: Path) -> AsyncIterator[Bench]:
    """A whole bot on each database in turn."""
    async with on_the_bench(database_url, tmp_path) as running:
        yield running


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium; skips where there is none."""
    async with chromium() as found:
        yield found


async def signed_in(bench: Bench, browser: Browser, name: str) -> Page:
    """A browser of somebody who opened their sign-in link; a page in #general."""
    url = await bench.serve()
    secret = await bench.house.desks.doors.sign_in_link(SYSTEM, name)
    context = await browser.new_context(viewport={"width": 1440, "height": 900})
    page = await context.new_page()
    await page.goto(f"{url}/sign-in/{secret}")
    await page.get_by_role("button", name=re.compile("sign in", re.IGNORECASE)).click()
    await page.wait_for_url(re.compile(r"/channels/|/$"))
    await page.goto(f"{url}/channels/general")
    return page


async def type_line(page: Page, text: str) -> None:
    """Type a line into the composer and send it."""
    composer = page.locator("[data-composer] textarea").first
    await composer.fill(text)
    await composer.press("Escape")
    await composer.press("Enter")
    await expect(composer).to_have_value("")


async def test_an_incident_from_start_to_close(bench: Bench, browser: Browser) -> None:
    await bench.hire("ana", "commander")
    await bench.hire("bo")
    ana = await signed_in(bench, browser, "ana")
    bo = await signed_in(bench, browser, "bo")

    # The form: a missing name is said at its field, and nothing typed is lost.
    await type_line(ana, "/incident start")
    form = ana.get_by_role("dialog")
    await form.get_by_label("Playbook").select_option(label="Service outage")
    await form.get_by_role("button", name="Start incident").click()
    await expect(
        form.get_by_text("Give the incident a name")
        .or_(form.locator(".field-error:not(:empty)"))
        .first
    ).to_be_visible()
    await expect(form.get_by_label("Playbook")).not_to_have_value("")
    await form.get_by_label("Name", exact=True).fill("Checkout returns 500")
    await form.get_by_role("button", name="Start incident").click()
    await expect(form).to_be_hidden()

    # Its channel appears in the list, live, with the panel at the right.
    await ana.get_by_role("link", name=re.compile(ROOM)).first.click()
    panel = ana.locator("#panel")
    await expect(panel).to_contain_text("INC-00001 · HIGH · Checkout returns 500")
    await expect(panel).to_contain_text("@ana")

    # Check steps in the panel.
    boxes = panel.get_by_role("checkbox")
    await boxes.nth(0).click()
    await expect(boxes.nth(0)).to_be_checked()
    await boxes.nth(1).click()
    await expect(panel.locator(".progress-count")).to_contain_text("2/")

    # Run a step's command.
    await type_line(ana, '/incident step add "Tell everybody" --command "/incident update Hello"')
    step = panel.locator(".step", has_text="Tell everybody")
    await step.get_by_role("button", name="Run").click()
    await expect(ana.locator("#messages")).to_contain_text("Status update by @ana")

    # The other one is invited, finds the channel, and becomes commander.
    await type_line(ana, "/incident invite @bo")
    await bo.get_by_role("link", name=re.compile(ROOM)).first.click()
    await expect(bo.locator("#panel")).to_contain_text("Tell everybody")
    await type_line(ana, "/incident commander @bo")
    await expect(bo.locator("#panel dd").first).to_contain_text("@bo")
    await expect(panel.locator("dd").first).to_contain_text("@bo")

    # What one does, the other sees without reloading.
    await bo.locator("#panel").get_by_role("checkbox").nth(2).click()
    await expect(boxes.nth(2)).to_be_checked()
    await type_line(bo, "<b>not bold</b> @channel")
    await expect(ana.locator("#messages")).to_contain_text("<b>not bold</b> @channel")

    # End it; the question first.
    await panel.get_by_role("button", name="End incident").click()
    await ana.get_by_role("alertdialog").get_by_role("button", name="End incident").click()
    await expect(panel).to_contain_text("Closed")
    await expect(panel.get_by_role("button", name="Restart")).to_be_visible()

    # The backstage: details and the export.
    await ana.get_by_role("link", name="Incidents").first.click()
    await ana.get_by_role("link", name=re.compile("INC-00001")).first.click()
    await expect(ana.get_by_text("Timeline").first).to_be_visible()
    async with ana.expect_download() as download:
        await ana.get_by_role("button", name="Export Incident Channel").click()
    path = await (await download.value).path()
    rows = list(csv.reader(path.read_text().splitlines()))
    assert tuple(rows[0]) == HEADER
    assert any("<b>not bold</b>" in row[7] for row in rows)
