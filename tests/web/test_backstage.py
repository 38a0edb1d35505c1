"""The backstage pages: incidents, playbooks, people, tokens, audit."""

from __future__ import annotations

import csv
import io
import json

import pytest
from aiohttp import FormData

from tests.bench import Bench
from tests.web.page import Page
from tests.web.visitor import Visitor, visiting

only_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


async def begin(bench: Bench, who: str, name: str, severity: str = "HIGH") -> None:
    """An incident, all set up."""
    line = f'/incident start --playbook outage --name "{name}" --severity {severity}'
    await bench.say(who, "general", line)


async def test_the_list_of_incidents_is_filtered(bench: Bench, ana: Visitor) -> None:
    await begin(bench, "ana", "Checkout fails", "CRITICAL")
    await begin(bench, "bo", "Search is slow", "LOW")
    await bench.say("bo", "inc-00002-search-is-slow", "/incident end")

    async def listed(**wanted: str) -> list[str]:
        page = (await ana.get("/incidents", htmx=True, **wanted)).page
        return [row.get("data-href") for row in page.all("tr") if row.get("data-href")]

    assert await listed() == ["/incidents/INC-00002", "/incidents/INC-00001"]
    assert await listed(ongoing="1") == ["/incidents/INC-00001"]
    assert await listed(mine="1") == ["/incidents/INC-00001"]
    assert await listed(severity="low") == ["/incidents/INC-00002"]
    assert await listed(q="search") == ["/incidents/INC-00002"]
    assert await listed(q="<script>") == []


@only_sqlite
async def test_a_long_list_has_pages_that_keep_the_filter(bench: Bench, ana: Visitor) -> None:
    for number in range(26):
        await begin(bench, "ana", f"Number {number}")

    first = (await ana.get("/incidents", ongoing="1")).page
    following = first.one("a", rel="next").get("href")
    second = (await ana.get(following)).page

    assert following == "/incidents?ongoing=1&page=2"
    assert "1–25 of 26" in first.text  # noqa: RUF001 - as it is printed
    assert len([row for row in second.all("tr") if row.get("data-href")]) == 1


async def test_an_incident_is_started_from_its_page_with_mistakes_in_place(
    bench: Bench, ana: Visitor
) -> None:
    dialog = (await ana.get("/incidents/start", htmx=True)).page
    playbook = next(one.options for one in dialog.all("select") if one.get("name") == "playbook")[1]

    wrong = await ana.post("/incidents", {"playbook": playbook[0], "name": " "})
    right = await ana.post("/incidents", {"playbook": playbook[0], "name": "Disk full"})
    await bench.settle()
    page = await ana.get(right.headers["HX-Redirect"])

    assert wrong.page.one(_id="form-start-name").text
    assert right.headers["HX-Redirect"] == "/incidents/INC-00001"
    assert "Disk full" in page.body
    assert "/channels/inc-00001-disk-full" in page.body


async def test_the_page_of_an_incident_tells_all_about_it(bench: Bench, ana: Visitor) -> None:
    await bench.person("bo")
    await begin(bench, "ana", "Checkout fails")
    room = "inc-00001-checkout-fails"
    await bench.say("ana", room, "/incident invite @bo")
    await bench.say("bo", room, "/incident check 1")

    page = (await ana.get("/incidents/INC-00001")).page

    assert "Checkout fails" in page.text
    assert "Checked by @bo" in page.text
    names = [one.text for one in page.all("dt")]
    facts = dict(zip(names, [one.text for one in page.all("dd")], strict=True))
    assert facts["Members"] == "2"
    assert int(facts["Messages"]) >= 3
    assert "@bo checked" in " ".join(page.text.split())


@only_sqlite
async def test_an_incident_is_worked_on_from_its_page(bench: Bench, ana: Visitor) -> None:
    await bench.person("bo")
    await begin(bench, "ana", "Checkout fails")
    await bench.say("ana", "inc-00001-checkout-fails", "/incident invite @bo")
    page = (await ana.get("/incidents/INC-00001")).page
    check = next(one.get("action") for one in page.all("form") if "/check" in one.get("action"))
    bo = (await bench.person("bo")).id

    await ana.post(check, htmx=False)
    edited = await ana.post(
        "/incidents/INC-00001/edit",
        {"name": "Checkout is down", "severity": "EMERGENCY", "summary": "**All** of it"}
        | {"commander": bo},
    )
    ended = await ana.post("/incidents/INC-00001/end", htmx=False)
    closed = (await ana.get("/incidents/INC-00001")).page
    again = await ana.post("/incidents/INC-00001/end", htmx=False)

    assert edited.headers["HX-Redirect"] == ended.headers["Location"] == "/incidents/INC-00001"
    assert "Checkout is down" in closed.text
    assert "EMERGENCY" in closed.text
    assert "made @bo commander" in closed.text
    assert "Closed" in closed.text
    assert (again.status, "closed" in again.body) == (409, True)


