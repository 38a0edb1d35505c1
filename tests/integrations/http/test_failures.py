"""Each way in which asking goes wrong is told in one sentence that says what it was."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import pytest
from aiohttp.client_exceptions import UnixClientConnectorError
from yarl import URL

from integrations.http.errors import Unreachable, translated
from integrations.http.request import Request
from integrations.http.session import HttpSession
from tests.integrations.http.certificates import Identity, authority, issued
from tests.integrations.http.site import HOME, Site, site

DAY = timedelta(days=1)


def free_port() -> int:
    with socket.create_server((HOME, 0)) as taken:
        return int(taken.getsockname()[1])


def asking(url: str, **more: Any) -> Request:
    return Request("GET", URL(url), timeout=5, **more)


async def failure(session: HttpSession, url: str) -> str:
    with pytest.raises(Unreachable) as raised:
        await session.send(asking(url))
    await session.close()
    return raised.value.message


@asynccontextmanager
async def speaking(answer: bytes) -> AsyncGenerator[str]:
    """The URL of somebody who says a few bytes to everybody and hangs up."""

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1024)
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(speak, HOME, 0)
    async with server:
        yield f"http://{HOME}:{server.sockets[0].getsockname()[1]}/"


async def test_a_name_that_does_not_exist(session: HttpSession) -> None:
    said = await failure(session, "http://nobody.invalid/")

    assert said.startswith("nobody.invalid cannot be found: ")


async def test_a_closed_port(session: HttpSession) -> None:
    port = free_port()

    said = await failure(session, f"http://{HOME}:{port}/")

    assert said == f"{HOME} at port {port} refused the connection."


async def test_somebody_who_hangs_up(session: HttpSession) -> None:
    async with speaking(b"") as url:
        said = await failure(session, url)

    assert said.endswith("closed the connection before it had answered.")


async def test_somebody_who_speaks_something_else(session: HttpSession) -> None:
    async with speaking(b"220 mail.example ESMTP\r\n") as url:
        said = await failure(session, url)

    assert said.endswith("gave an answer that is no HTTP.")


async def test_a_server_without_tls(here: Site, session: HttpSession) -> None:
    said = await failure(session, here.url().replace("http://", "https://"))

    assert "does not speak TLS as it should: " in said
    assert "\n" not in said


CERTIFICATES: dict[str, tuple[Callable[[Identity], Identity], str]] = {
    "expired": (lambda ca: issued(ca, HOME, since=-2 * DAY, until=-DAY), "has expired"),
    "early": (lambda ca: issued(ca, HOME, since=DAY, until=2 * DAY), "is not valid yet"),
    "another's": (lambda ca: issued(ca, "127.0.0.9"), "is for another address"),
    "its own": (lambda _: issued(None, HOME), "is self-signed"),
    "a stranger's": (
        lambda _: issued(authority("Strangers"), HOME),
        "that this machine does not trust",
    ),
}


@pytest.mark.parametrize("which", CERTIFICATES)
async def test_a_certificate_that_proves_nothing(which: str, tmp_path: Path) -> None:
    make, why = CERTIFICATES[which]
    ca = authority()
    async with site(tls=make(ca).server(tmp_path)) as strange:
        said = await failure(HttpSession([HOME], tls=trusting(ca)), strange.url())

        assert said.startswith(f"{HOME} at port {strange.port} cannot prove who it is: ")
        assert why in said
        assert not strange.heard


async def test_a_certificate_for_another_name(tmp_path: Path) -> None:
    ca = authority()
    async with site("127.0.0.1", tls=issued(ca, "other.example").server(tmp_path)) as strange:
        session = HttpSession(["127.0.0.0/8"], tls=trusting(ca))

        said = await failure(session, strange.url(host="localhost"))

        assert "its certificate is for another name" in said


async def test_a_certificate_that_is_not_checked(session: HttpSession, tmp_path: Path) -> None:
    async with site(tls=issued(None, "other.example").server(tmp_path)) as strange:
        answer = await session.send(asking(strange.url(), verify=False))
        assert answer.body == b"hello"

        # What was opened without a check serves nobody who wants one.
        with pytest.raises(Unreachable, match="self-signed"):
            await session.send(asking(strange.url()))


async def test_a_certificate_of_a_trusted_authority(tmp_path: Path) -> None:
    ca = authority()
    async with site(tls=issued(ca, HOME).server(tmp_path)) as good:
        session = HttpSession([HOME], tls=trusting(ca))

        answer = await session.send(asking(good.url()))

        assert answer.body == b"hello"
        await session.close()


def trusting(ca: Identity) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=ca.pem(with_key=False).decode())


KEY: Any = SimpleNamespace(host="h", port=1, ssl=True)
INFO: Any = SimpleNamespace(real_url=URL("http://h/"))
OS = OSError(113, "No route to host")


def every_error(of: type[aiohttp.ClientError] = aiohttp.ClientError) -> set[type[Any]]:
    return {of}.union(*(every_error(each) for each in of.__subclasses__()))


def made(kind: Any) -> aiohttp.ClientError:
    """An error of a kind, with what it needs."""
    needs: tuple[tuple[Any, tuple[Any, ...]], ...] = (
        (aiohttp.ServerFingerprintMismatch, (b"a", b"b", "h", 1)),
        (aiohttp.ClientConnectorCertificateError, (KEY, ssl.CertificateError("wrong"))),
        (UnixClientConnectorError, ("/x", KEY, OS)),
        (aiohttp.ClientConnectorError, (KEY, OS)),
        (aiohttp.InvalidURL, ("x", "is wrong")),
        (aiohttp.ClientResponseError, (INFO, ())),
        (aiohttp.ClientError, ()),
    )
    given = next(given for each, given in needs if issubclass(kind, each))
    return cast("Callable[..., aiohttp.ClientError]", kind)(*given)


def test_no_error_of_the_library_is_forgotten() -> None:
    vague: set[str] = set()
    for kind in every_error():
        said = translated(made(kind), URL("http://h/")).message

        assert said.endswith("."), said
        assert not said.endswith(".."), said
        assert "\n" not in said, said
        if "could not be asked" in said:
            vague.add(kind.__name__)
    # The root itself, and one that only following redirects by the library raises.
    assert vague <= {"ClientError", "RedirectClientError"}
