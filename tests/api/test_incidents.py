"""An incident from start to end over HTTP, on both databases."""

from __future__ import annotations

import asyncio
import csv
import io

from tests.api.caller import Caller, Got, calling
from tests.bench import Bench


async def test_an_incident_is_run_from_start_to_end_over_http(
    bench: Bench, ana: Caller, admin: Caller
) -> None:
    started = await ana.post("incidents/", playbook="outage", name="Checkout is down")
    assert started.status == 201
    key = started.body["key"]
    assert started.headers["Location"] == f"/api/incidents/{key}/"
    assert started.body["commander"]["name"] == "ana"
    await bench.settle()

    shown = (await ana.get(f"incidents/{key}/")).ok()
    assert shown["opening"]["done"] is True
    assert [channel["name"] for channel in shown["channels"]] == ["inc-00001-checkout-is-down"]
    assert shown["channels"][0]["messages"] > 0

    checked = (await ana.post(f"incidents/{key}/steps/1/check/")).ok()
    assert checked["state"] == "done"
    assert checked["changed_by"]["name"] == "ana"
    again = await ana.post(f"incidents/{key}/steps/1/check/")
    assert (again.status, again.code) == (409, "ALREADY")

    await bench.person("bo")
    (await ana.post(f"incidents/{key}/participants/", people=["bo"])).ok()
    led = (await ana.post(f"incidents/{key}/commander/", commander="bo")).ok()
    assert led["commander"]["name"] == "bo"
    (await ana.post(f"incidents/{key}/roles/", role="scribe", holder="ana")).ok()
    (await ana.post(f"incidents/{key}/updates/", text="We roll back", next_in=1800)).ok()
    (await ana.post(f"incidents/{key}/snooze/", minutes=30)).ok()
    (await ana.post(f"incidents/{key}/announce/", channel="#general")).ok()

    ended = (await ana.post(f"incidents/{key}/end/")).ok()
    assert ended["status"] == "CLOSED"
    refused = await ana.patch(f"incidents/{key}/", severity="HIGH")
    assert (refused.status, refused.code) == (409, "INCIDENT_CLOSED")

    events = (await ana.get(f"incidents/{key}/timeline/")).ok()
    kinds = [event["kind"] for event in events["results"]]
    assert kinds[0] == "incident_started"
    assert kinds[-1] == "incident_ended"
    assert {"step_checked", "commander_changed", "role_changed", "status_updated"} <= set(kinds)

    await bench.settle()
    exported = await admin.get(f"incidents/{key}/export/")
    rows = list(csv.DictReader(io.StringIO(exported.body.decode())))
    assert any("We roll back" in row["Post Message"] for row in rows)
    restarted = (await admin.post(f"incidents/{key}/restart/")).ok()
    assert restarted["status"] == "ONGOING"


async def test_a_start_sent_twice_under_one_key_is_one_incident(bench: Bench, ana: Caller) -> None:
    async def start(caller: Caller, key: str, name: str = "db") -> Got:
        wish = {"playbook": "outage", "name": name}
        headers = {"Idempotency-Key": key}
        return await caller.call("POST", "incidents/", json=wish, headers=headers)

    at_once = await asyncio.gather(*(start(ana, "k1") for _ in range(4)))
    later = await start(ana, "k1")

    assert {got.status for got in (*at_once, later)} == {201}
    assert {got.ok()["key"] for got in (*at_once, later)} == {"INC-00001"}
    changed = await start(ana, "k1", name="cache")
    assert (changed.status, changed.code) == (409, "KEY_REUSED")
    assert (await start(ana, "k2")).ok()["key"] == "INC-00002"
    async with calling(bench, "bo") as bo:
        assert (await start(bo, "k1")).ok()["key"] == "INC-00003"
    assert (await ana.get("incidents/")).ok()["count"] == 3


async def test_a_step_runs_its_command_in_the_channel(bench: Bench, ana: Caller) -> None:
    key = (await ana.post("incidents/", playbook="outage", name="db")).ok()["key"]
    await bench.settle()
    added = await ana.post(f"incidents/{key}/steps/", title="Look around", command="/incident info")
    assert added.status == 201

    ran = (await ana.post(f"incidents/{key}/steps/{added.body['id']}/run/")).ok()

    assert key in ran["replies"][0]["text"]
    step = (await ana.get(added.headers["Location"])).ok()
    assert step["ran_at"] is not None


