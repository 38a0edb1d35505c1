"""Trying a rule over HTTP."""

from __future__ import annotations

import pytest
from aiohttp import ClientSession

from tests.api.caller import Caller
from tests.bench import Bench

TEST = "/api/automation/rules/test/"
RULE = {
    "name": "on_push",
    "enabled": True,
    "trigger": {"type": "core.st2.webhook", "parameters": {"url": "push"}},
    "criteria": {
        "trigger.body.ref": {"type": "regex", "pattern": "^refs/heads/main$"},
        "trigger.body.commits": {
            "type": "search",
            "condition": "any",
            "pattern": {"item.author": {"type": "iequals", "pattern": "ANN"}},
        },
    },
    "action": {"ref": "core.local", "parameters": {"cmd": "deploy {{ trigger.body.ref }}"}},
}
PUSH = {"body": {"ref": "refs/heads/main", "commits": [{"author": "bob"}, {"author": "ann"}]}}


async def test_a_rule_that_fits_says_so(admin: Caller) -> None:
    got = (await admin.call("POST", TEST, json={"rule": RULE, "payload": PUSH})).ok()

    assert got["matched"] is True
    assert len(got["reasons"]) == 2
    assert [each["held"] for each in got["criteria"]] == [True, True]
    assert got["parameters"] == {"cmd": "deploy refs/heads/main"}


async def test_one_that_does_not_says_why(admin: Caller) -> None:
    payload = {"body": {"ref": "refs/heads/dev"}}

    got = (await admin.call("POST", TEST, json={"rule": RULE, "payload": payload})).ok()

    assert got["matched"] is False
    assert got["parameters"] is None
    assert got["reasons"][0] == (
        'trigger.body.ref does not hold: regex "^refs/heads/main$", '
        'and the value is "refs/heads/dev".'
    )


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"rule": {"criteria": []}, "payload": {}}, "rule.criteria"),
        ({"rule": [], "payload": {}}, "rule"),
        ({"payload": {}}, "rule"),
        ({"rule": {}, "payloads": {}}, "payloads"),
    ],
)
async def test_what_is_no_rule_is_refused(admin: Caller, body: object, place: str) -> None:
    got = await admin.call("POST", TEST, json=body)

    assert got.status == 400
    assert place in got.body["details"]


async def test_only_those_may_try_who_may_see_runbooks(
    bench: Bench, admin: Caller, ana: Caller
) -> None:
    body = {"rule": RULE, "payload": PUSH}
    assert (await ana.call("POST", TEST, json=body)).status == 200
    (await admin.delete("users/ana/roles/responder/")).ok()

    refused = await ana.call("POST", TEST, json=body)
    async with ClientSession(await bench.serve()) as session:
        unknown = await Caller(session).call("POST", TEST, json=body)

    assert (refused.status, unknown.status) == (403, 401)
