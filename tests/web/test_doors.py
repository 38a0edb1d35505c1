"""Who is let in, who is sent away, and that no other site acts in anybody's name."""

from __future__ import annotations

import pytest
from aiohttp import ClientSession, CookieJar

from security.actor import SYSTEM
from security.proof import SESSION_COOKIE
from tests.bench import Bench
from tests.web.visitor import HTMX, SAME_ORIGIN, Visitor, visiting

PAGES = (
    "/channels/general",
    "/incidents",
    "/playbooks",
    "/playbooks/new",
    "/playbooks/scratch",
    "/people",
    "/people/ana",
    "/tokens",
    "/new-channel",
    "/new-channel?kind=direct",
    "/browse-channels",
    "/new-token",
    "/incidents/start",
    "/channels/general/members",
    "/sidebar",
)
only_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


async def test_a_link_signs_in_when_its_button_is_pressed_and_not_when_it_is_looked_at(
    bench: Bench,
) -> None:
    url = await bench.serve()
    doors = bench.house.desks.doors
    await bench.person("ana")
    secret = await doors.sign_in_link(await doors.account("ana", "cli"), "me")
    jar = CookieJar(unsafe=True)
    async with ClientSession(url, headers=SAME_ORIGIN, cookie_jar=jar) as browser:
        for _ in range(2):
            async with browser.get(f"/sign-in/{secret}") as looked:
                assert looked.status == 200
                assert looked.headers["Referrer-Policy"] == "no-referrer"
        async with browser.post(f"/sign-in/{secret}", allow_redirects=False) as pressed:
            cookie = pressed.cookies[SESSION_COOKIE]
            assert (pressed.status, pressed.headers["Location"]) == (303, "/")
            assert cookie["httponly"]
            assert cookie["samesite"] == "Lax"
        async with browser.get("/incidents", allow_redirects=False) as inside:
            assert inside.status == 200
        async with browser.post(f"/sign-in/{secret}", allow_redirects=False) as again:
            assert again.status == 401
            assert "has been used" in await again.text()


@only_sqlite
async def test_a_whole_token_signs_in_and_a_limited_one_does_not(bench: Bench) -> None:
    url = await bench.serve()
    await bench.person("ana")
    doors = bench.house.desks.doors
    ana = await doors.account("ana", "cli")
    _, whole = await doors.create_token(ana, "me", "whole")
    _, limited = await doors.create_token(ana, "me", "limited", ["incident.view"])
    async with ClientSession(url, headers=SAME_ORIGIN) as browser:
        for token, status in ((whole, 303), (limited, 401), ("nonsense", 401)):
            fields = {"token": token}
            async with browser.post("/sign-in", data=fields, allow_redirects=False) as answer:
                assert answer.status == status
                assert (SESSION_COOKIE in answer.cookies) == (status == 303)


@only_sqlite
@pytest.mark.parametrize(
    ("wanted", "place"),
    [
        ("/incidents?ongoing=1", "/incidents?ongoing=1"),
        ("https://evil.example", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/x\nSet-Cookie: a=b", "/"),
    ],
)
async def test_after_signing_in_people_stay_here(bench: Bench, wanted: str, place: str) -> None:
    url = await bench.serve()
    doors = bench.house.desks.doors
    secret = await doors.sign_in_link(await doors.account("admin", "cli"), "me")
    async with (
        ClientSession(url, headers=SAME_ORIGIN) as browser,
        browser.post(
            f"/sign-in/{secret}", params={"next": wanted}, allow_redirects=False
        ) as answer,
    ):
        assert answer.headers["Location"] == place


@only_sqlite
async def test_strangers_are_sent_to_sign_in_and_come_back_after(bench: Bench) -> None:
    async with ClientSession(await bench.serve()) as stranger:
        async with stranger.get("/incidents?mine=1", allow_redirects=False) as page:
            assert page.headers["Location"] == "/sign-in?next=%2Fincidents%3Fmine%3D1"
        async with stranger.get("/sidebar", headers=HTMX) as part:
            assert (part.status, part.headers["HX-Redirect"]) == (401, "/sign-in")
        async with stranger.get("/live") as stream:
            assert stream.status == 401
        async with stranger.post("/channels/general/join", headers=SAME_ORIGIN) as act:
            assert act.status == 401


@only_sqlite
async def test_another_site_cannot_act_in_anybodys_name(bench: Bench, ana: Visitor) -> None:
    before = len(await bench.messages("general"))
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {},
    ):
        async with ana.session.post("/channels/general/leave", headers=headers) as answer:
            assert answer.status == 403
    async with ana.session.post("/sign-out", headers={"Origin": "null"}) as answer:
        assert answer.status == 403

    assert len(await bench.messages("general")) == before
    assert (await ana.get("/incidents")).status == 200


