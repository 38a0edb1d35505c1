"""A runbook in a real browser: written, tried dry, run, approved by somebody else, followed."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.automation.approving import RISKY
from tests.automation.runs import ECHO, executed, written
from tests.bench import Bench, on_the_bench
from tests.chromium import chromium
from tests.journeys.test_browser import signed_in, type_line

pytestmark = pytest.mark.browser

WRITTEN = """\
name: Greet
description: Says hi.
parameters:
- name: whom
  required: true
  description: Whom to greet
steps:
- name: Say
  action: core.local
  parameters:
    cmd: echo hi {{ parameters.whom }}
- name: Risky
  action: core.local
  parameters:
    cmd: echo done {{ parameters.whom }}
  approval:
    role: approver
    reason_required: true
"""
WITHIN = 10_000
"""Milliseconds; the lists ask every second."""
HOSTILE = "you; <b>x</b> $(id)"


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


async def test_a_runbook_from_writing_to_its_end(bench: Bench, browser: Browser) -> None:
    await bench.hire("bo", "approver")
    admin = await signed_in(bench, browser, "admin")
    bo = await signed_in(bench, browser, "bo")
    url = await bench.serve()

    # Written with a mistake: said with its place, and nothing typed is lost.
    await admin.get_by_role("link", name="Runbooks").click()
    await admin.get_by_role("link", name="New runbook").first.click()
    wrong = WRITTEN.replace("parameters.whom", "parameters.who")
    await admin.locator("#document").fill(wrong)
    await admin.get_by_role("button", name="Save").click()
    await expect(admin.get_by_role("alert")).to_contain_text("steps[0].parameters.cmd")
    await expect(admin.locator("#document")).to_have_value(wrong)
    await admin.locator("#document").fill(WRITTEN)
    await admin.get_by_role("button", name="Save").click()

    # A draft cannot be run, but tried; it is set active.
    await expect(admin.get_by_role("heading", name="Greet")).to_be_visible()
    await admin.get_by_role("button", name="Try it dry").click()
    tried = admin.get_by_role("dialog")
    await tried.get_by_role("button", name="Show what it would do").click()
    await expect(tried.locator(".field-error:not(:empty)").first).to_be_visible()
    await tried.get_by_label("whom").fill(HOSTILE)
    await tried.get_by_role("button", name="Show what it would do").click()
    await expect(tried.locator(".plan pre").first).to_have_text("echo hi 'you; <b>x</b> $(id)'")
    await expect(admin.get_by_role("button", name="Run", exact=True)).to_have_count(0)
    await tried.get_by_role("button", name="Cancel").click()
    await admin.get_by_label("Status").select_option("ACTIVE")
    await admin.get_by_role("button", name="Set status").click()

    # The form: a missing value at its field, then what it would do, then the deed.
    await admin.get_by_role("button", name="Run", exact=True).click()
    form = admin.get_by_role("dialog")
    await form.get_by_role("button", name="Run", exact=True).click()
    await expect(form.locator(".field-error:not(:empty)").first).to_be_visible()
    await form.get_by_label("whom").fill(HOSTILE)
    await form.get_by_role("button", name="Show what it would do").click()
    await expect(form.locator(".plan pre").first).to_have_text("echo hi 'you; <b>x</b> $(id)'")
    await form.get_by_role("button", name="Run", exact=True).click()
    await admin.wait_for_url(re.compile("/executions/RUN-00001"))
    await expect(admin.locator(".printed").first).to_have_text(f"hi {HOSTILE}\n")

    # It waits; the other one sees it without being told, and sees exactly what it would do.
    await expect(admin.get_by_role("link", name="APR-00001")).to_be_visible()
    await bo.goto(f"{url}/approvals")
    await bo.get_by_role("link", name=re.compile("APR-00001")).click()
    await expect(bo.locator(".plan pre").first).to_have_text("echo done 'you; <b>x</b> $(id)'")
    await bo.get_by_role("button", name="Approve").click()
    await expect(bo.locator("#form-approval-note")).not_to_be_empty()
    await bo.get_by_label("Note").fill("Looks right")
    await bo.get_by_role("button", name="Approve").click()
    await expect(bo.locator("#approval")).to_contain_text("Approved")

    # The page that was open all the time comes to its end by itself.
    await expect(admin.locator(".printed").nth(1)).to_have_text(f"done {HOSTILE}\n", timeout=4000)
    await expect(admin.locator(".execution .badge").first).to_have_text("Completed")
    await expect(admin.get_by_role("button", name="Cancel")).to_have_count(0)


async def test_what_is_answered_in_chat_is_updated_on_the_page(
    bench: Bench, browser: Browser
) -> None:
    await bench.hire("bo", "approver")
    admin = await signed_in(bench, browser, "admin")
    bo = await signed_in(bench, browser, "bo")
    url = await bench.serve()
    await admin.goto(f"{url}/runbooks/new")
    await admin.locator("#document").fill(WRITTEN)
    await admin.get_by_role("button", name="Save").click()
    await admin.get_by_label("Status").select_option("ACTIVE")
    await admin.get_by_role("button", name="Set status").click()
    await admin.goto(f"{url}/channels/general")
    await type_line(admin, "/runbook run greet whom=Zoe")
    await expect(admin.locator("#messages")).to_contain_text("waits for APR-00001")
    await bo.goto(f"{url}/approvals/APR-00001")
    await expect(bo.get_by_role("button", name="Approve")).to_be_visible()

    carl = await signed_in(bench, browser, "bo")
    await type_line(carl, "/reject APR-00001 not at night")

    await expect(bo.locator("#approval")).to_contain_text("Rejected", timeout=2000)
    await expect(bo.locator("#approval")).to_contain_text("not at night")
    await expect(bo.get_by_role("button", name="Approve")).to_have_count(0)
    await expect(admin.locator("#messages")).to_contain_text("not at night")


async def test_the_lists_follow_what_happens_elsewhere(bench: Bench, browser: Browser) -> None:
    """Open all the time and untouched, they show what is begun, asked and answered."""
    await bench.hire("bo", "approver")
    await written(bench, {**RISKY, "approval": {"role": "approver"}})
    lists, approvals, chat = [await signed_in(bench, browser, "admin") for _ in range(3)]
    bo = await signed_in(bench, browser, "bo")
    url = await bench.serve()
    await lists.goto(f"{url}/executions")
    await approvals.goto(f"{url}/approvals?status=any")
    await expect(lists.locator("#execution-list")).to_contain_text("Nothing has been executed yet")
    await expect(approvals.locator("#approval-list")).to_contain_text("Nothing waits")

    await type_line(chat, "/runbook run try")
    await expect(lists.locator("#execution-list")).to_contain_text("RUN-00001", timeout=WITHIN)
    row = approvals.locator("#approval-list tr", has_text="APR-00001")
    await expect(row).to_contain_text("Pending", timeout=WITHIN)

    # Answered in chat: the pages follow.
    await type_line(bo, "/reject APR-00001 not at night")
    await expect(row).to_contain_text("Rejected", timeout=WITHIN)
    await expect(lists.locator("#execution-list")).to_contain_text("Failed", timeout=WITHIN)

    # Answered on a page: the chat and the lists follow, a list of what has ended, too.
    await type_line(chat, "/runbook run try")
    await expect(lists.locator("#execution-list")).to_contain_text("RUN-00002", timeout=WITHIN)
    await bo.goto(f"{url}/approvals/APR-00002")
    await bo.get_by_role("button", name="Approve").click()
    await expect(chat.locator("#messages")).to_contain_text("Was approved by @bo", timeout=WITHIN)
    second = approvals.locator("#approval-list tr", has_text="APR-00002")
    await expect(second).to_contain_text("Approved", timeout=WITHIN)
    await expect(lists.locator("#execution-list")).to_contain_text("Completed", timeout=WITHIN)


async def test_a_search_is_not_undone_by_the_list_that_follows(
    bench: Bench, browser: Browser
) -> None:
    await executed(bench, await written(bench, ECHO))
    await executed(bench, await written(bench, ECHO, name="Other"))
    admin = await signed_in(bench, browser, "admin")
    await admin.goto(f"{await bench.serve()}/executions")
    await expect(admin.locator("#execution-list")).to_contain_text("Other")

    await admin.locator("#execution-search").fill("Try")
    await expect(admin.locator("#execution-list")).not_to_contain_text("Other")
    async with admin.expect_response(lambda one: "/executions?" in one.url):
        await executed(bench, "other")

    await expect(admin.locator("#execution-list")).to_contain_text("Try")
    await expect(admin.locator("#execution-list")).not_to_contain_text("Other")


async def test_an_action_is_found_and_run_on_its_page(bench: Bench, browser: Browser) -> None:
    admin = await signed_in(bench, browser, "admin")
    await admin.get_by_role("link", name="Actions").click()
    await admin.locator("#action-search").fill("core.local")
    await admin.get_by_role("link", name="core.local", exact=True).click()

    await admin.get_by_role("button", name="Run").click()
    await expect(admin.locator(".field-error:not(:empty)").first).to_be_visible()
    await admin.get_by_label("cmd").fill("echo $((6*7))")
    await admin.get_by_role("button", name="Run").click()

    await admin.wait_for_url(re.compile("/executions/RUN-00001"))
    await expect(admin.locator(".printed").first).to_have_text("42\n")
