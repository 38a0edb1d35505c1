"""The pages of actions, by the requests that browsers send."""

from __future__ import annotations

from tests.bench import Bench
from tests.web.test_runbook_pages import ended
from tests.web.visitor import Visitor, visiting


async def test_an_action_is_searched_for_and_run(admin: Visitor) -> None:
    found = (await admin.get("/actions", q="http")).body
    assert "core.http" in found
    assert "core.noop" not in found
    part = (await admin.get("/actions", htmx=True, q="nothing like it")).body
    assert "No action fits" in part
    assert "<html" not in part
    page = await admin.get("/actions/core.local")
    assert page.page.one("input", name="p.cmd").get("value") == ""

    begun = await admin.post("/actions/core.local/run", {"p.cmd": "echo '<b>x</b>'", "reason": "?"})

    body = await ended(admin, begun.headers["HX-Redirect"])
    assert "RUN-00001" in body or begun.headers["HX-Redirect"] == "/executions/RUN-00001"
    assert "&lt;b&gt;x&lt;/b&gt;" in body
    assert "<b>x</b>" not in body


async def test_a_mistake_goes_to_its_field_and_nothing_is_begun(admin: Visitor) -> None:
    missing = await admin.post("/actions/core.local/run", {"p.cmd": ""})
    assert "is missing" in missing.page.one("p", _id="form-action-p.cmd").text
    nowhere = await admin.post(
        "/actions/core.local/run", {"p.cmd": "echo", "incident": "INC-00009"}
    )
    assert nowhere.page.one("p", _id="form-action-incident").text
    assert (await admin.post("/actions/core.nope/run", {})).status == 404
    assert (await admin.get("/actions/core.nope")).status == 404
    assert "Nothing has been executed yet" in (await admin.get("/executions")).body


async def test_who_may_not_run_one_sees_what_it_takes(bench: Bench) -> None:
    await bench.hire("vera", "viewer")
    async with visiting(bench, "vera") as vera:
        page = (await vera.get("/actions/core.local")).body
        assert ">cmd<" in page
        assert "<form" not in page.split('class="page-body"')[1]
        assert (await vera.post("/actions/core.local/run", {"p.cmd": "id"})).status == 403
        assert "Nothing has been executed yet" in (await vera.get("/executions")).body