@only_sqlite
@pytest.mark.parametrize("path", PAGES)
async def test_every_page_opens_for_a_responder(ana: Visitor, path: str) -> None:
    answer = await ana.get(path)

    assert answer.status == 200, answer.body[-800:]
    assert answer.headers["Cache-Control"] == "no-store"
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert not answer.page.all(style="")


@only_sqlite
async def test_a_viewer_is_offered_only_what_they_may_do(bench: Bench) -> None:
    await bench.hire("vera", "viewer")
    async with visiting(bench, "vera") as vera:
        incidents = await vera.get("/incidents")
        playbooks = await vera.get("/playbooks")
        audit = await vera.get("/audit")

    assert "Start incident" not in incidents.body
    assert "New Playbook" not in playbooks.body
    assert 'href="/audit"' not in incidents.body
    assert audit.status == 403
    assert "“audit.view”" in audit.body


@only_sqlite
async def test_what_is_not_there_says_where_to_go(ana: Visitor) -> None:
    for path in ("/nowhere", "/channels/nowhere", "/incidents/INC-99999", "/files/none"):
        answer = await ana.get(path)
        assert answer.status == 404
        assert "Back to the chat" in answer.body
    part = await ana.get("/channels/nowhere/members", htmx=True)
    assert (part.status, part.headers["HX-Retarget"]) == (404, "#toasts")


@only_sqlite
async def test_an_unknown_path_of_the_api_stays_the_apis(ana: Visitor) -> None:
    answer = await ana.get("/api/nowhere/")

    assert answer.headers["Content-Type"].startswith("application/json")


@only_sqlite
async def test_signing_out_ends_the_session(ana: Visitor) -> None:
    out = await ana.post("/sign-out", htmx=False)

    assert (out.status, out.headers["Location"]) == (303, "/sign-in")
    assert (await ana.get("/incidents")).headers["Location"].startswith("/sign-in")


@only_sqlite
async def test_a_failure_of_ours_gives_a_reference_and_tells_nothing_else(
    bench: Bench, ana: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_args: object) -> None:
        raise RuntimeError("the inner workings")

    monkeypatch.setattr(bench.house.desks.incidents, "page", broken)
    answer = await ana.get("/incidents")

    assert answer.status == 500
    assert "reference" in answer.body
    assert "inner workings" not in answer.body


@only_sqlite
async def test_somebody_in_two_teams_looks_at_one_at_a_time(bench: Bench) -> None:
    people = bench.house.desks.people
    await people.create_team(SYSTEM, "shop", "The shop")
    await bench.house.rooms.ensure_team("shop")
    await bench.person("ana")
    await people.grant(SYSTEM, "ana", "responder", "shop")
    await bench.say("ana", "general", '/incident start --playbook outage --name "Main only"')
    async with visiting(bench, "ana") as ana:
        main = await ana.get("/incidents")
        chosen = await ana.post("/team", {"team": "shop"}, htmx=False)
        shop = await ana.get("/incidents")
        foreign = await ana.post("/team", {"team": "nobodys"}, htmx=False)

    assert "Main only" in main.body
    assert chosen.cookies["tocsin_team"] == "shop"
    assert "Main only" not in shop.body
    assert "The shop" in shop.body
    assert foreign.cookies == {}
