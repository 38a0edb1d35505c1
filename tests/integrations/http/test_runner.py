"""HTTP actions: what is sent, what is a success, what is tried again."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from automation.actions.runner import RunnerKit
from automation.actions.schema import checked
from chat.errors import BadInput
from integrations.http.entry import runners
from integrations.http.parameters import PARAMETERS
from integrations.http.runner import HttpRequest
from tests.integrations.http.asker import ACTION, Asker, answering
from tests.integrations.http.certificates import authority, issued
from tests.integrations.http.site import HOME, Site, site


async def test_json_is_read(asker: Asker, here: Site) -> None:
    here.answers["/"] = lambda _: web.json_response({"état": ["☃", 1, None]})

    outcome = await asker.ask(url=here.url())

    assert outcome.ok, outcome.error
    assert outcome.output["body"] == {"état": ["☃", 1, None]}
    assert outcome.output["parsed"] is True
    assert outcome.output["status_code"] == 200
    assert outcome.output["headers"]["Content-Type"].startswith("application/json")
    assert outcome.output["url"] == here.url()
    assert 0 <= outcome.output["elapsed_ms"] < 20_000
    assert len(asker.lines) == 1
    assert asker.lines[0].startswith(f"GET {here.url()}: 200 OK in ")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"just text", "text/plain"),
        (b"123", "text/plain"),
        (b"{broken", "application/json"),
        (b'{"a": NaN}', "application/json"),
        (b"[" * 100_000, "application/json"),
        (b"9" * 10_000, "application/json"),
        (b"", "application/json"),
        (b"\xff\x00\xfe", "application/octet-stream"),
        (b"text", "text/plain; charset=no-such-thing"),
        (b"text", "; ; ="),
    ],
)
async def test_what_is_no_json_stays_text(asker: Asker, here: Site, body: bytes, kind: str) -> None:
    here.answers["/"] = lambda _: web.Response(body=body, headers={"Content-Type": kind})

    outcome = await asker.ask(url=here.url())

    assert outcome.ok, outcome.error
    assert outcome.output["parsed"] is False
    assert outcome.output["body"] == body.decode("utf-8", "replace")


async def test_text_is_read_by_its_own_encoding(asker: Asker, here: Site) -> None:
    here.answers["/"] = lambda _: web.Response(
        body="é".encode("latin-1"), headers={"Content-Type": 'text/plain; charset="ISO-8859-1"'}
    )

    assert (await asker.ask(url=here.url())).output["body"] == "é"


@pytest.mark.parametrize(
    ("body", "headers", "sent", "kind"),
    [
        ({"a": [1, "é"]}, {}, b'{"a": [1, "\xc3\xa9"]}', "application/json"),
        ([1], {"content-type": "application/vnd.x+json"}, b"[1]", "application/vnd.x+json"),
        ("plain é", {}, "plain é".encode(), "text/plain; charset=utf-8"),
        ('{"a": 1}', {"Content-Type": "application/json"}, b'{"a": 1}', "application/json"),
        (
            {"a": "x & y", "b": True},
            {"Content-Type": "application/x-www-form-urlencoded"},
            b"a=x+%26+y&b=true",
            "application/x-www-form-urlencoded",
        ),
        (False, {}, b"false", "application/json"),
    ],
)
async def test_bodies_are_sent_as_they_are_meant(
    asker: Asker, here: Site, body: Any, headers: dict[str, str], sent: bytes, kind: str
) -> None:
    outcome = await asker.ask(url=here.url(), method="POST", body=body, headers=headers)

    assert outcome.ok, outcome.error
    heard = here.heard[0]
    assert (heard.body, heard.headers["Content-Type"]) == (sent, kind)


async def test_parameters_join_the_query(asker: Asker, here: Site) -> None:
    params = {"q": "a&b=c #é", "many": [1, "2"], "yes": True, "none": None}

    await asker.ask(url=here.url("/p?old=1"), params=params)

    assert here.heard[0].target == ("/p?old=1&q=a%26b%3Dc+%23%C3%A9&many=1&many=2&yes=true&none=")


async def test_who_asks_is_said(asker: Asker, here: Site) -> None:
    await asker.ask(url=here.url(), username="ana", password="pä:ss")
    await asker.ask(url=here.url(), bearer_token="t0ken")
    await asker.ask(url=here.url().replace("://", "://ana:secret@"))
    await asker.ask(url=here.url(), cookies={"a": "1", "b": 2})

    said = [heard.headers.get("Authorization", "") for heard in here.heard]
    assert base64.b64decode(said[0].removeprefix("Basic ")).decode() == "ana:pä:ss"
    assert said[1] == "Bearer t0ken"
    assert base64.b64decode(said[2].removeprefix("Basic ")).decode() == "ana:secret"
    assert here.heard[3].headers["Cookie"] == "a=1; b=2"
    assert "secret" not in "".join(asker.lines)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
async def test_a_change_carries_the_key_of_its_task(asker: Asker, here: Site, method: str) -> None:
    await asker.ask(url=here.url(), method=method)
    await asker.ask(url=here.url(), method=method, headers={"idempotency-key": "mine"})

    assert [heard.headers["Idempotency-Key"] for heard in here.heard] == ["task-1", "mine"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "OPTIONS"])
async def test_anything_else_carries_none(asker: Asker, here: Site, method: str) -> None:
    outcome = await asker.ask(url=here.url(), method=method)

    assert outcome.ok, outcome.error
    assert here.heard[0].method == method
    assert "Idempotency-Key" not in here.heard[0].headers


@pytest.mark.parametrize(
    ("status", "expect", "ok"),
    [
        *((200, None, True), (299, None, True), (300, None, False), (404, None, False)),
        *((404, [404], True), (404, ["4xx"], True), (404, "2xx,404", True), (200, [404], False)),
        *((450, ["400-450"], True), (451, ["400-450"], False), (503, ["503"], True)),
    ],
)
async def test_what_is_expected_is_a_success(
    asker: Asker, here: Site, status: int, expect: Any, ok: bool
) -> None:
    here.answers["/"] = answering(status)

    outcome = await asker.ask(url=here.url(), expect=expect)

    assert outcome.ok is ok
    assert outcome.output["status_code"] == status


async def test_an_unexpected_answer_is_told_with_its_beginning(asker: Asker, here: Site) -> None:
    here.answers["/"] = lambda _: web.Response(status=500, text="it\n broke " + "x" * 9000)

    outcome = await asker.ask(url=here.url())

    start = f"{HOME} answered 500 Internal Server Error, and 200 to 299 was expected: it broke xx"
    assert outcome.error.startswith(start)
    assert len(outcome.error) < 500
    assert outcome.output["body"].startswith("it\n broke")


async def test_redirects_are_followed_or_not(asker: Asker, here: Site) -> None:
    url = here.redirects("/a", "/b")

    followed = await asker.ask(url=url)
    left = await asker.ask(url=url, allow_redirects=False, expect=[302])
    none = await asker.ask(url=url, max_redirects=0)

    assert followed.output["url"] == here.url("/b")
    assert left.output["headers"]["Location"] == "/b"
    assert none.error == f"{HOME} redirected more than 0 times."


async def test_an_answer_has_its_limit(asker: Asker, here: Site) -> None:
    here.answers["/"] = lambda _: web.Response(body=b"x" * 2000)

    outcome = await asker.ask(url=here.url(), size_limit=1000)

    assert not outcome.ok
    assert outcome.error == (
        f"{HOME} answered with more than 1000 bytes, which is the limit; raise size_limit, or "
        "ask for less."
    )


@pytest.mark.parametrize(
    "given",
    [
        {"headers": {"X-A": "1\r\nX-Evil: 2"}},
        {"headers": {"X-A\r\nX-Evil": "2"}},
        {"headers": {"X-A: 1\nX-Evil": "2"}},
        {"headers": {"Transfer-Encoding": "chunked"}},
        {"headers": {"Content-Length": "5"}},
        {"cookies": {"a": "1; b=2"}},
        {"cookies": {"a": "1\r\nX-Evil: 2"}},
        {"cookies": {"a=1; b": "2"}},
        {"bearer_token": "t\r\nX-Evil: 2"},
        {"url": "http://{home}/ HTTP/1.1\r\nX-Evil: 2"},
        {"url": "http://user:pw@{home}/", "bearer_token": "t0ken"},
        {"username": "a", "headers": {"authorization": "Basic x"}},
    ],
)
async def test_no_value_becomes_another_part_of_the_request(
    asker: Asker, here: Site, given: dict[str, Any]
) -> None:
    place = f"{HOME}:{here.port}"
    url = str(given.get("url", "http://{home}/")).replace("{home}", place)

    outcome = await asker.ask(**given | {"url": url})

    assert not outcome.ok
    assert outcome.output is None
    assert not here.heard


async def test_odd_values_arrive_as_they_are(asker: Asker, here: Site) -> None:
    outcome = await asker.ask(
        url=here.url("/a%0d%0ab"),
        params={"x\r\ny": "1\r\n2"},
        headers={"X-Odd": "$(id) `id` ; é\t|"},
        body="\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        method="POST",
    )

    assert outcome.ok, outcome.error
    assert len(here.heard) == 1
    assert here.heard[0].target == "/a%0D%0Ab?x%0D%0Ay=1%0D%0A2"
    assert here.heard[0].headers["X-Odd"] == "$(id) `id` ; é\t|"


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"method": "TRACE"}, "method"),
        ({"method": "GET / HTTP/1.1\r\nX: y"}, "method"),
        ({"expect": ["6xx"]}, "expect"),
        ({"expect": [99]}, "expect"),
        ({"expect": []}, "expect"),
        ({"retries": 11}, "retries"),
        ({"size_limit": 0}, "size_limit"),
        ({"timeout": 0}, "timeout"),
        ({"headers": {"a": {}}}, "headers"),
    ],
)
async def test_what_is_not_accepted_is_named(
    asker: Asker, given: dict[str, Any], place: str
) -> None:
    with pytest.raises(BadInput, match=place):
        checked(ACTION, {"url": "http://h/"} | given, place="parameters")


async def test_the_operators_authorities_are_trusted(tmp_path: Path) -> None:
    ca = authority()
    file = tmp_path / "ca.pem"
    file.write_bytes(ca.pem(with_key=False))
    async with site(tls=issued(ca, HOME).server(tmp_path)) as good:
        plain, trusting = (
            HttpRequest(RunnerKit(allowed_networks=(HOME,), options=options))
            for options in ({}, {"ca_file": str(file)})
        )

        refused = await Asker(plain, tmp_path).ask(url=good.url())
        unchecked = await Asker(plain, tmp_path).ask(url=good.url(), verify_ssl_cert=False)
        trusted = await Asker(trusting, tmp_path).ask(url=good.url())

        assert "does not trust" in refused.error
        assert unchecked.ok
        assert trusted.ok
        await plain.close()
        await trusting.close()


def test_settings_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="TOCSIN_RUNNER_HTTP_CA_FILE"):
        runners(RunnerKit(options={"ca_file": str(tmp_path / "none.pem")}))
    (tmp_path / "empty.pem").write_text("nothing")
    with pytest.raises(BadInput, match="TOCSIN_RUNNER_HTTP_CA_FILE"):
        runners(RunnerKit(options={"ca_file": str(tmp_path / "empty.pem")}))
    with pytest.raises(BadInput, match="TOCSIN_ALLOWED_NETWORKS"):
        runners(RunnerKit(allowed_networks=("intranet",)))


def test_the_schema_of_everything_it_takes_is_json() -> None:
    assert json.dumps([dict(each.schema) for each in PARAMETERS])
    assert {each.name for each in PARAMETERS if each.secret} == {"password", "bearer_token"}
