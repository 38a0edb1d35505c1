"""Runbooks begun by webhooks: signed by Standard Webhooks, taken once, refused otherwise."""

from __future__ import annotations

import json
from typing import Any

import pytest

from automation.runbooks.signature import Delivery, signed
from tests.api.caller import Caller, Got
from tests.api.runs import EXECUTIONS, ended, made
from tests.bench import Bench


class Sender:
    """Somebody who knows, or does not know, the secret of a runbook's webhook."""

    def __init__(self, bench: Bench, caller: Caller, url: str, secret: str) -> None:
        self._bench = bench
        self._caller = caller
        self.url = url
        self.secret = secret

    async def send(
        self, delivery_id: str, body: bytes, *, age: int = 0, secret: str | None = None, **put: str
    ) -> Got:
        """Send one delivery, signed some seconds ago."""
        at = str(int(self._bench.house.clock.now().timestamp()) - age)
        signature = signed(secret or self.secret, Delivery(delivery_id, at, "", body))
        headers = {
            "webhook-id": delivery_id,
            "webhook-timestamp": at,
            "webhook-signature": signature,
            "Content-Type": "application/json",
        }
        headers |= {name.replace("_", "-"): value for name, value in put.items()}
        headers = {name: value for name, value in headers.items() if value}
        return await self._caller.call(
            "POST", self.url, data=body, headers={**headers, "Authorization": ""}
        )


@pytest.fixture
async def sender(bench: Bench, admin: Caller) -> Sender:
    path = (await made(admin, trigger_type="WEBHOOK")).headers["Location"]
    told = await admin.post(f"{path}webhook_secret/")
    assert told.status == 201
    assert told.body["secret"].startswith("whsec_")
    seen = (await admin.get(path)).body
    assert told.body["secret"] not in json.dumps(seen)
    return Sender(bench, admin, "/api/" + told.body["url"].split("/api/")[1], told.body["secret"])


async def test_a_signed_delivery_begins_it_once(admin: Caller, sender: Sender) -> None:
    body = json.dumps({"whom": "hook", "alert": {"name": "disk"}}).encode()

    first = await sender.send("msg-1", body)
    again = await sender.send("msg-1", body, age=60)
    other = await sender.send("msg-2", body, webhook_signature="")

    assert first.status == 202, first.body
    assert first.body["trigger"] == "WEBHOOK"
    assert first.body["trigger_data"]["alert"] == {"name": "disk"}
    assert again.body["id"] == first.body["id"]
    assert other.status == 401
    done = await ended(admin, f"{EXECUTIONS}{first.body['id']}/")
    assert done["status"] == "COMPLETED"
    assert done["steps"][0]["output"]["stdout"].strip() == "hi hook"
    third = await sender.send("msg-3", body)
    assert (first.body["key"], third.body["key"]) == ("RUN-00001", "RUN-00002")


@pytest.mark.parametrize(
    "wrong",
    [
        {"webhook_signature": ""},
        {"webhook_signature": "v1,AAAA"},
        {"webhook_signature": "v1,é"},
        {"webhook_id": ""},
        {"webhook_id": "other"},
        {"webhook_timestamp": ""},
        {"webhook_timestamp": "1"},
        {"webhook_timestamp": "9" * 30},
        {"webhook_timestamp": "²"},
        {"age": 301},
        {"age": -301},
        {"secret": "whsec_AAAA"},
    ],
)
async def test_what_is_not_signed_as_it_should_is_turned_away(
    admin: Caller, sender: Sender, wrong: dict[str, Any]
) -> None:
    got = await sender.send("msg-1", b'{"whom": "x"}', **wrong)

    assert (got.status, got.code) == (401, "BAD_SIGNATURE")
    assert (await admin.get(EXECUTIONS)).ok()["count"] == 0


async def test_a_changed_body_or_another_runbook_is_turned_away(
    bench: Bench, admin: Caller, sender: Sender
) -> None:
    nobody = Sender(bench, admin, "/api/automation/webhooks/nothing/", sender.secret)
    assert (await nobody.send("m", b"{}")).status == 401
    manual = (await made(admin, name="Other")).body["id"]
    there = Sender(bench, admin, f"/api/automation/webhooks/{manual}/", sender.secret)
    assert (await there.send("m", b"{}")).status == 401


async def test_a_genuine_delivery_that_cannot_be_used_is_told_why(
    admin: Caller, sender: Sender
) -> None:
    lacking = await sender.send("m-1", b"{}")
    no_json = await sender.send("m-2", b"{whom")

    assert lacking.status == 400
    assert list(lacking.body["details"]) == ["parameters.whom"]
    assert no_json.status == 400
    trail = (await admin.get("audit/", action="execution.refused")).ok()
    assert trail["count"] == 1
