"""Whatever goes wrong, it is said in one shape, and it says what to do."""

from __future__ import annotations

import asyncio
import gzip
import io

import pytest
from aiohttp import ClientSession

from tests.api.caller import Caller, Got, calling
from tests.bench import Bench

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


WRONG_CALLS = [
    ("GET", "/api/nothing/", 404, "NOT_FOUND"),
    ("GET", "/api/incidents", 404, "NOT_FOUND"),
    ("PUT", "/api/incidents/", 405, "METHOD_NOT_ALLOWED"),
    ("GET", "/api/incidents/INC-00099/", 404, "NOT_FOUND"),
    ("GET", "/api/incidents/%00/", 400, "VALIDATION_ERROR"),
    ("POST", "/healthz", 405, "METHOD_NOT_ALLOWED"),
    ("GET", "/api/chat/local/messages/x/", 404, "NOT_FOUND"),
    ("DELETE", "/api/playbooks/templates/", 405, "METHOD_NOT_ALLOWED"),
    ("GET", "/api/playbooks/outag/", 404, "NOT_FOUND"),
    ("GET", "/api/chat/local/messages/999/", 404, "NOT_FOUND"),
    ("GET", "/api/users/nobody/", 404, "NOT_FOUND"),
]


async def test_every_error_comes_in_the_envelope(admin: Caller) -> None:
    for method, path, status, code in WRONG_CALLS:
        got = await admin.call(method, path)
        assert (got.status, got.code) == (status, code), (method, path)


async def test_a_missing_slash_is_pointed_at(admin: Caller) -> None:
    got = await admin.get("/api/incidents")

    assert "/api/incidents/" in got.body["error"]


async def test_405_tells_what_is_possible(admin: Caller) -> None:
    got = await admin.call("DELETE", "incidents/")

    assert got.headers["Allow"] == "GET, HEAD, POST"


async def post(
    caller: Caller, body: bytes | io.BytesIO, kind: str = "application/json", **headers: str
) -> Got:
    sent = {"Content-Type": kind, **headers}
    return await caller.call("POST", "incidents/", data=body, headers=sent)


WRONG_BODIES = [
    (b"{", "MALFORMED_JSON"),
    (b"\xff\xfe", "MALFORMED_JSON"),
    (b"[]", "VALIDATION_ERROR"),
    (b"null", "VALIDATION_ERROR"),
    (b'{"playbook": "outage", "name": "a\\u0000b"}', "VALIDATION_ERROR"),
    (b'{"playbook": "outage", "name": "\\ud800"}', "MALFORMED_JSON"),
    (b"[" * 100_000, "MALFORMED_JSON"),
]


async def test_a_body_that_is_not_what_it_should_be_is_refused(admin: Caller) -> None:
    for body, code in WRONG_BODIES:
        got = await post(admin, body)
        assert (got.status, got.code) == (400, code), body[:50]


async def test_another_media_type_is_refused(admin: Caller) -> None:
    got = await post(admin, b"playbook=outage", "application/x-www-form-urlencoded")

    assert (got.status, got.code) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_an_error_names_calls_and_not_chat_commands(bench: Bench, ana: Caller) -> None:
    unknown = await ana.get("incidents/INC-99999/")
    assert "GET /api/incidents/ shows yours" in unknown.body["error"]
    key = (await ana.post("incidents/", playbook="outage", name="db")).ok()["key"]
    async with calling(bench, "bo") as bo:
        outside = await bo.post(f"incidents/{key}/end/")
        assert outside.body["error"].endswith(f"POST /api/incidents/{key}/join/")
    stranger = await ana.post(f"incidents/{key}/commander/", commander="bo")
    assert stranger.body["error"].endswith(f"POST /api/incidents/{key}/participants/")
    (await ana.post(f"incidents/{key}/end/")).ok()
    closed = await ana.patch(f"incidents/{key}/", name="x")
    assert f"call POST /api/incidents/{key}/restart/." in closed.body["error"]
    said = await ana.post("chat/local/messages/", channel="general", text="/incident info INC-9")
    assert "/incident list" in said.body["replies"][0]["text"]


async def test_a_body_that_is_too_large_is_refused(admin: Caller) -> None:
    got = await post(admin, io.BytesIO(b" " * 1_100_000))

    assert (got.status, got.code) == (413, "BODY_TOO_LARGE")


async def test_a_packed_body_counts_unpacked(admin: Caller) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    assert len(bomb) < 100_000
    sent = {"Content-Type": "application/json", "Content-Encoding": "gzip"}

    got = await admin.call("POST", "incidents/", data=bomb, headers=sent)

    assert (got.status, got.code) == (413, "BODY_TOO_LARGE")


async def test_an_unknown_parameter_is_named_with_those_that_are_known(admin: Caller) -> None:
    got = await admin.get("incidents/", serverity="HIGH")

    assert (got.status, got.code) == (400, "VALIDATION_ERROR")
    assert "`serverity`" in got.body["error"]
    assert "severity" in got.body["details"]["serverity"]


async def test_an_unknown_field_is_named_with_its_place(admin: Caller) -> None:
    stages = [{"name": "First", "steps": [{"titel": "x", "title": "y"}]}]

    got = await admin.post("playbooks/", name="p", stages=stages)

    assert got.status == 400
    assert "title" in got.body["details"]["stages[0].steps[0].titel"]