@only_sqlite
async def test_an_edit_whose_commander_is_refused_changes_nothing(
    bench: Bench, ana: Visitor
) -> None:
    bo = (await bench.person("bo")).id
    await begin(bench, "ana", "Checkout fails")

    refused = await ana.post(
        "/incidents/INC-00001/edit",
        {"name": "Other", "severity": "LOW", "summary": "Other", "commander": bo},
    )

    assert refused.status == 409
    incident = await bench.house.desks.incidents.find(await bench.actor("ana"), "INC-00001")
    assert (incident.name, incident.version) == ("Checkout fails", 1)


async def test_the_channel_is_exported_where_that_is_allowed_and_says_why_not(
    bench: Bench, ana: Visitor, admin: Visitor
) -> None:
    await begin(bench, "ana", "Checkout fails")
    await bench.say("ana", "inc-00001-checkout-fails", "=1+1")

    refused = (await ana.get("/incidents/INC-00001")).page
    denied = await ana.post("/incidents/INC-00001/export", htmx=False)
    file = await admin.post("/incidents/INC-00001/export", htmx=False)

    button = next(one for one in refused.all("button") if "Export" in one.text)
    assert button.get("aria-disabled") == "true"
    assert "incident.export" in refused.one(_id="why-no-export").text
    assert denied.status == 403
    rows = list(csv.reader(io.StringIO(file.body)))
    assert rows[0][:2] == ["Post Creation Time", "User Id"]
    assert "'=1+1" in [row[7] for row in rows]
    assert "attachment" in file.headers["Content-Disposition"]


async def test_a_private_incident_is_not_there_for_others(bench: Bench, ana: Visitor) -> None:
    line = '/incident start --playbook security-breach --name "Stolen keys"'
    await bench.say("bo", "general", line)

    assert (await ana.get("/incidents/INC-00001")).status == 404
    assert "Stolen keys" not in (await ana.get("/incidents")).body
    assert (await ana.post("/incidents/INC-00001/join", htmx=False)).status == 404


async def test_a_playbook_is_written_changed_and_restored(bench: Bench, ana: Visitor) -> None:
    empty = (await ana.get("/playbooks/scratch")).page.fields()
    fields = [(name, "Printer on fire" if name == "name" else value) for name, value in empty]
    made = await ana.post("/playbooks", FormData(fields))
    path = made.headers["HX-Redirect"].partition("?")[0]

    editor = (await ana.get(path)).page.fields()
    changed = [("Act" if name == "stage_name" else value) for name, value in editor]
    names = [name for name, _ in editor]
    at = names.index("stage_name") + 1
    rows = list(zip(names, changed, strict=True))
    rows[at:at] = [("step_id", ""), ("step_title", "Unplug it"), ("step_due", "soon")]
    wrong = await ana.post(path, FormData(rows))
    rows[at + 2] = ("step_due", "5m")
    right = await ana.post(path, FormData(rows))
    stale = await ana.post(path, FormData(rows))
    restored = await ana.post(f"{path}/revisions/1/restore", htmx=False)

    assert wrong.status == 422
    assert "a length of time" in wrong.page.text
    assert ("step_title", "Unplug it") in wrong.page.fields()
    assert right.headers["HX-Redirect"].startswith(path)
    assert "changed meanwhile" in stale.page.text or stale.status == 422
    assert restored.status == 303
    assert ("step_title", "Unplug it") not in (await ana.get(path)).page.fields()
    assert bench


@only_sqlite
async def test_a_playbook_comes_from_a_template_or_a_file_and_goes(ana: Visitor) -> None:
    made = await ana.post("/playbooks/from-template", {"template": "outage"}, htmx=False)
    path = made.headers["Location"]
    exported = json.loads((await ana.get(f"{path}/export")).body)
    form = FormData(default_to_multipart=True)
    document = {**exported, "retrospective_reminder_interval_seconds": 5, "broadcast_enabled": True}
    form.add_field("file", json.dumps(document), filename="outage.json")
    imported = await ana.post("/playbooks/import", form, htmx=False)
    bad = FormData(default_to_multipart=True)
    bad.add_field("file", '{"version": 2}', filename="outage.json")
    refused = await ana.post("/playbooks/import", bad, htmx=False)
    copied = await ana.post(f"{path}/duplicate", htmx=False)

    assert exported["version"] == 1
    assert imported.status in {200, 303}
    assert refused.status == 422
    assert "Nothing was imported." in refused.body
    assert refused.page.one("form", action="/playbooks/import")
    assert copied.headers["Location"] != path
    assert "(copy)" in (await ana.get(copied.headers["Location"])).body


