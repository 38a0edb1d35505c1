"""Redirects, limits, and what the session keeps."""

from __future__ import annotations

import asyncio
import gzip

import pytest
from aiohttp import web
from yarl import URL

from integrations.http.errors import TimedOut, TooLarge, TooManyRedirects, Unreachable
from integrations.http.request import Request
from integrations.http.session import HttpSession
from tests.integrations.http.site import Site, site

MIB = 1024 * 1024
PROOF = {
    "Authorization": "Bearer t",
    "Cookie": "a=b",
    "X-Api-Key": "k",
    "X-Auth-Token": "t",
    "Host": "virtual.example",
    "Idempotency-Key": "i",
    "Accept": "text/plain",
}


@pytest.mark.parametrize(
    ("status", "method", "then"),
    [
        *((301, "POST", "GET"), (302, "POST", "GET"), (303, "POST", "GET"), (303, "PUT", "GET")),
        *((301, "PUT", "PUT"), (302, "DELETE", "DELETE"), (303, "HEAD", "HEAD")),
        *((307, "POST", "POST"), (308, "POST", "POST"), (307, "PATCH", "PATCH")),
        *((301, "HEAD", "HEAD"), (302, "GET", "GET")),
    ],
)
async def test_a_redirect_changes_the_method_as_browsers_do(
    session: HttpSession, here: Site, status: int, method: str, then: str
) -> None:
    url = here.redirects("/a", "/b", status)
    body = b"x=1" if method in {"POST", "PUT", "PATCH"} else None
    sent = Request(method, URL(url), {"Content-Type": "text/x"} if body else {}, body)

    answer = await session.send(sent)

    second = here.heard[1]
    kept = body is not None and then == method
    assert (second.method, second.target) == (then, "/b")
    assert second.body == (body if kept else b"")
    assert second.headers.get("Content-Type") == ("text/x" if kept else None)
    assert str(answer.url) == here.url("/b")


async def test_what_proves_who_asks_goes_on_within_one_origin(
    session: HttpSession, here: Site
) -> None:
    await session.send(Request("GET", URL(here.redirects("/a", "/b")), PROOF))

    assert PROOF.items() <= here.heard[1].headers.items()


async def test_what_proves_who_asks_goes_to_no_other_origin(
    session: HttpSession, here: Site
) -> None:
    async with site() as other:
        url = here.redirects("/a", other.url("/b").replace("://", "://user:password@"), 307)

        answer = await session.send(Request("POST", URL(url), PROOF, b"x"))

        headers = other.heard[0].headers
        assert not {"Authorization", "Cookie", "X-Api-Key", "X-Auth-Token"} & headers.keys()
        assert headers["Host"] == f"{other.host}:{other.port}"
        assert (headers["Idempotency-Key"], headers["Accept"]) == ("i", "text/plain")
        assert str(answer.url) == other.url("/b")


async def test_what_was_dropped_does_not_come_back_on_the_way_home(
    session: HttpSession, here: Site
) -> None:
    async with site() as other:
        other.redirects("/b", here.url("/c"))

        await session.send(Request("GET", URL(here.redirects("/a", other.url("/b"))), PROOF))

        assert here.heard[-1].target == "/c"
        assert "Authorization" not in here.heard[-1].headers


async def test_cookies_that_a_site_sets_are_not_kept(session: HttpSession, here: Site) -> None:
    here.answers["/"] = lambda _: web.Response(headers={"Set-Cookie": "session=1"})

    await session.send(Request("GET", URL(here.url())))
    await session.send(Request("GET", URL(here.url())))

    assert "Cookie" not in here.heard[1].headers


async def test_redirects_end_at_their_limit(session: HttpSession, here: Site) -> None:
    url = URL(here.redirects("/", "/"))

    with pytest.raises(TooManyRedirects, match="more than 3 times"):
        await session.send(Request("GET", url, redirects=3))

    assert len(here.heard) == 4


