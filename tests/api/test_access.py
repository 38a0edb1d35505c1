"""What is not for somebody's eyes is not there: every id of every other team is a 404.

Source: OWASP API Security Top 10 2023, API1 (object level) and API5 (function level).
"""

from __future__ import annotations

import pytest

from tests.api.caller import Caller, calling
from tests.bench import Bench

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

INCIDENT_CALLS: list[tuple[str, str, dict[str, object] | None]] = [
    ("GET", "", None),
    ("PATCH", "", {"severity": "LOW"}),
    ("POST", "end/", {}),
    ("POST", "commander/", {"commander": "ana"}),
    ("GET", "updates/", None),
    ("POST", "updates/", {"text": "x"}),
    ("POST", "snooze/", {"minutes": 5}),
    ("GET", "timeline/", None),
    ("GET", "stages/", None),
    ("POST", "stages/next/activate/", {}),
    ("POST", "steps/", {"title": "x"}),
    ("GET", "steps/1/", None),
    ("PATCH", "steps/1/", {"title": "x"}),
    ("DELETE", "steps/1/", None),
    ("POST", "steps/1/check/", {}),
    ("POST", "steps/1/uncheck/", {}),
    ("POST", "steps/1/skip/", {}),
    ("POST", "steps/1/run/", {}),
    ("GET", "participants/", None),
    ("POST", "participants/", {"people": ["ana"]}),
    ("POST", "join/", {}),
    ("GET", "roles/", None),
    ("POST", "roles/", {"role": "scribe", "holder": None}),
    ("POST", "announce/", {"channel": "general"}),
]


@pytest.fixture
async def foreign_incident(bench: Bench, admin: Caller) -> str:
    """Id of an incident of another team."""
    (await admin.post("teams/", name="blue")).ok()
    async with calling(bench, "bea", "blue") as bea:
        made = await bea.post("playbooks/", name="Blue's own")
        started = await bea.post("incidents/", playbook=made.ok()["id"], name="theirs")
        return started.ok()["id"]


@pytest.fixture
async def private_incident(admin: Caller) -> str:
    """Id of a private incident of ana's team in which she takes no part."""
    made = await admin.post("playbooks/", name="Quiet", settings={"public": False})
    return (await admin.post("incidents/", playbook=made.ok()["id"], name="quiet")).ok()["id"]


async def refused_everywhere(caller: Caller, incident: str) -> None:
    for method, path, body in INCIDENT_CALLS:
        got = await caller.call(method, f"incidents/{incident}/{path}", json=body)
        assert (got.status, got.code) == (404, "NOT_FOUND"), (method, path, got.body)
    listed = (await caller.get("incidents/")).ok()
    assert listed["count"] == 0


async def test_incidents_of_another_team_are_not_there(ana: Caller, foreign_incident: str) -> None:
    await refused_everywhere(ana, foreign_incident)


async def test_private_incidents_of_others_are_not_there(
    ana: Caller, private_incident: str
) -> None:
    await refused_everywhere(ana, private_incident)


async def test_an_administrator_sees_all(
    admin: Caller, foreign_incident: str, private_incident: str
) -> None:
    for incident in (foreign_incident, private_incident):
        assert (await admin.get(f"incidents/{incident}/")).status == 200


async def test_who_takes_no_part_looks_but_does_not_touch(bench: Bench, ana: Caller) -> None:
    async with calling(bench, "bo") as bo:
        key = (await bo.post("incidents/", playbook="outage", name="db")).ok()["key"]

    assert (await ana.get(f"incidents/{key}/")).status == 200
    got = await ana.post(f"incidents/{key}/steps/1/check/")
    assert (got.status, got.code) == (403, "PERMISSION_DENIED")
    (await ana.post(f"incidents/{key}/join/")).ok()
    (await ana.post(f"incidents/{key}/steps/1/check/")).ok()


