# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
"""Each defect of `mattermostdriver`, shown on its own client, and cured in ours."""

from __future__ import annotations

import asyncio
import gc
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import certifi
import pytest
from aiohttp import ClientConnectorCertificateError, ClientSession, web
from mattermostdriver import Driver
from mattermostdriver.websocket import Websocket

from adapters.mattermost.calling import Calls
from adapters.mattermost.rest import Fault, driver
from adapters.mattermost.settings import MattermostSettings, read
from adapters.mattermost.trusting import tls
from chat.errors import BadInput, NotFound, Refused, Unavailable
from tests.bench import eventually


@dataclass
class Echo:
    """A server that answers everything as it was told to, and writes down what came.

    Attributes:
        came: Method, body and connection of each request.
    """

    answer: Callable[[], web.Response] = lambda: web.json_response({"id": "x"})
    came: list[tuple[str, bytes, int]] = field(default_factory=list[tuple[str, bytes, int]])
    port: int = 0
    made: list[Any] = field(default_factory=list[Any])

    async def take(self, request: web.Request) -> web.Response:
        self.came.append((request.method, await request.read(), id(request.transport)))
        return self.answer()

    @property
    def settings(self) -> MattermostSettings:
        url = f"http://127.0.0.1:{self.port}"
        return read({"url": url, "token": "t", "team": "main"}, "http://tocsin.example")

    def ours(self) -> Any:
        made = driver(self.settings)
        self.made.append(made)
        return made

    def theirs(self) -> Any:
        made = Driver({"url": "127.0.0.1", "port": self.port, "scheme": "http", "token": "t"})
        made.client.token = "t"
        return made


@pytest.fixture
async def echo() -> AsyncIterator[Echo]:
    made = Echo()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.port = runner.addresses[0][1]
    yield made
    for each in made.made:
        each.client.close()
    await runner.cleanup()


async def test_patch_is_patch(echo: Echo) -> None:
    await asyncio.to_thread(lambda: echo.theirs().client.make_request("patch", "/x"))
    await asyncio.to_thread(lambda: echo.ours().client.make_request("patch", "/x"))

    assert [method for method, _, _ in echo.came] == ["GET", "PATCH"]


async def test_a_get_has_no_body(echo: Echo) -> None:
    await asyncio.to_thread(lambda: echo.theirs().users.get_user("me"))
    await asyncio.to_thread(lambda: echo.ours().users.get_user("me"))

    assert [body for _, body, _ in echo.came] == [b"{}", b""]


async def test_one_connection_serves_many_calls(echo: Echo) -> None:
    def twice(made: Any) -> None:
        for _ in range(2):
            made.users.get_user("me")

    await asyncio.to_thread(twice, echo.theirs())
    await asyncio.to_thread(twice, echo.ours())

    connections = [connection for _, _, connection in echo.came]
    assert connections[0] != connections[1]
    assert connections[2] == connections[3]


async def test_an_answer_typed_with_its_encoding_is_read(echo: Echo) -> None:
    echo.answer = lambda: web.json_response({"id": "x"})
    theirs = await asyncio.to_thread(lambda: echo.theirs().users.get_user("me"))
    ours = await asyncio.to_thread(lambda: echo.ours().users.get_user("me"))

    assert not isinstance(theirs, dict)
    assert ours == {"id": "x"}


async def test_an_answer_without_a_body_is_one(echo: Echo) -> None:
    echo.answer = lambda: web.Response(status=200)
    with pytest.raises(ValueError, match="Expecting value"):
        await asyncio.to_thread(lambda: echo.theirs().channels.delete_channel("c"))

    assert await asyncio.to_thread(lambda: echo.ours().channels.delete_channel("c")) == {}