@only_sqlite
async def test_a_playbook_is_shared_and_deleted(bench: Bench, ana: Visitor) -> None:
    await bench.hire("carla", "commander")
    made = await ana.post("/playbooks/from-template", {"template": "outage"}, htmx=False)
    path = made.headers["Location"]
    async with visiting(bench, "carla") as carla:
        before = await carla.get(path)
        await ana.post(
            f"{path}/members", {"act": "add", "account": "carla", "admin": "true"}, htmx=False
        )
        after = await carla.get(f"{path}/members")
        deleted = await carla.post(f"{path}/delete", htmx=False)

    assert before.status == 404
    assert "@carla" in after.body
    assert deleted.headers["Location"] == "/playbooks"
    assert (await ana.get(path)).status == 404


@only_sqlite
async def test_a_description_is_previewed_as_it_will_look(ana: Visitor) -> None:
    answer = await ana.post("/preview", {"description": "**now** <img src=x>"})

    assert "<strong>now</strong>" in answer.body
    assert "<img" not in answer.body


async def test_an_account_is_made_given_a_role_and_let_in(bench: Bench, admin: Visitor) -> None:
    wrong = await admin.post("/people", {"name": "no spaces", "role": "viewer", "team": "main"})
    right = await admin.post(
        "/people", {"name": "erin", "display": "Erin", "role": "viewer", "team": "main"}
    )
    offered = await admin.get("/people/erin", new="1")
    team = Page((await admin.get("/people/erin")).body)
    value = next(one.options for one in team.all("select") if one.get("name") == "team")[0][0]
    await admin.post("/people/erin/roles", {"role": "commander", "team": value}, htmx=False)
    link = (await admin.post("/people/erin/link")).page.one(_id="secret-value").get("value")
    await admin.post("/people/erin/active", {"active": "false"}, htmx=False)
    page = await admin.get("/people/erin")

    assert wrong.page.one(_id="form-account-name").text
    assert right.headers["HX-Redirect"] == "/people/erin?new=1"
    assert "Send them a sign-in link" in offered.body
    assert link.startswith(await bench.serve() + "/sign-in/")
    assert "commander" in page.body
    assert "Deactivated" in page.body


@only_sqlite
async def test_a_responder_manages_nobody(ana: Visitor) -> None:
    page = await ana.get("/people/admin")

    assert "Deactivate" not in page.body
    for path in ("/people/admin/link", "/people/admin/sign-out", "/people"):
        answer = await ana.post(path, {"name": "x", "role": "viewer", "team": "main"})
        assert answer.status == 403


@only_sqlite
async def test_a_token_is_shown_once_and_revoked(ana: Visitor) -> None:
    none = await ana.post("/tokens", {"name": "ci", "limited": "true"})
    made = await ana.post(
        "/tokens", {"name": "ci", "limited": "true", "scopes": "incident.view", "expires": "7"}
    )
    secret = made.page.one(_id="secret-value").get("value")
    listed = await ana.get("/tokens")
    revoke = next(one for one in listed.page.all("form") if "/revoke" in one.get("action"))
    await ana.post(revoke.get("action"), htmx=False)

    assert none.page.one(_id="form-token-scopes").text
    places = {one.get("id") for one in (await ana.get("/new-token")).page.all("p")}
    assert {one.get("id") for one in none.page.all("p")} <= places
    assert secret.startswith("toc_")
    assert secret not in listed.body
    assert "incident.view" in listed.body
    assert "Revoked" in (await ana.get("/tokens")).body


async def test_the_audit_trail_is_searched_and_verified(bench: Bench, admin: Visitor) -> None:
    await begin(bench, "ana", "Checkout fails")
    await bench.house.sealer.seal_waiting()

    listed = await admin.get("/audit", q="incident.started")
    nobody = await admin.get("/audit", htmx=True, actor="nobody-of-that-name")
    verdict = await admin.post("/audit/verify")

    assert {one.get("href") for one in listed.page.all("a") if one.text == "INC-00001"} == {
        "/incidents/INC-00001"
    }
    assert "No record fits" in nobody.body
    assert "The chain is whole" in verdict.body
