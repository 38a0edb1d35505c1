"""The pages of runbooks, executions and approvals, by the requests that browsers send."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from automation.execution import TaskStatus
from security.actor import SYSTEM
from tests.bench import Bench
from tests.make_automation import task
from tests.web.page import Page
from tests.web.visitor import Visitor, visiting
from web.execution_page import words_of

WRITTEN = """\
name: Greet
steps:
- name: Say
  action: core.local
  parameters: {cmd: "echo '<i>hi</i>'"}
"""


async def written(admin: Visitor, text: str = WRITTEN, *, active: bool = True) -> str:
    """Path of a runbook."""
    made = await admin.post("/runbooks", {"document": text}, htmx=False)
    assert made.status == 303, made.body
    path = made.headers["Location"]
    if active:
        await admin.post(f"{path}/mark", {"status": "ACTIVE"}, htmx=False)
    return path


async def ended(visitor: Visitor, path: str) -> str:
    """The execution's page once it does not ask again."""
    for _ in range(200):
        body = (await visitor.get(path)).body
        if 'hx-trigger="every 1s"' not in body:
            return body
        await asyncio.sleep(0.05)
    raise AssertionError(path)


async def test_what_is_printed_is_never_markup(admin: Visitor) -> None:
    path = await written(admin)

    begun = await admin.post(f"{path}/run", {"reason": "<script>x</script>"})
    body = await ended(admin, begun.headers["HX-Redirect"])

    assert "&lt;i&gt;hi&lt;/i&gt;" in body
    assert "<i>hi</i>" not in body
    assert "<script>x" not in body


async def test_a_viewer_sees_and_does_nothing(bench: Bench, admin: Visitor) -> None:
    path = await written(admin)
    await bench.hire("vera", "viewer")
    async with visiting(bench, "vera") as vera:
        page = await vera.get(path)
        assert page.status == 200
        for word in ("Set status", "Delete", ">Run<", "Edit"):
            assert word not in page.body
        assert (await vera.get("/runbooks/new")).status == 403
        assert (await vera.post(f"{path}/run")).status == 403
        assert (await vera.post(f"{path}/mark", {"status": "DRAFT"})).status == 403
        assert (await vera.post(f"{path}/delete")).status == 403
        assert (await vera.post("/runbooks", {"document": WRITTEN})).status == 403
    assert "Active" in (await admin.get(path)).body


async def test_two_who_edit_at_once_do_not_undo_each_other(admin: Visitor) -> None:
    path = await written(admin)
    first = await admin.get(f"{path}/edit")
    revision = first.page.one("input", name="revision").get("value")
    text = WRITTEN.replace("Say", "Say it")

    saved = await admin.post(path, {"document": text, "revision": revision}, htmx=False)
    late = await admin.post(
        path, {"document": WRITTEN.replace("Say", "Shout"), "revision": revision}, htmx=False
    )

    assert saved.status == 303
    assert late.status == 422
    assert "Not saved" in late.body
    assert "Shout" in late.page.one("textarea", _id="document").text
    page = (await admin.get(path)).body
    assert "Say it" in page
    assert (await admin.post(f"{path}/versions/1/restore", htmx=False)).status == 303
    assert "Say it" not in (await admin.get(path)).body.split("Versions")[0]


async def test_one_mistake_is_said_once_and_several_each_at_its_place(admin: Visitor) -> None:
    one = WRITTEN.replace("core.local", "core.nope")
    path = await written(admin)

    single = await admin.post(path, {"document": one}, htmx=False)
    several = await admin.post(path, {"document": one + "\ncolour: red\nweight: 3\n"}, htmx=False)

    assert single.page.one("div", _id="mistakes").text.count("not installed") == 1
    shown = several.page.one("div", _id="mistakes").text
    assert "2 mistakes" in shown
    assert (shown.count("colour"), shown.count("weight")) == (1, 1)


async def test_the_lists_are_filtered_and_say_when_nothing_fits(admin: Visitor) -> None:
    assert "Greet" not in (await admin.get("/runbooks", q="greet")).body
    await written(admin, active=False)
    assert "Greet" in (await admin.get("/runbooks", status="draft", q="greet")).body
    assert "No runbook fits" in (await admin.get("/runbooks", status="active", q="greet")).body
    assert "Nothing has been executed yet" in (await admin.get("/executions")).body
    assert "No execution fits" in (await admin.get("/executions", active="1")).body
    assert "Nothing waits" in (await admin.get("/approvals")).body
    assert (await admin.get("/executions/RUN-00009")).status == 404
    assert (await admin.get("/approvals/APR-00009")).status == 404


async def test_a_webhooks_secret_is_shown_once(admin: Visitor) -> None:
    path = await written(admin, "trigger_type: WEBHOOK\n" + WRITTEN)

    told = await admin.post(f"{path}/webhook-secret")

    secret = told.page.one("input", _id="webhook-secret-value").get("value")
    assert secret.startswith("whsec_")
    assert "/api/automation/webhooks/" in told.body
    for page in (path, f"{path}/edit", "/audit"):
        assert secret not in (await admin.get(page)).body