async def test_types_are_exact(admin: Caller) -> None:
    for field, value in (
        ("name", 7),
        ("severity", "high-ish"),
        ("summary", None),
        ("name", ""),
        ("team", True),
    ):
        wish: dict[str, object] = {"playbook": "outage", "name": "db", field: value}
        got = await admin.post("incidents/", **wish)
        assert (got.status, got.code) == (400, "VALIDATION_ERROR"), (field, value)
        assert list(got.body["details"]) == [field]


WRONG_QUERIES = [
    "limit=0",
    "limit=201",
    "limit=2.0",
    "limit=1_0",
    "offset=-1",
    "offset=99999999999999999999",
    "page=1&offset=3",
    "limit=5&page_size=5",
    "limit=5&limit=6",
    "ongoing=yes",
    "ongoing=true&status=CLOSED",
    "mine=true&commander=admin",
    "severity=high",
    "started_after=2026-01-01",
    "started_after=2026-01-01T00:00:00",
    "started_after=0001-01-01T00:00:00%2B14:00",
    "started_after=1700000000",
    "ordering=commander",
    "commander=nobody-of-that-name",
    "team=no-such-team",
    "playbook=no-such-playbook",
    "search=%00",
]


async def test_a_parameter_that_does_not_fit_is_refused(ana: Caller) -> None:
    for query in WRONG_QUERIES:
        got = await ana.get(f"/api/incidents/?{query}")
        assert (got.status, got.code) == (400, "VALIDATION_ERROR"), query


async def test_an_offset_whose_plus_was_not_encoded_is_understood(ana: Caller) -> None:
    got = await ana.call("GET", "/api/incidents/?started_after=2026-01-01T00:00:00+02:00")

    assert got.status == 200


async def test_nobody_gets_in_without_a_proof(bench: Bench) -> None:
    for word in (None, "Token nonsense", "Bearer ", "Basic YTpi", "Token \u00e9"):
        headers = {} if word is None else {"Authorization": word}
        async with ClientSession(await bench.serve(), headers=headers) as session:
            got = await Caller(session).get("incidents/")
        assert (got.status, got.code) == (401, "NOT_AUTHENTICATED"), word
        assert "Token" in got.headers["WWW-Authenticate"]


async def test_both_words_for_a_token_are_understood(bench: Bench, ana: Caller) -> None:
    secret = ana.session.headers["Authorization"].removeprefix("Token ")
    async with ClientSession(
        await bench.serve(), headers={"Authorization": f"Bearer {secret}"}
    ) as session:
        assert (await Caller(session).get("users/me/")).ok()["name"] == "ana"


async def test_who_lacks_the_right_is_turned_away_before_the_body_is_read_and_it_is_audited(
    ana: Caller, admin: Caller
) -> None:
    got = await ana.call("POST", "users/", data=b"{", headers={"Content-Type": "application/json"})

    assert (got.status, got.code) == (403, "PERMISSION_DENIED")
    assert got.body["details"]["permission"] == "people.manage"
    named = await ana.post("users/bo/roles/", role="viewer")
    assert "for POST /api/users/bo/roles/." in named.body["error"]
    denied = (await admin.get("audit/", outcome="denied", actor="ana")).ok()
    assert denied["count"] == 2


async def test_a_token_does_only_what_its_scopes_say(bench: Bench, ana: Caller) -> None:
    made = await ana.post("tokens/", name="reader", scopes=["incident.view"])
    async with ClientSession(
        await bench.serve(), headers={"Authorization": f"Token {made.body['secret']}"}
    ) as session:
        reader = Caller(session)
        assert (await reader.get("incidents/")).status == 200
        got = await reader.post("incidents/", playbook="outage", name="db")
        assert (got.status, got.code) == (403, "PERMISSION_DENIED")
        assert "scope" in got.body["error"]


async def test_a_session_needs_our_own_page_for_changes(bench: Bench) -> None:
    doors = bench.house.desks.doors
    cookie = await doors.sign_in(await doors.sign_in_link(await bench.actor("ana"), "me"))
    url = await bench.serve()
    async with ClientSession(url, cookies={"tocsin_session": cookie}) as session:
        browser = Caller(session)
        wish = {"playbook": "outage", "name": "db"}
        assert (await browser.get("incidents/")).status == 200
        foreign = await browser.call(
            "POST", "incidents/", json=wish, headers={"Origin": "https://evil.example"}
        )
        assert (foreign.status, foreign.code) == (403, "PERMISSION_DENIED")
        bare = await browser.call("POST", "incidents/", json=wish)
        assert bare.status == 403
        own = await browser.call(
            "POST", "incidents/", json=wish, headers={"Sec-Fetch-Site": "same-origin"}
        )
        assert own.status == 201


async def test_a_bug_of_ours_shows_nothing_but_a_number(
    bench: Bench, ana: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_args: object, **_more: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(type(bench.house.desks.incidents), "page", broken)

    got = await ana.get("incidents/")

    assert (got.status, got.code) == (500, "INTERNAL_ERROR")
    assert "secret detail" not in str(got.body)
    assert got.body["details"]["ref"] in caplog.text


async def test_a_database_that_does_not_answer_is_503_with_a_time_to_wait(
    bench: Bench, ana: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chat.errors import Unavailable  # noqa: PLC0415 - only here

    async def away(*_args: object, **_more: object) -> None:
        await asyncio.sleep(0)
        raise Unavailable("The database does not answer.", retry_after=7)

    monkeypatch.setattr(type(bench.house.desks.incidents), "page", away)

    got = await ana.get("incidents/")

    assert (got.status, got.code, got.headers["Retry-After"]) == (503, "UNAVAILABLE", "7")