async def test_a_redirect_that_is_not_to_be_followed_is_an_answer(
    session: HttpSession, here: Site
) -> None:
    here.answers["/"] = lambda _: web.Response(
        status=302, headers={"Location": "/b"}, text="over there"
    )

    answer = await session.send(Request("GET", URL(here.url()), redirects=None))

    assert (answer.status, answer.header("location"), answer.body) == (302, "/b", b"over there")


async def test_the_body_of_a_redirect_is_not_read(session: HttpSession, here: Site) -> None:
    async def endless(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(status=302, headers={"Location": "/b"})
        await response.prepare(request)
        while True:
            await response.write(b"x" * 65536)

    here.answers["/a"] = endless

    answer = await session.send(Request("GET", URL(here.url("/a")), timeout=10))

    assert answer.body == b"hello"


@pytest.mark.parametrize("how", ["length", "chunked", "packed"])
async def test_an_answer_that_is_too_large_is_not_read_to_its_end(
    session: HttpSession, here: Site, how: str
) -> None:
    async def large(request: web.BaseRequest) -> web.StreamResponse:
        if how == "packed":
            body = gzip.compress(b"0" * 64 * MIB)
            return web.Response(body=body, headers={"Content-Encoding": "gzip"})
        response = web.StreamResponse()
        if how == "length":
            response.content_length = 64 * MIB
        await response.prepare(request)
        for _ in range(1024):
            await response.write(b"0" * 65536)
        return response

    here.answers["/"] = large

    with pytest.raises(TooLarge, match=f"more than {MIB} bytes"):
        await session.send(Request("GET", URL(here.url()), size_limit=MIB))


async def test_an_answer_of_just_the_limit_is_read(session: HttpSession, here: Site) -> None:
    here.answers["/"] = lambda _: web.Response(body=b"x" * 1000)

    answer = await session.send(Request("GET", URL(here.url()), size_limit=1000))

    assert len(answer.body) == 1000


async def test_a_trickle_ends_with_the_time(session: HttpSession, here: Site) -> None:
    async def trickle(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b".")
            await asyncio.sleep(0.02)

    here.answers["/"] = trickle

    with pytest.raises(TimedOut, match=r"within 0\.3 seconds"):
        await session.send(Request("GET", URL(here.url()), timeout=0.3))

    await asyncio.wait_for(here.left.wait(), 5)


async def test_cancelling_hangs_up(session: HttpSession, here: Site) -> None:
    asked = asyncio.Event()

    async def never(_: web.BaseRequest) -> web.StreamResponse:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    here.answers["/"] = never
    sending = asyncio.create_task(session.send(Request("GET", URL(here.url()))))
    await asyncio.wait_for(asked.wait(), 5)

    sending.cancel()

    await asyncio.wait_for(here.left.wait(), 5)
    with pytest.raises(asyncio.CancelledError):
        await sending


async def test_a_body_that_breaks_off_is_no_answer(session: HttpSession, here: Site) -> None:
    async def half(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        response.content_length = 100
        await response.prepare(request)
        await response.write(b"half")
        assert request.transport is not None
        request.transport.close()
        return response

    here.answers["/"] = half

    with pytest.raises(Unreachable, match="broke off in the middle"):
        await session.send(Request("GET", URL(here.url())))


async def test_a_closed_session_opens_again(session: HttpSession, here: Site) -> None:
    await session.send(Request("GET", URL(here.url())))
    await session.close()
    await session.close()

    answer = await session.send(Request("GET", URL(here.url())))

    assert answer.status == 200


async def test_a_session_that_was_never_used_closes() -> None:
    await HttpSession().close()


async def test_headers_of_one_name_are_joined(session: HttpSession, here: Site) -> None:
    def twice(_: web.BaseRequest) -> web.Response:
        response = web.Response()
        response.headers.add("X-Many", "1")
        response.headers.add("X-Many", "2")
        return response

    here.answers["/"] = twice

    answer = await session.send(Request("GET", URL(here.url())))

    assert answer.header("x-many") == "1, 2"
