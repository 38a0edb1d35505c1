"""The page of the second factor, with a phone beside it."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest
from playwright.async_api import Browser, Page, expect

from tests.authenticator import code, wrong_code
from tests.bench import Bench
from tests.chromium import chromium
from tests.web.tab import tab
from tests.web.visitor import Answer, Visitor

HERE = "/account/second-factor"
FIELD = "second_factor_code"
ERROR = "form-second-factor-second_factor_code"

only_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


async def begun(visitor: Visitor) -> str:
    """A new secret, as the page shows it."""
    answer = await visitor.post(HERE)
    assert answer.status == 200
    return answer.page.one("input", _id="second-factor-secret").get("value")


async def set_up(visitor: Visitor) -> tuple[str, list[str]]:
    """Secret and recovery codes of somebody who has one from now on."""
    secret = await begun(visitor)
    answer = await visitor.post(f"{HERE}/confirm", {FIELD: code(secret)})
    return secret, answer.page.one("textarea").text.split()


async def sent(visitor: Visitor, where: str, given: str, *, htmx: bool = True) -> Answer:
    return await visitor.post(f"{HERE}/{where}", {FIELD: given}, htmx=htmx)


async def test_one_is_set_up_and_removed(ana: Visitor) -> None:
    assert "You have no second factor" in (await ana.get(HERE)).body
    secret = await begun(ana)

    wrong = await sent(ana, "confirm", wrong_code(secret))
    assert "That code is wrong" in wrong.page.one(_id=ERROR).text
    assert wrong.headers["HX-Reswap"] == "none"
    right = await sent(ana, "confirm", f"{code(secret)[:3]} {code(secret)[3:]}")
    codes = right.page.one("textarea").text.split()
    assert len(set(codes)) == 10

    page = await ana.get(HERE)
    assert "on since" in page.body
    assert "10 of 10 recovery codes" in page.body
    for given in ("", wrong_code(secret), code(secret)):
        assert (await sent(ana, "remove", given)).page.one(_id=ERROR).text
    gone = await sent(ana, "remove", codes[0])
    assert gone.headers["HX-Redirect"] == HERE
    assert "You have no second factor" in (await ana.get(HERE)).body


@only_sqlite
async def test_what_was_shown_once_is_never_shown_again(ana: Visitor) -> None:
    secret, codes = await set_up(ana)

    for path in (HERE, "/people/ana"):
        body = (await ana.get(path)).body
        assert not [each for each in (secret, *codes) if each in body]
    again = await ana.post(HERE, htmx=False)
    assert again.status == 409
    assert secret not in again.body


@only_sqlite
async def test_it_works_without_scripts_as_well(ana: Visitor) -> None:
    page = (await ana.post(HERE, htmx=False)).page
    secret = page.one("input", _id="second-factor-secret").get("value")

    wrong = await sent(ana, "confirm", wrong_code(secret), htmx=False)
    right = await sent(ana, "confirm", code(secret), htmx=False)
    gone = await sent(ana, "remove", right.page.one("textarea").text.split()[0], htmx=False)

    assert page.all("title")[0].text.startswith("Second factor")
    assert (wrong.status, "That code is wrong" in wrong.body) == (422, True)
    assert gone.headers["Location"] == HERE


@only_sqlite
async def test_few_recovery_codes_are_warned_of(ana: Visitor, bench: Bench) -> None:
    _, codes = await set_up(ana)
    actor = await bench.actor("ana")
    for each in codes[:8]:
        await bench.house.second_factors.prove(actor, each)

    body = (await ana.get(HERE)).body

    assert "2 recovery codes left" in body


@only_sqlite
async def test_an_administrator_helps_who_has_lost_theirs(ana: Visitor, admin: Visitor) -> None:
    remove = "/people/ana/second-factor/remove"
    assert "second-factor/remove" not in (await admin.get("/people/ana")).body
    await set_up(ana)

    seen = (await admin.get("/people/ana")).page
    denied = await ana.post("/people/admin/second-factor/remove", htmx=False)
    own = await ana.post(remove, htmx=False)
    assert seen.one("form", action=remove).get("data-confirm")
    assert (denied.status, own.status) == (403, 422)
    assert "on since" in (await ana.get(HERE)).body

    removed = await admin.post(remove, htmx=False)
    assert removed.headers["Location"] == "/people/ana"
    assert "You have no second factor" in (await ana.get(HERE)).body


@only_sqlite
async def test_the_way_there_is_in_the_menu(ana: Visitor) -> None:
    page = (await ana.get("/incidents")).page

    assert page.one("a", href=HERE).text.strip() == "Second factor"


@only_sqlite
async def test_another_site_cannot_send_the_forms(ana: Visitor) -> None:
    for path in (HERE, f"{HERE}/confirm", f"{HERE}/remove"):
        headers = {"Sec-Fetch-Site": "cross-site"}
        async with ana.session.post(path, headers=headers, allow_redirects=False) as answer:
            assert answer.status == 403


@pytest.fixture
async def browser() -> AsyncGenerator[Browser]:
    """Chromium."""
    async with chromium() as running:
        yield running


async def fits(page: Page) -> bool:
    wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    return bool(await page.evaluate(wide))


@pytest.mark.browser
@only_sqlite
@pytest.mark.parametrize("width", [1440, 390])
async def test_it_is_set_up_in_a_browser(bench: Bench, browser: Browser, width: int) -> None:
    async with tab(browser, bench, "ana", HERE, width=width) as page:
        await page.get_by_role("button", name="Set one up").click()
        drawing = page.locator(".qr svg")
        await expect(drawing).to_be_visible()
        frame, dots = (
            await drawing.bounding_box(),
            await drawing.locator("path").last.bounding_box(),
        )
        assert frame is not None
        assert dots is not None
        assert 180 <= dots["width"] < frame["width"]
        assert dots["x"] + dots["width"] < frame["x"] + frame["width"]
        assert dots["y"] + dots["height"] < frame["y"] + frame["height"]
        assert await fits(page)
        assert await page.get_by_role("link", name="app on this phone").is_visible() is (
            width < 500
        )
        secret = await page.locator("#second-factor-secret").input_value()

        await page.get_by_label("Code", exact=True).fill(wrong_code(secret))
        await page.get_by_role("button", name="Turn it on").click()
        await expect(page.locator(f"#{ERROR}")).to_contain_text("That code is wrong")
        await page.get_by_label("Code", exact=True).fill(code(secret))
        await page.keyboard.press("Enter")
        codes = page.get_by_label("Recovery codes")
        await expect(codes).to_be_visible()
        first = (await codes.input_value()).split()[0]
        assert await fits(page)

        await page.get_by_role("link", name="Done").click()
        await page.get_by_label("Code of your app").fill(first)
        await page.get_by_role("button", name="Remove").click()
        await expect(page.get_by_text("You have no second factor")).to_be_visible()
