"""Accounts, teams, roles, tokens and the audit trail over HTTP."""

from __future__ import annotations

from aiohttp import ClientSession

from tests.api.caller import Caller
from tests.bench import Bench


async def test_an_account_is_made_changed_and_switched_off(bench: Bench, admin: Caller) -> None:
    made = await admin.post("users/", name="cy", display="Cy", email="cy@example.org")
    assert made.status == 201
    assert made.body["roles"] == [{"role": "responder", "team": "main"}]
    assert [identity["platform"] for identity in made.body["identities"]] == ["local"]
    path = made.headers["Location"]

    changed = await admin.patch(path, made.headers["ETag"], display="Cyrus")
    assert changed.ok()["display"] == "Cyrus"
    assert changed.body["email"] == "cy@example.org"
    stale = await admin.patch(path, made.headers["ETag"], display="C")
    assert (stale.status, stale.code) == (412, "STALE_VERSION")

    granted = (await admin.post(f"{path}roles/", role="commander", team="main")).ok()
    assert {"role": "commander", "team": "main"} in granted["roles"]
    gone = await admin.delete(f"{path}roles/commander/", team="main")
    assert gone.status == 204

    linked = await admin.post(
        f"{path}identities/", platform="slack", workspace="T1", id="U1", name="cy"
    )
    assert "slack" in [identity["platform"] for identity in linked.ok()["identities"]]
    assert (await admin.delete(f"{path}identities/slack/T1/U1/")).status == 204

    token = await admin.post("tokens/", name="cy's", user="cy")
    async with ClientSession(
        await bench.serve(), headers={"Authorization": f"Token {token.body['secret']}"}
    ) as session:
        assert (await Caller(session).get("users/me/")).ok()["name"] == "cy"
        (await admin.patch(path, active=False)).ok()
        assert (await Caller(session).get("users/me/")).status == 401
    assert (await admin.get("users/", active="false")).ok()["count"] == 1


async def test_a_role_reaches_all_teams_only_when_that_is_asked_for(
    admin: Caller, ana: Caller
) -> None:
    async def roles() -> list[tuple[str, str | None]]:
        return [(it["role"], it["team"]) for it in (await ana.get("users/me/")).ok()["roles"]]

    (await admin.post("users/ana/roles/", role="commander")).ok()
    assert ("commander", "main") in await roles()
    assert (await admin.delete("users/ana/roles/commander/")).status == 204
    assert await roles() == [("responder", "main")]

    for everywhere in ("*", None):
        (await admin.post("users/ana/roles/", role="viewer", team=everywhere)).ok()
        assert ("viewer", None) in await roles()
        assert (await admin.delete("users/ana/roles/viewer/")).status == 404
        assert (await admin.delete("users/ana/roles/viewer/", team="*")).status == 204


async def test_people_see_themselves_and_what_they_may_do(ana: Caller) -> None:
    me = (await ana.get("users/me/")).ok()

    assert me["name"] == "ana"
    assert me["via"] == "api"
    assert "incident.start" in me["permissions"]["main"]
    assert "audit.view" not in me["permissions"]["main"]
    assert (await ana.patch("users/me/", display="Ana B.")).ok()["display"] == "Ana B."


async def test_a_role_of_ones_own_is_made_given_and_taken_back(admin: Caller, ana: Caller) -> None:
    made = await admin.post("roles/", name="auditor", permissions=["audit.view"])
    assert made.status == 201
    assert (await ana.get("audit/")).status == 403
    (await admin.post("users/ana/roles/", role="auditor", team="main")).ok()
    assert (await ana.get("audit/")).status == 200

    changed = await admin.call(
        "PUT", "roles/auditor/", json={"description": "Reads", "permissions": ["people.view"]}
    )
    assert changed.ok()["permissions"] == ["people.view"]
    assert (await ana.get("audit/")).status == 403
    in_use = await admin.delete("roles/auditor/")
    assert (in_use.status, in_use.code) == (409, "ROLE_IN_USE")
    assert (await admin.delete("users/ana/roles/auditor/", team="main")).status == 204
    assert (await admin.delete("roles/auditor/")).status == 204
    assert (await admin.get("roles/auditor/")).status == 404
    fixed = await admin.call("PUT", "roles/viewer/", json={"permissions": ["people.view"]})
    assert (fixed.status, fixed.code) == (409, "BUILT_IN_ROLE")


async def test_a_tokens_secret_is_shown_once_and_can_be_revoked(bench: Bench, ana: Caller) -> None:
    made = await ana.post("tokens/", name="ci", scopes=["incident.view"], expires_in=3600)
    assert made.status == 201
    assert made.body["secret"].startswith("toc_")
    assert made.body["expires_at"] is not None

    listed = (await ana.get("tokens/")).ok()["results"]
    mine = next(token for token in listed if token["id"] == made.body["id"])
    assert "secret" not in mine
    assert mine["scopes"] == ["incident.view"]

    async with ClientSession(
        await bench.serve(), headers={"Authorization": f"Bearer {made.body['secret']}"}
    ) as session:
        assert (await Caller(session).get("incidents/")).status == 200
        assert (await ana.delete(f"tokens/{mine['id']}/")).status == 204
        assert (await Caller(session).get("incidents/")).status == 401


async def test_teams_are_made_and_listed(admin: Caller, ana: Caller) -> None:
    made = await admin.post("teams/", name="blue", display="Blue")
    assert made.status == 201
    seeded = (await admin.get("playbooks/", team="blue")).ok()
    assert seeded["count"] == (await admin.get("playbooks/", team="main")).ok()["count"] > 0
    twice = await admin.post("teams/", name="blue")
    assert (twice.status, twice.code) == (409, "NAME_TAKEN")

    assert [team["name"] for team in (await ana.get("teams/")).ok()["results"]] == ["main"]
    members = (await ana.get("teams/main/members/")).ok()["results"]
    assert "ana" in [member["name"] for member in members]


async def test_what_was_done_is_in_the_trail_whose_chain_holds(
    bench: Bench, admin: Caller, ana: Caller
) -> None:
    key = (await ana.post("incidents/", playbook="outage", name="db")).ok()["key"]
    await bench.house.sealer.seal_waiting()

    found = (await admin.get("audit/", search=key, actor="ana", object_kind="incident")).ok()
    entry = found["results"][-1]
    assert entry["object_name"] == key
    assert entry["via"] == "api"
    assert entry["number"] > 0

    verdict = (await admin.get("audit/verify/")).ok()
    assert set(verdict) == {"intact", "checked", "head", "broken_at", "why", "waiting"}
    assert verdict["intact"] is True
    noted = {"number": verdict["checked"], "hash": verdict["head"]}
    assert (await admin.get("audit/verify/", **noted)).ok()["intact"] is True
    beyond = {"number": verdict["checked"] + 50, "hash": verdict["head"]}
    assert (await admin.get("audit/verify/", **beyond)).ok()["intact"] is False
    assert (await admin.get("audit/verify/", number=1)).status == 400