async def test_calls_have_a_time_out(echo: Echo, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def request(*_: Any, **options: Any) -> None:
        seen.append(options.get("timeout"))
        raise OSError

    monkeypatch.setattr("requests.sessions.Session.request", request)
    for made in (echo.theirs(), echo.ours()):
        with pytest.raises(OSError):  # noqa: PT011 - what was passed is looked at
            made.users.get_user("me")

    assert seen == [None, (5.0, 15.0)]


async def test_too_many_calls_say_how_long_to_wait(echo: Echo) -> None:
    echo.answer = lambda: web.json_response({}, status=429, headers={"X-RateLimit-Reset": "7"})
    with pytest.raises(Fault) as fault:
        await asyncio.to_thread(lambda: echo.ours().users.get_user("me"))

    assert fault.value.retry_after == 7


async def test_a_redirect_is_not_followed_with_the_token(echo: Echo) -> None:
    echo.answer = lambda: web.Response(status=301, headers={"Location": "http://elsewhere/"})
    calls = Calls(echo.settings)
    with pytest.raises(Unavailable, match="points to http://elsewhere/"):
        await calls.run(lambda made: made.users.get_user("me"))
    calls.close()


@pytest.mark.parametrize(
    ("status", "expected"),
    [(400, BadInput), (401, Unavailable), (403, Refused), (404, NotFound), (413, BadInput),
     (429, Unavailable), (500, Unavailable), (501, Unavailable), (502, Unavailable),
     (503, Unavailable), (418, Unavailable)],
)  # fmt: skip
async def test_every_refusal_is_in_our_words(
    echo: Echo, status: int, expected: type[Exception]
) -> None:
    told = {"id": "api.context.some.app_error", "message": "No."}
    echo.answer = lambda: web.json_response(told, status=status)
    calls = Calls(echo.settings)
    with pytest.raises(expected):
        await calls.run(lambda made: made.users.get_user("me"))
    calls.close()


@pytest.mark.parametrize("status", [400, 403, 404, 502])
async def test_a_proxys_page_is_trouble_that_passes(echo: Echo, status: int) -> None:
    echo.answer = lambda: web.Response(status=status, text="<html>")
    calls = Calls(echo.settings)
    with pytest.raises(Unavailable):
        await calls.run(lambda made: made.users.get_user("me"))
    calls.close()


async def test_a_page_in_place_of_an_answer_is_no_answer(echo: Echo) -> None:
    echo.answer = lambda: web.Response(text="<html>Sign in</html>", content_type="text/html")
    calls = Calls(echo.settings)
    with pytest.raises(Unavailable, match="text/html"):
        await calls.run(lambda made: made.users.get_user("me"))
    calls.close()


async def test_nobody_there_is_unavailable() -> None:
    options = {"url": "http://127.0.0.1:1", "token": "t", "team": "main"}
    calls = Calls(read(options, "http://x"))
    with pytest.raises(Unavailable, match="does not answer"):
        await calls.run(lambda made: made.users.get_user("me"))
    calls.close()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of `localhost`, its key beside it."""
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    return certificate


@pytest.fixture
async def secure(certificate: Path) -> AsyncIterator[int]:
    """A WebSocket behind TLS with that certificate: its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))

    async def hello(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"event": "hello", "seq": 0})
        await socket.close()
        return socket

    async def me(_: web.Request) -> web.Response:
        return web.json_response({"id": "u" * 26})

    app = web.Application()
    app.router.add_get("/api/v4/websocket", hello)
    app.router.add_get("/api/v4/users/me", me)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    yield runner.addresses[0][1]
    await runner.cleanup()


# The library leaves the socket open that it cannot speak TLS on.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_its_own_socket_never_speaks_tls_and_ours_does(
    secure: int, certificate: Path, caplog: pytest.LogCaptureFixture
) -> None:
    port = secure
    options = {
        "url": "localhost", "port": port, "scheme": "https", "basepath": "/api/v4",
        "verify": str(certificate), "timeout": 30, "keepalive": False, "keepalive_delay": 60,
        "websocket_kw_args": None, "debug": False,
    }  # fmt: skip

    async def ignore(_: str) -> None:
        return

    trying = asyncio.create_task(Websocket(options, "t").connect(ignore))
    await eventually(lambda: "Cannot create a client socket" in caplog.text)
    trying.cancel()
    with suppress(asyncio.CancelledError):
        await trying
    del trying
    gc.collect()

    url = f"https://localhost:{port}"
    given = {"url": url, "token": "t", "team": "main", "ca_file": str(certificate)}
    trusting = tls(read(given, "http://x")) or True
    async with ClientSession() as session:
        async with session.ws_connect(f"{url}/api/v4/websocket", ssl=trusting) as socket:
            assert (await socket.receive_json())["event"] == "hello"
        with pytest.raises(ClientConnectorCertificateError):
            await session.ws_connect(f"{url}/api/v4/websocket")


@pytest.mark.parametrize("usual", [True, False])
async def test_the_operators_certificates_stand_beside_the_usual_ones(
    secure: int, certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, usual: bool
) -> None:
    """Source: SSL_CERT_FILE, which OpenSSL reads the usual ones from."""
    given = {"url": f"https://localhost:{secure}", "token": "t", "team": "main"}
    if usual:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        given["ca_file"] = certifi.where()
    else:
        given["ca_file"] = str(certificate)

    async def who() -> Any:
        return await Calls(read(given, "http://x")).run(lambda to: to.users.get_user("me"))

    assert (await who())["id"] == "u" * 26
    del given["ca_file"]
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with pytest.raises(Unavailable, match="certificate"):
        await who()
