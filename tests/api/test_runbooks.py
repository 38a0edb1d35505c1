"""Runbooks, executions and approvals over HTTP."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.api.caller import Caller, calling
from tests.api.runs import EXECUTIONS, RUNBOOKS, ended, made, until
from tests.bench import Bench

DOCUMENTED = {
    "name": "New Runbook",
    "description": "Description of the runbook",
    "version": "1.0",
    "trigger_type": "MANUAL",
    "trigger_conditions": {"severity": ["HIGH", "CRITICAL"]},
    "steps": [
        {
            "name": "Step 1",
            "action": "check_status",
            "timeout": 30,
            "parameters": {"service": "web"},
        }
    ],
    "estimated_duration": "00:05:00",
    "category": "web",
    "tags": ["web", "restart"],
    "status": "DRAFT",
    "is_public": True,
}
"""The request body of the API document, word for word."""


async def test_the_documents_own_body_is_taken(admin: Caller) -> None:
    got = await admin.call("POST", RUNBOOKS, json=DOCUMENTED)

    assert got.status == 201, got.body
    for name, value in DOCUMENTED.items():
        assert got.body[name] == value
    assert got.body["execution_count"] == 0
    assert got.body["success_rate"] == 0.0
    assert got.body["can_trigger"] is False
    assert got.body["created_at"] == got.body["updated_at"]
    listed = (await admin.get(RUNBOOKS)).ok()
    assert set(listed) == {"count", "next", "previous", "results"}
    assert got.body in listed["results"]


async def test_the_list_is_filtered_as_documented(admin: Caller) -> None:
    await admin.call("POST", RUNBOOKS, json=DOCUMENTED)
    await made(admin, category="greeting", is_public=False, tags=["x"])

    async def names(**query: str) -> list[str]:
        found = (await admin.get(RUNBOOKS, **query)).ok()["results"]
        return [one["name"] for one in found if one["name"] in {"New Runbook", "Greet"}]

    assert await names() == ["Greet", "New Runbook"]
    assert await names(ordering="-created_at") == ["Greet", "New Runbook"]
    assert await names(status="ACTIVE", category="greeting") == ["Greet"]
    assert await names(status="DRAFT") == ["New Runbook"]
    assert await names(trigger_type="WEBHOOK") == []
    assert await names(category="web") == ["New Runbook"]
    assert await names(is_public="false") == ["Greet"]
    assert await names(search="DESCRIPTION of") == ["New Runbook"]
    assert await names(search="greeting") == ["Greet"]
    assert await names(tag="x") == ["Greet"]
    wrong = await admin.get(RUNBOOKS, status="active")
    assert wrong.status == 400
    assert wrong.code == "VALIDATION_ERROR"
    assert "DRAFT" in wrong.body["details"]["status"]


async def test_a_mistake_is_named_with_its_place(admin: Caller) -> None:
    steps = [{"name": "a", "action": "core.local", "parameters": {"cmd": "{{ incidnt.name }}"}}]
    got = await admin.call("POST", RUNBOOKS, json={"name": "Mistaken", "steps": [{"name": "a"}]})
    wrong = await admin.call("POST", RUNBOOKS, json={"name": "Mistaken", "steps": steps})
    unread = await admin.call("POST", RUNBOOKS, json={"name": "Mistaken", "stepz": []})

    assert got.code == "VALIDATION_ERROR"
    assert list(got.body["details"]) == ["steps[0].action"]
    assert list(wrong.body["details"]) == ["steps[0].parameters.cmd"]
    assert "incident" in wrong.body["details"]["steps[0].parameters.cmd"]
    assert list(unread.body["details"]) == ["stepz"]
    assert (await admin.get(RUNBOOKS, search="Mistaken")).ok()["count"] == 0
    checked = (
        await admin.call("POST", f"{RUNBOOKS}check/", json={"name": "Mistaken", "steps": steps})
    ).ok()
    assert checked == {"valid": False, "mistakes": wrong.body["details"]}


async def test_each_change_is_a_version_and_one_can_go_back(admin: Caller) -> None:
    first = await made(admin)
    path = first.headers["Location"]
    assert first.headers["ETag"] == '"v1"'

    changed = await admin.patch(path, '"v1"', description="Says hi")
    stale = await admin.patch(path, '"v1"', description="Says ho")
    same = await admin.call("PUT", path, json=changed.ok())

    assert changed.body["steps"] == first.body["steps"]
    assert (changed.body["revision"], changed.body["version"]) == (2, "1.1")
    assert stale.status == 412
    assert same.ok()["revision"] == 2
    versions = (await admin.get(f"{path}versions/")).ok()["results"]
    assert [one["revision"] for one in versions] == [2, 1]
    assert versions[1]["document"]["description"] == ""
    back = await admin.post(f"{path}restore/", revision=1)
    assert back.ok()["description"] == ""
    assert back.body["revision"] == 3
    assert (await admin.delete(path)).status == 204
    assert (await admin.get(path)).status == 404


async def test_it_is_executed_and_followed_step_by_step(admin: Caller) -> None:
    path = (await made(admin)).headers["Location"]

    lacking = await admin.post(f"{path}execute/")
    begun = await admin.post(
        f"{path}execute/", trigger_data={"context": "more", "whom": "you; echo no"}, reason="Why"
    )

    assert lacking.code == "VALIDATION_ERROR"
    assert list(lacking.body["details"]) == ["parameters.whom"]
    assert begun.status == 201
    assert begun.body["trigger_data"]["context"] == "more"
    done = await ended(admin, begun.headers["Location"])
    assert done["status"] == "COMPLETED"
    (step,) = done["steps"]
    assert step["input"]["cmd"] == "echo hi 'you; echo no'"
    assert step["output"]["stdout"].strip() == "hi you; echo no"
    assert [one["number"] for one in step["attempts"]] == [1]
    assert step["started_at"] <= step["ended_at"]
    output = (await admin.get(f"{begun.headers['Location']}output/")).ok()
    assert "".join(one["text"] for one in output["pieces"]) == "hi you; echo no\n"
    rest = await admin.get(
        f"{begun.headers['Location']}output/", after=str(output["pieces"][-1]["id"])
    )
    assert rest.ok() == {"status": "COMPLETED", "ended": True, "pieces": []}
    again = (await admin.get(path)).ok()
    assert (again["execution_count"], again["success_rate"]) == (1, 1.0)
    listed = (await admin.get(f"{path}executions/")).ok()
    assert [one["key"] for one in listed["results"]] == [done["key"]]
    assert (await admin.get(EXECUTIONS, runbook="greet", active="false")).ok()["count"] == 1


async def test_a_step_with_a_list_has_its_items_within(admin: Caller) -> None:
    each = {
        "name": "Each",
        "action": "core.echo",
        "for_each": ["{{ parameters.whom }}", {"name": "b"}],
        "concurrency": 2,
        "parameters": {"message": "{{ index }}"},
    }
    path = (await made(admin, steps=[each])).headers["Location"]

    dry = (await admin.post(f"{path}dry_run/", parameters={"whom": "you"})).ok()
    begun = await admin.post(f"{path}execute/", parameters={"whom": "you"})
    found = await ended(admin, begun.headers["Location"])

    (planned,) = dry["steps"]
    assert (planned["concurrency"], planned["for_each"]) == (
        2,
        '["{{ parameters.whom }}", {"name": "b"}]',
    )
    assert [one["item"] for one in planned["items"]] == ["you", {"name": "b"}]
    (step,) = found["steps"]
    assert (step["status"], step["index"]) == ("COMPLETED", None)
    assert step["output"] == [{"message": "0"}, {"message": "1"}]
    assert [(one["index"], one["item"], one["status"]) for one in step["items"]] == [
        (0, "you", "COMPLETED"),
        (1, {"name": "b"}, "COMPLETED"),
    ]
    written = (await admin.get(path)).ok()["steps"][0]
    assert (written["for_each"], written["concurrency"]) == (each["for_each"], 2)


async def test_a_key_of_ones_own_begins_it_once(admin: Caller) -> None:
    path = (await made(admin)).headers["Location"]
    keyed = {"headers": {"Idempotency-Key": "k-1"}, "json": {"parameters": {"whom": "a"}}}

    both = await asyncio.gather(*(admin.call("POST", f"{path}execute/", **keyed) for _ in range(2)))

    assert both[0].body["id"] == both[1].body["id"]
    assert (await admin.get(f"{path}executions/")).ok()["count"] == 1


async def test_a_dry_run_does_nothing_and_shows_every_step(admin: Caller) -> None:
    path = (await made(admin)).headers["Location"]

    found = (await admin.post(f"{path}dry_run/", parameters={"whom": "$(reboot)"})).ok()

    assert found["valid"] is True
    assert found["steps"][0]["command"] == "echo hi '$(reboot)'"
    assert (await admin.get(f"{path}executions/")).ok()["count"] == 0


async def test_a_failed_one_is_run_again_from_where_it_failed(admin: Caller) -> None:
    steps = [
        {"name": "First", "action": "core.local", "parameters": {"cmd": "echo once"}},
        {"name": "Second", "action": "core.local", "parameters": {"cmd": "exit 3"}},
    ]
    path = (await made(admin, steps=steps, parameters=[])).headers["Location"]
    begun = await admin.post(f"{path}execute/")
    failed = await ended(admin, begun.headers["Location"])
    assert failed["status"] == "FAILED"
    assert [one["status"] for one in failed["steps"]] == ["COMPLETED", "FAILED"]
    assert (await admin.get(path)).ok()["success_rate"] == 0.0

    again = await admin.post(f"{begun.headers['Location']}rerun/")

    assert again.status == 201
    assert again.body["rerun_of"] == failed["id"]
    second = await ended(admin, again.headers["Location"])
    assert second["steps"][0]["attempts"] == failed["steps"][0]["attempts"]
    assert len(second["steps"][1]["attempts"]) == 1
    refused = await admin.post(f"{begun.headers['Location']}cancel/")
    assert (refused.status, refused.code) == (409, "ENDED")


async def test_it_is_paused_resumed_and_cancelled(admin: Caller) -> None:
    steps = [
        {"name": "Wait", "action": "core.wait", "parameters": {"seconds": 600}},
        {"name": "Never", "action": "core.local", "parameters": {"cmd": "echo never"}},
    ]
    path = (await made(admin, steps=steps, parameters=[])).headers["Location"]
    one = (await admin.post(f"{path}execute/")).headers["Location"]

    assert (await admin.post(f"{one}pause/")).status == 200
    assert (await admin.post(f"{one}pause/")).code == "ALREADY"
    assert (await admin.post(f"{one}resume/")).status == 200
    assert (await admin.post(f"{one}cancel/")).status == 200
    done = await ended(admin, one)
    assert done["status"] == "CANCELLED"
    assert {each["status"] for each in done["steps"]} == {"CANCELLED"}


async def test_an_approval_is_answered_over_http(bench: Bench, admin: Caller) -> None:
    await bench.hire("bo", "approver")
    approval = {"role": "approver", "reason_required": True}
    path = (await made(admin, approval=approval)).headers["Location"]
    begun = await admin.post(f"{path}execute/", parameters={"whom": "you"}, reason="Night")

    async with calling(bench, "bo") as bo, calling(bench, "ana") as ana:
        (asked,) = (await until(bo, "automation/approvals/", mine="true"))["results"]
        assert asked["reason"] == "Night"
        assert asked["plan"][0]["command"] == "echo hi you"
        one = f"automation/approvals/{asked['key']}/"
        assert (await ana.post(f"{one}approve/", approval_notes="me")).status == 403
        silent = await bo.post(f"{one}approve/")
        assert silent.status == 400
        assert list(silent.body["details"]) == ["approval_notes"]
        other = await bo.post(f"{one}approve/", approval_notes="ok", plan_hash="0" * 64)
        assert other.status == 409
        done = await bo.post(
            f"{one}approve/", approval_notes="Approved for execution", plan_hash=asked["plan_hash"]
        )
        assert done.ok()["status"] == "APPROVED"
        assert done.body["answers"][0]["note"] == "Approved for execution"
        late = await bo.post(f"{one}reject/", rejection_notes="no")
        assert late.status == 409
    assert (await ended(admin, begun.headers["Location"]))["status"] == "COMPLETED"


async def test_a_rejected_one_is_not_done(bench: Bench, admin: Caller) -> None:
    await bench.hire("bo", "approver")
    path = (await made(admin, approval={"role": "approver"})).headers["Location"]
    begun = await admin.post(f"{path}execute/", parameters={"whom": "you"})

    async with calling(bench, "bo") as bo:
        (asked,) = (await until(bo, "automation/approvals/", mine="true"))["results"]
        answered = await bo.post(
            f"automation/approvals/{asked['id']}/reject/",
            rejection_notes="Rejected due to risk concerns",
        )
    assert answered.ok()["status"] == "REJECTED"
    done = await ended(admin, begun.headers["Location"])
    assert done["status"] == "CANCELLED"
    assert "Rejected due to risk concerns" in done["error"]
    assert all(step["attempts"] == [] for step in done["steps"] if step["kind"] == "step")


async def test_actions_are_listed_and_done_alone(admin: Caller, ana: Caller) -> None:
    listed = (await admin.get("automation/actions/", search="core.")).ok()
    (local,) = (one for one in listed["results"] if one["ref"] == "core.local")
    assert local["parameters"]["properties"]["cmd"]["type"] == "string"
    assert (await admin.get("automation/actions/core.local/")).ok() == local

    begun = await admin.post(EXECUTIONS, action="core.local", parameters={"cmd": "echo $((6*7))"})
    wrong = await admin.post(EXECUTIONS, action="core.local", parameters={"cmdd": "x"})
    refused = await ana.post(EXECUTIONS, action="core.local", parameters={"cmd": "x"})

    done = await ended(admin, begun.headers["Location"])
    assert done["steps"][0]["output"]["stdout"].strip() == "42"
    assert "cmd" in wrong.body["details"]["parameters.cmdd"]
    assert refused.status == 403


async def test_a_secret_is_never_shown_again(admin: Caller) -> None:
    parameters = [{"name": "token", "secret": True, "required": True}]
    steps = [
        {
            "name": "Use",
            "action": "core.local",
            "parameters": {"cmd": "echo {{ parameters.token }}"},
        }
    ]
    path = (await made(admin, parameters=parameters, steps=steps)).headers["Location"]
    begun = await admin.post(f"{path}execute/", parameters={"token": "s3cr3t-value"})
    done = await ended(admin, begun.headers["Location"])
    output = await admin.get(f"{begun.headers['Location']}output/")
    audit = await admin.get("audit/", limit="200")

    assert done["status"] == "COMPLETED"
    for told in (begun.body, done, output.ok(), audit.ok()):
        assert "s3cr3t-value" not in json.dumps(told)


@pytest.mark.parametrize("own", ["$sealed", "$given"])
async def test_nobody_brings_a_key_of_our_own(admin: Caller, own: str) -> None:
    steps = [{"name": "a", "action": "core.echo", "parameters": {"message": [{own: "x"}]}}]
    written = await admin.call("POST", RUNBOOKS, json={"name": "x", "steps": steps})
    path = (await made(admin)).headers["Location"]
    given = await admin.post(f"{path}execute/", parameters={"whom": {own: "x"}})
    brought = await admin.post(f"{path}execute/", trigger_data={"whom": {own: "x"}})

    assert (written.status, given.status, brought.status) == (400, 400, 400)
    assert own in given.body["details"]["parameters.whom"]
