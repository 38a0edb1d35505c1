"""What stands around every request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from yarl import URL

from bot.guards import guard
from bot.server import Server, listen
from chat.errors import Refused


async def _read(request: web.Request) -> web.Response:
    return web.Response(text=str(len(await request.read())))


@pytest.fixture
async def url() -> AsyncGenerator[URL]:
    """Where a guarded route reads its body."""
    app = web.Application()
    app.router.add_post("/read", _read)
    guard(app, https=True, body_deadline=0.3)
    async with TestServer(app) as running:
        yield running.make_url("/read")


async def test_every_answer_carries_the_headers(url: URL) -> None:
    async with ClientSession() as session:
        for asked in (url, url / "nowhere"):
            answer = await session.post(asked, data=b"x")
            policy = answer.headers["Content-Security-Policy"]
            assert "script-src 'self'" in policy
            assert "unsafe" not in policy
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["X-Frame-Options"] == "DENY"
            assert "max-age" in answer.headers["Strict-Transport-Security"]
            assert "aiohttp" not in answer.headers["Server"].casefold()


@pytest.mark.parametrize(
    ("sent", "kept"), [("abc-123", True), ("a b", False), ("x" * 65, False), ("", False)]
)
async def test_a_request_keeps_its_id_or_gets_one(url: URL, sent: str, kept: bool) -> None:
    async with ClientSession() as session:
        headers = {"X-Request-Id": sent}
        answer = await session.post(url, headers=headers)

    assert (answer.headers["X-Request-Id"] == sent) is kept
    assert answer.headers["X-Request-Id"]


async def test_a_body_that_trickles_in_is_given_up(url: URL) -> None:
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(b"POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
    try:
        async with asyncio.timeout(5):
            answer = asyncio.create_task(reader.read())
            for _ in range(20):
                writer.write(b"x")
                await asyncio.sleep(0.05)
            assert b" 408 " in await answer
    finally:
        writer.close()


async def test_a_body_that_comes_in_time_is_read(url: URL) -> None:
    async with ClientSession() as session:
        answer = await session.post(url, data=b"x" * 100_000)
        assert await answer.text() == "100000"


async def test_a_port_that_is_taken_is_named() -> None:
    taken = listen("127.0.0.1", 0)
    port = taken.getsockname()[1]
    with taken, pytest.raises(Refused, match=f"127.0.0.1:{port}.*TOCSIN_PORT"):
        listen("127.0.0.1", port)


async def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(Refused, match="TOCSIN_HOST"):
        listen("203.0.113.7", 0)


async def test_a_server_serves_what_was_installed_until_it_is_stopped() -> None:
    server = Server([lambda app: app.router.add_post("/read", _read) and None])
    listening = listen("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listening.getsockname()[1]}/read"
    await server.start(listening)
    async with ClientSession() as session:
        assert await (await session.post(url, data=b"abc")).text() == "3"
    await server.stop()
    await server.stop()