EACH = """\
name: Each
steps:
- name: Probe
  action: core.local
  for_each: [web1, "<b>web2</b>", web3]
  concurrency: 2
  on_failure: continue
  parameters: {cmd: "echo was at {{ item }}; test {{ item }} != web3"}
"""


async def test_a_step_with_a_list_shows_how_far_it_is_and_every_item(admin: Visitor) -> None:
    path = await written(admin, EACH)
    page = (await admin.get(path)).body
    assert "For each of" in page
    assert "2 at a time" in page

    begun = await admin.post(f"{path}/run", {})
    body = await ended(admin, begun.headers["HX-Redirect"])

    assert "2 of 3 done, 1 failed" in body
    assert "was at web1" in body
    assert "&lt;b&gt;web2&lt;/b&gt;" in body
    assert "<b>web2" not in body
    assert "item 3 of 3: web3: " in body


async def test_a_dry_run_shows_what_would_be_done_for_each(admin: Visitor) -> None:
    path = await written(admin, EACH)

    shown = (await admin.post(f"{path}/run", {"dry": "1"})).body

    assert "For each of" in shown
    assert "echo was at web1; test web1 != web3" in shown


TOLD = """\
name: Told
steps:
- name: Say
  action: core.echo
  parameters: {message: well}
- name: Result
  action: mine.find
  parameters: {text: "Two of <b>three</b> answer"}
- name: Never
  action: core.echo
  when: steps.say.status == "FAILED"
  parameters: {message: never}
- name: Long
  action: core.local
  parameters: {cmd: "seq 1 20000; exit 3"}
- name: After
  action: core.echo
  parameters: {message: after}
"""


async def test_an_execution_says_what_was_found_and_why_a_step_was_left_out(
    bench: Bench, admin: Visitor
) -> None:
    pack = bench.house.settings.home / "packs" / "mine"
    (pack / "actions").mkdir(parents=True)
    (pack / "pack.yaml").write_text("ref: mine\nname: mine\nversion: 1.0.0\n")
    found = "name: find\nrunner_type: noop\nparameters:\n  text: {required: true}\n"
    (pack / "actions" / "find.yaml").write_text(found)
    bench.house.automation.workshop.registry.reload()
    path = await written(admin, TOLD)

    begun = await admin.post(f"{path}/run", {})
    here = begun.headers["HX-Redirect"]
    body = await ended(admin, here)

    assert '<p class="task-words">Two of &lt;b&gt;three&lt;/b&gt; answer</p>' in body
    why = "Its condition does not hold: <code>steps.say.status == &#34;FAILED&#34;</code>"
    assert why in body
    assert "Not reached, since what came before it did not succeed." in body
    assert "Run again from the failed step" in body
    links = [one.get("href") for one in Page(body).all("a") if "/output/" in one.get("href")]
    assert len(links) == 1
    whole = await admin.get(links[0])
    assert whole.body == "".join(f"{each}\n" for each in range(1, 20001))
    assert whole.headers["Content-Disposition"] == 'attachment; filename="RUN-00001-output.txt"'
    assert (await admin.get(f"{here}/output/nope")).status == 404
    await bench.house.desks.people.create_team(SYSTEM, "other", "")
    async with visiting(bench, "zoe", "other") as zoe:
        assert (await zoe.get(links[0])).status == 404


async def test_a_note_that_is_needed_is_asked_for_at_its_field(
    bench: Bench, admin: Visitor
) -> None:
    asks = WRITTEN.replace(
        "  action", "  approval: {role: approver, reason_required: true}\n  action"
    )
    await bench.hire("bo", "approver")
    path = await written(admin, asks)
    begun = await admin.post(f"{path}/run", {})
    async with visiting(bench, "bo") as bo:
        asked = await bo.get("/approvals/APR-00001")
        for _ in range(200):
            if asked.status == 200:
                break
            await asyncio.sleep(0.05)
            asked = await bo.get("/approvals/APR-00001")
        form = dict(asked.page.fields())
        assert "needed, whatever you answer" in asked.body

        told = (await bo.post("/approvals/APR-00001", {**form, "answer": "approve"})).page

        # Each part that is sent has its place in the page.
        places = {one.get("id") for one in asked.page.all("p")}
        assert {one.get("id") for one in told.all("p")} <= places
        assert "wants a reason" in told.one("p", _id="form-approval-note").text
        said = {**form, "note": "Fine", "answer": "approve"}
        assert (await bo.post("/approvals/APR-00001", said)).status == 204
    assert "hi" in await ended(admin, begun.headers["HX-Redirect"])


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ({"text": "All is well."}, "All is well."),
        ({"stdout": {"text": "All is well."}, "stderr": ""}, "All is well."),
        ({"stdout": "up 3 days", "stderr": ""}, ""),
    ],
)
def test_what_a_step_says_in_words_is_found_in_what_its_script_printed(
    output: Any, words: str
) -> None:
    assert words_of(task(status=TaskStatus.COMPLETED, output=output)) == words
