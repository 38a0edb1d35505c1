"""The pages in a real Chromium: they are live, work from the keyboard, and fit a phone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest
from playwright.async_api import Browser, expect

from bot.doors import doors
from bot.server import Server, listen
from tests.bench import Bench
from tests.chromium import chromium
from tests.web.tab import tab

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True),
]
PHONE = 390
START = '/incident start --playbook outage --name "Checkout returns 500"'
ROOM = "/channels/inc-00001-checkout-returns-500"
PAGES = (
    "/channels/general",
    "/incidents",
    "/incidents/INC-00001",
    "/playbooks",
    "/playbooks/new",
    "/playbooks/scratch",
    "/people",
    "/people/ana",
    "/tokens",
    "/audit",
    ROOM,
)


@pytest.fixture
async def browser() -> AsyncGenerator[Browser]:
    """Chromium."""
    async with chromium() as running:
        yield running


async def test_two_people_talk_without_loading_the_page(bench: Bench, browser: Browser) -> None:
    async with (
        tab(browser, bench, "ana", "/channels/general") as ana,
        tab(browser, bench, "bo", "/channels/general") as bo,
    ):
        await ana.locator(".talk textarea").fill("Is **checkout** slow, @bo?")
        await ana.keyboard.press("Enter")
        heard = bo.locator(".msg.for-me")
        await expect(heard).to_contain_text("Is checkout slow, @bo?")

        await heard.hover()
        await heard.get_by_role("button", name="Reply in thread").click()
        await bo.locator("#thread textarea").fill("It is.")
        await bo.locator("#thread textarea").press("Enter")
        await expect(bo.locator("#thread .messages")).to_contain_text("It is.")
        await expect(ana.locator(".replies", has_text="1 reply")).to_be_visible()


async def test_a_command_is_completed_and_sent_from_the_keyboard(
    bench: Bench, browser: Browser
) -> None:
    async with tab(browser, bench, "ana", "/channels/general") as ana:
        await ana.locator(".talk textarea").press_sequentially("/inci")
        await expect(ana.get_by_role("option").first).to_be_visible()
        await ana.keyboard.press("Tab")
        await ana.keyboard.type("lis")
        await expect(ana.get_by_role("option").first).to_contain_text("list")
        await ana.keyboard.press("Tab")
        await ana.keyboard.press("Enter")
        await expect(ana.locator(".msg-whisper")).to_contain_text("Only visible to you")


async def test_a_form_says_what_is_wrong_and_keeps_the_rest(bench: Bench, browser: Browser) -> None:
    async with tab(browser, bench, "ana", "/channels/general") as ana:
        await ana.get_by_role("button", name="Start incident").click()
        dialog = ana.get_by_role("dialog")
        await dialog.get_by_label("Summary").fill("Nobody can pay")
        await dialog.get_by_role("button", name="Start incident").click()
        await expect(dialog.locator(".field-error:not(:empty)").first).to_be_visible()
        await expect(dialog.get_by_label("Summary")).to_have_value("Nobody can pay")
        await ana.keyboard.press("Escape")
        await expect(dialog).to_have_count(0)


async def test_the_panel_is_one_picture_for_everybody(bench: Bench, browser: Browser) -> None:
    await bench.person("bo")
    await bench.say("ana", "general", START)
    await bench.say("ana", ROOM.removeprefix("/channels/"), "/incident invite @bo")
    async with tab(browser, bench, "ana", ROOM) as ana, tab(browser, bench, "bo", ROOM) as bo:
        await ana.locator("#panel").get_by_role("checkbox").first.click()
        await expect(bo.locator("#panel .step-done")).to_have_count(1)
        await bo.locator("#panel").get_by_role("button", name="End incident").click()
        await bo.get_by_role("alertdialog").get_by_role("button", name="End incident").click()
        await expect(ana.locator("#panel")).to_contain_text("Closed")


async def test_what_happened_while_the_line_was_cut_is_shown_after(
    bench: Bench, browser: Browser
) -> None:
    port = int((await bench.serve()).rpartition(":")[2])
    async with tab(browser, bench, "ana", "/channels/general") as ana:
        await expect(ana.locator("body[data-live=on]")).to_be_attached()
        await bench.close()
        await bench.say("bo", "general", "said in the dark")
        again = Server(doors(bench.bot))
        await again.start(listen("127.0.0.1", port))
        await expect(ana.locator(".msg", has_text="said in the dark")).to_have_count(1)
        await again.stop()


async def test_a_step_is_moved_by_its_buttons_and_saved(bench: Bench, browser: Browser) -> None:
    async with tab(browser, bench, "ana", "/playbooks/scratch") as ana:
        await ana.get_by_label("Name", exact=True).fill("Printer on fire")
        await ana.get_by_role("button", name="Add a step").click()
        await ana.keyboard.type("Call the owner")
        await ana.keyboard.press("Enter")
        await ana.keyboard.type("Unplug it")
        await ana.get_by_role("button", name="Move the step up").last.click()
        await ana.get_by_role("button", name="Create playbook").click()
        await ana.wait_for_url("**/playbooks/*")
        titles = ana.get_by_label("Step title")
        await expect(titles.nth(0)).to_have_value("Unplug it")
        await expect(titles.nth(1)).to_have_value("Call the owner")


async def test_whoever_starts_an_incident_is_led_to_its_channel(
    bench: Bench, browser: Browser
) -> None:
    async with tab(browser, bench, "ana", "/channels/general") as ana:
        await ana.get_by_role("button", name="Start incident").click()
        dialog = ana.get_by_role("dialog")
        await dialog.get_by_label("Playbook").select_option(label="Service outage")
        await dialog.get_by_label("Name", exact=True).fill("Checkout returns 500")
        await dialog.get_by_role("button", name="Start incident").click()
        await ana.wait_for_url(f"**{ROOM}")
        feet = ana.locator("#panel .card > .actions").last.get_by_role("button")
        await expect(feet).to_have_count(5)
        heights = await feet.evaluate_all("all => all.map((one) => one.offsetTop)")
        assert len(set(heights)) == 1


async def test_a_reply_in_a_thread_is_read_where_its_channel_is(
    bench: Bench, browser: Browser
) -> None:
    said = await bench.say("bo", "general", "Is it the pool?")
    assert said.message is not None
    bo = await bench.person("bo")
    await bench.person("ana")
    async with tab(browser, bench, "ana", "/channels/general") as ana:
        await ana.locator(".msg", has_text="Is it the pool?").wait_for()
        async with ana.expect_request("**/seen"):
            await bench.house.rooms.say(bo, "general", "It is.", thread=said.message.id)
        await ana.goto("/incidents")
        await expect(ana.locator(".channels .count:visible")).to_have_count(0)


async def test_a_wrong_time_stays_in_its_field_and_its_mistake_in_sight(
    bench: Bench, browser: Browser
) -> None:
    async with tab(browser, bench, "ana", "/playbooks/scratch", bears="422") as ana:
        await ana.get_by_label("Name", exact=True).fill("Printer on fire")
        for title in ("Call the owner", "Look", "Unplug it", "Write it down"):
            await ana.get_by_role("button", name="Add a step").click()
            await ana.keyboard.type(title)
        await ana.locator(".edit-more summary").last.click()
        due = ana.get_by_label("Due after the start").last
        await due.fill("banana")
        # A field somebody made taller has a style of its own, which the policy lets nobody copy.
        taller = "one => { one.style.height = '200px' }"
        await ana.locator("#pb-description").evaluate(taller)
        await ana.get_by_role("button", name="Create playbook").click()
        wrong = ana.locator(".field-error:not(:empty)")
        await expect(wrong).to_have_count(1)
        await expect(due).to_have_value("banana")
        words = await wrong.bounding_box()
        bar = await ana.locator(".save-bar").bounding_box()
        assert words is not None
        assert bar is not None
        assert words["y"] + words["height"] <= bar["y"]


@pytest.mark.parametrize("width", [1440, PHONE])
async def test_every_page_fits_its_window(bench: Bench, browser: Browser, width: int) -> None:
    await bench.say("ana", "general", START)
    async with tab(browser, bench, "admin", "/channels/general", width=width) as page:
        for path in PAGES:
            await page.goto(path)
            for part in (":root", "#main"):
                spare = await page.evaluate(
                    "part => { const e = document.querySelector(part);"
                    " return e.scrollWidth - e.clientWidth }",
                    part,
                )
                assert spare <= 0, (path, part)


async def test_a_phone_reaches_everything(bench: Bench, browser: Browser) -> None:
    await bench.say("ana", "general", START)
    async with tab(browser, bench, "ana", ROOM, width=PHONE) as ana:
        await ana.get_by_role("tab", name="Incident").click()
        await expect(ana.locator("#panel").get_by_role("checkbox").first).to_be_visible()
        await ana.get_by_role("tab", name="Messages").click()
        await expect(ana.locator(".talk textarea")).to_be_visible()
        await ana.get_by_role("button", name="Open the menu").click()
        await ana.get_by_role("link", name="Playbooks").click()
        await expect(ana.get_by_role("heading", name="Playbooks")).to_be_visible()


async def test_durations_go_on_by_themselves(bench: Bench, browser: Browser) -> None:
    await bench.say("ana", "general", START)
    async with tab(browser, bench, "ana", ROOM) as ana:
        duration = ana.locator("#panel time[data-moment=elapsed]").first
        before = await duration.inner_text()
        await asyncio.sleep(1.2)
        assert await duration.inner_text() != before