PLAYBOOK_CALLS: list[tuple[str, str, dict[str, object] | None]] = [
    ("GET", "", None),
    ("PATCH", "", {"name": "Mine now"}),
    ("DELETE", "", None),
    ("POST", "duplicate/", {"name": "A copy"}),
    ("GET", "export/", None),
    ("GET", "members/", None),
    ("POST", "members/", {"account": "ana"}),
    ("DELETE", "members/ana/", None),
    ("POST", "team/", {"shared": True}),
    ("GET", "revisions/", None),
    ("POST", "restore/", {"revision": 1}),
]


async def test_playbooks_that_are_not_shared_with_somebody_are_not_there(
    ana: Caller, admin: Caller
) -> None:
    own = (await admin.post("playbooks/", name="Only mine")).ok()["id"]

    for method, path, body in PLAYBOOK_CALLS:
        got = await ana.call(method, f"playbooks/{own}/{path}", json=body)
        assert (got.status, got.code) == (404, "NOT_FOUND"), (method, path)
    started = await ana.post("incidents/", playbook=own, name="db")
    assert (started.status, started.code) == (404, "NOT_FOUND")


async def test_channels_messages_and_forms_of_others_are_not_there(
    ana: Caller, admin: Caller
) -> None:
    (await admin.post("chat/local/channels/", name="secret", kind="private")).ok()
    said = await admin.post("chat/local/messages/", channel="secret", text="hush")
    form = (
        await admin.post("chat/local/messages/", channel="general", text="/incident start")
    ).ok()

    number, form_id = said.ok()["message"]["id"], form["form"]["id"]
    for got in (
        await ana.get("chat/local/channels/secret/"),
        await ana.get("chat/local/channels/secret/messages/"),
        await ana.get("chat/local/channels/secret/members/"),
        await ana.get(f"chat/local/messages/{number}/"),
        await ana.post("chat/local/messages/", channel="secret", text="hello"),
        await ana.post("chat/local/actions/", message=number, action="step.check"),
        await ana.post("chat/local/menu/", message=number, action="incident.start"),
        await ana.post(f"chat/local/forms/{form_id}/", name="x"),
        await ana.delete(f"chat/local/forms/{form_id}/"),
        await ana.get("chat/local/channels/", team="blue"),
    ):
        assert (got.status, got.code) == (404, "NOT_FOUND"), got.body
    names = [channel["name"] for channel in (await ana.get("chat/local/channels/")).ok()["results"]]
    assert "secret" not in names


async def test_people_of_another_team_are_not_there(
    bench: Bench, ana: Caller, admin: Caller
) -> None:
    (await admin.post("teams/", name="blue")).ok()
    await bench.hire("bea", team="blue")

    assert (await ana.get("users/bea/")).status == 404
    assert (await ana.get("teams/blue/")).status == 404
    assert (await ana.get("teams/blue/members/")).status == 404
    names = [user["name"] for user in (await ana.get("users/")).ok()["results"]]
    assert "bea" not in names


ADMIN_CALLS: list[tuple[str, str, dict[str, object] | None]] = [
    ("POST", "users/", {"name": "cy"}),
    ("POST", "users/ana/roles/", {"role": "admin"}),
    ("DELETE", "users/admin/roles/admin/", None),
    ("PATCH", "users/admin/", {"active": False}),
    (
        "POST",
        "users/admin/identities/",
        {"platform": "x", "workspace": "y", "id": "z", "name": "w"},
    ),
    ("POST", "teams/", {"name": "mine"}),
    ("POST", "roles/", {"name": "mine", "permissions": ["audit.view"]}),
    ("DELETE", "roles/viewer/", None),
    ("POST", "tokens/", {"name": "theirs", "user": "admin"}),
    ("GET", "tokens/?user=admin", None),
    ("GET", "tokens/?everybody=true", None),
    ("GET", "audit/", None),
    ("GET", "audit/verify/", None),
]


async def test_what_administrators_do_is_denied_to_others(ana: Caller) -> None:
    for method, path, body in ADMIN_CALLS:
        got = await ana.call(method, path, json=body)
        assert (got.status, got.code) == (403, "PERMISSION_DENIED"), (method, path)
