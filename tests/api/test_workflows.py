"""Rehearsing workflows over HTTP."""

from __future__ import annotations

import io
import json

from tests.api.caller import Caller, calling
from tests.bench import Bench

REHEARSE = "/api/automation/workflows/rehearse/"
WORKFLOW = """
version: 1.0
input: [host]
tasks:
  look:
    action: core.local
    next:
    - {when: <% succeeded() %>, publish: [{load: <% result() %>}], do: tell}
    - {when: <% failed() %>, do: fail}
  tell:
    action: core.echo
    input: {message: <% ctx().load %>}
output: [{said: "{{ ctx().host }}: {{ ctx().load }}"}]
"""


async def test_a_workflow_goes_as_its_mocks_say(admin: Caller) -> None:
    got = (
        await admin.post(
            REHEARSE,
            definition=WORKFLOW,
            inputs={"host": "web"},
            mocks=[{"task_id": "look", "result": 4}],
        )
    ).ok()

    assert got == {
        "status": "succeeded",
        "output": {"said": "web: 4"},
        "errors": [],
        "tasks": [
            {"id": "look", "route": 0, "status": "succeeded"},
            {"id": "tell", "route": 0, "status": "succeeded"},
        ],
    }


async def test_a_failure_is_an_answer(admin: Caller) -> None:
    mocks = [{"task_id": "look", "status": "failed", "result": "no"}]

    got = (await admin.post(REHEARSE, definition=WORKFLOW, mocks=mocks)).ok()

    assert got["status"] == "failed"
    assert [each["id"] for each in got["tasks"]] == ["look", "fail"]
    assert got["errors"][0]["result"] == "no"


async def test_a_definition_may_be_an_object(admin: Caller) -> None:
    got = (await admin.post(REHEARSE, definition={"tasks": {"a": {"action": "x.y"}}})).ok()

    assert got == {
        "status": "succeeded",
        "output": None,
        "errors": [],
        "tasks": [{"id": "a", "route": 0, "status": "succeeded"}],
    }


async def test_mistakes_are_told_with_line_and_key(admin: Caller) -> None:
    wrong = WORKFLOW.replace("ctx().load %>", "ctx().laod %>").replace("fail}", "fial}")

    got = await admin.post(REHEARSE, definition=wrong)

    assert got.status == 400
    assert got.code == "VALIDATION_ERROR"
    assert "line 9: " in got.body["details"]["tasks.look.next[1].do"]
    assert "Did you mean “load”?" in got.body["details"]["tasks.tell.input"]


async def test_a_mock_for_no_task_is_refused(admin: Caller) -> None:
    got = await admin.post(REHEARSE, definition=WORKFLOW, mocks=[{"task_id": "lok"}])

    assert got.status == 400
    assert "mocks[0].task_id" in got.body["details"]


async def test_what_goes_round_in_a_circle_ends_and_says_so(admin: Caller) -> None:
    around = {"tasks": {"a": {"next": [{"do": "b"}]}, "b": {"next": [{"do": "b"}]}}}

    got = (await admin.post(REHEARSE, definition=around)).ok()

    assert got["status"] == "failed"
    assert "circle" in got["errors"][-1]["message"]


async def test_what_is_too_large_is_refused(admin: Caller) -> None:
    body = json.dumps({"definition": WORKFLOW, "inputs": {"host": "a" * 1_100_000}}).encode()
    headers = {"Content-Type": "application/json"}

    got = await admin.call("POST", REHEARSE, data=io.BytesIO(body), headers=headers)

    assert (got.status, got.code) == (413, "BODY_TOO_LARGE")


async def test_rights_are_those_for_looking_at_runbooks(bench: Bench, admin: Caller) -> None:
    (await admin.post("roles/", name="guest", permissions=["incident.view", "token.own"])).ok()
    await bench.hire("bo", "guest")
    async with calling(bench, "bo") as caller:
        got = await caller.post(REHEARSE, definition=WORKFLOW)

    assert (got.status, got.code) == (403, "PERMISSION_DENIED")
    assert got.body["details"] == {"permission": "runbook.view"}
