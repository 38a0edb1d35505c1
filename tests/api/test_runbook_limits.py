"""What the API refuses of runbooks, deliveries and executions, and from whom."""

from __future__ import annotations

from typing import Any

import pytest

from automation.runbooks.signature import Delivery, signed
from tests.api.caller import Caller, Got, calling
from tests.api.runs import EXECUTIONS, RUNBOOKS, ended, made
from tests.bench import Bench


@pytest.mark.parametrize("duration", ["1e30", "-5", "1e999", "31536001", "NaN"])
async def test_a_duration_that_is_none_is_refused(admin: Caller, duration: str) -> None:
    body = f'{{"name": "Limits", "steps": [], "estimated_duration": {duration}}}'
    got = await admin.call(
        "POST", RUNBOOKS, data=body, headers={"Content-Type": "application/json"}
    )

    assert got.status == 400, got.body
    assert (await admin.get(RUNBOOKS, search="Limits")).ok()["count"] == 0


async def test_a_duration_is_refused_at_its_place(admin: Caller) -> None:
    for duration in (1e30, -5):
        body: dict[str, Any] = {"name": "Limits", "steps": [], "estimated_duration": duration}
        got = await admin.call("POST", RUNBOOKS, json=body)
        assert got.status == 400
        assert list(got.body["details"]) == ["estimated_duration"]
        assert "365 days" in got.body["details"]["estimated_duration"]


async def delivered(bench: Bench, admin: Caller, bodies: list[bytes]) -> list[Got]:
    """What is answered to deliveries that are signed as they should be."""
    path = (await made(admin, trigger_type="WEBHOOK")).headers["Location"]
    told = (await admin.post(f"{path}webhook_secret/")).body
    url = "/api/" + told["url"].split("/api/")[1]
    answers: list[Got] = []
    for number, body in enumerate(bodies):
        at = str(int(bench.house.clock.now().timestamp()))
        headers = {
            "webhook-id": f"m-{number}",
            "webhook-timestamp": at,
            "webhook-signature": signed(told["secret"], Delivery(f"m-{number}", at, "", body)),
            "Content-Type": "application/json",
            "Authorization": "",
        }
        answers.append(await admin.call("POST", url, data=body, headers=headers))
    return answers


async def test_a_signed_body_that_cannot_be_kept_is_refused(bench: Bench, admin: Caller) -> None:
    bodies = [
        b"[" * 5000,
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        b'{"a": ' + b"[" * 100 + b"]" * 100 + b"}",
        rb'{"a": ["x\u0000y"]}',
        rb'{"a\u0000": 1}',
        b'{"a": 1e999}',
        b'{"a": [NaN]}',
        b"-Infinity",
        b"\xff",
        b"9" * 5000,
    ]
    for body, got in zip(bodies, await delivered(bench, admin, bodies), strict=True):
        assert got.status == 400, (body[:40], got.body)
        assert [place.partition(".")[0] for place in got.body["details"]] == ["body"]
    assert (await admin.get(EXECUTIONS)).ok()["count"] == 0


async def begun(admin: Caller, **more: Any) -> tuple[str, str]:
    """Paths of a runbook and of an execution of it that has ended."""
    path = (await made(admin, **more)).headers["Location"]
    got = await admin.post(f"{path}execute/", parameters={"whom": "you"})
    assert got.status == 201, got.body
    await ended(admin, got.headers["Location"])
    return path, got.headers["Location"]


async def test_an_execution_of_a_private_runbook_is_for_those_who_see_it(
    admin: Caller, ana: Caller
) -> None:
    runbook, path = await begun(admin, is_public=False)
    key = (await admin.get(path)).ok()["key"]

    for one in (path, f"{EXECUTIONS}{key}/", f"{path}output/", f"{path}files/x"):
        assert (await ana.get(one)).status == 404
    assert (await ana.post(f"{path}cancel/")).status == 404
    assert (await ana.post(f"{path}rerun/")).status == 404
    for query in ({}, {"active": "false"}, {"status": "COMPLETED"}, {"search": "greet"}):
        assert (await ana.get(EXECUTIONS, **query)).ok()["count"] == 0
        assert (await ana.get(EXECUTIONS, **query)).ok()["results"] == []
        assert (await admin.get(EXECUTIONS, **query)).ok()["count"] == 1

    # It comes to light when the runbook is made public, and stays when that is deleted.
    await admin.patch(runbook, is_public=True)
    assert (await ana.get(path)).status == 200
    await admin.patch(runbook, is_public=False)
    assert (await ana.get(path)).status == 404
    assert (await admin.delete(runbook)).status == 204
    assert (await ana.get(path)).status == 200
    assert (await ana.get(EXECUTIONS)).ok()["count"] == 1


async def test_what_somebody_asked_for_themselves_they_see(
    bench: Bench, admin: Caller, ana: Caller
) -> None:
    await bench.hire("cy", "commander")
    path = (await made(admin)).headers["Location"]
    async with calling(bench, "cy") as cy:
        own = await cy.post(f"{path}execute/", parameters={"whom": "me"})
        assert own.status == 201, own.body
        await ended(admin, own.headers["Location"])
        await admin.patch(path, is_public=False)

        assert (await cy.get(path)).status == 404
        assert (await cy.get(own.headers["Location"])).status == 200
        assert (await cy.get(EXECUTIONS)).ok()["count"] == 1
    assert (await ana.get(own.headers["Location"])).status == 404
    assert (await ana.get(EXECUTIONS)).ok()["count"] == 0


async def test_whoever_wrote_a_private_runbook_sees_all_its_executions(
    bench: Bench, admin: Caller
) -> None:
    await bench.hire("ed", "engineer")
    async with calling(bench, "ed") as ed:
        path = (await made(ed, is_public=False)).headers["Location"]
        got = await admin.post(f"{path}execute/", parameters={"whom": "you"})
        await ended(admin, got.headers["Location"])

        assert (await ed.get(got.headers["Location"])).status == 200
        assert (await ed.get(EXECUTIONS)).ok()["count"] == 1


async def test_single_actions_stay_visible(admin: Caller, ana: Caller) -> None:
    got = await admin.post(EXECUTIONS, action="core.local", parameters={"cmd": "echo hi"})
    await ended(admin, got.headers["Location"])

    assert (await ana.get(got.headers["Location"])).status == 200
    assert (await ana.get(EXECUTIONS)).ok()["count"] == 1


async def test_a_file_is_sent_while_it_is_read_however_large_it_is(
    bench: Bench, admin: Caller, ana: Caller
) -> None:
    _, path = await begun(admin, is_public=False)
    execution = (await admin.get(path)).ok()["id"]
    folder = bench.house.settings.executions_path / execution
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "small.html").write_text("<script>")
    with (folder / "large.bin").open("wb") as large:
        large.truncate(1 << 40)  # More than any machine has, and nothing on the disk.

    small = await admin.get(f"{path}files/small.html")
    assert small.body == b"<script>"
    assert small.headers["Content-Disposition"].startswith("attachment")
    assert small.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    async with admin.session.get(
        f"/api/{path}files/large.bin".replace("/api//api/", "/api/")
    ) as got:
        assert got.status == 200
        assert got.content_length == 1 << 40
        assert await got.content.readexactly(1000) == bytes(1000)
        got.close()
    for name in ("none", "..%2Fkey", "%2Fetc%2Fpasswd"):
        assert (await admin.get(f"{path}files/{name}")).status == 404
    assert (await ana.get(f"{path}files/small.html")).status == 404