async def test_steps_are_renamed_moved_and_assigned_in_one_call(bench: Bench, ana: Caller) -> None:
    key = (await ana.post("incidents/", playbook="outage", name="db")).ok()["key"]
    step = (await ana.get(f"incidents/{key}/steps/1.1/")).ok()
    path = f"incidents/{key}/steps/{step['id']}/"

    changed = (await ana.patch(path, title="Call the owner", stage="2", assignee="ana")).ok()
    assert changed["title"] == "Call the owner"
    assert changed["number"].startswith("2.")
    assert changed["assignee"]["name"] == "ana"
    same = (await ana.patch(path, title="Call the owner", stage="2", assignee="ana")).ok()
    assert same == changed

    await bench.person("bo")
    refused = await ana.patch(path, title="Nobody", assignee="bo")
    assert (refused.status, refused.code) == (409, "NOT_A_MEMBER")
    assert (await ana.get(path)).ok()["title"] == "Call the owner"

    assert (await ana.delete(path)).status == 204
    assert (await ana.get(path)).status == 404


async def test_of_two_who_check_the_same_step_at_once_one_is_told_so(
    bench: Bench, ana: Caller
) -> None:
    key = (await ana.post("incidents/", playbook="outage", name="db")).ok()["key"]
    async with calling(bench, "bo") as bo:
        (await bo.post(f"incidents/{key}/join/")).ok()
        path = f"incidents/{key}/steps/1/check/"

        answers = await asyncio.gather(ana.post(path), bo.post(path))

    assert sorted(answer.status for answer in answers) == [200, 409]
    events = (await ana.get(f"incidents/{key}/timeline/", kind="step_checked")).ok()
    assert events["count"] == 1


async def test_the_active_stage_is_changed(ana: Caller) -> None:
    key = (await ana.post("incidents/", playbook="outage", name="db")).ok()["key"]

    (await ana.post(f"incidents/{key}/stages/next/activate/")).ok()

    stages = (await ana.get(f"incidents/{key}/stages/")).ok()["results"]
    assert [stage["number"] for stage in stages if stage["active"]] == [2]


async def test_an_edit_with_an_old_version_is_refused(ana: Caller) -> None:
    started = await ana.post("incidents/", playbook="outage", name="db")
    path, first = f"incidents/{started.body['key']}/", started.headers["ETag"]
    changed = await ana.patch(path, first, severity="CRITICAL")
    assert changed.ok()["severity"] == "CRITICAL"
    assert changed.headers["ETag"] != first

    stale = await ana.patch(path, first, severity="LOW")

    assert (stale.status, stale.code) == (412, "STALE_VERSION")
    assert (await ana.patch(path, "*", severity="LOW")).ok()["severity"] == "LOW"
    assert (await ana.patch(path, f"W/{changed.headers['ETag']}", name="x")).status == 412
    current = (await ana.get(path)).headers["ETag"]
    several = (await ana.patch(path, f'{first}, {current}, "v999"', severity="HIGH")).ok()
    assert several["severity"] == "HIGH"
    assert (await ana.patch(path, f'{first}, "v999"', severity="LOW")).status == 412
    many = ", ".join(f'"v{number}"' for number in range(1, 10))
    for header in ("seven", f"{first}, *", many, ","):
        wrong = await ana.patch(path, header, severity="LOW")
        assert (wrong.status, wrong.body["details"].keys()) == (400, {"If-Match"})


async def test_the_list_is_filtered_searched_and_ordered(bench: Bench, ana: Caller) -> None:
    for name, severity in (("alpha", "LOW"), ("beta", "HIGH"), ("gamma", "CRITICAL")):
        wish = {"playbook": "outage", "name": name, "severity": severity}
        (await ana.post("incidents/", **wish)).ok()
    async with calling(bench, "bo") as bo:
        (await bo.post("incidents/", playbook="data-loss", name="delta", severity="LOW")).ok()
    (await ana.post("incidents/1/end/")).ok()

    async def names(**params: object) -> list[str]:
        found = (await ana.get("incidents/", **params)).ok()
        assert found["count"] == len(found["results"])
        return [incident["name"] for incident in found["results"]]

    assert await names() == ["delta", "gamma", "beta", "alpha"]
    assert await names(ongoing="true") == ["delta", "gamma", "beta"]
    assert await names(status="CLOSED") == ["alpha"]
    assert await names(mine="true", ongoing="true") == ["gamma", "beta"]
    assert await names(commander="bo") == ["delta"]
    assert await names(member="me") == ["gamma", "beta", "alpha"]
    assert await names(playbook="data-loss") == ["delta"]
    assert await names(team="main", search="GAM") == ["gamma"]
    assert await names(search="inc-00002") == ["beta"]
    mildest_first = await names(ordering="severity")
    assert (set(mildest_first[:2]), mildest_first[2:]) == ({"alpha", "delta"}, ["beta", "gamma"])
    assert await names(ordering="-name") == ["gamma", "delta", "beta", "alpha"]
    assert await names(started_after="2100-01-01T00:00:00Z") == []
    assert await names(started_before="2100-01-01T00:00:00+02:00") != []
    several = await ana.get("incidents/?severity=HIGH&severity=CRITICAL")
    assert {incident["name"] for incident in several.ok()["results"]} == {"beta", "gamma"}
