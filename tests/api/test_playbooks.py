"""Playbooks over HTTP."""

from __future__ import annotations

import json

import pytest

from tests.api.caller import Caller, calling
from tests.bench import Bench

WRITTEN = {
    "name": "Database is slow",
    "description": "Find out why",
    "stages": [
        {
            "name": "Look",
            "steps": [
                {"title": "Open the graphs", "assignee": "commander", "due_after": 600},
                {"title": "Say so", "command": "/incident update Looking"},
            ],
        },
        {"name": "Mend"},
    ],
    "settings": {"severity": "HIGH", "update_every": 1800, "keywords": ["slow"]},
    "metrics": [{"title": "Lost orders", "type": "metric_integer", "target": 0}],
}


async def test_a_playbook_is_made_changed_and_brought_back(ana: Caller) -> None:
    made = await ana.call("POST", "playbooks/", json=WRITTEN)
    assert made.status == 201
    assert made.body["handle"] == "database-is-slow"
    assert made.body["stages"][0]["steps"][0]["due_after"] == 600
    assert made.body["settings"]["update_every"] == 1800
    assert made.body["created_by"]["name"] == "ana"
    path = made.headers["Location"]
    assert (await ana.get(path)).body == made.body

    stages = [*made.body["stages"], {"name": "Learn", "steps": [{"title": "Write it down"}]}]
    changed = await ana.patch(path, made.headers["ETag"], name="Database crawls", stages=stages)
    assert changed.ok()["name"] == "Database crawls"
    assert changed.body["description"] == "Find out why"
    assert changed.body["stages"][0]["id"] == made.body["stages"][0]["id"]
    assert changed.body["step_count"] == 3
    stale = await ana.patch(path, made.headers["ETag"], name="Other")
    assert (stale.status, stale.code) == (412, "STALE_VERSION")

    revisions = (await ana.get(f"{path}revisions/")).ok()["results"]
    assert [revision["revision"] for revision in revisions] == [2, 1]
    restored = await ana.post(f"{path}restore/", revision=1)
    assert restored.ok()["name"] == "Database is slow"
    assert restored.body["revision"] == 3

    assert (await ana.delete(path)).status == 204
    assert (await ana.get(path)).status == 404


async def test_a_mistake_is_named_with_its_place(ana: Caller) -> None:
    wrong = {"name": "x", "stages": [{"name": "a", "steps": [{"title": "t", "command": "boo"}]}]}

    got = await ana.call("POST", "playbooks/", json=wrong)

    assert (got.status, got.code) == (400, "VALIDATION_ERROR")
    assert list(got.body["details"]) == ["stages[0].steps[0].command"]


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_a_playbook_is_made_from_a_template(ana: Caller) -> None:
    templates = (await ana.get("playbooks/templates/")).ok()["results"]
    assert len(templates) >= 8

    made = await ana.post(f"playbooks/templates/{templates[0]['id']}/", name="Ours")

    assert made.ok()["template"] == templates[0]["id"]
    names = [stage["name"] for stage in made.body["stages"]]
    assert names == [stage["name"] for stage in templates[0]["stages"]]
    assert (await ana.post("playbooks/templates/no-such/")).status == 404


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_an_exported_playbook_can_be_imported(ana: Caller) -> None:
    made = (await ana.call("POST", "playbooks/", json=WRITTEN)).ok()
    exported = await ana.get(f"playbooks/{made['handle']}/export/")
    assert "database-is-slow.json" in exported.headers["Content-Disposition"]
    assert exported.body["version"] == 1

    imported = await ana.call("POST", "playbooks/import/", json=exported.body)

    assert imported.status == 201
    steps = imported.body["playbook"]["stages"][0]["steps"]
    assert [step["title"] for step in steps] == ["Open the graphs", "Say so"]
    assert steps[0]["due_after"] == 600
    foreign = await ana.call("POST", "playbooks/import/", json={"id": "x", "version": 1})
    assert (foreign.status, foreign.code) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_a_playbook_is_shared_and_copied(bench: Bench, ana: Caller) -> None:
    handle = (await ana.post("playbooks/", name="Mine")).ok()["handle"]
    async with calling(bench, "bo") as bo:
        assert (await bo.get(f"playbooks/{handle}/")).status == 404
        (await ana.post(f"playbooks/{handle}/members/", account="bo")).ok()
        assert (await bo.get(f"playbooks/{handle}/")).status == 200

        members = (await bo.get(f"playbooks/{handle}/members/")).ok()["results"]
        assert [(each["account"]["name"], each["admin"]) for each in members] == [
            ("ana", True),
            ("bo", False),
        ]
        copied = await bo.post(f"playbooks/{handle}/duplicate/", name="Bo's")
        assert copied.status == 201
        denied = await bo.post(f"playbooks/{handle}/team/", shared=True)
        assert (denied.status, denied.code) == (403, "PERMISSION_DENIED")

        assert (await ana.delete(f"playbooks/{handle}/members/bo/")).status == 204
        assert (await bo.get(f"playbooks/{handle}/")).status == 404
        (await ana.post(f"playbooks/{handle}/team/", shared=True)).ok()
        assert (await bo.get(f"playbooks/{handle}/")).status == 200


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_a_playbook_is_found_by_search(ana: Caller) -> None:
    (await ana.call("POST", "playbooks/", json=WRITTEN)).ok()

    found = (await ana.get("playbooks/", search="SLOW")).ok()["results"]

    assert "database-is-slow" in json.dumps([playbook["handle"] for playbook in found])
